"""What hangs on tickets, problems and changes: comments, approvals, clocks, ratings."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from connectors.core.mapping.raw import Cell, Cells, cell, raw_of
from connectors.glpi.api import ID, GlpiApi, Row
from connectors.glpi.changes import TYPE, owner_of
from connectors.glpi.links import Links
from connectors.glpi.rows import ListForm, SearchForm, number_of, utc_of, words_of
from connectors.glpi.texts import text_of
from itsm.records import RawRecord
from itsm.states import RecordKind

_FIELDS = (
    "date",
    "solvedate",
    "time_to_resolve",
    "time_to_own",
    "internal_time_to_resolve",
    "internal_time_to_own",
    "takeintoaccountdate",
    "takeintoaccount_delay_stat",
    "sla_waiting_duration",
    "ola_waiting_duration",
    "ola_ttr_begin_date",
    "date_mod",
)
_AGREEMENTS = {("sla", "ttr"): "30", ("sla", "tto"): "37", ("ola", "ttr"): "191",
               ("ola", "tto"): "190"}  # fmt: skip
_DUE = {("sla", "ttr"): "time_to_resolve", ("sla", "tto"): "time_to_own",
        ("ola", "ttr"): "internal_time_to_resolve",
        ("ola", "tto"): "internal_time_to_own"}  # fmt: skip


@dataclass(frozen=True, slots=True)
class SubMaker:
    """Makes raw records of rows that hang on items of one type, asked for item by item."""

    api: GlpiApi
    form: ListForm
    kind: RecordKind
    itemtype: str
    sub: str

    def __call__(self, rows: Sequence[Row], _links: Links | None) -> Sequence[RawRecord]:
        """A raw record per row that hangs on an item."""
        owned = [(row, one) for row in rows for one in self._below(row)]
        cells = self.form.cells([one for _, one in owned])
        return [
            raw_of(
                self.api.name, self.kind, str(one["id"]), {**owner_of(row, self.itemtype), **made}
            )
            for (row, one), made in zip(owned, cells, strict=True)
        ]

    def _below(self, row: Row) -> list[Row]:
        return self.api.below(f"{self.itemtype}/{row[str(ID)]}/{self.sub}") or []


@dataclass(frozen=True, slots=True)
class FormMaker:
    """Makes a raw record of each row of a search."""

    api: GlpiApi
    form: SearchForm
    kind: RecordKind
    suffix: str = ""

    def __call__(self, rows: Sequence[Row], links: Links | None) -> Sequence[RawRecord]:
        """A raw record per row."""
        made = self.form.cells(rows, links)
        return [
            raw_of(self.api.name, self.kind, f"{row[str(ID)]}{self.suffix}", cells)
            for row, cells in zip(rows, made, strict=True)
        ]


@dataclass(slots=True)
class ClockMaker:
    """Makes raw records of the clocks of tickets, out of their columns.

    An SLA and an OLA have an end for taking over and one for solving each.
    """

    api: GlpiApi
    numbers: dict[str, str] = field(init=False)

    def __post_init__(self) -> None:
        options = self.api.options("Ticket")
        found = {name: number_of(f"glpi_tickets.{name}", options) for name in _FIELDS}
        found |= {number: number_of(number, options) for number in _AGREEMENTS.values()}
        self.numbers = {name: str(place[0]) for name, place in found.items() if place is not None}

    @property
    def columns(self) -> tuple[int, ...]:
        """The search options that are shown."""
        return tuple(sorted({ID, TYPE, 12, *map(int, self.numbers.values())}))

    def __call__(self, rows: Sequence[Row], _links: Links | None) -> Sequence[RawRecord]:
        """A raw record per clock."""
        now = self.api.around.clock()
        return [
            raw_of(self.api.name, RecordKind.SLA_CLOCK, f"{row[str(ID)]}.{level}.{end}", cells)
            for row in rows
            for (level, end), column in _DUE.items()
            if (cells := self._clock(row, level, end, column, now)) is not None
        ]

    def _clock(self, row: Row, level: str, end: str, column: str, now: datetime) -> Cells | None:
        due = self.api.moment(self._value(row, column))
        if due is None:
            return None
        ended = self._ended(row, end)
        at = ended or now
        made: dict[str, Cell] = {
            **owner_of(row, "Ticket"),
            "level": cell(level),
            "target": cell(end),
            "due": self._told(due),
            "breached": cell(str(at > due).lower()),
            "updated": cell(utc_of(self.api, self._value(row, "date_mod"))),
        }
        if at > due:
            made["breached_at"] = self._told(due)
        if ended is not None:
            made["ended"] = self._told(ended)
        if agreement := text_of(self._value(row, _AGREEMENTS[level, end])):
            made["agreement"] = cell(agreement)
        return {**made, **self._begun(row, level, end)}

    def _begun(self, row: Row, level: str, end: str) -> Cells:
        begun = self._value(row, "ola_ttr_begin_date") if (level, end) == ("ola", "ttr") else None
        found = {"started": cell(utc_of(self.api, begun or self._value(row, "date")))}
        paused = self._value(row, f"{level}_waiting_duration")
        if end == "ttr" and paused is not None:
            found["paused_s"] = cell(str(paused))
        return found

    def _ended(self, row: Row, end: str) -> datetime | None:
        """When a clock stopped; older versions tell only how long taking over took."""
        if end == "ttr":
            return self.api.moment(self._value(row, "solvedate"))
        taken = self.api.moment(self._value(row, "takeintoaccountdate"))
        delay = str(self._value(row, "takeintoaccount_delay_stat") or "0")
        opened = self.api.moment(self._value(row, "date"))
        if taken is not None or opened is None or not delay.isdecimal() or delay == "0":
            return taken
        return opened + timedelta(seconds=int(delay))

    def _value(self, row: Row, name: str) -> object:
        words = words_of(row.get(self.numbers.get(name, "")))
        return words[0] if words else None

    def _told(self, at: datetime) -> Cell:
        return cell(f"{at:%Y-%m-%d %H:%M:%S}")


def answered(numbers: Mapping[str, tuple[int, int]]) -> int | None:
    """The search option of the time an answer was given, if the server has it."""
    found = numbers.get("61")
    return found[0] if found is not None else None
