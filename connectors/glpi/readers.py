"""What reads each kind of a GLPI: searches, what hangs on their rows, and lists."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from connectors.core.kind_source import KindReader
from connectors.core.many_reader import ManyReader
from connectors.core.mapping.raw import Cells, cell
from connectors.core.named_kinds import NamedKind, NamedKinds
from connectors.glpi import changes
from connectors.glpi.api import ID, Criterion, GlpiApi, Row
from connectors.glpi.changes import ChangeMaker
from connectors.glpi.hanging import ClockMaker, FormMaker, SubMaker, answered
from connectors.glpi.listing import Form, ListReader
from connectors.glpi.names import Names
from connectors.glpi.reading import TYPE, SearchReader, Wanted
from connectors.glpi.rows import LINKED, ListForm, SearchForm
from connectors.glpi.tables import HANGING, SEARCHED, references, services_of
from itsm.states import RecordKind

K = RecordKind
HANGING_SIZE = 50
"""Items at a time where each is asked for by itself, so that a pull goes on close to its end."""
_MONTHS_IN_YEAR = 12
_EVER = "1971-01-01 00:00:00"


@dataclass(slots=True)
class ReaderMaker:
    """Makes the reader of each kind; what the server has is asked once."""

    api: GlpiApi
    tables: NamedKinds
    columns: Mapping[RecordKind, tuple[str, ...]]
    names: Names = field(init=False)
    _made: dict[RecordKind, KindReader | None] = field(default_factory=dict, init=False)

    def __post_init__(self) -> None:
        self.names = Names(self.api)

    def of(self, kind: RecordKind) -> KindReader | None:
        """The reader of a kind; None if the server has no such columns."""
        if kind not in self._made:
            self._made[kind] = self._reader(self.tables.kinds[kind])
        return self._made[kind]

    def _reader(self, table: NamedKind) -> KindReader | None:
        kind = table.kind
        if kind in HANGING:
            return self._hanging(table)
        if kind is K.VENDOR_CASE:
            return self._searched(kind, "Ticket", 1, (Criterion(6, "empty", "null", "AND NOT"),))
        for itemtype, kinds in SEARCHED.items():
            if kind in kinds:
                return self._searched(kind, itemtype, kinds[kind])
        stamped = kind is not K.CI_RELATION
        return ListReader(self.api, kind, table.names, self._form(kind), stamped)

    def form(self, kind: RecordKind, itemtype: str) -> SearchForm:
        """What reads rows of searches for a kind."""
        services = services_of(self.tables)
        return SearchForm(self.api, self.names, itemtype, self.columns[kind], services)

    def _searched(
        self,
        kind: RecordKind,
        itemtype: str,
        number: int | None,
        criteria: tuple[Criterion, ...] = (),
    ) -> SearchReader:
        form = self.form(kind, itemtype)
        columns = tuple(sorted({*form.asked, *((TYPE,) if number is not None else ())}))
        with_links = bool(LINKED & set(self.columns[kind]))
        wanted = Wanted(kind, itemtype, number, columns, criteria=criteria, with_links=with_links)
        suffix = ".case" if kind is K.VENDOR_CASE else ""
        return SearchReader(self.api, wanted, FormMaker(self.api, form, kind, suffix))

    def _hanging(self, table: NamedKind) -> KindReader | None:
        kind = table.kind
        if kind is K.SURVEY_RESPONSE:
            return self._ratings()
        if kind is K.SLA_CLOCK:
            clocks = ClockMaker(self.api)
            wanted = Wanted(kind, "Ticket", self._type("Ticket"), clocks.columns, rereads_open=True)
            return SearchReader(self.api, wanted, clocks)
        if kind is K.APPROVAL:
            return self._below(kind, "Change", "ChangeValidation")
        pulled = [name for name, kinds in SEARCHED.items() if self.tables.kinds.keys() & kinds]
        return ManyReader({itemtype: self._below(kind, itemtype) for itemtype in pulled})

    def _type(self, itemtype: str) -> int | None:
        """The type of items that something is read of; None: of all, as all their kinds are."""
        kinds = SEARCHED[itemtype]
        pulled = [number for kind, number in kinds.items() if kind in self.tables.kinds]
        return pulled[0] if len(pulled) == 1 else None

    def _below(self, kind: RecordKind, itemtype: str, sub: str = "ITILFollowup") -> SearchReader:
        """What reads rows that hang on the items of one type."""
        more = (TYPE,) if itemtype == "Ticket" else ()
        if kind is K.HISTORY:
            columns = tuple(sorted({*changes.COLUMNS, *more}))
            wanted = Wanted(kind, itemtype, self._type(itemtype), columns, size=HANGING_SIZE)
            return SearchReader(self.api, wanted, ChangeMaker(self.api, self.names, itemtype))
        wanted = Wanted(kind, itemtype, self._type(itemtype), (ID, *more), size=HANGING_SIZE)
        form = ListForm(self.api, self.names, references())
        return SearchReader(self.api, wanted, SubMaker(self.api, form, kind, itemtype, sub))

    def _ratings(self) -> SearchReader | None:
        form = self.form(K.SURVEY_RESPONSE, "Ticket")
        at = answered(form.numbers)
        if at is None:
            return None
        given = (Criterion(at, "morethan", _EVER),)
        wanted = Wanted(K.SURVEY_RESPONSE, "Ticket", None, form.asked, time=at, criteria=given)
        return SearchReader(self.api, wanted, FormMaker(self.api, form, K.SURVEY_RESPONSE))

    def _form(self, kind: RecordKind) -> Form:
        form = ListForm(self.api, self.names, references())
        if kind is K.CONFIGURATION_ITEM:
            return ItemForm(form, self.api, self.names, services_of(self.tables))
        if kind is K.CONTRACT:
            return ContractForm(form, self.api, self.names)
        if kind is K.CI_RELATION:
            return RelationForm(self.names)
        return lambda _itemtype, rows: form.cells(rows)


@dataclass(slots=True)
class ItemForm:
    """Reads configuration items: with their itemtype, and the service that needs them."""

    form: ListForm
    api: GlpiApi
    names: Names
    services: frozenset[str]
    _needed: dict[tuple[str, str], tuple[str, str]] | None = field(default=None, init=False)

    def __call__(self, itemtype: str, rows: Sequence[Row]) -> Sequence[Cells]:
        """The cells of each item."""
        needed = self._services()
        made = self.form.cells(rows)
        found = {str(row["id"]): needed.get((itemtype, str(row["id"]))) for row in rows}
        by_type: dict[str, set[str]] = {}
        for service in filter(None, found.values()):
            by_type.setdefault(service[0], set()).add(service[1])
        called = {kind: self.names.of(kind, keys) for kind, keys in by_type.items()}
        for row, cells in zip(rows, made, strict=True):
            cells["itemtype"] = cell(itemtype)
            above = found[str(row["id"])]
            if above is not None and above[1] in called[above[0]]:
                cells["service"] = cell("/".join(above), called[above[0]][above[1]])
        return made

    def _services(self) -> dict[tuple[str, str], tuple[str, str]]:
        """The first service that an item has an impact on, asked for once."""
        if self._needed is None:
            self._needed = {}
            for rows in self.api.all("ImpactRelation"):
                for row in rows:
                    ends = _ends(row)
                    if ends[0][0] in self.services:
                        self._needed.setdefault(ends[1], ends[0])
        return self._needed


@dataclass(frozen=True, slots=True)
class ContractForm:
    """Reads contracts: with their first supplier, and the end that follows from the months."""

    form: ListForm
    api: GlpiApi
    names: Names

    def __call__(self, _itemtype: str, rows: Sequence[Row]) -> Sequence[Cells]:
        """The cells of each contract."""
        suppliers = {str(row["id"]): self._supplier(row) for row in rows}
        called = self.names.of("Supplier", [key for key in suppliers.values() if key])
        made = self.form.cells(rows)
        for row, cells in zip(rows, made, strict=True):
            key = suppliers[str(row["id"])]
            if key:
                cells["supplier"] = cell(key, called.get(key, key))
            if (end := _end(row)) is not None:
                cells["end_date"] = cell(end)
        return made

    def _supplier(self, row: Row) -> str:
        found = self.api.below(f"Contract/{row['id']}/Contract_Supplier")
        return str(found[0]["suppliers_id"]) if found else ""


@dataclass(frozen=True, slots=True)
class RelationForm:
    """Reads relations of the impact analysis: what is hit needs what it is hit by."""

    names: Names

    def __call__(self, _itemtype: str, rows: Sequence[Row]) -> Sequence[Cells]:
        """The cells of each relation."""
        by_type: dict[str, set[str]] = {}
        for row in rows:
            for itemtype, key in _ends(row):
                by_type.setdefault(itemtype, set()).add(key)
        called = {kind: self.names.of(kind, keys) for kind, keys in sorted(by_type.items())}
        return [
            {word: cell(f"{kind}/{key}", called[kind].get(key, key))
             for word, (kind, key) in zip(("impacted", "source"), _ends(row), strict=True)}
            for row in rows
        ]  # fmt: skip


def _ends(row: Row) -> tuple[tuple[str, str], tuple[str, str]]:
    """What is hit, and what hits it."""
    return (
        (str(row["itemtype_impacted"]), str(row["items_id_impacted"])),
        (str(row["itemtype_source"]), str(row["items_id_source"])),
    )


def _end(row: Row) -> str | None:
    """The day a contract ends: so many months after it begins."""
    begun, months = row.get("begin_date"), int(row.get("duration") or 0)
    if not isinstance(begun, str) or not months:
        return None
    at = datetime.fromisoformat(begun)
    years, month = divmod(at.month - 1 + months, _MONTHS_IN_YEAR)
    day = min(at.day, 28) if at.day > 28 else at.day
    return f"{at.replace(year=at.year + years, month=month + 1, day=day):%Y-%m-%d %H:%M:%S}"
