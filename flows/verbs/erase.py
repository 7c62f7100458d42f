"""`csi erase`: take a person out of everything that is kept here."""

from datetime import UTC, datetime
from pathlib import Path

import click

from flows.declarations import note_declarations
from flows.erasing import erase_files, erase_rows, require_unnamed, told, told_of_files
from flows.registering import act_of, acting
from flows.verbs.options import parts_from
from flows.verbs.register import acting_options
from itsm.errors import ConfigError
from itsm.journal import JournalKind
from itsm.register_roles import Deed, require_role
from store.improving import note_of


@click.command()
@click.argument("names", nargs=-1, required=True)
@acting_options
def erase(
    names: tuple[str, ...], config: Path, by: str | None, reason: str, *, dry_run: bool
) -> None:
    """Erase a person, under all NAMES they are written with; every count and the chain stay.

    Give user names and mail addresses, too. Erase the person in the ITSM tools first: a record that
    still names them is read again when it changes. A legal hold forbids it.
    """
    if not reason.strip():
        raise ConfigError("say with --reason on which request; do not name the person in it")
    parts = parts_from(config)
    act = act_of(parts, acting(parts, by), reason)
    require_role(act.by, Deed.ERASE)
    if still := sorted(set(names) & set(parts.settings.people)):
        raise ConfigError(f"people.{still[0]} is in the settings still; take it out first")
    require_unnamed(config, names)
    with parts.store.begin() as uow:
        note_declarations(uow, parts, datetime.now(UTC))
        done = erase_rows(uow, names, note_of(act, JournalKind.ERASURE, "a person"))
        if not dry_run:
            uow.commit()
    said = " ".join([*told(done)][:1])
    click.echo(f"nothing was written; it would be: {said}" if dry_run else said)
    for line in [*told(done)][1:]:
        click.echo(line)
    if not dry_run:
        for line in told_of_files(*erase_files(parts, names)):
            click.echo(line)
