"""`csi push`: proposals into the register, and what waits in the outbox into the ITSM tools."""

import getpass
from datetime import UTC, datetime
from pathlib import Path

import click

from flows.mirror_settling import settle
from flows.push_text import told_conflicts, told_fates, told_preview, told_run, told_runs
from flows.pushing import come_back, deliveries, new_run_id
from flows.stages.deliver import Deliveries
from flows.stages.propose import proposals, propose_entries
from flows.verbs.options import (
    config_option,
    cutoff_option,
    dry_run_option,
    started,
    week_and_cutoff,
    week_option,
)
from flows.wiring import Parts
from itsm.errors import ConfigError
from itsm.pushed import Choice
from store.conflicts import Resolution
from store.outbox import OPEN
from store.push_runs import EVERYWHERE, Stop, Undoer


@click.command()
@config_option
@week_option
@cutoff_option
@dry_run_option
@click.option("--undo", metavar="RUN", help="Take back what a run wrote, where nobody changed it.")
@click.option("--conflicts", is_flag=True, help="List the fields that a person changed meanwhile.")
@click.option("--keep-theirs", metavar="CONFLICT", help="Resolve: what the person wrote stays.")
@click.option("--write-ours", metavar="CONFLICT", help="Resolve: write ours over it.")
@click.option("--again", metavar="SUBJECT", help="Try again what was refused about a candidate.")
@click.option("--runs", is_flag=True, help="List the runs.")
@click.option("--stop", metavar="REASON", help="Write nothing from now on, a running push too.")
@click.option("--resume", is_flag=True, help="Lift the stop.")
@click.option("--source", default=EVERYWHERE, help="stop, resume: only for this source.")
@click.option("--reason", default="", help="undo, resolve: why, in your own words.")
@click.option("--by", "actor", help="Who does it; without it the user of this machine.")
def push(
    config: Path,
    week: str | None,
    cutoff: str | None,
    undo: str | None,
    keep_theirs: str | None,
    write_ours: str | None,
    again: str | None,
    stop: str | None,
    source: str,
    reason: str,
    actor: str | None,
    *,
    dry_run: bool,
    conflicts: bool,
    runs: bool,
    resume: bool,
) -> None:
    """Propose the dearest candidates in the register, and write what was decided into the tools.

    What may be written is said per source, under `push` in the configuration; without it nothing
    is. docs/pushing.md tells what is written and what never is.
    """
    parts = started(config)
    who = actor or getpass.getuser()
    if conflicts or runs:
        _show(parts, runs=runs)
    elif keep_theirs or write_ours:
        choice = Choice.KEEP_THEIRS if keep_theirs else Choice.WRITE_OURS
        _resolve(parts, keep_theirs or write_ours or "", choice, who, reason)
    elif stop is not None or resume:
        _switch(parts, stop, source, who)
    elif again is not None:
        _again(parts, again)
    elif undo is not None:
        _undo(parts, undo, Undoer(actor=who, at=datetime.now(UTC), reason=reason), dry=dry_run)
    else:
        _propose(parts, week, cutoff, dry=dry_run)
        run = deliveries(parts)
        is_well = _read_back(parts, run, dry=dry_run)
        _deliver(run, dry=dry_run)
        if not is_well:
            raise SystemExit(1)


def _propose(parts: Parts, week: str | None, cutoff: str | None, *, dry: bool) -> None:
    """Proposals of the week, where it was mined.

    Raises:
        ConfigError: it was not, and nothing waits in the outbox or is mirrored either.
    """
    found, _ = week_and_cutoff(parts, week, cutoff)
    others = parts.settings.improvement
    with parts.store.begin() as uow:
        run, has_open = uow.mining.of_week(found.label), bool(uow.outbox.fates(states=OPEN))
    if run is None:
        told = f"{found} has not been mined; run `csi mine --week {found}` first"
        if week is not None or not (has_open or others.mirrors or others.notes):
            raise ConfigError(told)
        click.echo(f"no proposals: {told}", err=True)
    elif dry:
        entries = proposals(parts, run.run_id)
        for entry in entries:
            click.echo(f"would propose {entry.number}: {entry.title}")
        if not entries:
            click.echo("no new proposals for the register")
    else:
        click.echo(f"{propose_entries(parts, run.run_id)} new proposals in the register")


def _read_back(parts: Parts, run: Deliveries, *, dry: bool) -> bool:
    """Take over what people changed in records that mirror entries; whether all were read."""
    lines, troubles = come_back(parts, run, dry=dry)
    for line in lines:
        click.echo(line)
    for name, trouble in troubles.items():
        click.echo(f"{name}: not read back: {trouble}", err=True)
    return not troubles


def _deliver(run: Deliveries, *, dry: bool) -> None:
    """Write, or show the diff; exit code 1 if a source had to be given up."""
    if dry:
        has_told = False
        for line in told_preview(run.preview()):
            has_told = True
            click.echo(line)
        if not has_told:
            click.echo("nothing waits to be written")
        _tell_instances(run)
        return
    done = run.run(new_run_id())
    with run.store.begin() as uow:
        fates = uow.outbox.fates(run_id=done.run_id)
    for line in told_fates(fates):
        click.echo(line)
    click.echo(told_run(done))
    for name, trouble in run.troubles.items():
        click.echo(f"{name}: given up: {trouble}", err=True)
    if run.troubles:
        raise SystemExit(1)


def _tell_instances(run: Deliveries) -> None:
    """What each installation calls itself, for `push.instance`."""
    for name, said in run.instances():
        click.echo(f"{name} calls itself {said}", err=True)


def _show(parts: Parts, *, runs: bool) -> None:
    with parts.store.begin() as uow:
        lines = told_runs(uow.push_runs.list()) if runs else told_conflicts(uow.conflicts.list())
        for line in lines:
            click.echo(line)


def _resolve(parts: Parts, conflict_id: str, choice: Choice, who: str, reason: str) -> None:
    by = Resolution(choice=choice, actor=who, at=datetime.now(UTC), reason=reason)
    with parts.store.begin() as uow:
        fate = settle(uow, parts, conflict_id, by)
        uow.commit()
    click.echo(next(told_fates([fate])))


def _again(parts: Parts, subject: str) -> None:
    """Let what was refused wait once more.

    Raises:
        ConfigError: nothing about the subject was refused.
    """
    with parts.store.begin() as uow:
        n = uow.outbox.again(subject, datetime.now(UTC))
        uow.commit()
    if not n:
        raise ConfigError(f"--again: nothing about {subject} was refused")
    click.echo(f"{n:,} wait again; `csi push` tries them")


def _switch(parts: Parts, reason: str | None, source: str, who: str) -> None:
    where = "any source" if source == EVERYWHERE else source
    if source != EVERYWHERE and source not in parts.settings.sources:
        raise ConfigError(f"--source: there is no source {source!r}")
    with parts.store.begin() as uow:
        if reason is None:
            by = Undoer(actor=who, at=datetime.now(UTC))
            told = "lifted" if uow.push_runs.lift(source, by) else "there was no stop"
        else:
            stop = Stop(source=source, actor=who, reason=reason, at=datetime.now(UTC))
            uow.push_runs.stop(stop)
            told = f"nothing is written to {where} until `csi push --resume`"
        uow.commit()
    click.echo(told)


def _undo(parts: Parts, run_id: str, by: Undoer, *, dry: bool) -> None:
    """Put what takes a run back into the outbox, and deliver it."""
    with parts.store.begin() as uow:
        back = uow.push_runs.take_back(run_id, by)
        if not dry:
            uow.commit()
    for line in back.stays:
        click.echo(f"stays: {line}")
    if dry:
        for intent in back.intents:
            click.echo(f"would {intent.told}")
        return
    _deliver(deliveries(parts), dry=False)
