"""History out of the historical of items: status, priority, and who is assigned.

A status or priority is logged with its old and new number. Whoever is assigned is added and removed
as `Network (8)`; a hand-over is both in one second. What an item was opened with follows from its
first change, or from what it has now where it never changed.
"""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import NamedTuple

from connectors.core.mapping.raw import Cells, cell, raw_of
from connectors.glpi.api import ID, GlpiApi, Row
from connectors.glpi.links import Links
from connectors.glpi.names import Names
from connectors.glpi.rows import utc_of, words_of
from connectors.glpi.tables import SEARCHED
from connectors.glpi.texts import text_of
from itsm.records import RawRecord
from itsm.states import RecordKind

STATUS, PRIORITY, TECHNICIAN, GROUP, SUPPLIER, OPENED, TYPE = 12, 3, 5, 8, 6, 15, 14
COLUMNS = (ID, STATUS, TECHNICIAN, GROUP, OPENED)
_PLAIN = frozenset({STATUS, PRIORITY})
_ASSIGNED = frozenset({TECHNICIAN, GROUP, SUPPLIER})
_BY_LINK = {"Group": GROUP, "Supplier": SUPPLIER}
"""Older versions log who is assigned without a number; of people they do not say as what."""
_ADDED, _REMOVED = 15, 16
_LABEL = re.compile(r"(.*) \((\d+)\)", re.DOTALL)


class Told(NamedTuple):
    """A row of the log: when, which option, and what was before and after, or came and went."""

    key: int
    at: str
    option: int
    old: str
    new: str
    who: str


@dataclass(frozen=True, slots=True)
class ChangeMaker:
    """Makes raw records of the changes of items of one type."""

    api: GlpiApi
    names: Names
    itemtype: str

    def __call__(self, rows: Sequence[Row], _links: Links | None) -> Sequence[RawRecord]:
        """A raw record per change, and per field an item was opened with.

        None of items that were purged since they were found.
        """
        found = [(row, self._log(row)) for row in rows]
        there = [(row, log) for row, log in found if log is not None]
        people = self._people([row for row, _ in there], [log for _, log in there])
        return [
            raw_of(self.api.name, RecordKind.HISTORY, key, cells)
            for row, log in there
            for key, cells in self._of(row, log, people)
        ]

    def _log(self, row: Row) -> list[Told] | None:
        """What is followed of an item's log, in the order it happened; None if it is gone."""
        rows = self.api.below(f"{self.itemtype}/{row[str(ID)]}/Log")
        if rows is None:
            return None
        told = list(map(_told, rows))
        return sorted((one for one in told if one.option in _PLAIN | _ASSIGNED),
                      key=lambda one: (one.at, one.key))  # fmt: skip

    def _people(self, rows: Sequence[Row], logs: Iterable[Sequence[Told]]) -> Mapping[str, str]:
        ids = {key for row in rows for key in words_of(row.get(str(TECHNICIAN)))}
        for log in logs:
            for one in log:
                sides = (one.old, one.new) if one.option == TECHNICIAN else ()
                ids |= {found[2] for side in (*sides, one.who)
                        if (found := _LABEL.fullmatch(side))}  # fmt: skip
        return self.names.of("User", [key for key in ids if key.isdecimal()])

    def _of(
        self, row: Row, log: Sequence[Told], people: Mapping[str, str]
    ) -> Iterator[tuple[str, Cells]]:
        key = str(row[str(ID)])
        shared = owner_of(row, self.itemtype)
        events = [*self._begun(row, log, people), *self._changed(log, people)]
        opened = str(row.get(str(OPENED)) or "")
        for place, (name, cells) in enumerate(events):
            if not cells.get("at"):
                cells["at"] = cell(utc_of(self.api, opened))
            yield name.replace("*", f"{self.itemtype}.{key}"), {
                **shared, **cells, "sequence": cell(str(place))}  # fmt: skip

    def _begun(
        self, row: Row, log: Sequence[Told], people: Mapping[str, str]
    ) -> Iterator[tuple[str, Cells]]:
        """What an item was opened with."""
        first = next((one.old for one in log if one.option == STATUS), None)
        status = first if first is not None else str(row.get(str(STATUS)) or "")
        if status:
            yield f"*.opened.{STATUS}", {"field": cell(str(STATUS)), "to": cell(status)}
        for option in (GROUP, TECHNICIAN):
            own = [one for one in log if one.option == option]
            names = _before(own) if own else words_of(row.get(str(option)))
            if names:
                to = cell("", _name(names[-1], option, people))
                yield f"*.opened.{option}", {"field": cell(str(option)), "to": to}

    def _changed(
        self, log: Sequence[Told], people: Mapping[str, str]
    ) -> Iterator[tuple[str, Cells]]:
        assigned = {option: _before([one for one in log if one.option == option])
                    for option in _ASSIGNED}  # fmt: skip
        ordered = sorted(log, key=lambda one: (one.at, one.option, one.key))
        groups = [list(some) for _, some in groupby(ordered, key=lambda one: (one.at, one.option))]
        for some in sorted(groups, key=lambda one: (one[0].at, one[0].key)):
            option, held = some[0].option, assigned.get(some[0].option)
            if held is None:
                changes = [(one, one.old, one.new) for one in some]
            else:
                before = held[-1] if held else ""
                _apply(held, some)
                changes = [(some[0], before, held[-1] if held else "")]
            for one, old, new in changes:
                if old != new:
                    yield str(one.key), self._cells(one, option, old, new, people)

    def _cells(
        self, one: Told, option: int, old: str, new: str, people: Mapping[str, str]
    ) -> Cells:
        is_person = _LABEL.fullmatch(one.who) is not None
        cells = {
            "field": cell(str(option)),
            "at": cell(utc_of(self.api, one.at)),
            "actor": cell("", _name(one.who, TECHNICIAN, people)),
            "automatic": cell(str(not is_person).lower()),
        }
        for side, word in (("from", old), ("to", new)):
            if word:
                cells[side] = cell("", _name(word, option, people))
        return cells


def kind_of(row: Row, itemtype: str) -> RecordKind | None:
    """The kind that an item is a record of."""
    for kind, number in SEARCHED[itemtype].items():
        if number is None or str(row.get(str(TYPE))) == str(number):
            return kind
    return None


def owner_of(row: Row, itemtype: str) -> Cells:
    """The cells that say which record something hangs on."""
    kind = kind_of(row, itemtype)
    return {"kind": cell("" if kind is None else kind.value), "record": cell(str(row[str(ID)]))}


def _told(row: Row) -> Told:
    option = int(row.get("id_search_option") or 0)
    if not option:
        option = _BY_LINK.get(str(row.get("itemtype_link")), 0)
    action = int(row.get("linked_action") or 0)
    if option in _ASSIGNED and action not in {_ADDED, _REMOVED}:
        option = 0
    old, new = text_of(row.get("old_value")), text_of(row.get("new_value"))
    return Told(int(row["id"]), str(row.get("date_mod") or ""), option, old, new,
                text_of(row.get("user_name")))  # fmt: skip


def _before(log: Sequence[Told]) -> list[str]:
    """Who was assigned before the first row: those who were removed and never added before."""
    added: set[str] = set()
    found: list[str] = []
    for one in log:
        if one.new:
            added.add(one.new)
        elif one.old and one.old not in added:
            found.append(one.old)
    return found


def _apply(held: list[str], rows: Sequence[Told]) -> None:
    for one in rows:
        if one.old in held:
            held.remove(one.old)
        if one.new:
            held.append(one.new)


def _name(word: str, option: int, people: Mapping[str, str]) -> str:
    """What somebody is called; in search people come as ids, in the log as `Abel Ada (12)`."""
    if option in _PLAIN:
        return word
    found = _LABEL.fullmatch(word)
    key = found[2] if found is not None else word
    if option == TECHNICIAN and key in people:
        return people[key]
    return found[1] if found is not None else word
