"""The journal of decisions: appended, never changed, each with the hash of the one before."""

import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import replace

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from itsm.codec import dump, from_bytes, to_bytes
from itsm.decisions import Action, IncidentRef, ReviewDecision, identified
from itsm.errors import NotThereError, StaleDecisionError, StoreError, TransitionError
from itsm.journal import FIRST_HASH, JournalKind, JournalNote
from store.bulk import insert_new
from store.decision_tables import DECIDED_INCIDENTS, REVIEW_DECISIONS
from store.journal import Journal, erased_among
from store.values import storable

_TO_PEOPLE = frozenset({Action.ASSIGN, Action.OPEN_KNOWLEDGE_TASK})
"""The actions whose `other` names a person, whom the journal does not name."""


class Decisions:
    """What people decided, oldest first."""

    def __init__(self, connection: Connection, journal: Journal) -> None:
        self._connection = connection
        self._journal = journal

    def append(self, decision: ReviewDecision, *, seen: int | None = None) -> int:
        """Add a decision; one that is there already is not added again.

        Args:
            decision: from `itsm.deciding`.
            seen: the sequence of the newest decision the reviewer had before the eyes (0: none);
                None does not look.

        Returns:
            Its sequence.

        Raises:
            StaleDecisionError: somebody has decided on one of the candidates since.
            TransitionError: it lacks what its action needs, or takes back what is not there.
        """
        self._journal.lock()
        made = identified(decision)
        table = REVIEW_DECISIONS.c
        known = self._scalar(sa.select(table.sequence).where(table.decision_id == made.decision_id))
        if known is not None:
            return known
        self._require_withdrawable(made)
        if seen is not None:
            self._require_fresh(made, seen)
        last = self._connection.execute(
            sa.select(table.sequence, table.hash).order_by(table.sequence.desc()).limit(1)
        ).first()
        sequence, previous = (last.sequence + 1, last.hash) if last else (1, FIRST_HASH)
        body = _body(made)
        row = (
            sequence,
            made.decision_id,
            made.candidate_id,
            made.action,
            made.run_id,
            made.actor,
            made.at,
            made.withdraws,
            body,
            previous,
            _hash(previous, made),
        )
        insert_new(self._connection, REVIEW_DECISIONS, [row])
        refs = _incident_rows(sequence, made)
        insert_new(self._connection, DECIDED_INCIDENTS, refs)
        self._journal.append(_told(made, _content(body, [ref[1:] for ref in refs])))
        return sequence

    def list(self, candidate_id: str | None = None) -> tuple[ReviewDecision, ...]:
        """All decisions, or those on a candidate, oldest first."""
        return tuple(decision for _, decision in self.numbered(candidate_id))

    def numbered(self, candidate_id: str | None = None) -> tuple[tuple[int, ReviewDecision], ...]:
        """As `list`, with the sequence of each."""
        table = REVIEW_DECISIONS.c
        query = sa.select(table.sequence, table.decision).order_by(table.sequence)
        if candidate_id is not None:
            query = query.where(table.candidate_id == candidate_id)
        rows = self._connection.execute(query).all()
        parts = self._parts(None if candidate_id is None else [row.sequence for row in rows])
        return tuple(
            (
                row.sequence,
                replace(
                    from_bytes(ReviewDecision, row.decision.encode()),
                    parts=parts.get(row.sequence, ()),
                ),
            )
            for row in rows
        )

    def get(self, decision_id: str) -> ReviewDecision:
        """One decision.

        Raises:
            NotThereError: there is none.
        """
        table = REVIEW_DECISIONS.c
        query = sa.select(table.candidate_id).where(table.decision_id == decision_id)
        candidate_id = self._connection.execute(query).scalar()
        for _, decision in self.numbered(candidate_id) if candidate_id is not None else ():
            if decision.decision_id == decision_id:
                return decision
        raise NotThereError(f"there is no decision {decision_id!r}; `csi decide journal` has them")

    def last_on(self, candidate_id: str) -> int:
        """The sequence of the newest decision on a candidate, 0 where there is none."""
        table = REVIEW_DECISIONS.c
        query = sa.select(sa.func.max(table.sequence)).where(table.candidate_id == candidate_id)
        return self._scalar(query) or 0

    def verify(self) -> int:
        """See that no decision was changed or taken out; returns how many there are.

        Raises:
            StoreError: the chain of hashes is broken; names the first decision that does not fit.
        """
        table = REVIEW_DECISIONS.c
        query = sa.select(table.sequence, table.previous_hash, table.hash).order_by(table.sequence)
        hashes = self._connection.execute(query).all()
        erased = erased_among(self._journal.rows(kinds=[JournalKind.ERASURE]), "decisions")
        before, expected = FIRST_HASH, 1
        for (sequence, decision), row in zip(self.numbered(), hashes, strict=True):
            is_erased = str(sequence) in erased
            said = row.hash if is_erased else _hash(before, decision)
            fits = row.previous_hash == before and row.hash == said
            if not fits or sequence != expected:
                raise StoreError(
                    f"the journal of decisions was changed at {sequence} ({decision.decision_id}); "
                    "restore a copy from before"
                )
            before, expected = row.hash, expected + 1
        return len(hashes)

    def _require_fresh(self, decision: ReviewDecision, seen: int) -> None:
        on = [decision.candidate_id]
        if decision.other and len(decision.parts) > 1:
            on.append(decision.other)
        newest = max(map(self.last_on, on))
        if newest > seen:
            raise StaleDecisionError(
                f"{decision.candidate_id} was decided on in the meantime (decision {newest}); "
                "look at it again"
            )

    def _require_withdrawable(self, decision: ReviewDecision) -> None:
        if decision.withdraws is None:
            return
        table = REVIEW_DECISIONS.c
        known = sa.select(table.sequence).where(table.decision_id == decision.withdraws)
        if self._scalar(known) is None:
            raise TransitionError(f"there is no decision {decision.withdraws} to take back")
        taken = sa.select(table.sequence).where(table.withdraws == decision.withdraws)
        if self._scalar(taken) is not None:
            raise TransitionError(f"decision {decision.withdraws} was taken back already")

    def _parts(
        self, sequences: Sequence[int] | None
    ) -> dict[int, tuple[tuple[IncidentRef, ...], ...]]:
        table = DECIDED_INCIDENTS.c
        query = sa.select(DECIDED_INCIDENTS).order_by(*DECIDED_INCIDENTS.primary_key.columns)
        if sequences is not None:
            query = query.where(table.sequence.in_(sequences))
        found: dict[int, dict[int, list[IncidentRef]]] = {}
        for sequence, part, source, number in self._connection.execute(query):
            ref = IncidentRef(source=source, number=number)
            found.setdefault(sequence, {}).setdefault(part, []).append(ref)
        return {
            sequence: tuple(tuple(parts.get(k, ())) for k in range(max(parts) + 1))
            for sequence, parts in found.items()
        }

    def _scalar(self, query: sa.Select[tuple[int]]) -> int | None:
        return self._connection.execute(query).scalar()


def _body(decision: ReviewDecision) -> str:
    """A decision as JSON without its incidents, which have a table of their own."""
    return to_bytes(replace(decision, parts=())).decode()


def _hash(previous: str, decision: ReviewDecision) -> str:
    """The hash of a decision after another one; its incidents count, in any order."""
    ordered = replace(decision, parts=tuple(tuple(sorted(part)) for part in decision.parts))
    return hashlib.sha256(previous.encode() + to_bytes(ordered)).hexdigest()


def _incident_rows(sequence: int, decision: ReviewDecision) -> list[tuple[object, ...]]:
    parts: Iterable[tuple[int, tuple[IncidentRef, ...]]] = enumerate(decision.parts)
    return [(sequence, k, ref.source, ref.number) for k, part in parts for ref in sorted(set(part))]


def contents(connection: Connection) -> dict[int, bytes]:
    """What the journal vouches for of each decision, by sequence: its text and its incidents."""
    refs: dict[int, list[Sequence[object]]] = {}
    order = DECIDED_INCIDENTS.primary_key.columns
    for sequence, *ref in connection.execute(sa.select(DECIDED_INCIDENTS).order_by(*order)):
        refs.setdefault(sequence, []).append(ref)
    table = REVIEW_DECISIONS.c
    rows = connection.execute(sa.select(table.sequence, table.decision))
    return {row.sequence: _content(row.decision, refs.get(row.sequence, [])) for row in rows}


def _content(body: str, refs: Iterable[Sequence[object]]) -> bytes:
    """A decision as it lies in its two tables."""
    parts = sorted([part, storable(str(source)), storable(str(n))] for part, source, n in refs)
    return f"{storable(body)}\n{dump(parts).decode()}".encode()


def _told(decision: ReviewDecision, content: bytes) -> JournalNote:
    facts = {
        "decision": decision.decision_id,
        "action": decision.action.value,
        "run": decision.run_id,
        "other": "" if decision.action in _TO_PEOPLE else decision.other or "",
        "withdraws": decision.withdraws or "",
    }
    return JournalNote(
        kind=JournalKind.DECISION,
        subject=decision.candidate_id,
        at=decision.at,
        actor=decision.actor,
        role="reviewer",
        facts={name: fact for name, fact in facts.items() if fact},
        reason=decision.reason,
        content=content,
    )
