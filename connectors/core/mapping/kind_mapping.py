"""Raw records of one kind into records, and changes in the words of the kinds they happened to."""

from collections.abc import Iterable, Mapping, Sequence
from functools import cached_property

from connectors.core.mapping.cells import Asked, Batch
from connectors.core.mapping.changes import NOTHING, Change, told_changes
from connectors.core.mapping.columns import ColumnMapper
from connectors.core.mapping.preset import Codes, FieldRule, KindPreset, Side
from connectors.core.mapping.readers import Reader, Values
from connectors.core.mapping.values import plain_meaning
from connectors.core.places import word_of
from connectors.core.source import Mapped
from itsm.records import RawRecord
from itsm.states import UNMAPPED, HistoryField, RecordKind

HISTORY_TABLE = "history_field"
"""The code table that says which words of changes mean which field."""


class KindMapping:
    """Maps the raw records of one kind."""

    def __init__(
        self, source: str, preset: KindPreset, work: Sequence[KindPreset], codes: Codes
    ) -> None:
        """Prepares a reader per field.

        Args:
            source: the name the records carry.
            preset: how rows of the kind become records.
            work: the presets of the kinds whose changes are read; their states' words count.
            codes: what codes mean.
        """
        self._preset, self._work, self._codes = preset, tuple(work), codes
        own: Sequence[Reader] = ()
        if preset.kind is RecordKind.HISTORY:
            own = [ChangeReader(self._work, codes)]
        self._mapper = ColumnMapper(source, preset, codes, own=own)

    @cached_property
    def columns(self) -> tuple[str, ...]:
        """The columns it reads, sorted."""
        return tuple(sorted(self._mapper.columns))

    @cached_property
    def version(self) -> str:
        """One word that changes whenever the same raw records would map to other records."""
        codes = sorted((name, sorted(table.items())) for name, table in self._codes.items())
        return word_of(self._preset, list(self._work), codes)

    def map(self, raw: Sequence[RawRecord]) -> Mapped:
        """Every raw record, mapped or set aside with its reason; order kept."""
        return self._mapper.map(raw)


class ChangeReader:
    """Reads old, new and the new word of changes.

    Cells are `kind`, `field`, `from`, `to`, and the categories of states where there are any.
    """

    asks: Iterable[Asked] = (
        ("kind", Side.VALUE),
        ("field", Side.LABEL),
        ("from", Side.LABEL),
        ("to", Side.LABEL),
        ("from_category", Side.VALUE),
        ("to_category", Side.VALUE),
    )

    def __init__(self, work: Sequence[KindPreset], codes: Codes) -> None:
        self._codes: Codes = {
            name: {word.strip().casefold(): one for word, one in table.items()}
            for name, table in codes.items()
        }
        self._rules: Mapping[str, FieldRule] = {
            preset.kind.value: rule
            for preset in work
            for rule in preset.rules
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
