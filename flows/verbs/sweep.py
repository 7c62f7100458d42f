"""`csi sweep`: what waits for a word on whether it was deleted, and how far each sweep has come."""

import getpass
from pathlib import Path

import click

from flows.stages.pull_sweep import answer_stop
from flows.verbs.options import config_option, parts_from
from itsm.states import RecordKind

_KINDS = click.Choice([kind.value for kind in RecordKind])
_EXAMPLES = 5


@click.group(invoke_without_command=True)
@click.pass_context
def sweep(context: click.Context) -> None:
    """Say whether records that a system no longer shows were deleted there.

    Without a command it shows what waits for an answer, and how far each sweep has come.
    """
    if context.invoked_subcommand is None:
        context.invoke(show)


@sweep.command()
@config_option
def show(config: Path) -> None:
    """Show what waits for an answer, and how far each sweep has come."""
    with parts_from(config).store.look() as uow:
        stops, sweeps = uow.sweeps.stops(), uow.sweeps.list()
        for stop in stops:
            keys = list(uow.sweeps.missed(stop.source, stop.kind))
            known = uow.raw.numbers(stop.source, stop.kind, keys[:_EXAMPLES])
            click.echo(
                f"{stop.source} {stop.kind}: {stop.n_gone:,} of {stop.n_held:,} are missing, seen "
                f"{stop.at:%Y-%m-%d %H:%M} UTC, such as {', '.join(sorted(known.values()))}"
            )
            click.echo(f"  csi sweep deleted {stop.source} {stop.kind} --reason ...")
            click.echo(f"  csi sweep ill {stop.source} {stop.kind} --reason ...")
    for one in sweeps:
        ended = f"{one.ended_at:%Y-%m-%d %H:%M} UTC" if one.ended_at else "never yet"
        click.echo(
            f"{one.source} {one.kind}: {one.n_asked:,} keys asked for in this round, "
            f"{one.n_gone:,} not there; last round ended {ended}"
        )
    if not stops:
        click.echo("nothing waits for an answer")


def _answer(does: str, *, is_deleted: bool) -> click.Command:
    """The command by which a person says what became of what is missing."""

    @click.argument("source")
    @click.argument("kind", type=_KINDS)
    @config_option
    @click.option("--reason", required=True, help="How you know, in your own words.")
    @click.option("--by", "actor", help="Who says so; without it the user of this machine.")
    def answer(source: str, kind: str, config: Path, reason: str, actor: str | None) -> None:
        n = answer_stop(
            parts_from(config),
            source,
            RecordKind(kind),
            is_deleted=is_deleted,
            actor=actor or getpass.getuser(),
            reason=reason,
        )
        click.echo(f"{source} {kind}: {n:,} records count as deleted")

    return click.command(help=does)(answer)


sweep.add_command(
    _answer("They were deleted; what is there again stays.", is_deleted=True), "deleted"
)
sweep.add_command(_answer("The system was ill: nothing was deleted.", is_deleted=False), "ill")
