"""Where the problems stand that the sources hold."""

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from itsm.problem_following import LinkedProblem
from itsm.states import HistoryField, RecordKind
from store.tables import CANONICAL


class ProblemStates:
    """The states of problems, as they were pulled last."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def all(self) -> tuple[LinkedProblem, ...]:
        """Every problem, in the order of source and number."""
        column = CANONICAL[RecordKind.PROBLEM].c
        names = (column.source, column.number, column.state, column.resolved_at)
        query = sa.select(*names).order_by(column.source, column.number)
        return tuple(
            LinkedProblem(source=one.source, number=one.number, state=one.state,
                          resolved_at=one.resolved_at)
            for one in self._connection.execute(query)
        )  # fmt: skip

    def brought_by(self, problem: LinkedProblem) -> str:
        """Who brought a problem into the state it is in, as stored; "" where no history tells."""
        column = CANONICAL[RecordKind.HISTORY].c
        query = (
            sa.select(column.actor)
            .where(
                column.source == problem.source,
                column.record_kind == RecordKind.PROBLEM.value,
                column.record == problem.number,
                column.field == HistoryField.STATE.value,
                column.new == problem.state,
                column.is_integration.is_(False),
            )
            .order_by(column.at.desc(), column.sequence.desc())
            .limit(1)
        )
        return str(self._connection.execute(query).scalar() or "")
