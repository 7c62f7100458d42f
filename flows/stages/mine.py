"""Mine: incidents known at the cut-off become problem candidates, with ids that last."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from functools import partial

import numpy as np
import pandas as pd

from checks.known_names import KnownNames
from checks.privacy import redact_all
from flows.around import Records, records_around
from flows.doubted import Doubted, doubted, taken_up
from flows.filed import filing_notes, routes_taken
from flows.heap import rarely_collecting
from flows.mined_before import Leaving, hashes_before, leave_told, mined_before
from flows.mining_run import TOLD_FIELDS, run_id_of, run_of, version_name
from flows.progress import Throttled
from flows.reading import some_of
from flows.recalled import (
    Recalled,
    members_marks,
    recall,
    remember,
    source_and_number,
)
from flows.redacted_before import redacted_columns
from flows.retold import Stored, Told, openings, told_of
from flows.stage_watch import stage
from flows.taught import Taught, teach
from flows.wiring import Parts
from itsm.candidates import ProblemCandidate
from itsm.clocks import ReportingWeek
from itsm.states import IncidentState, RecordKind
from problem_mining.filing import Route
from problem_mining.member_facts import Facts
from problem_mining.pipeline import Grouping, mine_beside
from problem_mining.plain_titles import Written, written_in
from problem_mining.proposals import propose
from problem_mining.search import Progress
from problem_mining.settings import DEFAULT, MiningSettings
from problem_mining.side_by_side import beside
from problem_mining.tellings import Tellings
from store.remembering import MarkRows
from store.runs import MiningRun

MINED_FIELDS = (
    "service",
    "ci",
    "category",
    "subcategory",
    "symptom",
    "location",
    "team",
    "priority",
    "opened_at",
)
"""The fields mining may use beside the text; never a person, never a problem link."""

KEY_FIELDS = ("source", "number", "restricted", "is_test", "state")
LINK_FIELDS = ("problem", "parent_incident", "duplicate_of", "caused_by_change")

PERSON_FIELDS = ("assignee", "caller", "opened_by", "resolved_by")
"""The fields whose names are taken out of texts."""

READ_FIELDS = tuple(
    sorted(
        {
            *KEY_FIELDS,
            *MINED_FIELDS,
            *LINK_FIELDS,
            *TOLD_FIELDS,
            *PERSON_FIELDS,
            *("title", "description", "close_notes", "resolved_at"),
        }
    )
)
"""The fields that are read at all."""

COLLECTING = (200_000, 20, 20)
"""How often rings are looked for: a run makes hardly any."""

Names = Callable[[Iterable[object]], Iterable[object]]
"""The names of people that fields hold the pseudonyms of."""
Redacts = Callable[[Sequence[pd.Series], KnownNames], list[pd.Series]]
"""Takes personal data out of columns of texts."""


@stage("mine")
@rarely_collecting(COLLECTING)
def mine_week(
    parts: Parts, week: ReportingWeek, cutoff_at: datetime, settings: MiningSettings = DEFAULT
) -> str:
    """Group the incidents of the look-back that were known at the cut-off, and keep the result.

    What people decided before is applied again: to the grouping, and to what becomes of each
    candidate.

    Returns:
        The id of the mining run.
    """
    started_at = datetime.now(UTC)
    chosen, recalled, incidents, hashes = _read(parts, week, cutoff_at)
    taught = teach(parts, week, chosen.frame, incidents, recalled.decisions, settings)
    before = mined_before(parts, cutoff_at, hashes)
    mining = partial(mine_beside, bonds=recalled.bonds, correction=taught.correction)
    parts.store.queries.engine.dispose()
    finding = partial(_besides, parts, week, cutoff_at, chosen.frame, incidents)
    with Leaving(parts, before, cutoff_at) as leaving, beside(finding) as besides:
        mining = partial(mining, progress=_telling(parts), on_texts=leaving.begin)
        grouping, known = mining(incidents, before.known, settings)
        found = besides()
        facts = Facts(incidents, grouping, written=lambda: found.written, opened=chosen.opened)
        written = leaving.written()
    cost = parts.settings.cost.model()

    def left() -> MarkRows:
        leaving.end(known, written)
        return members_marks(parts.store, recalled, chosen.frame, _members(grouping))

    with beside(left) as marking:
        proposing = partial(propose, source_of=source_and_number, tellings=before.tellings)
        proposed = proposing(facts, grouping, week=week, cost=cost, memory=recalled.memory)
        marks = marking()
    version = version_name(grouping.version.name, settings)
    doubting = partial(doubted, facts, grouping, proposed, before.tellings)
    with beside(lambda: None if _are_asked(grouping) else doubting()) as asking:
        told = told_of(parts, week, proposed, recalled, chosen, found.records, version)
        notes = told.notes | filing_notes(found.routes, chosen.frame, told.candidates)
        run_id = run_id_of(incidents, grouping.rows, week, settings, known)
        doubts = asking() or doubting()
    run = run_of(run_id, week, cutoff_at, version, len(incidents), started_at)
    taken_up(before.tellings, doubts)
    told = replace(told, notes=notes)
    _keep(parts, week, _Made(run, told, taught, recalled, marks, doubts, before.tellings))
    leave_told(parts, before, known)
    return run_id


def _members(grouping: Grouping) -> set[str]:
    """The keys of all incidents that are in a group."""
    return {grouping.keys[row] for row in np.flatnonzero(grouping.labels >= 0).tolist()}


def _are_asked(grouping: Grouping) -> bool:
    """Whether candidates are asked without their reasons: both processes share that out."""
    return grouping.reasons is not None and grouping.reasons.can_tell


def _read(
    parts: Parts, week: ReportingWeek, cutoff_at: datetime
) -> tuple[Stored, Recalled, pd.DataFrame, dict[str, str]]:
    """Incidents as stored, what is known before, incidents as mined, hashes of what was left."""
    chosen = chosen_incidents(parts, week, cutoff_at)
    directory = parts.store.people
    parts.store.queries.engine.dispose()  # a second process opens the database by itself
    with beside(directory.elsewhere) as elsewhere:
        recalled = recall(parts.store, week, chosen)
        stored = Stored(chosen, openings(chosen))
        names_of = partial(directory.everyone, elsewhere=elsewhere())
    with beside(partial(hashes_before, parts)) as hashes:
        incidents = prepared(chosen, names_of, partial(redacted_columns, parts))
        parts.say(f"mine   {len(incidents):,} incidents")
        return stored, recalled, incidents, hashes()


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


def minable(parts: Parts, week: ReportingWeek, cutoff_at: datetime) -> pd.DataFrame:
    """The incidents to be mined: one row per incident, personal data out, ordered by key."""
    chosen = chosen_incidents(parts, week, cutoff_at)
    return prepared(chosen, parts.store.people.everyone)


def chosen_incidents(parts: Parts, week: ReportingWeek, cutoff_at: datetime) -> pd.DataFrame:
    """The incidents to be mined as they are stored, with `key` as "source/number".

    Restricted, canceled, test and duplicate incidents are left out.
    """
    first_at = week.shifted(1 - parts.settings.mining.lookback_weeks).start_at
    since = ("opened_at", first_at, min(week.end_at, cutoff_at))
    incidents = some_of(parts.store, RecordKind.INCIDENT, cutoff_at, READ_FIELDS, since=since)
    chosen = incidents[
        ~incidents["restricted"]
        & ~incidents["is_test"]
        & (incidents["state"] != IncidentState.CANCELED)
        & incidents["duplicate_of"].isna()
    ]
    return chosen.assign(key=chosen["source"] + "/" + chosen["number"])


def all_redacted(columns: Sequence[pd.Series], names: KnownNames) -> list[pd.Series]:
    """Columns of texts without personal data."""
    return [
        pd.Series(redact_all(each, known_names=names).texts, each.index, dtype="str")
        for each in columns
    ]


def prepared(
    incidents: pd.DataFrame, names_of: Names = frozenset, redacts: Redacts = all_redacted
) -> pd.DataFrame:
    """A frame with `key` and any of the mined fields as mining takes it: redacted, by key.

    Args:
        incidents: the frame.
        names_of: whose the pseudonyms in its fields are.
        redacts: takes personal data out of texts.
    """
    texts = [name for name in ("title", "description") if name in incidents]
    columns = redacts([incidents[name] for name in texts], people(incidents, names_of))
    fields = [name for name in (*MINED_FIELDS, *TOLD_FIELDS) if name in incidents]
    frame = incidents[["key", *fields]].assign(**dict(zip(texts, columns, strict=True)))
    is_sorted = frame["key"].is_monotonic_increasing
    return frame if is_sorted else frame.sort_values("key", ignore_index=True)


def people(incidents: pd.DataFrame, names_of: Names = frozenset) -> KnownNames:
    """The people that the records name, so that their names can be taken out of texts."""
    columns = [incidents[name].unique() for name in PERSON_FIELDS if name in incidents]
    return KnownNames.of(names_of(set().union(*columns)))


def candidate_membership(candidates: Sequence[ProblemCandidate]) -> pd.DataFrame:
    """Which candidate each member belongs to: columns source, number, candidate_id."""
    rows = [
        (member.source, member.number, candidate.candidate_id)
        for candidate in candidates
        for member in candidate.members
    ]
    return pd.DataFrame(rows, columns=["source", "number", "candidate_id"], dtype="str")
