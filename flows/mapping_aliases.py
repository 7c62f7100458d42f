"""Aliases of names: kept with their versions, and applied wherever records are read as frames."""

import json
from collections.abc import Collection, Iterable, Sequence
from datetime import UTC, date, datetime

import pandas as pd

from itsm.journal import JournalKind
from itsm.naming import COLUMNS, KEPT_IN, Alias, NameKind, checked
from itsm.states import HistoryField, RecordKind
from store.unit_of_work import Store, UnitOfWork

ALIASES = "aliases"
"""What the declaration is called."""
_TIMES = {
    RecordKind.INCIDENT: "opened_at",
    RecordKind.SERVICE_REQUEST: "opened_at",
    RecordKind.CHANGE: "opened_at",
    RecordKind.PROBLEM: "opened_at",
    RecordKind.PROBLEM_TASK: "opened_at",
    RecordKind.VENDOR_CASE: "opened_at",
    RecordKind.OUTAGE: "started_at",
    RecordKind.HISTORY: "at",
}
"""The time that says which name held; records without one are as they are now."""
_OF_HISTORY = {HistoryField.TEAM: NameKind.TEAM, HistoryField.VENDOR: NameKind.VENDOR}


def aliases_of(uow: UnitOfWork) -> list[Alias]:
    """All that people said of names, confirmed and rejected, in order."""
    content = uow.declarations.newest(JournalKind.MAPPING, ALIASES) or {}
    return [_read(text) for _, text in sorted(content.items())]


def keep(uow: UnitOfWork, alias: Alias, at: datetime) -> Alias:
    """Keep what a person said; it takes the place of what was said of the same two names.

    Raises:
        ConfigError: as `itsm.naming.checked`.
    """
    held = {one.alias_id: one for one in aliases_of(uow)}
    held[alias.alias_id] = checked(alias, held.values())
    _note(uow, held.values(), at)
    return alias


def forget(uow: UnitOfWork, alias_id: str, at: datetime) -> Alias | None:
    """Take back what was said of two names; None if nothing was."""
    held = {one.alias_id: one for one in aliases_of(uow)}
    gone = held.pop(alias_id, None)
    if gone is not None:
        _note(uow, held.values(), at)
    return gone


def confirmed(store: Store) -> tuple[Alias, ...]:
    """The aliases that count."""
    with store.look() as uow:
        return tuple(one for one in aliases_of(uow) if not one.is_rejected)


def with_aliases(
    kind: RecordKind,
    frame: pd.DataFrame,
    aliases: Sequence[Alias],
    known_at: datetime,
    there: Collection[str] | None = None,
) -> pd.DataFrame:
    """A frame of a kind with the names that count; the same frame where nothing changes.

    A row that tells of a move between two names of one team is none and is left out; so is the
    record of a team, service, vendor or item whose other name has a record, too.

    Args:
        kind: of the frame.
        frame: with the columns of `itsm.fields.column_names`.
        aliases: those that count.
        known_at: the moment that decides for records without a time.
        there: the names that have a record, where the frame is a part of them all.
    """
    if frame.empty or not aliases:
        return frame
    if kind is RecordKind.HISTORY:
        return _history(frame, aliases)
    for column, names in COLUMNS.get(kind, {}).items():
        frame = _renamed(kind, frame, column, _of(aliases, names), known_at)
    for names, holder in KEPT_IN.items():
        if holder is kind:
            named = set(frame["name"]) if there is None else there
            frame = _one_record(frame, _of(aliases, names), known_at.date(), named)
    if kind is RecordKind.SLA_CLOCK:
        both = [*_of(aliases, NameKind.TEAM), *_of(aliases, NameKind.VENDOR)]
        frame = _renamed(kind, frame, "party", both, known_at)
    return frame


def _of(aliases: Iterable[Alias], kind: NameKind) -> list[Alias]:
    return [one for one in aliases if one.kind is kind]


def _renamed(
    kind: RecordKind,
    frame: pd.DataFrame,
    column: str,
    aliases: Sequence[Alias],
    known_at: datetime,
) -> pd.DataFrame:
    held = frame[column].isin([one.name for one in aliases])
    if not held.any():
        return frame
    stamp = _TIMES.get(kind)
    at = frame[stamp] if stamp else pd.Series(pd.Timestamp(known_at), index=frame.index)
    return frame.assign(**{column: _followed(frame[column], frame["source"], at, aliases)})


def _followed(
    values: pd.Series, sources: pd.Series, at: pd.Series, aliases: Sequence[Alias]
) -> pd.Series:
    """Names followed to the one that counts, through as many renamings as there are."""
    for _ in aliases:
        before = values
        for one in aliases:
            meant = (values == one.name) & _holds(one, at)
            if one.source:
                meant &= sources == one.source
            values = values.mask(meant, one.stands_for)
        if values.equals(before):
            break
    return values


def _holds(alias: Alias, at: pd.Series) -> pd.Series:
    held = pd.Series(True, index=at.index)
    if alias.since is not None:
        held &= at >= _midnight(alias.since)
    if alias.until is not None:
        held &= at < _midnight(alias.until)
    return held


def _midnight(day: date) -> pd.Timestamp:
    return pd.Timestamp(datetime(day.year, day.month, day.day, tzinfo=UTC))


def _one_record(
    frame: pd.DataFrame, aliases: Sequence[Alias], today: date, there: Collection[str]
) -> pd.DataFrame:
    """The records of names without those that another one stands for."""
    now = [one for one in aliases if (one.since is None or one.since <= today)]
    now = [one for one in now if one.until is None or today < one.until]
    for one in now:
        meant = frame["name"] == one.name
        if one.source:
            meant &= frame["source"] == one.source
        if not meant.any():
            continue
        if one.stands_for in there:
            frame = frame[~meant]
        else:
            frame = frame.assign(name=frame["name"].mask(meant, one.stands_for))
    return frame.reset_index(drop=True)


def _history(frame: pd.DataFrame, aliases: Sequence[Alias]) -> pd.DataFrame:
    for field, kind in _OF_HISTORY.items():
        own = _of(aliases, kind)
        names = [one.name for one in own]
        rows = frame["field"] == field.value
        touched = rows & (frame["old"].isin(names) | frame["new"].isin(names))
        if not touched.any():
            continue
        part = frame[touched]
        told = {
            side: _followed(part[side], part["source"], _moment(part, side), own)
            for side in ("old", "new")
        }
        stays = told["old"].fillna("") == told["new"].fillna("")
        frame = frame.assign(
            **{side: frame[side].mask(touched, values) for side, values in told.items()}
        )
        frame = frame.drop(index=part.index[stays]).reset_index(drop=True)
    return frame


def _moment(part: pd.DataFrame, side: str) -> pd.Series:
    """When a side of a change held; what was there before held on the day before at the latest."""
    return part["at"] - pd.Timedelta(days=1) if side == "old" else part["at"]


def _note(uow: UnitOfWork, aliases: Iterable[Alias], at: datetime) -> None:
    content = {one.alias_id: _written(one) for one in aliases}
    uow.declarations.note(JournalKind.MAPPING, ALIASES, content, at)


def _written(one: Alias) -> str:
    days = {"since": one.since, "until": one.until}
    told = {
        "kind": one.kind.value,
        "source": one.source,
        "name": one.name,
        "stands_for": one.stands_for,
        **{name: day.isoformat() for name, day in days.items() if day is not None},
        "is_rejected": one.is_rejected,
        "by": one.by,
        "why": one.why,
    }
    return json.dumps(told, ensure_ascii=False)


def _read(text: str) -> Alias:
    told = json.loads(text)
    days = {name: date.fromisoformat(told.pop(name)) for name in ("since", "until") if name in told}
    return Alias(**{**told, "kind": NameKind(told["kind"]), **days})
