"""The outbox: intents appended with the decision that causes them, and what became of each."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection, Row

from itsm.codec import from_bytes, to_bytes
from itsm.decisions import IncidentRef
from itsm.errors import StoreError
from itsm.push_planning import Linkable
from itsm.pushed import Known, Outcome, Plan, Written, known_after
from itsm.pushing import Intent, IntentState, PushKind
from store.bulk import insert_new, upsert
from store.journal import Journal
from store.linkable import linkable
from store.outbox_rows import Fate, Parcel, fate_of, noted, row_of
from store.outbox_tables import PUSH_CONFLICTS, PUSH_INTENTS, PUSH_RECORDS, PUSH_WRITES

OPEN = (IntentState.WAITING, IntentState.SENDING)
"""The states of intents that a run takes up."""
_I, _R, _C, _W = PUSH_INTENTS.c, PUSH_RECORDS.c, PUSH_CONFLICTS.c, PUSH_WRITES.c


class Outbox:
    """Intents, the records they are about, and what runs wrote."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self._journal = Journal(connection)

    def append(self, intents: Sequence[Intent], at: datetime | None = None) -> int:
        """Add intents in their order; one that is there already is not added again.

        Args:
            intents: from `itsm.pushing.identified`.
            at: when they were added; the time of each intent where None.

        Returns:
            How many were added.

        Raises:
            StoreError: an intent has no id.
        """
        if nameless := [one.told for one in intents if not one.intent_id]:
            raise StoreError(f"{nameless[0]}: no id; make it with itsm.pushing.identified")
        self._journal.lock()  # two who append at once must not take the same places
        known = self._sequences([one.intent_id for one in intents])
        new = [one for one in dict.fromkeys(intents) if one.intent_id not in known]
        last = self._connection.execute(sa.select(sa.func.max(_I.sequence))).scalar() or 0
        rows = [row_of(last + n, one, at or one.at) for n, one in enumerate(new, 1)]
        insert_new(self._connection, PUSH_INTENTS, rows)
        return len(rows)

    def fates(
        self,
        *,
        subject: str | None = None,
        decision_id: str | None = None,
        source: str | None = None,
        states: Sequence[IntentState] | None = None,
        run_id: str | None = None,
    ) -> tuple[Fate, ...]:
        """Intents and what became of them, in the order they were appended."""
        query = sa.select(PUSH_INTENTS).order_by(_I.sequence)
        given = {_I.subject: subject, _I.decision_id: decision_id, _I.source: source}
        for column, value in (given | {_I.run_id: run_id}).items():
            if value is not None:
                query = query.where(column == value)
        if states is not None:
            query = query.where(_I.state.in_([one.value for one in states]))
        return tuple(map(fate_of, self._connection.execute(query)))

    def fate(self, intent_id: str) -> Fate:
        """One intent.

        Raises:
            StoreError: there is none.
        """
        return fate_of(self._one(intent_id))

    def parcel(self, intent_id: str) -> Parcel:
        """An intent with all that its delivery needs to know.

        Raises:
            StoreError: there is none.
        """
        row = self._one(intent_id)
        fate = fate_of(row)
        needed = self._find(fate.intent.needs) if fate.intent.needs else None
        problem = None
        if needed is not None:
            wrote = fate_of(needed).intent
            known = self.known(wrote.source, wrote.kind, wrote.key)
            problem = known.remote if known is not None else None
        return Parcel(
            fate=fate,
            known=self._known_of(fate.intent),
            problem=problem,
            earlier=None if row.plan is None else from_bytes(Plan, row.plan.encode()),
            sent_at=row.sent_at,
            waits_for=None if needed is None else IntentState(needed.state),
        )

    def sending(self, intent_id: str, plan: Plan, run_id: str, at: datetime) -> None:
        """Keep what is about to be sent, before anything is."""
        values: dict[str, object] = {"plan": to_bytes(plan).decode(), "sent_at": at}
        self._set(intent_id, {**values, "state": IntentState.SENDING.value}, run_id, at)

    def finish(self, intent_id: str, outcome: Outcome, run_id: str, at: datetime) -> None:
        """Keep what became of an intent: its state, its record, what was written, conflicts."""
        intent = self.fate(intent_id).intent
        values: dict[str, object] = {"state": outcome.state.value, "said": outcome.said}
        if outcome.state is not IntentState.SENDING:
            values |= {"plan": None, "sent_at": None}
        if outcome.remote is not None:
            values |= {"number": outcome.remote.number, "link": outcome.remote.link}
        self._set(intent_id, values, run_id, at)
        known = known_after(self._known_of(intent), intent, outcome)
        if known is not None and _has_own_record(intent):
            self.note(known, at)
        self._wrote(intent_id, outcome.written, run_id, at)
        rows = [
            (one.conflict_id, intent_id, to_bytes(one).decode(), None, None, None, "", at)
            for one in outcome.conflicts
        ]
        insert_new(self._connection, PUSH_CONFLICTS, rows)
        if outcome.state is not IntentState.SENDING:
            self._journal.append(noted(intent, outcome, run_id, at))
        if intent.undoes and outcome.state is IntentState.DONE:
            self._undone(intent.undoes, run_id, at)

    def set_state(self, intent_id: str, state: IntentState, said: str, at: datetime) -> None:
        """Move an intent that is not sent: a person took it back, or resolved its conflicts."""
        values = {"state": state.value, "said": said, "plan": None, "sent_at": None}
        self._set(intent_id, values, None, at)

    def again(self, subject: str, at: datetime) -> int:
        """Let what was refused about a subject be tried again, now that its reason is gone.

        Returns:
            How many intents wait again.
        """
        refused = self.fates(subject=subject, states=[IntentState.REFUSED])
        for fate in refused:
            self.set_state(fate.intent.intent_id, IntentState.WAITING, "", at)
        return len(refused)

    def replace(self, intent: Intent, state: IntentState, said: str, at: datetime) -> None:
        """Give an intent other fields under the same id, and a state."""
        self._set(intent.intent_id, {"intent": to_bytes(intent).decode()}, None, at)
        self.set_state(intent.intent_id, state, said, at)

    def known(self, source: str, kind: PushKind, key: str) -> Known | None:
        """The record with an idempotency key, as it was last seen."""
        where = (_R.source == source, _R.kind == kind.value, _R.key == key)
        found = self._connection.execute(sa.select(_R.known).where(*where)).scalar()
        return None if found is None else from_bytes(Known, found.encode())

    def known_of(self, subject: str) -> tuple[Known, ...]:
        """The records that are about a subject, in whatever systems."""
        query = sa.select(_R.known).where(_R.subject == subject)
        found = self._connection.execute(query.order_by(_R.source, _R.kind, _R.key)).scalars()
        return tuple(from_bytes(Known, one.encode()) for one in found)

    def note(self, known: Known, at: datetime) -> None:
        """Keep how a record was last seen, such as after its changes were taken over."""
        body = to_bytes(known).decode()
        row = (known.source, known.kind.value, known.key, known.subject, body, at)
        upsert(self._connection, PUSH_RECORDS, [row])

    def linkable(self, refs: Sequence[IncidentRef]) -> tuple[Linkable, ...]:
        """The incidents of a candidate as links need them; those not held here are left out."""
        return linkable(self._connection, refs)

    def _known_of(self, intent: Intent) -> Known | None:
        if not _has_own_record(intent):
            return None
        return self.known(intent.source, intent.kind, intent.key)

    def _wrote(self, intent_id: str, written: Sequence[Written], run_id: str, at: datetime) -> None:
        last = self._connection.execute(sa.select(sa.func.max(_W.sequence))).scalar() or 0
        rows = [
            (last + n, run_id, intent_id, to_bytes(one).decode(), False, at)
            for n, one in enumerate(written, 1)
        ]
        insert_new(self._connection, PUSH_WRITES, rows)

    def _undone(self, intent_id: str, run_id: str, at: datetime) -> None:
        """An intent is undone once nothing that takes it back is left to be done."""
        query = sa.select(sa.func.count()).where(
            _I.undoes == intent_id, _I.state != IntentState.DONE.value
        )
        if self._connection.execute(query).scalar() == 0:
            self._set(intent_id, {"state": IntentState.UNDONE.value}, run_id, at)

    def _set(
        self, intent_id: str, values: dict[str, Any], run_id: str | None, at: datetime
    ) -> None:
        more = {"run_id": run_id} if run_id is not None else {}
        statement = sa.update(PUSH_INTENTS).where(_I.intent_id == intent_id)
        self._connection.execute(statement.values(**values, **more, changed_at=at))

    def _sequences(self, intent_ids: Sequence[str]) -> set[str]:
        query = sa.select(_I.intent_id).where(_I.intent_id.in_(list(intent_ids)))
        return set(self._connection.execute(query).scalars())

    def _find(self, intent_id: str) -> Row[Any] | None:
        query = sa.select(PUSH_INTENTS).where(_I.intent_id == intent_id)
        return self._connection.execute(query).first()

    def _one(self, intent_id: str) -> Row[Any]:
        found = self._find(intent_id)
        if found is None:
            raise StoreError(f"the outbox has no intent {intent_id}")
        return found


def _has_own_record(intent: Intent) -> bool:
    """Whether an intent is about the record that carries its key, rather than one it names."""
    return not intent.record and not intent.number
