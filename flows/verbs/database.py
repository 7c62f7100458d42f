"""`csi db`: backups of the database, whether it is sound, and the way back."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import click
from sqlalchemy.engine import Engine

from flows.backing_up import backup_now
from flows.registering import act_of, acting
from flows.rekeying import change_key
from flows.settings import load_settings
from flows.stages.archive import check_archive
from flows.verbs.options import config_option, json_option, parts_from
from flows.verbs.register import acting_options
from flows.wiring import engine_of
from itsm.codec import dump, to_bytes
from itsm.errors import ConfigError
from itsm.journal import JournalKind
from itsm.register_roles import Deed, require_role
from store.backups import Backup, backup_at, backups
from store.engine import refuse_damaged
from store.holdings import COUNTED, Loss, loss
from store.improving import note_of
from store.portion_digests import untrue
from store.restoring import restore as put_back
from store.schema import revisions, upgrade
from store.soundness import dangling, require_sound
from store.unit_of_work import Store

FILE = click.Path(path_type=Path)


@dataclass(frozen=True, slots=True)
class _Desk:
    """The database of an installation as it is, and where its backups go."""

    engine: Engine
    folder: Path
    keep: int

    @property
    def url(self) -> str:
        """With its password."""
        return self.engine.url.render_as_string(hide_password=False)


def _desk(config: Path, to: Path | None = None) -> _Desk:
    settings, base = load_settings(config), config.resolve().parent
    folder = to or base / settings.backup.folder
    return _Desk(engine_of(settings, base), folder, settings.backup.keep)


@click.group(name="db")
def database() -> None:
    """Look after the database: back it up, check it, restore it, upgrade it, change its key."""


@database.command(name="upgrade")
@config_option
def upgrade_verb(config: Path) -> None:
    """Bring the database to the schema of this version; every other verb does so, too."""
    upgrade(_desk(config).engine)
    click.echo("the database is up to date")


@database.command()
@config_option
@click.option("--to", type=FILE, help="Another folder than that of the configuration.")
@json_option
def backup(config: Path, to: Path | None, *, as_json: bool) -> None:
    """Back the database up while others use it, verify the copy, and remove the oldest."""
    desk = _desk(config, to)
    upgrade(desk.engine)
    made, n_removed = backup_now(Store(desk.engine), desk.folder, desk.keep)
    if as_json:
        click.echo(to_bytes(made).decode())
        return
    click.echo(_told(made))
    click.echo("the key of names is not in it: keep that in a safe of its own (docs/privacy.md)")
    if n_removed:
        click.echo(f"{n_removed} older removed; {desk.keep} are kept (backup.keep)")


@database.command(name="backups")
@config_option
@json_option
def list_backups(config: Path, *, as_json: bool) -> None:
    """List the backups there are, the newest first."""
    found = backups(_desk(config).folder)
    if as_json:
        click.echo(json.dumps([json.loads(to_bytes(one)) for one in found], indent=2))
    for one in () if as_json else found:
        click.echo(_told(one))
    if not found and not as_json:
        click.echo("there is no backup; `csi db backup` makes one")


@database.command()
@config_option
@json_option
def check(config: Path, *, as_json: bool) -> None:
    """Look through the whole database: its pages, its references, its journal; and the archive.

    Every file that was ever archived is held against its hash, wherever artefacts.address is.

    Exit code 0: it is sound, 1: it is not.
    """
    desk = _desk(config)
    found = [*_wrong(desk.engine), *_lost(config)]
    if as_json:
        click.echo(dump({"sound": not found, "found": found}).decode())
    else:
        for line in found or ["the database is sound"]:
            click.echo(line)
    if found:
        raise SystemExit(1)


def _wrong(engine: Engine) -> Iterator[str]:
    """What is wrong with a database.

    Raises:
        DamagedStoreError: its file is damaged; names the way back.
    """
    require_sound(engine, datetime.now(UTC), whole=True)
    if engine.dialect.name == "sqlite":
        yield from dangling(engine)
    upgrade(engine)
    with Store(engine).begin() as uow:
        for one in uow.audit.verify():
            yield f"journal row {one.sequence}: {one.what}"
    yield from untrue(Store(engine), datetime.now(UTC))


def _lost(config: Path) -> Iterator[str]:
    """The files of the archive that are gone or damaged: they are no part of a backup."""
    for flaw in check_archive(parts_from(config))[1]:
        yield (
            f"archive: {flaw.file.item} {flaw.file.name} is {flaw.said}; "
            "`csi packs check --mend` renders it again"
        )


@database.command()
@config_option
@click.argument("file", type=FILE, required=False)
@click.option("--yes", is_flag=True, help="Overwrite the database that is there.")
def restore(config: Path, file: Path | None, *, yes: bool) -> None:
    """Put a backup in the place of the database; without FILE, the newest.

    Nobody else may use the database meanwhile. What would be lost is told first, and --yes does it.
    """
    desk = _desk(config)
    chosen = backup_at(file) if file else next(iter(backups(desk.folder)), None)
    if chosen is None:
        raise ConfigError(f"there is no backup in {desk.folder}; name one: csi db restore FILE")
    chosen.require_whole()
    if chosen.holdings.schema not in (None, *revisions()):
        raise ConfigError(
            f"{chosen.file} has schema {chosen.holdings.schema}, made by a newer version; "
            f"this one knows {revisions()[-1]}: update csi-pipeline first"
        )
    gone = loss(desk.url, chosen.holdings)
    if not yes:
        raise ConfigError(f"nothing was done: {_question(chosen, gone)}; to do it, add --yes")
    aside = put_back(desk.engine, chosen, datetime.now(UTC))
    refuse_damaged(desk.engine)
    upgrade(desk.engine)
    click.echo(f"restored {chosen.file}; {gone}")
    if aside is not None:
        click.echo(f"the database it replaced is kept as {aside}; remove it when you are sure")
    click.echo(
        "the next pull reads again what is missing; decisions that were lost are asked again"
    )


@database.command(name="rekey")
@acting_options
def rekey_verb(config: Path, by: str | None, reason: str, *, dry_run: bool) -> None:
    """Put names and payloads under another key: that of csi-people.key.new, or a new one.

    Stop the worker and the review pages first; whatever still runs is refused at its next write.
    Pseudonyms change, counts do not. Killed at any moment, it is done, or can be started again.
    """
    if not reason.strip():
        raise ConfigError("say with --reason why the key is changed")
    parts = parts_from(config)
    act = act_of(parts, acting(parts, by), reason)
    require_role(act.by, Deed.ERASE)
    if dry_run:
        click.echo("nothing was written; the key would be changed")
        return
    done = change_key(parts, note_of(act, JournalKind.KEY, "people_key"))
    rows = done.rows
    click.echo(
        f"{rows.people:,} people have another pseudonym; {rows.payloads:,} payloads and "
        f"{rows.holds:,} holds are sealed with the new key"
    )
    if done.is_in_use:
        click.echo(f"{done.file} holds it: keep a copy in a safe")
    else:
        click.echo(
            f"{done.file} holds it: put it where the one before is (CSI_PRIVACY__PEOPLE_KEY, or "
            "the block csi-privacy/default), into the safe, too, and remove that file"
        )
    if done.n_backups:
        click.echo(
            f"{done.n_backups} backups from before need the old key: make a new one (csi db "
            "backup), and keep the old key in the safe until they are gone"
        )


def _question(chosen: Backup, gone: Loss) -> str:
    return f"{chosen.file.name} would take the place of the database; {gone}"


def _told(one: Backup) -> str:
    held = one.holdings.counts
    counts = ", ".join(f"{what}: {n:,}" for what in COUNTED if (n := held.get(what)))
    made = f"{one.holdings.at.astimezone(UTC):%Y-%m-%d %H:%M:%S} UTC"
    return f"{one.file}  {made}  {one.size / 1e6:,.1f} MB  {counts or 'empty'}"
