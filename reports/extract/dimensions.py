"""The dimensions of an extract: the members that facts have named, with what is known of them."""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta

import pandas as pd

from itsm.clocks import ReportingWeek
from itsm.register import ENDED
from itsm.states import (
    OPEN_INCIDENT_STATES,
    ChangeState,
    RecordKind,
    VendorCaseState,
)
from reports.extract.improvements import Seen, week_key
from reports.extract.keys import NOT_GIVEN, surrogate
from reports.extract.members import Members
from reports.measures.contracts import CATALOGUE
from reports.measures.handoffs import MIN_TEAM_SIZE

_EPOCH = date(1970, 1, 1)
_N_PRIORITIES = 9
NO_LABEL = "(not given)"
"""What the member with key 0 is called."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Reference:
    """What is known of members beside their names.

    Attributes:
        frames: services, teams and configuration items.
        systems: the product of each source.
        team_sizes: people per team.
        candidates: what is told of candidates, by id.
    """

    frames: Mapping[RecordKind, pd.DataFrame] = field(default_factory=dict)
    systems: Mapping[str, str] = field(default_factory=dict)
    team_sizes: Mapping[str, int] = field(default_factory=dict)
    candidates: Mapping[str, Seen] = field(default_factory=dict)


def dimension_rows(
    members: Members, reference: Reference, last: ReportingWeek
) -> Iterator[tuple[str, pd.DataFrame]]:
    """Every dimension with its rows, in the order of the keys.

    Args:
        members: what facts have named; items name services, and are asked first.
        reference: what is known of the members.
        last: the newest week; its year is told to its end.
    """
    yield "dim_ci", _items(members, reference)
    yield "dim_candidate", _candidates(members, reference)
    yield "dim_service", _services(members, reference)
    yield "dim_team", _teams(members, reference)
    yield "dim_source", _sources(members, reference)
    for name in ("category", "vendor", "channel", "location", "close_code"):
        yield f"dim_{name}", _labels(members, name)
    yield "dim_priority", _priorities()
    yield "dim_state", _states(members)
    yield "dim_figure", _figures()
    yield "dim_slice", _slices(members)
    days = _days(members, last)
    yield "dim_date", pd.DataFrame([_day(day) for day in days], dtype=object)
    weeks = sorted({ReportingWeek(*day.isocalendar()[:2], last.zone) for day in days})
    yield "dim_week", pd.DataFrame([_week(week) for week in weeks], dtype=object)


def _labels(members: Members, name: str) -> pd.DataFrame:
    """A dimension that has nothing but its labels."""
    columns = ("category", "subcategory") if name == "category" else (name,)
    blank = dict.fromkeys(columns) | {columns[0]: NO_LABEL}
    rows = [{f"{name}_key": NOT_GIVEN, **blank}]
    rows += [
        {f"{name}_key": key, **dict(zip(columns, label, strict=True))}
        for key, label in members.sorted(name)
    ]
    return pd.DataFrame(rows, dtype=object)


def _services(members: Members, reference: Reference) -> pd.DataFrame:
    known = _by_name(reference, RecordKind.SERVICE, ("criticality", "users"))
    return _with(_labels(members, "service"), known, "service")


def _teams(members: Members, reference: Reference) -> pd.DataFrame:
    known = _by_name(reference, RecordKind.TEAM, ("line",))
    small = {
        surrogate("team", name): {"is_small": size < MIN_TEAM_SIZE}
        for name, size in reference.team_sizes.items()
    }
    for key, told in small.items():
        known.setdefault(key, {}).update(told)
    return _with(_labels(members, "team"), known, "team")


def _items(members: Members, reference: Reference) -> pd.DataFrame:
    rows = _labels(members, "ci")
    known = _by_name(
        reference, RecordKind.CONFIGURATION_ITEM, ("ci_class", "service", "is_retired"), "ci"
    )
    told = _with(rows, known, "ci")
    for name in ("ci_class", "service", "is_retired"):
        told[name] = told.get(name, pd.Series(index=told.index, dtype=object))
    services = told["service"].astype("str")
    classes = [None if pd.isna(one) else members.clean(str(one)) for one in told["ci_class"]]
    return told.assign(
        ci_class=pd.Series(classes, index=told.index, dtype=object),
        service_key=members.keys("service", services),
    )


def _by_name(
    reference: Reference,
    kind: RecordKind,
    names: Sequence[str],
    dimension: str | None = None,
) -> dict[int, dict[str, object]]:
    """What reference records tell of members, by key; a number wins over a name."""
    frame = reference.frames.get(kind)
    known: dict[int, dict[str, object]] = {}
    if frame is None:
        return known
    for column in ("name", "number"):
        for row in frame[[column, *names]].itertuples(index=False):
            told = {name: _plain(value) for name, value in zip(names, row[1:], strict=True)}
            known[surrogate(dimension or kind.value, row[0])] = told
    return known


def _plain(value: object) -> object:
    return None if pd.isna(value) else value  # type: ignore[call-overload]  # a scalar of a frame


def _with(
    rows: pd.DataFrame, known: Mapping[int, Mapping[str, object]], dimension: str
) -> pd.DataFrame:
    """Rows with what is known of each."""
    told = pd.DataFrame([known.get(key, {}) for key in rows[f"{dimension}_key"]], dtype=object)
    return pd.concat([rows, told.set_index(rows.index)], axis="columns")


def _sources(members: Members, reference: Reference) -> pd.DataFrame:
    systems = {surrogate("source", name): {"system": of} for name, of in reference.systems.items()}
    return _with(_labels(members, "source"), systems, "source")


def _candidates(members: Members, reference: Reference) -> pd.DataFrame:
    rows = [{"candidate_key": NOT_GIVEN, "candidate": NO_LABEL, **_nowhere()}]
    for key, (name,) in members.sorted("candidate"):
        seen = reference.candidates.get(str(name))
        told = _nowhere() if seen is None else _told(seen, members)
        rows.append({"candidate_key": key, "candidate": name, **told})
    return pd.DataFrame(rows, dtype=object)


def _told(seen: Seen, members: Members) -> dict[str, object]:
    return {
        "first_seen_at": seen.first_seen_at.replace(microsecond=0),
        "last_seen_at": seen.last_seen_at.replace(microsecond=0),
        "service_key": members.key("service", seen.service),
        "category_key": members.key("category", seen.category, None),
    }


def _nowhere() -> dict[str, object]:
    return {"service_key": NOT_GIVEN, "category_key": NOT_GIVEN}


def _priorities() -> pd.DataFrame:
    rows = [(NOT_GIVEN, NO_LABEL), *((n, f"P{n}") for n in range(1, _N_PRIORITIES + 1))]
    return pd.DataFrame(rows, columns=["priority_key", "priority"], dtype=object)


def _states(members: Members) -> pd.DataFrame:
    rows: list[dict[str, object]] = [{"state_key": NOT_GIVEN, "state": NO_LABEL}]
    rows += [
        {"state_key": key, "record_kind": kind, "state": state, "is_open": _is_open(kind, state)}
        for key, (kind, state) in members.sorted("state")
    ]
    return pd.DataFrame(rows, dtype=object)


_ENDED_STATES: Mapping[str | None, frozenset[str]] = {
    RecordKind.CHANGE.value: frozenset({ChangeState.CLOSED, ChangeState.CANCELED}),
    RecordKind.VENDOR_CASE.value: frozenset(
        {VendorCaseState.RESOLVED, VendorCaseState.CLOSED, VendorCaseState.CANCELED}
    ),
    "register_entry": ENDED,
}


def _is_open(kind: str | None, state: str | None) -> bool | None:
    """Whether a state still asks for work; None where nobody has explained it."""
    if state is None or state == ChangeState.UNMAPPED:
        return None
    if kind == RecordKind.INCIDENT:
        return state in OPEN_INCIDENT_STATES
    return state not in _ENDED_STATES[kind]


def _figures() -> pd.DataFrame:
    rows: list[dict[str, object]] = [{"figure_key": NOT_GIVEN, "figure": NO_LABEL}]
    rows += [
        {
            "figure_key": surrogate("figure", one.figure_id),
            "figure": one.figure_id,
            **{name: getattr(one, name) for name in ("title", "family", "formula", "denominator")},
            **{name: getattr(one, name) for name in ("exclusions", "decision", "partner")},
            "unit": one.unit.value,
            "direction": one.direction.value,
            "formula_version": one.version,
            "is_in_pack": one.is_in_pack,
        }
        for one in CATALOGUE.values()
    ]
    return pd.DataFrame(rows, dtype=object)


def _slices(members: Members) -> pd.DataFrame:
    rows: list[dict[str, object]] = [{"slice_key": NOT_GIVEN, "slice": "all"}]
    for key, parts in members.sorted("slice"):
        pairs = list(zip(parts[::2], parts[1::2], strict=True))
        told: dict[str, object] = {"slice": "; ".join(f"{name}={value}" for name, value in pairs)}
        told["parts"] = json.dumps(parts, ensure_ascii=False)
        for place, (name, value) in enumerate(pairs[:2], 1):
            told |= {f"dimension_{place}": name, f"value_{place}": value}
        rows.append({"slice_key": key, **told})
    return pd.DataFrame(rows, dtype=object)


def _days(members: Members, last: ReportingWeek) -> list[date]:
    """Whole years from the first day that is named to the newest week, and what lies later."""
    named = {_EPOCH + timedelta(days=day) for day in members.days} | {last.monday}
    end = date((last.monday + timedelta(days=6)).year, 12, 31)
    first = date(min(named).year, 1, 1)
    whole = {first + timedelta(days=n) for n in range((end - first).days + 1)}
    return sorted(whole | named)


def _day(day: date) -> dict[str, object]:
    iso = day.isocalendar()
    return {
        "date_key": day.year * 10_000 + day.month * 100 + day.day,
        "date": day,
        "year": day.year,
        "quarter": (day.month + 2) // 3,
        "month": day.month,
        "day": day.day,
        "weekday": iso.weekday,
        "is_weekend": iso.weekday >= 6,
        "week_key": iso.year * 100 + iso.week,
    }


def _week(week: ReportingWeek) -> dict[str, object]:
    return {
        "week_key": week_key(week.label),
        "week": week.label,
        "year": week.year,
        "week_number": week.week,
        "monday": week.monday,
        "start_at": week.start_at,
        "end_at": week.end_at,
        "hours": week.hours,
    }
