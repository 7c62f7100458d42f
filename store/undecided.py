"""How many candidates of the newest week still ask for a decision, as the queue shows them."""

from collections.abc import Sequence

import sqlalchemy as sa
from sqlalchemy.engine import Connection, Row

from itsm.candidates import Decision, Life
from itsm.codec import from_bytes
from itsm.decisions import VERDICTS, Action, ReviewDecision
from store.result_tables import CANDIDATES, MINING_RUNS, REVIEW_DECISIONS

_OVER = (Life.RESOLVED.value, Life.STALE.value)
"""What is over asks for nothing."""
_JOINING = frozenset({Action.MERGE, Action.DUPLICATE})
_CLOSING = frozenset({*VERDICTS, *_JOINING, Action.SPLIT})


def undecided(connection: Connection) -> int:
    """Candidates of the newest run that are not over and that nobody has decided on.

    Decisions since the run count, and those that were taken back do not.
    """
    runs, kept = MINING_RUNS.c, CANDIDATES.c
    order = (runs.week.desc(), runs.finished_at.desc(), runs.run_id.desc())
    newest = connection.execute(
        sa.select(runs.run_id, runs.finished_at).order_by(*order).limit(1)
    ).first()
    if newest is None:
        return 0
    is_open = _since(connection, newest)
    asking = sa.select(kept.candidate_id, kept.decision).where(
        kept.run_id == newest.run_id, kept.life.not_in(_OVER)
    )
    return sum(
        is_open.get(row.candidate_id, row.decision == Decision.UNDECIDED.value)
        for row in connection.execute(asking)
    )


def _since(connection: Connection, run: Row[tuple[str, object]]) -> dict[str, bool]:
    """Whether candidates are open, where decisions since a run say so."""
    made = REVIEW_DECISIONS.c
    is_since = sa.or_(made.run_id == run.run_id, made.at >= run.finished_at)
    query = sa.select(made.decision).where(is_since).order_by(made.sequence)
    new = [from_bytes(ReviewDecision, row.decision.encode()) for row in connection.execute(query)]
    taken = _taken_back(new)
    found = dict.fromkeys(_opened(connection, taken - {one.decision_id for one in new}), True)
    for one in new:
        if one.decision_id in taken:
            continue
        if one.action in VERDICTS:
            found[one.candidate_id] = VERDICTS[one.action] is Decision.UNDECIDED
        elif one.action is Action.SPLIT:
            found[one.candidate_id] = False
        elif one.action in _JOINING and one.other:
            found[one.other] = False
    return found


def _taken_back(decisions: Sequence[ReviewDecision]) -> frozenset[str]:
    """The decisions that do not hold any more; a taking back can be taken back, too."""
    taken: set[str] = set()
    for one in reversed(decisions):
        if one.withdraws and one.decision_id not in taken:
            taken.add(one.withdraws)
    return frozenset(taken)


def _opened(connection: Connection, decision_ids: frozenset[str]) -> list[str]:
    """The candidates that older decisions had closed, which were taken back since."""
    made = REVIEW_DECISIONS.c
    query = sa.select(made.candidate_id).where(
        made.decision_id.in_(sorted(decision_ids)),
        made.action.in_([action.value for action in _CLOSING]),
    )
    return [row.candidate_id for row in connection.execute(query)]
