"""`csi packs`: the packs that were made, their release, remarks on them, and the archive."""

import json
from datetime import UTC, datetime
from pathlib import Path

import click

from flows.registering import acting
from flows.stages.archive import archive_pack, check_archive, reissue, sizes_told
from flows.stages.release import decide_release, newest, standing
from flows.subscribing import FORMATS
from flows.verbs.options import config_option, dry_run_option, json_option, parts_from
from itsm.errors import ConfigError, PublishError
from itsm.packs import ReleaseState, SectionComment
from itsm.register_roles import Deed, require_role
from reports.pack import pack_from_json
from store.publishing import PackLine

by_option = click.option(
    "--by", metavar="NAME", help="Who acts, as named under [people]; else the machine's user."
)
reason_option = click.option("--reason", default="", help="Why, in your own words.")
format_option = click.option(
    "--format", "formats", type=click.Choice(FORMATS), multiple=True, help="Only these formats."
)


@click.group()
def packs() -> None:
    """Look after the packs that were made: list, release, remark on, give out once more."""


@packs.command(name="list")
@config_option
@click.option("--week", metavar="PERIOD", help="Only the packs of this week, month or quarter.")
@json_option
def list_packs(config: Path, week: str | None, *, as_json: bool) -> None:
    """List every version of every pack, with where its release stands."""
    with parts_from(config).store.look() as uow:
        lines = uow.packs.lines(week)
    if as_json:
        click.echo(json.dumps([_plain(one, lines) for one in lines], indent=2, ensure_ascii=False))
        return
    for one in lines:
        click.echo(f"{one.pack_id:48} {one.made_at:%Y-%m-%d %H:%M}  {_standing(one, lines)}")
    if not lines:
        click.echo("no pack was made yet; csi pack makes one")


@packs.command()
@click.argument("pack_id")
@config_option
def show(pack_id: str, config: Path) -> None:
    """Show a pack: what moved since the version before, its files, and whom it went to."""
    with parts_from(config).store.look() as uow:
        snapshot = uow.packs.by_id(pack_id)
        lines = uow.packs.lines(snapshot.week)
        files = uow.packs.files(pack_id)
        sent = uow.deliveries.list(item=pack_id)
    line = next(one for one in lines if one.pack_id == pack_id)
    click.echo(f"{pack_id}: made {snapshot.made_at:%Y-%m-%d %H:%M} UTC, {_standing(line, lines)}")
    click.echo(f"content {snapshot.content_hash}")
    for moved in snapshot.moved:
        click.echo(f"moved: {moved}")
    for told in sizes_told(files):
        click.echo(told)
    for one in sent:
        click.echo(
            f"{one.state.value:9} {one.channel.value:6} {one.recipient}  {one.said}".rstrip()
        )


@packs.command(name="reissue")
@click.argument("pack_id")
@click.option(
    "--out",
    type=click.Path(path_type=Path, file_okay=False),
    default=Path("reissued"),
    show_default=True,
    help="The folder the files are written to.",
)
@format_option
@config_option
def reissue_pack(pack_id: str, out: Path, formats: tuple[str, ...], config: Path) -> None:
    """Write the archived files of a pack once more, byte for byte as they were sent."""
    for path in reissue(parts_from(config), pack_id, out, formats):
        click.echo(str(path))


@packs.command()
@click.argument("pack_id")
@click.option("--format", "formats", type=click.Choice(FORMATS), multiple=True, required=True)
@config_option
def archive(pack_id: str, formats: tuple[str, ...], config: Path) -> None:
    """Render a pack in further formats from its snapshot, and archive them."""
    for told in sizes_told(archive_pack(parts_from(config), pack_id, formats)):
        click.echo(told)


@packs.command()
@click.option(
    "--mend", is_flag=True, help="Render what is gone anew; kept if its hash is the same."
)
@config_option
def check(config: Path, *, mend: bool) -> None:
    """Hold every archived file against its hash; exit code 1 if one is missing or damaged."""
    n_files, flaws = check_archive(parts_from(config), mend=mend)
    for one in flaws:
        mended = "; rendered anew, the same bytes" if one.is_mended else ""
        click.echo(f"{one.file.item} {one.file.format} {one.file.name}: {one.said}{mended}")
    left = sum(not one.is_mended for one in flaws)
    click.echo(f"{n_files:,} files archived, {left:,} missing or damaged")
    if left:
        raise SystemExit(1)


@packs.command()
@click.argument("pack_id")
@by_option
@reason_option
@config_option
def release(pack_id: str, by: str | None, reason: str, config: Path) -> None:
    """Let a pack go out; the next delivery sends it to whoever it is due to."""
    _decide(config, pack_id, ReleaseState.RELEASED, by, reason)


@packs.command()
@click.argument("pack_id")
@by_option
@reason_option
@config_option
def hold(pack_id: str, by: str | None, reason: str, config: Path) -> None:
    """Hold a pack back; no timer releases it."""
    _decide(config, pack_id, ReleaseState.HELD, by, reason)


def _decide(config: Path, pack_id: str, state: ReleaseState, by: str | None, reason: str) -> None:
    parts = parts_from(config)
    is_new = decide_release(parts, pack_id, state, acting(parts, by), reason)
    word = "released" if state is ReleaseState.RELEASED else "held back"
    click.echo(f"{pack_id} is {word}" if is_new else f"{pack_id} was {word} already")


@packs.command()
@click.argument("pack_id")
@click.argument("text")
@click.option("--section", required=True, help="The section it is about; brief for the first page.")
@click.option("--everywhere", is_flag=True, help="In every edition of that week with the section.")
@by_option
@dry_run_option
@config_option
def comment(
    pack_id: str,
    text: str,
    section: str,
    by: str | None,
    config: Path,
    *,
    everywhere: bool,
    dry_run: bool,
) -> None:
    """Sign a remark on a section of a pack, before it is released.

    It stands in the next version of the pack: make that with csi pack.
    """
    parts = parts_from(config)
    person = acting(parts, by)
    require_role(person, Deed.PUBLISH)
    with parts.store.begin() as uow:
        snapshot = uow.packs.by_id(pack_id)
        held = [one.id for one in pack_from_json(snapshot.content).sections]
        if section not in {"brief", *held}:
            raise ConfigError(
                f"{pack_id} has no section {section!r}; it has brief, {', '.join(held)}"
            )
        released = uow.packs.release(pack_id)
        if released is not None and released.state is ReleaseState.RELEASED:
            raise PublishError(
                f"{pack_id} is released; a remark comes before that. Make a new version of the pack"
            )
        kept = uow.section_comments.add(
            SectionComment(
                comment_id="",
                week=snapshot.week,
                edition="" if everywhere else snapshot.edition,
                section=section,
                text=text,
                actor=person.name,
                signed=person.full_name or person.name,
                at=datetime.now(UTC),
            )
        )
        if not dry_run:
            uow.commit()
    click.echo(f"{kept.comment_id}: signed by {kept.signed}; csi pack makes the version with it")


@packs.command()
@click.argument("comment_id")
@by_option
@config_option
def withdraw(comment_id: str, by: str | None, config: Path) -> None:
    """Take a remark back; versions that show it keep it."""
    parts = parts_from(config)
    person = acting(parts, by)
    require_role(person, Deed.PUBLISH)
    with parts.store.begin() as uow:
        kept = uow.section_comments.withdraw(comment_id, person.name, datetime.now(UTC))
        uow.commit()
    click.echo(f"{kept.comment_id} on {kept.section} of {kept.week} is withdrawn")


@packs.command()
@click.option("--week", metavar="PERIOD", help="Only those of this week, month or quarter.")
@config_option
def comments(week: str | None, config: Path) -> None:
    """List the remarks that hold."""
    with parts_from(config).store.look() as uow:
        found = uow.section_comments.list(week)
    for one in found:
        where = one.edition or "every edition"
        said = f"{one.week} {where}, {one.section}: {one.text}"
        click.echo(f"{one.comment_id:5} {said} ({one.signed}, {one.at:%Y-%m-%d})")


def _standing(one: PackLine, lines: tuple[PackLine, ...]) -> str:
    last = {(other.week, other.edition): other.version for other in newest(lines)}
    return standing(one, last[one.week, one.edition])


def _plain(one: PackLine, lines: tuple[PackLine, ...]) -> dict[str, object]:
    return {
        "pack": one.pack_id,
        "week": one.week,
        "edition": one.edition,
        "version": one.version,
        "content_hash": one.content_hash,
        "made_at": one.made_at.isoformat(),
        "moved": list(one.moved),
        "state": one.state.value,
        "standing": _standing(one, lines),
    }
