"""What rows of sys_audit and metric_instance say of a change: old and new in words of their own.

States and hold reasons come as codes, teams and people as ids; enrichment has put names beside
these, and the hold reason that changed with a state beside the state.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from types import MappingProxyType

from connectors.core.mapping.cells import Asked, Batch
from connectors.core.mapping.changes import NOTHING, Change, told_changes
from connectors.core.mapping.preset import KIND_TABLE, Codes, FieldRule, Side
from connectors.core.mapping.readers import Values
from connectors.core.mapping.values import plain_meaning
from connectors.servicenow.tables import WORK, Tables
from itsm.states import UNMAPPED, HistoryField, RecordKind

HOLD = "hold_reason"
STATE_COLUMNS = frozenset({"state", "incident_state", "problem_state"})
ADDED: Mapping[str, str] = MappingProxyType(
    {
        "oldvalue": "oldvalue.name",
        "newvalue": "newvalue.name",
        "user": "user.name",
        "sys_created_by": "sys_created_by.name",
        "hold_old": "hold.old",
        "hold_new": "hold.new",
        "with_state": "with_state",
    }
)
"""The cells that enrichment adds to rows, by what they are."""

ANSWERS = "answers."
"""How the cells begin that hold the answers of a survey."""


@dataclass(frozen=True, slots=True)
class StateWords:
    """What the states of each kind mean, hold reasons included."""

    codes: Codes
    rules: Mapping[RecordKind, FieldRule]
    kinds: Mapping[str, str]

    @classmethod
    def of(cls, tables: Tables) -> "StateWords":
        """Those of the tables that are read."""
        rules = {
            kind: rule
            for kind in WORK
            if kind in tables.kinds
            for rule in tables.kinds[kind].preset.rules
            if rule.field == "state"
        }
        codes = {name: _folded(table) for name, table in tables.codes.items()}
        return cls(codes, rules, codes[KIND_TABLE])

    def field(self, word: str) -> HistoryField | None:
        """Which field of a record a column is."""
        meaning = self.codes["history_field"].get(word.strip().casefold())
        return None if meaning is None else HistoryField(meaning)

    def state(self, table: str, code: str, hold: str) -> str | None:
        """What a state means, with the reason if it is on hold; None if nobody has said."""
        rule = self._rule(table)
        meaning = self._looked_up(rule.codes if rule else None, code)
        refine = rule.refine if rule else None
        if refine is None or meaning != refine.when or not hold:
            return meaning
        return self._looked_up(refine.codes, hold)

    def hold(self, table: str, reason: str) -> str | None:
        """What a hold reason alone means."""
        rule = self._rule(table)
        if rule is None or rule.refine is None:
            return None
        return self._looked_up(rule.refine.codes, reason) if reason else rule.refine.when

    def on_hold(self, table: str) -> str | None:
        """The meaning of a state that a hold reason refines."""
        rule = self._rule(table)
        return None if rule is None or rule.refine is None else rule.refine.when

    def _rule(self, table: str) -> FieldRule | None:
        kind = self.kinds.get(table.strip().casefold())
        return None if kind is None else self.rules.get(RecordKind(kind))

    def _looked_up(self, table: str | None, code: str) -> str | None:
        return self.codes[table].get(code.strip().casefold()) if table is not None else None


class AuditReader:
    """Reads old, new and the new code of rows of sys_audit."""

    asks: Iterable[Asked] = (
        *(
            (name, Side.VALUE)
            for name in (
                "tablename",
                "fieldname",
                "oldvalue",
                "newvalue",
                ADDED["hold_old"],
                ADDED["hold_new"],
                ADDED["with_state"],
            )
        ),
        (ADDED["oldvalue"], Side.LABEL),
        (ADDED["newvalue"], Side.LABEL),
    )

    def __init__(self, words: StateWords) -> None:
        self._words = words
        self._known: dict[tuple[str, ...], Change] = {}

    def __call__(self, batch: Batch) -> Mapping[str, Values]:
        """Old, new and new code; rows that say nothing of their own are no records."""
        cells = zip(*(batch.column(*asked) for asked in self.asks), strict=True)
        return told_changes(batch, [self._change(cell) for cell in cells])

    def _change(self, cell: tuple[str, ...]) -> Change:
        if cell not in self._known:
            if len(self._known) > 20_000:
                self._known.clear()
            self._known[cell] = self._made(*cell)
        return self._known[cell]

    def _made(  # noqa: PLR0913, PLR0917  # one argument per cell
        self,
        table: str,
        column: str,
        old: str,
        new: str,
        hold_old: str,
        hold_new: str,
        with_state: str,
        old_name: str,
        new_name: str,
    ) -> Change:
        field = self._words.field(column)
        if with_state or field is None:
            return NOTHING
        if column == HOLD:
            return self._held(table, old, new)
        if field is HistoryField.STATE:
            return self._state(table, (old, hold_old), (new, hold_new))
        told = (_plain(field, old_name or old), _plain(field, new_name or new))
        return (*told, None, None)

    def _state(self, table: str, old: tuple[str, str], new: tuple[str, str]) -> Change:
        before = self._words.state(table, *old) if old[0] else None
        after = self._words.state(table, *new) if new[0] else None
        unmapped = new[0] if new[0] and after is None else None
        return (
            (before or UNMAPPED) if old[0] else None,
            (after or UNMAPPED) if new[0] else None,
            new[0] or None,
            unmapped,
        )

    def _held(self, table: str, old: str, new: str) -> Change:
        """A hold reason that changed while the state did not."""
        if not new:
            return NOTHING
        before, after = self._words.hold(table, old), self._words.hold(table, new)
        return before or UNMAPPED, after or UNMAPPED, new, new if after is None else None


class MetricReader:
    """Reads the new value of rows of metric_instance; what was before they do not say."""

    asks: Iterable[Asked] = (
        ("table", Side.VALUE),
        ("field", Side.VALUE),
        ("value", Side.LABEL),
    )

    def __init__(self, words: StateWords) -> None:
        self._words = words

    def __call__(self, batch: Batch) -> Mapping[str, Values]:
        """The new value, and its code where it is a state."""
        cells = zip(*(batch.column(*asked) for asked in self.asks), strict=True)
        return told_changes(batch, [self._change(*cell) for cell in cells])

    def _change(self, table: str, column: str, value: str) -> Change:
        field = self._words.field(column)
        if field is None or not value:
            return NOTHING
        if field is not HistoryField.STATE:
            return None, _plain(field, value), None, None
        meaning = self._words.state(table, value, "")
        return None, meaning or UNMAPPED, value, value if meaning is None else None


def _plain(field: HistoryField, word: str) -> str | None:
    return plain_meaning(field, word) if word.strip() else None


def _folded(table: Mapping[str, str]) -> dict[str, str]:
    return {code.strip().casefold(): meaning for code, meaning in table.items()}
