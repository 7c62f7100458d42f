"""Erasing a person from the outbox: who decided, who settled, who stopped, and what they wrote.

What the outbox knows of a record as its system shows it is a copy of that record: it is erased in
the system, and read again from there. Nothing that is to be written yet gives a field the value
"erased person"; such a field is left as it is. A conflict that named the person is asked about once
more when it is settled, because its values are compared with the system's.
"""

import re
from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection, Row

from itsm.codec import from_bytes, to_bytes
from itsm.pushed import Conflict, Written
from itsm.pushing import FieldWrite, Intent, IntentState
from store.outbox_tables import PUSH_CONFLICTS, PUSH_INTENTS, PUSH_STOPS, PUSH_WRITES

_Made = Callable[[Row[Any]], dict[str, object]]
_OPEN = frozenset({IntentState.WAITING, IntentState.SENDING, IntentState.CONFLICT})


class ErasingOutbox:
    """Takes a person out of intents, conflicts, writes and stops."""

    def __init__(self, connection: Connection, found: re.Pattern[str], instead: str) -> None:
        """Erase.

        Args:
            connection: the transaction.
            found: the names, as whole words.
            instead: what stands where a name stood.
        """
        self._connection = connection
        self._found = found
        self._instead = instead

    def all(self) -> int:
        """Erase; how many rows named the person."""
        return sum(
            self._rows(table, key, made)
            for table, key, made in (
                (PUSH_INTENTS, PUSH_INTENTS.c.intent_id, self._intent),
                (PUSH_CONFLICTS, PUSH_CONFLICTS.c.conflict_id, self._conflict),
                (PUSH_WRITES, PUSH_WRITES.c.sequence, self._write),
                (PUSH_STOPS, PUSH_STOPS.c.source, self._stop),
            )
        )

    def _rows(self, table: sa.Table, key: sa.Column[Any], made: _Made) -> int:
        n_changed = 0
        for row in self._connection.execute(sa.select(table).order_by(key)).all():
            values = made(row)
            changed = {name: one for name, one in values.items() if one != row._mapping[name]}
            if changed:
                which = key == row._mapping[key.name]
                self._connection.execute(sa.update(table).where(which).values(changed))
                n_changed += 1
        return n_changed

    def _intent(self, row: Row[Any]) -> dict[str, object]:
        intent = from_bytes(Intent, row.intent.encode())
        is_open = IntentState(row.state) in _OPEN
        after = replace(
            intent,
            fields=tuple(self._fields(intent, is_open)),
            text=self._out(intent.text),
            reason=self._out(intent.reason),
            actor=self._out(intent.actor),
        )
        return {"intent": to_bytes(after).decode(), "said": self._out(row.said)}

    def _fields(self, intent: Intent, is_open: bool) -> Iterator[FieldWrite]:
        for one in intent.fields:
            value = self._out(one.value)
            if is_open and value == self._instead != one.value:
                continue
            yield replace(one, value=value, seen=None if one.seen is None else self._out(one.seen))

    def _conflict(self, row: Row[Any]) -> dict[str, object]:
        one = from_bytes(Conflict, row.conflict.encode())
        after = replace(
            one,
            by=self._out(one.by),
            seen=self._out(one.seen),
            theirs=None if one.theirs is None else self._out(one.theirs),
            ours=self._out(one.ours),
        )
        resolved_by = None if row.resolved_by is None else self._out(row.resolved_by)
        return {
            "conflict": to_bytes(after).decode(),
            "resolved_by": resolved_by,
            "reason": self._out(row.reason),
        }

    def _write(self, row: Row[Any]) -> dict[str, object]:
        """A value that named the person is not written back by an undo."""
        one = from_bytes(Written, row.written.encode())
        after = replace(one, before=self._out(one.before), after=self._out(one.after))
        return {
            "written": to_bytes(after).decode(),
            "is_taken_back": row.is_taken_back or after != one,
        }

    def _stop(self, row: Row[Any]) -> dict[str, object]:
        return {"actor": self._out(row.actor), "reason": self._out(row.reason)}

    def _out(self, text: str) -> str:
        return self._found.sub(self._instead, text)
