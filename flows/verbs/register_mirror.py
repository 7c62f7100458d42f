"""`csi register hand-over`: which system keeps the register."""

from pathlib import Path

import click

from flows.declarations import note_declarations
from flows.handing_over import HandOver
from flows.pushing import deliveries
from flows.registering import act_of, acting
from flows.verbs.options import parts_from
from flows.verbs.register import acting_options, register
from itsm.register_mirroring import HERE
from store.push_lock import only_push


@register.command(name="hand-over")
@click.option("--to", required=True, metavar="SOURCE", help=f"A source that mirrors, or {HERE}.")
@acting_options
def hand_over(to: str, config: Path, by: str | None, reason: str, *, dry_run: bool) -> None:
    """Hand the role of system of record over, and say what that changes on either side."""
    parts = parts_from(config)
    act = act_of(parts, acting(parts, by), reason)
    with only_push(parts.store):
        handing = HandOver(parts, deliveries(parts).doors, to)
        with parts.store.begin() as uow:
            note_declarations(uow, parts, act.at)
            lines = handing.make(uow, act)
            if not dry_run:
                uow.commit()
    for line in lines:
        click.echo(f"would: {line}" if dry_run else line)
    said = f"the system of record is {to}; it was {handing.holder}"
    click.echo(f"nothing was written; it would be: {said}" if dry_run else said)
