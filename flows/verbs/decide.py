"""`csi decide` and `csi lineage`: decisions without the review pages, and what became of whom."""

import json
from dataclasses import replace
from datetime import datetime
from pathlib import Path

import click

from flows.deciding import Typed, decide, decider
from flows.minable import chosen_incidents
from flows.pushing import homes_of
from flows.retold import between_runs, openings
from flows.verbs.options import config_option, json_option, parts_from
from flows.weeks import reporting_week
from flows.wiring import Parts
from itsm.codec import to_plain
from itsm.decisions import Action, RejectedAs
from itsm.errors import ConfigError
from problem_mining.genealogy import Event, compare
from store.queueing import queue
from store.runs import MiningRun

ACTIONS = [*(a.value for a in Action if a is not Action.WITHDRAW), "undo", "list", "journal"]
DAY = click.DateTime(["%Y-%m-%d"])


@click.command(name="decide")
@click.argument("action", type=click.Choice(ACTIONS), metavar="ACTION")
@click.argument("candidate", required=False)
@click.argument("incidents", nargs=-1)
@config_option
@click.option("--reason", default="", help="Why, in your own words.")
@click.option(
    "--by", "actor", help="Who decides, one of [people]; without it the user of this machine."
)
@click.option(
    "--as", "rejected_as", type=click.Choice([r.value for r in RejectedAs]), help="Why rejected."
)
@click.option(
    "--grouping-right/--grouping-wrong", "right", default=None, help="Do they belong together?"
)
@click.option("--worth/--not-worth", "worth", default=None, help="Is it worth a problem?")
@click.option("--other", help="The other candidate (merge, duplicate) or the problem (link).")
@click.option("--part", "parts", multiple=True, help="split: the incidents of a part, A,B,C.")
@click.option("--until", type=DAY, help="snooze, accept_risk: until this day.")
@click.option("--until-new", type=click.IntRange(1), help="snooze: until so many new incidents.")
@click.option("--called", help="rename: what it is called from now on.")
def decide_verb(
    action: str,
    candidate: str | None,
    incidents: tuple[str, ...],
    config: Path,
    reason: str,
    actor: str | None,
    rejected_as: str | None,
    right: bool | None,
    worth: bool | None,
    other: str | None,
    parts: tuple[str, ...],
    until: datetime | None,
    until_new: int | None,
    called: str | None,
) -> None:
    """Decide on a CANDIDATE of the newest run; it holds from the next mining on, for good.

    \b
    accept, reject, snooze, accept_risk, resolve, reopen, link: what becomes of it
    merge, duplicate, split, pin, remove: which INCIDENTS belong together
    rename, assign, comment, ...: the rest
    undo: takes a decision (its id instead of CANDIDATE) back
    list, journal: the candidates with what was decided; every decision ever made
    """  # noqa: D301  # \b keeps click from joining the lines
    if action in {"list", "journal"}:
        _show(parts_from(config), action)
        return
    if candidate is None:
        raise ConfigError("name the candidate, or for undo the decision")
    typed = Typed(
        incidents=incidents,
        parts=parts,
        other=other,
        reason=reason,
        actor=actor,
        rejected_as=rejected_as,
        is_grouping_right=right,
        is_worth_problem=worth,
        until=until.date() if until else None,
        until_new=until_new,
        called=called,
    )
    kind = Action.WITHDRAW if action == "undo" else Action(action)
    installed = parts_from(config)
    typed = replace(typed, actor=decider(installed.settings.people, actor, kind))
    for line in _decided(installed, kind, candidate, typed):
        click.echo(line)


def _decided(parts: Parts, kind: Action, candidate: str, typed: Typed) -> list[str]:
    """Append a decision, with what it causes to be written, in one transaction."""
    with parts.store.begin() as uow:
        made = decide(uow, kind, candidate, typed)
        intents = queue(uow, homes_of(parts.settings), made)
        uow.commit()
    action = "undo" if kind is Action.WITHDRAW else kind.value
    told = f"{made.decision_id}  {action} {candidate}; it holds from the next `csi mine` on"
    waiting = f"{len(intents):,} to write; see `csi push --dry-run`"
    return [told, waiting] if intents else [told]


def _show(parts: Parts, what: str) -> None:
    """The candidates of the newest run, or the journal."""
    with parts.store.begin() as uow:
        if what == "journal":
            uow.decisions.verify()
            for d in uow.decisions.list():
                click.echo(
                    f"{d.decision_id}  {d.at:%Y-%m-%d %H:%M}  {d.action:12} {d.candidate_id}  "
                    f"{d.actor}  {d.reason}"
                )
            return
        run = uow.mining.latest()
        for c in uow.mining.candidates(run.run_id) if run else ():
            said = f"  [{c.standing.text}]" if c.standing else ""
            click.echo(f"{c.candidate_id}  {c.decision:13} {c.n_members:>5}  {c.statement}{said}")


@click.command()
@click.argument("earlier")
@click.argument("later")
@config_option
@json_option
def lineage(earlier: str, later: str, config: Path, *, as_json: bool) -> None:
    """Compare two mining runs, given by id or week: merged, split, gone, born, kept, and why."""
    parts = parts_from(config)
    before, after = _run(parts, earlier), _run(parts, later)
    events = events_between(parts, before, after)
    if as_json:
        click.echo(json.dumps(to_plain(events, tuple[Event, ...]), indent=2, ensure_ascii=False))
        return
    for event in events:
        others = f"  <- {', '.join(event.others)}" if event.others else ""
        counts = f"{event.n_before} -> {event.n_after}"
        click.echo(f"{event.fate:7} {event.candidate_id}  {counts:>12}  {event.reason}{others}")
    click.echo(f"{before.run_id} to {after.run_id}: {len(events)} candidates")


def events_between(parts: Parts, before: MiningRun, after: MiningRun) -> tuple[Event, ...]:
    """What became of the candidates of a run in any other one."""
    week = reporting_week(parts, after.week)
    opened = openings(chosen_incidents(parts, week, after.cutoff_at))
    with parts.store.begin() as uow:
        decisions = uow.decisions.list()
        old, new = uow.mining.candidates(before.run_id), uow.mining.candidates(after.run_id)
    between = between_runs(
        before, after.mining_version, decisions, opened, until_at=after.finished_at
    )
    return compare(old, new, between)


def _run(parts: Parts, name: str) -> MiningRun:
    """A run by its id, or the newest one of a week.

    Raises:
        ConfigError: there is none.
    """
    with parts.store.begin() as uow:
        run = uow.mining.run(name) or uow.mining.of_week(name)
    if run is None:
        raise ConfigError(f"there is no mining run {name!r}, and no week of that name was mined")
    return run
