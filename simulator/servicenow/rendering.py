"""Raw values as clients get them: raw, as shown, or both."""

import sqlite3
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from simulator.servicenow.classes import label_of
from simulator.servicenow.fields import Field, FieldType
from simulator.servicenow.tables import TABLES, Table, labels_of, parts_of

Cell = str | dict[str, str]
Maker = Callable[[str], Cell]
_MOST_KEPT = 200_000
_MOST_ASKED = 500
_FORM = "%Y-%m-%d %H:%M:%S"


class Show(StrEnum):
    """Values of `sysparm_display_value`."""

    RAW = "false"
    SHOWN = "true"
    BOTH = "all"


class Names:
    """What records show, by table and id; asked for many at a time and remembered."""

    def __init__(self) -> None:
        self._known: dict[str, dict[str, str]] = {}
        self.n_forgotten = 0

    def learn(self, connection: sqlite3.Connection, table: str, ids: Sequence[str]) -> None:
        """Look up those not yet known."""
        known = self._known.setdefault(table, {})
        missing = sorted({one for one in ids if one and one not in known})
        if len(known) + len(missing) > _MOST_KEPT:
            known.clear()
            missing = sorted({one for one in ids if one})
        target = TABLES[table]
        for start in range(0, len(missing), _MOST_ASKED):
            some = missing[start : start + _MOST_ASKED]
            for part in parts_of(target):
                if some:
                    marks = ", ".join("?" * len(some))
                    shown = f'SELECT sys_id, "{target.display}" FROM "{part}"'
                    rows = connection.execute(f"{shown} WHERE sys_id IN ({marks})", some)
                    known.update(rows.fetchall())
                    some = [one for one in some if one not in known]
            known.update(dict.fromkeys(some, ""))

    def of(self, table: str, key: str) -> str:
        """What a record shows; "" for one that is not there."""
        return self._known.get(table, {}).get(key, "")

    def forget(self) -> None:
        """Records changed: look everything up again."""
        self._known.clear()
        self.n_forgotten += 1


class Zone:
    """A user's time zone; a name that is none counts as GMT, as in the product."""

    def __init__(self, name: str) -> None:
        try:
            self._zone: ZoneInfo | None = ZoneInfo(name) if name not in ("", "GMT") else None
        except (ZoneInfoNotFoundError, ValueError, OSError):
            self._zone = None
        self._hours: dict[str, str] = {}

    @property
    def is_utc(self) -> bool:
        """Whether times are shown as they are stored."""
        return self._zone is None

    def shown(self, raw: str) -> str:
        """A stored time in this zone."""
        if self._zone is None or not raw:
            return raw
        prefix = self._hours.get(raw[:13])
        if prefix is not None:
            return prefix + raw[13:]
        stored = datetime.strptime(raw, _FORM).replace(tzinfo=UTC)
        local = stored.astimezone(self._zone)
        if local.minute == stored.minute:
            self._hours[raw[:13]] = local.strftime("%Y-%m-%d %H")
        return local.strftime(_FORM)

    def stored(self, shown: str) -> str:
        """A time of this zone as it is stored."""
        if self._zone is None or not shown:
            return shown
        local = datetime.strptime(shown, _FORM).replace(tzinfo=self._zone)
        return local.astimezone(UTC).strftime(_FORM)


class _Memo(dict[str, Cell]):
    """Cells by raw value, made when first asked for."""

    def __init__(self, make: Maker) -> None:
        super().__init__()
        self._make = make

    def __missing__(self, raw: str) -> Cell:
        if len(self) > _MOST_KEPT:
            self.clear()
        cell = self[raw] = self._make(raw)
        return cell


class Renderer:
    """Makes the cells of columns for one way of showing them; keeps what it made.

    Args:
        show: raw values, labels, or both.
        zone: the user's.
        names: what references show.
        base: start of the links, or "" for none (`sysparm_exclude_reference_link`).
    """

    def __init__(self, show: Show, zone: Zone, names: Names, base: str) -> None:
        self._show = show
        self._zone = zone
        self._names = names
        self._base = base
        self._memos: dict[tuple[str, str], _Memo] = {}
        self._by_target: dict[str, _Memo] = {}
        self._n_forgotten = 0

    def cells(
        self, connection: sqlite3.Connection, table: Table, field: Field, raw: Sequence[str]
    ) -> Sequence[Cell]:
        """The cells of a column."""
        if field.type is FieldType.REFERENCE and (self._show is not Show.RAW or self._base):
            if self._show is not Show.RAW:
                self._names.learn(connection, field.target, raw)
            return self._references(field.target, raw)
        if self._show is Show.RAW:
            return raw if field.type is not FieldType.JOURNAL else [""] * len(raw)
        if self._remembered(table, field):
            memo = self._memo(table, field)
            return [memo[value] for value in raw]
        if self._show is Show.SHOWN:
            shown = self._shown(table, field)
            return [shown(value) for value in raw]
        if field.type is FieldType.TIME and not self._zone.is_utc:
            zoned = self._zone.shown
            return [{"display_value": zoned(value), "value": value} for value in raw]
        return [{"display_value": value, "value": value} for value in raw]

    def _remembered(self, table: Table, field: Field) -> bool:
        """Columns of few values, and those whose words differ from the values."""
        few = (FieldType.FLAG, FieldType.NUMBER, FieldType.CLASS, FieldType.DURATION)
        return field.type in few or bool(labels_of(table.name, field.name))

    def _memo(self, table: Table, field: Field) -> _Memo:
        key = (table.name, field.name)
        memo = self._memos.get(key)
        if memo is None:
            shown = self._shown(table, field)
            if self._show is Show.SHOWN:
                memo = _Memo(shown)
            else:
                memo = _Memo(lambda raw: {"display_value": shown(raw), "value": raw})
            self._memos[key] = memo
        return memo

    def _shown(self, table: Table, field: Field) -> Callable[[str], str]:
        if field.type is FieldType.TIME:
            return self._zone.shown
        if field.type is FieldType.DURATION:
            return duration_words
        if field.type is FieldType.CLASS:
            return lambda raw: label_of(raw) if raw else ""
        labels = labels_of(table.name, field.name)
        return lambda raw: labels.get(raw, raw)

    def _references(self, target: str, raw: Sequence[str]) -> list[Cell]:
        if self._n_forgotten != self._names.n_forgotten:
            self._n_forgotten = self._names.n_forgotten
            self._by_target.clear()
        memo = self._by_target.get(target)
        if memo is None:
            memo = self._by_target[target] = _Memo(lambda key: self._reference(target, key))
        return [memo[key] for key in raw]

    def _reference(self, target: str, key: str) -> Cell:
        if not key:
            return {"display_value": "", "value": ""} if self._show is Show.BOTH else ""
        shown = self._names.of(target, key)
        if not self._base:
            if self._show is Show.SHOWN:
                return shown
            return {"display_value": shown, "value": key}
        link = f"{self._base}/api/now/table/{target}/{key}"
        if self._show is Show.RAW:
            return {"link": link, "value": key}
        if self._show is Show.SHOWN:
            return {"display_value": shown, "link": link}
        return {"display_value": shown, "link": link, "value": key}


def duration_words(raw: str) -> str:
    """A duration as shown: 1 Day 2 Hours 3 Minutes."""
    if not raw:
        return ""
    since = datetime.strptime(raw, _FORM) - datetime(1970, 1, 1)
    total = since // timedelta(seconds=1)
    parts = []
    for word, size in (("Day", 86_400), ("Hour", 3_600), ("Minute", 60), ("Second", 1)):
        count, total = divmod(total, size)
        if count:
            parts.append(f"{count} {word}{'s' if count > 1 else ''}")
    return " ".join(parts) or "0 Seconds"


def rows_of_cells(
    names: Sequence[str], columns: Sequence[Sequence[Cell]]
) -> Iterator[Mapping[str, Cell]]:
    """Records from columns of cells."""
    for row in zip(*columns, strict=True):
        yield dict(zip(names, row, strict=True))
