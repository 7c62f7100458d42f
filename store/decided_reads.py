"""What reviewers have decided, and what became of it, as the review pages ask for it."""

from collections.abc import Collection, Mapping, Sequence

import sqlalchemy as sa

from itsm.codec import from_bytes
from itsm.decisions import ReviewDecision
from itsm.pushing import IntentState
from store.decision_tables import REVIEW_DECISIONS
from store.outbox_rows import Fate, fate_of
from store.outbox_tables import PUSH_INTENTS
from store.reads import Reads
from store.result_tables import REGISTER_ENTRIES
from store.saved_views import SAVED_VIEWS, SavedView

_D, _I, _R = REVIEW_DECISIONS.c, PUSH_INTENTS.c, REGISTER_ENTRIES.c
Numbered = tuple[int, ReviewDecision]


class DecidedReads(Reads):
    """Decisions without their incidents, the fates of pushes, and saved views."""

    def last_decision(self) -> int:
        """The sequence of the newest decision, 0 where there is none."""
        return int(self._all(sa.select(sa.func.coalesce(sa.func.max(_D.sequence), 0)))[0][0])

    def decisions_after(self, sequence: int) -> tuple[Numbered, ...]:
        """The decisions after one, oldest first, each with its sequence and without incidents."""
        query = sa.select(_D.sequence, _D.decision).where(_D.sequence > sequence)
        return tuple(
            (row.sequence, from_bytes(ReviewDecision, row.decision.encode()))
            for row in self._all(query.order_by(_D.sequence))
        )

    def fates(self, candidate_id: str) -> tuple[Fate, ...]:
        """What a candidate's decisions put into the outbox, and what became of it."""
        query = sa.select(PUSH_INTENTS).where(_I.subject == candidate_id).order_by(_I.sequence)
        return tuple(map(fate_of, self._all(query)))

    def fate_counts(self, decision_ids: Sequence[str]) -> Mapping[str, Mapping[IntentState, int]]:
        """How many intents of some decisions stand where."""
        query = (
            sa.select(_I.decision_id, _I.state, sa.func.count())
            .where(_I.decision_id.in_(list(decision_ids)))
            .group_by(_I.decision_id, _I.state)
        )
        found: dict[str, dict[IntentState, int]] = {}
        for decision_id, state, n in self._all(query):
            found.setdefault(decision_id, {})[IntentState(state)] = n
        return found

    def entries_of(self, candidate_id: str, numbers: Collection[str] = ()) -> tuple[str, ...]:
        """The register entries that came of a candidate, or have one of some numbers."""
        query = sa.select(_R.number).where(
            sa.or_(_R.origin_record == candidate_id, _R.number.in_(sorted(numbers)))
        )
        return tuple(row.number for row in self._all(query.order_by(_R.number)))

    def views(self, person: str) -> tuple[SavedView, ...]:
        """The saved views of a person, by name."""
        table = SAVED_VIEWS.c
        query = sa.select(SAVED_VIEWS).where(table.person == person).order_by(table.name)
        return tuple(SavedView(**row._mapping) for row in self._all(query))
