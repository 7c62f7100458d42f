"""The extract for dashboards: records out of the store a week at a time, into the files."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from checks.known_names import KnownNames
from checks.privacy import redact
from flows.frames import frame_of_columns
from flows.progress import Throttled
from flows.weekly_rows import WeeklyRows
from flows.wiring import Parts
from itsm.clocks import zone_of
from itsm.fields import FieldType, column_names, fields_of
from itsm.states import RecordKind
from reports.extract.agreements import case_facts, clock_facts
from reports.extract.changes import change_facts
from reports.extract.columns import Calendar
from reports.extract.dimensions import Reference
from reports.extract.extraction import Extracted, Extraction, Wanted, extraction
from reports.extract.improvements import (
    FigureValue,
    Seen,
    candidate_facts,
    figure_facts,
    register_facts,
    seen_of,
)
from reports.extract.incidents import Known, incident_facts
from reports.extract.keys import Keys
from reports.extract.members import Members
from reports.measures.data import MeasureData
from store.people import Directory
from store.streaming import PARENT, Between, Reading, reading

_K = RecordKind
_REFERENCE = (_K.SERVICE, _K.TEAM, _K.CONFIGURATION_ITEM)
_PEOPLE: Mapping[RecordKind, tuple[str, ...]] = {
    _K.INCIDENT: ("assignee", "caller", "opened_by", "resolved_by"),
    _K.SERVICE_REQUEST: ("assignee", "caller"),
    _K.APPROVAL: ("approver",),
    _K.HISTORY: ("actor",),
    _K.COMMENT: ("author",),
    _K.VENDOR: ("owner",),
    _K.SERVICE: ("owner",),
    _K.KNOWLEDGE_ARTICLE: ("owner",),
    _K.POST_INCIDENT_REVIEW: ("owner",),
    _K.REVIEW_ACTION: ("owner",),
}
"""Where records name people."""
_NAMED: Mapping[RecordKind, str] = {_K.TEAM: "name", _K.SERVICE: "name", _K.VENDOR: "name"}
"""What is no person, even where a ticket names it as its caller."""
_UNREAD = frozenset({"title", "description", "close_notes", "symptom", "state_code", "type_code"})
_HISTORY = (
    *("source", "record_kind", "record", "at", "sequence", "field", "old", "new"),
    *("actor", "is_integration"),
)
_CLOCK = {
    "incident": "number",
    "service": "service",
    "priority": "priority",
    "is_test": "is_test",
    "duplicate_of": "duplicate_of",
}
"""What is told of the incident that a clock runs on, from which column."""
_COMMENTS = ("source", "record_kind", "record", "at", "author")


@dataclass(frozen=True, slots=True)
class _Run:
    """What every step of an extract needs."""

    parts: Parts
    wanted: Wanted
    read: Reading
    into: Extraction
    known: Known

    @property
    def between(self) -> Between:
        """The times of the records to be read."""
        since = self.wanted.since
        return (since.start_at if since else None), self.wanted.cutoff_at

    def is_asked(self, week: str) -> bool:
        """Whether a week is one of those that are to be made."""
        since = self.wanted.since
        return (since is None or week >= since.label) and week <= self.wanted.week.label


def extract(parts: Parts, wanted: Wanted) -> Extracted:
    """Make the extract of an installation.

    Args:
        parts: from `flows.wiring`.
        wanted: what is asked for.

    Raises:
        PublishError: it cannot be made there; the extract before stays as it is.
    """
    with reading(parts.store, wanted.cutoff_at) as read:
        parts.say("extract reading names and reference data")
        clean = _clean(read, parts.store.people)
        members = Members(clean)
        reference = _reference(parts, read)
        known = Known(
            cutoff_at=wanted.cutoff_at,
            zone=wanted.week.zone,
            calendar=Calendar(zone_of(wanted.week.zone), members),
            members=members,
            team_sizes=reference.team_sizes,
        )
        with extraction(wanted, members) as into:
            run = _Run(parts, wanted, read, into, known)
            _incidents(run)
            _others(run)
            candidates = _improvements(run)
            parts.say("extract writing dimensions and descriptions")
            return into.finish(replace(reference, candidates=candidates))


def _clean(read: Reading, directory: Directory) -> Callable[[str], str]:
    """Takes out of a label what is personal: names that records have where people stand."""
    people = {
        name
        for kind, columns in _PEOPLE.items()
        for column in columns
        for name in read.different(kind, column)
    }
    others = {name for kind, one in _NAMED.items() for name in read.different(kind, one)}
    names = KnownNames.of(directory.names(people) - others)
    return lambda label: redact(label, known_names=names).text


def _reference(parts: Parts, read: Reading) -> Reference:
    frames = {kind: frame_of_columns(kind, read.whole(kind)) for kind in _REFERENCE}
    data = MeasureData(frames=frames, team_sizes=parts.settings.figures.team_sizes)
    return Reference(
        frames=frames,
        systems={name: one.kind for name, one in parts.settings.sources.items()},
        team_sizes=data.sizes(),
    )


def _incidents(run: _Run) -> None:
    """Incidents with what hangs on them, by the week of their opening."""
    read, between = run.read, run.between
    incidents = WeeklyRows(
        _K.INCIDENT, read.by_time(_K.INCIDENT, _read_of(_K.INCIDENT), "opened_at", between)
    )
    history = WeeklyRows(
        _K.HISTORY,
        read.on_incidents(_K.HISTORY, _HISTORY, ("at", "sequence"), between),
        at=PARENT,
    )
    comments = WeeklyRows(
        _K.COMMENT, read.on_incidents(_K.COMMENT, _COMMENTS, ("at",), between), at=PARENT
    )
    n, tell = 0, Throttled(run.parts.say)
    for week in incidents.weeks(run.known.zone):
        frames = {
            _K.INCIDENT: incidents.until(week.end_at),
            _K.HISTORY: history.until(week.end_at),
            _K.COMMENT: comments.until(week.end_at),
        }
        run.into.put(week.label, incident_facts(frames, run.known))
        n += len(frames[_K.INCIDENT])
        tell(f"extract {n:,} incidents, up to those opened in {week.label}")
    run.parts.say(f"extract {n:,} incidents")


def _others(run: _Run) -> None:
    """Clocks, changes and vendor cases, each by the week it began in."""
    kinds = fields_of(_K.INCIDENT)
    beside = {spec.name: spec.type for spec in kinds if spec.name in _CLOCK}
    beside |= {"incident": FieldType.TEXT}
    clocks = run.read.beside_incidents(
        _K.SLA_CLOCK, _read_of(_K.SLA_CLOCK), "started_at", run.between, _CLOCK
    )
    changes = run.read.by_time(_K.CHANGE, _read_of(_K.CHANGE), "opened_at", run.between)
    cases = run.read.beside_incidents(
        _K.VENDOR_CASE,
        [name for name in _read_of(_K.VENDOR_CASE) if name != "incident"],
        "opened_at",
        run.between,
        {"incident": "number"},
    )
    started = WeeklyRows(_K.SLA_CLOCK, clocks, at="started_at", beside=beside)
    _weekly(run, "fact_clock", started, clock_facts)
    _weekly(run, "fact_change", WeeklyRows(_K.CHANGE, changes), change_facts)
    _weekly(run, "fact_vendor_case", WeeklyRows(_K.VENDOR_CASE, cases), case_facts)


def _weekly(
    run: _Run, table: str, rows: WeeklyRows, facts: Callable[[pd.DataFrame, Known], pd.DataFrame]
) -> None:
    """The facts of a table that need nothing but their own rows."""
    n, tell = 0, Throttled(run.parts.say)
    for week in rows.weeks(run.known.zone):
        found = facts(rows.until(week.end_at), run.known)
        run.into.put(week.label, {table: found})
        n += len(found)
        tell(f"extract {n:,} rows of {table}, up to {week.label}")
    run.parts.say(f"extract {n:,} rows of {table}")


def _improvements(run: _Run) -> dict[str, Seen]:
    """Figures, candidates and the register; returns what is told of each candidate."""
    members, seen = run.known.members, dict[str, Seen]()
    for week, told in run.read.figures():
        if run.is_asked(week):
            values = [FigureValue(**one) for one in told]
            run.into.put(week, {"fact_figure": figure_facts(week, values, members)})
    incidents = run.into.incident_keys()
    for week, candidates in run.read.mined():
        seen |= {one.candidate_id: seen_of(one) for one in candidates}
        if run.is_asked(week):
            facts = candidate_facts(week, candidates, members)
            facts["fact_candidate_member"] = _held(facts["fact_candidate_member"], incidents)
            run.into.put(week, facts)
    run.into.put_whole(register_facts(run.read.register(), members, run.known.calendar))
    return seen


def _held(rows: pd.DataFrame, incidents: Keys) -> pd.DataFrame:
    """Members that are in the extract: not those that their source has deleted since."""
    if rows.empty:
        return rows
    return rows[np.isin(rows["incident_key"].to_numpy(dtype=np.int64), incidents)]


def _read_of(kind: RecordKind) -> list[str]:
    """The columns of a kind that facts are made of."""
    return [name for name in column_names(kind) if name not in _UNREAD]
