"""Which sheets a workbook has, and where in them the records of each figure begin."""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import groupby

from reports.definitions import title_of
from reports.evidence import MEMBERS, evidence_lists
from reports.language import _
from reports.model import EvidenceList, Pack
from reports.text import printable
from reports.workbook.cells import place_of

MAX_NAME = 31
"""Letters of a sheet's name."""
MAX_ROWS = 1_000_000
"""Records of one sheet; Excel has 1,048,576 rows."""
FIRST_ROW = 4
"""The row of the first record: above it title, links, note and head."""
_FORBIDDEN = re.compile(r"[\[\]:*?/\\']")


@dataclass(frozen=True, slots=True)
class RecordSheet:
    """A sheet of records: the lists of one figure, one below the other."""

    name: str
    title: str
    lists: tuple[EvidenceList, ...]


@dataclass(slots=True)
class Plan:
    """The places of a workbook: of records, known at once, and of figures, noted when written."""

    sheets: tuple[RecordSheet, ...]
    records_at: Mapping[str, str]
    figures_at: dict[str, str] = field(default_factory=dict)

    def note(self, anchor: str | None, place: str) -> None:
        """Remember where the figure of an anchor stands; the first place is the one kept."""
        if anchor:
            self.figures_at.setdefault(anchor, place)


class Names:
    """Names for sheets, each given once: short, allowed by spreadsheets, told apart."""

    def __init__(self) -> None:
        self._taken: set[str] = {"history"}

    def give(self, wanted: str) -> str:
        """A name as near as can be to what is wanted."""
        base = " ".join(_FORBIDDEN.sub(" ", printable(wanted)).split())[:MAX_NAME].strip() or "-"
        name, count = base, 1
        while name.casefold() in self._taken:
            count += 1
            end = f" ({count})"
            name = base[: MAX_NAME - len(end)].rstrip() + end
        self._taken.add(name.casefold())
        return name


def planned(pack: Pack, names: Names) -> Plan:
    """The sheets of records of a pack, one for each figure, and where each list begins."""
    sheets = tuple(_record_sheets(evidence_lists(pack), names))
    at: dict[str, str] = {}
    for anchor, place in _places(sheets):
        at.setdefault(anchor, place)
    return Plan(sheets, at)


def _record_sheets(lists: Sequence[EvidenceList], names: Names) -> Iterator[RecordSheet]:
    ordered: dict[str, list[EvidenceList]] = {}
    for item in lists:
        ordered.setdefault(item.figure_id, []).append(item)
    for figure_id, kept in ordered.items():
        title = _("Members of candidates") if figure_id == MEMBERS else _title(figure_id, kept)
        for part in _fitting(kept):
            yield RecordSheet(names.give(f"{_('Rows')} {title}"), title, part)


def _title(figure_id: str, lists: Sequence[EvidenceList]) -> str:
    titles = {item.title for item in lists}
    return lists[0].title if len(titles) == 1 else title_of(figure_id)


def _fitting(lists: Iterable[EvidenceList]) -> Iterator[tuple[EvidenceList, ...]]:
    """Lists in as many sheets as they need."""
    room, numbered = MAX_ROWS, []
    sheet = 0
    for item in (piece for one in lists for piece in _pieces(one)):
        n = len(item.rows) + len(item.base_rows)
        if n > room:
            sheet, room = sheet + 1, MAX_ROWS
        room -= n
        numbered.append((sheet, item))
    for _sheet, kept in groupby(numbered, key=lambda pair: pair[0]):
        yield tuple(item for _number, item in kept)


def _pieces(item: EvidenceList) -> Iterator[EvidenceList]:
    """A list in pieces that fit into a sheet each; nearly always one."""
    if len(item.rows) + len(item.base_rows) <= MAX_ROWS:
        yield item
        return
    for start in range(0, len(item.rows), MAX_ROWS):
        yield replace(item, rows=item.rows[start : start + MAX_ROWS], base_rows=())
    for start in range(0, len(item.base_rows), MAX_ROWS):
        yield replace(item, rows=(), base_rows=item.base_rows[start : start + MAX_ROWS])


def _places(sheets: Sequence[RecordSheet]) -> Iterator[tuple[str, str]]:
    for sheet in sheets:
        row = FIRST_ROW
        for item in sheet.lists:
            yield item.anchor, place_of(sheet.name, row)
            row += len(item.rows) + len(item.base_rows)
