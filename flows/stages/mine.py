"""Mine: incidents known at the cut-off become problem candidates, with ids that last."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from functools import partial

import numpy as np
import pandas as pd

from flows.around import Records, records_around
from flows.doubted import Doubted, doubted, taken_up
from flows.filed import filing_notes, routes_taken
from flows.heap import rarely_collecting
from flows.minable import TEXT_FIELDS, chosen_incidents, prepared
from flows.mined_before import Leaving, MinedBefore, hashes_before, leave_told, mined_before
from flows.mining_run import run_id_of, run_of, version_name
from flows.progress import Throttled
from flows.recalled import (
    Recalled,
    members_marks,
    recall,
    remember,
    source_and_number,
)
from flows.redacted_before import Hashes, hashes_of, redacted_columns
from flows.retold import Stored, Told, openings, told_of
from flows.stage_watch import stage
from flows.taught import Taught, teach
from flows.wiring import Parts
from itsm.clocks import ReportingWeek
from problem_mining.filing import Route
from problem_mining.member_facts import Facts
from problem_mining.pipeline import Grouping, Known, mine_beside
from problem_mining.plain_titles import Written, written_in
from problem_mining.proposals import propose
from problem_mining.search import Progress
from problem_mining.settings import DEFAULT, MiningSettings
from problem_mining.side_by_side import beside
from problem_mining.tellings import Tellings
from store.people import Elsewhere
from store.remembering import MarkRows
from store.runs import MiningRun

COLLECTING = (200_000, 20, 20)
"""How often rings are looked for: a run makes hardly any."""


@stage("mine")
def mine_week(
    parts: Parts, week: ReportingWeek, cutoff_at: datetime, settings: MiningSettings = DEFAULT
) -> str:
    """Group the incidents of the look-back that were known at the cut-off, and keep the result.

    What people decided before is applied again: to the grouping, and to what becomes of each
    candidate.

    Returns:
        The id of the mining run.
    """
    return mine_ahead(parts, week, cutoff_at, lambda: None, settings)


@rarely_collecting(COLLECTING)
def mine_ahead(
    parts: Parts,
    week: ReportingWeek,
    cutoff_at: datetime,
    until_go: Callable[[], None],
    settings: MiningSettings = DEFAULT,
) -> str:
    """As `mine_week`; nothing of the run is kept before `until_go` comes back from waiting."""
    started_at = datetime.now(UTC)
    of = _grouped(parts, week, cutoff_at, settings)
    until_go()
    recalled, grouping, facts, tellings = of.recalled, of.grouping, of.facts, of.before.tellings
    cost, memory = parts.settings.cost.model(), recalled.memory
    with beside(partial(_left, parts, week, settings, of)) as leaving:
        proposing = partial(propose, source_of=source_and_number, tellings=tellings)
        proposed = proposing(facts, grouping, week=week, cost=cost, memory=memory)
        marks, run_id = leaving()
    version = version_name(grouping.version.name, settings)
    doubting = partial(doubted, facts, grouping, proposed, tellings)
    with beside(lambda: None if _are_asked(grouping) else doubting()) as asking:
        told = told_of(parts, week, proposed, recalled, of.stored, of.found.records, version)
        filed = filing_notes(of.found.routes, of.stored.frame, told.candidates)
        doubts = asking() or doubting()
    run = run_of(run_id, week, cutoff_at, version, len(of.incidents), started_at)
    taken_up(tellings, doubts)
    told = replace(told, notes=told.notes | filed)
    _keep(parts, week, _Made(run, told, of.taught, recalled, marks, doubts, tellings))
    leave_told(parts, of.before, of.known)
    return run_id


@dataclass(frozen=True, slots=True)
class _Grouped:
    """Incidents and their groups, and what is known from before; nothing of it is kept yet.

    Of what is left to the next run some files are written, but for their list.
    """

    stored: Stored
    recalled: Recalled
    incidents: pd.DataFrame
    before: MinedBefore
    taught: Taught
    grouping: Grouping
    facts: Facts
    known: Known
    found: "_Besides"
    leaving: Leaving
    written: Mapping[str, str]


def _grouped(
    parts: Parts, week: ReportingWeek, cutoff_at: datetime, settings: MiningSettings
) -> _Grouped:
    stored, recalled, incidents, before = _read(parts, week, cutoff_at)
    taught = teach(parts, week, stored.frame, incidents, recalled.decisions, settings)
    mining = partial(mine_beside, bonds=recalled.bonds, correction=taught.correction)
    parts.store.queries.engine.dispose()
    finding = partial(_besides, parts, week, cutoff_at, stored.frame, incidents)
    with Leaving(parts, before, cutoff_at) as leaving, beside(finding) as besides:
        mining = partial(mining, progress=_telling(parts), on_texts=leaving.begin)
        grouping, known = mining(incidents, before.known, settings)
        found = besides()
        facts = Facts(incidents, grouping, written=lambda: found.written, opened=stored.opened)
        written = leaving.written()
    return _Grouped(
        stored=stored,
        recalled=recalled,
        incidents=incidents,
        before=before,
        taught=taught,
        grouping=grouping,
        facts=facts,
        known=known,
        found=found,
        leaving=leaving,
        written=written,
    )


def _left(
    parts: Parts, week: ReportingWeek, settings: MiningSettings, of: _Grouped
) -> tuple[MarkRows, str]:
    """Leave to the next run what was found of texts; which marks are new, and the run's id."""
    of.leaving.end(of.known, of.written)
    run_id = run_id_of(of.incidents, of.grouping.rows, week, settings, of.known)
    members = {of.grouping.keys[row] for row in np.flatnonzero(of.grouping.labels >= 0).tolist()}
    return members_marks(parts.store, of.recalled, of.stored.frame, members), run_id


def _are_asked(grouping: Grouping) -> bool:
    """Whether candidates are asked without their reasons: both processes share that out."""
    return grouping.reasons is not None and grouping.reasons.can_tell


def _read(
    parts: Parts, week: ReportingWeek, cutoff_at: datetime
) -> tuple[Stored, Recalled, pd.DataFrame, MinedBefore]:
    """Incidents as stored, what is known before, incidents as mined, what the run before left."""
    chosen = chosen_incidents(parts, week, cutoff_at)
    directory, columns = parts.store.people, [chosen[name] for name in TEXT_FIELDS]
    parts.store.queries.engine.dispose()  # a second process opens the database by itself

    def ahead() -> tuple[Elsewhere, dict[str, str], Hashes]:
        return directory.elsewhere(), hashes_before(parts), hashes_of(columns)

    with beside(ahead) as found:
        recalled = recall(parts.store, week, chosen)
        stored = Stored(chosen, openings(chosen))
        elsewhere, left, hashes = found()
    names_of = partial(directory.everyone, elsewhere=elsewhere)
    incidents = prepared(chosen, names_of, partial(redacted_columns, parts, hashes=hashes))
    parts.say(f"mine   {len(incidents):,} incidents")
    return stored, recalled, incidents, mined_before(parts, cutoff_at, left)


def _telling(parts: Parts) -> Progress:
    """What tells of the progress of mining, not too often."""
    tell = Throttled(parts.say)
    return lambda step, share: tell(f"mine   {step} {share:.0%}")


@dataclass(frozen=True, slots=True)
class _Besides:
    """What does not hang on the groups of incidents, and is found beside the grouping.

    `written` is how words are written in titles.
    """

    routes: Mapping[Route, int]
    records: Records
    written: Written


def _besides(
    parts: Parts,
    week: ReportingWeek,
    cutoff_at: datetime,
    stored: pd.DataFrame,
    incidents: pd.DataFrame,
) -> _Besides:
    titles = incidents["title"].fillna("").tolist() if "title" in incidents else []
    return _Besides(
        routes=routes_taken(parts.store, cutoff_at, stored),
        records=records_around(parts, week, cutoff_at),
        written=written_in(titles),
    )


@dataclass(frozen=True, slots=True)
class _Made:
    """What a run made, and what it was made of."""

    run: MiningRun
    told: Told
    taught: Taught
    recalled: Recalled
    marks: MarkRows
    doubts: Doubted
    tellings: Tellings


def _keep(parts: Parts, week: ReportingWeek, made: _Made) -> None:
    """Keep a run in one transaction, and say what came of it."""
    told, run_id = made.told, made.run.run_id
    with parts.store.begin() as uow:
        uow.mining.save(made.run, told.candidates, made.tellings.ready)
        uow.doubts.save_told(run_id, made.doubts.doubts)
        remember(uow, week, made.recalled, made.marks)
        if made.taught.made is not None:
            uow.models.save(made.taught.made)
        for kind, note in {**told.notes, **made.taught.notes}.items():
            uow.remembered.note(run_id, kind, note)
        uow.commit()
    parts.say(f"mine   {len(told.candidates):,} candidates")
    for line in told.said:
        parts.say(f"mine   {line}")
