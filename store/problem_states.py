"""Where the problems stand that the sources hold."""

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from itsm.problem_following import LinkedProblem
from itsm.states import RecordKind
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
