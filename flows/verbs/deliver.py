"""`csi deliver` and `csi deliveries`: send what is released and due; see what became of it."""

from datetime import UTC, datetime
from pathlib import Path

import click

from flows.bounces import take_bounces
from flows.delivering import deliver as deliver_now
from flows.delivering import sending
from flows.registering import acting
from flows.stages.due import due
from flows.subscribing import seed_subscriptions
from flows.verbs.options import config_option, dry_run_option, parts_from, started
from flows.verbs.packs import by_option, reason_option
from flows.wiring import Parts
from itsm.deliveries import Delivery, DeliveryState
from itsm.register_roles import Deed, require_role
from reports.words import plural

_STATES = click.Choice([state.value for state in DeliveryState])


@click.command()
@config_option
@click.option("--week", metavar="PERIOD", help="Only packs of this period, however long ago due.")
@dry_run_option
def deliver(config: Path, week: str | None, *, dry_run: bool) -> None:
    """Send what is released and due, to each reader once.

    What nobody has released is named and waits. Exit code 1 if a way out was closed or something
    is unclear.
    """
    if dry_run:
        _preview(parts_from(config), week)
        return
    parts = started(config)
    done = deliver_now(parts, week)
    for line in done.seeded:
        click.echo(f"subscriptions: {line}")
    for pack_id in done.released:
        click.echo(f"{pack_id} released by the timer")
    for pack_id, reason in sorted(done.due.waits.items()):
        click.echo(f"{pack_id} {reason}")
    for one in done.sent.flagged:
        click.echo(_line(one))
    click.echo(done.sent.told)
    for name, trouble in done.sent.troubles.items():
        click.echo(f"{name}: {trouble}", err=True)
    if done.sent.troubles or done.sent.flagged or DeliveryState.UNCLEAR in done.sent.numbers:
        raise SystemExit(1)


def _preview(parts: Parts, week: str | None) -> None:
    """What would be sent; the store only takes over subscriptions."""
    now = datetime.now(UTC)
    for line in seed_subscriptions(parts, now):
        click.echo(f"subscriptions: {line}")
    found = due(parts, now, week)
    with parts.store.look() as uow:
        known = {one.key for one in uow.deliveries.list()}
    new = [one for one in found.deliveries if one.key not in known]
    for one in (*sending(parts).waiting(), *new):
        click.echo(
            f"would send {one.item} ({', '.join(one.formats)}) to {one.recipient} "
            f"by {one.channel.value}"
        )
    for pack_id, reason in sorted(found.waits.items()):
        click.echo(f"{pack_id} {reason}")
    if not new and not sending(parts).waiting():
        click.echo("nothing to send")


@click.group(invoke_without_command=True)
@config_option
@click.option("--item", help="Only of this pack or letter.")
@click.option("--state", "states", type=_STATES, multiple=True, help="Only those that stand so.")
@click.pass_context
def deliveries(
    context: click.Context, config: Path, item: str | None, states: tuple[str, ...]
) -> None:
    """List what is open, unclear or refused; with --state, any."""
    if context.invoked_subcommand is not None:
        return
    usual = set(DeliveryState) - {DeliveryState.SENT, DeliveryState.ARRIVED}
    asked = {DeliveryState(one) for one in states} or (
        usual if item is None else set(DeliveryState)
    )
    with parts_from(config).store.look() as uow:
        found = uow.deliveries.list(item=item, states=asked)
    for one in found:
        click.echo(_line(one))
    if not found:
        click.echo("nothing waits, is unclear or was refused" if not states else "none")


@deliveries.command()
@click.argument("delivery")
@by_option
@reason_option
@config_option
def arrived(delivery: str, by: str | None, reason: str, config: Path) -> None:
    """Say that something unclear has arrived, after a look into the reader's mailbox."""
    _settle(config, delivery, by, reason, has_arrived=True)


@deliveries.command()
@click.argument("delivery")
@by_option
@reason_option
@config_option
def resend(delivery: str, by: str | None, reason: str, config: Path) -> None:
    """Have something unclear, refused or given up sent (again) by the next csi deliver.

    A mail keeps its Message-ID, so a mailbox that has it after all can tell.
    """
    _settle(config, delivery, by, reason, has_arrived=False)


@deliveries.command()
@click.argument("folder", type=click.Path(path_type=Path, exists=True, file_okay=False))
@config_option
def bounces(folder: Path, config: Path) -> None:
    """Note what came back as mails: FOLDER is a Maildir, or holds mails as files.

    Each letter that a mail server reports as not delivered is refused from now on, with what the
    server says. With delivery.mail.bounces_folder every csi deliver does this first.
    """
    done = take_bounces(parts_from(config), folder, datetime.now(UTC))
    for one in done.refused:
        click.echo(_line(one))
    n_back = plural(len(done.refused), "letter")
    click.echo(f"{plural(done.n_mails, 'mail')} looked at, {n_back} came back")


def _settle(config: Path, delivery: str, by: str | None, reason: str, *, has_arrived: bool) -> None:
    parts = parts_from(config)
    person = acting(parts, by)
    require_role(person, Deed.PUBLISH)
    with parts.store.begin() as uow:
        done = uow.deliveries.settle(
            delivery, arrived=has_arrived, actor=person.name, at=datetime.now(UTC), reason=reason
        )
        uow.commit()
    click.echo(_line(done))


def _line(one: Delivery) -> str:
    again = f", again from {one.next_at:%Y-%m-%d %H:%M} UTC" if one.next_at else ""
    said = f": {one.said}" if one.said else ""
    where = f"{one.channel.value} {one.recipient}"
    return f"{one.delivery_id[:10]}  {one.state.value:9} {one.item}  {where}{again}{said}"
