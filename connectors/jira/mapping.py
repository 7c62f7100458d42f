"""Raw records of a site into records: pure, in order, nothing lost."""

from collections.abc import Iterable, Mapping, Sequence
from functools import cached_property

from connectors.core.mapping.cells import Asked, Batch
from connectors.core.mapping.changes import NOTHING, Change, told_changes
from connectors.core.mapping.columns import ColumnMapper
from connectors.core.mapping.preset import Codes, FieldRule, Side
from connectors.core.mapping.readers import Reader, Values
from connectors.core.mapping.values import plain_meaning
from connectors.core.places import word_of
from connectors.core.source import Mapped
from connectors.jira.tables import HISTORY_TABLE, KindTable, Tables
from itsm.records import RawRecord
from itsm.states import UNMAPPED, HistoryField, RecordKind


class KindMapping:
    """Maps the raw records of one kind."""

    def __init__(self, source: str, table: KindTable, tables: Tables) -> None:
        self._table = table
        self._tables = tables
        own: Sequence[Reader] = ()
        if table.kind is RecordKind.HISTORY:
            own = [ChangeReader(tables)]
        self._mapper = ColumnMapper(source, table.preset, tables.codes, own=own)

    @cached_property
    def columns(self) -> tuple[str, ...]:
        """The columns it reads, sorted."""
        return tuple(sorted(self._mapper.columns))

    @cached_property
    def version(self) -> str:
        """One word that changes whenever the same raw records would map to other records."""
        codes = sorted((name, sorted(table.items())) for name, table in self._tables.codes.items())
        work = [table.preset for table in self._tables.work]
        return word_of(self._table.preset, work, codes)

    def map(self, raw: Sequence[RawRecord]) -> Mapped:
        """Every raw record, mapped or set aside with its reason; order kept."""
        return self._mapper.map(raw)


class ChangeReader:
    """Reads old, new and the new word of changes."""

    asks: Iterable[Asked] = (
        ("kind", Side.VALUE),
        ("field", Side.LABEL),
        ("from", Side.LABEL),
        ("to", Side.LABEL),
        ("from_category", Side.VALUE),
        ("to_category", Side.VALUE),
    )

    def __init__(self, tables: Tables) -> None:
        self._codes: Codes = {
            name: {word.strip().casefold(): one for word, one in table.items()}
            for name, table in tables.codes.items()
        }
        self._rules: Mapping[str, FieldRule] = {
            table.kind.value: rule
            for table in tables.work
            for rule in table.preset.rules
            if rule.field == "state"
        }
        self._known: dict[tuple[str, ...], Change] = {}

    def __call__(self, batch: Batch) -> Mapping[str, Values]:
        """Old, new and new word; a status that nobody has explained is noted."""
        cells = zip(*(batch.column(*asked) for asked in self.asks), strict=True)
        return told_changes(batch, [self._change(cell) for cell in cells])

    def _change(self, cell: tuple[str, ...]) -> Change:
        if cell not in self._known:
            if len(self._known) > 20_000:
                self._known.clear()
            self._known[cell] = self._made(*cell)
        return self._known[cell]

    def _made(  # one argument per cell
        self, kind: str, word: str, old: str, new: str, old_category: str, new_category: str
    ) -> Change:
        meaning = self._codes[HISTORY_TABLE].get(word.strip().casefold())
        if meaning is None:
            return NOTHING
        field = HistoryField(meaning)
        if field is HistoryField.STATE:
            before = self._state(kind, old, old_category) if old else None
            after = self._state(kind, new, new_category) if new else None
            return before, after, new or None, new if new and after == UNMAPPED else None
        return self._plain(field, old), self._plain(field, new), None, None

    def _state(self, kind: str, status: str, category: str) -> str:
        rule = self._rules.get(kind)
        if rule is None or rule.codes is None:
            return UNMAPPED
        found = self._codes[rule.codes].get(status.strip().casefold())
        if found is None and rule.refine is not None:
            found = self._codes[rule.refine.codes].get(category.strip().casefold())
        return found or UNMAPPED

    def _plain(self, field: HistoryField, word: str) -> str | None:
        if not word.strip():
            return None
        if field is HistoryField.PRIORITY:
            word = self._codes["priority"].get(word.strip().casefold(), word)
        return plain_meaning(field, word)
