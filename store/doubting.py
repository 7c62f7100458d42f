"""What speaks against candidates, per mining run; read one candidate at a time."""

from collections.abc import Sequence

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from itsm.codec import from_bytes
from itsm.doubts import Doubts
from itsm.ready_json import to_bytes_beside
from store.bulk import upsert
from store.runs import Ready, nothing_ready
from store.tables import METADATA, text

CANDIDATE_DOUBTS = sa.Table(
    "candidate_doubts",
    METADATA,
    text("run_id", key=True),
    text("candidate_id", key=True),
    text("doubts"),
    sa.ForeignKeyConstraint(
        ["run_id", "candidate_id"],
        ["candidates.run_id", "candidates.candidate_id"],
        ondelete="CASCADE",
    ),
)
_D = CANDIDATE_DOUBTS.c


class Doubting:
    """Doubts about candidates; they go with their run."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def save(self, run_id: str, doubts: Sequence[Doubts], ready: Ready = nothing_ready) -> None:
        """Keep what speaks against the candidates of a run, which is kept before.

        Args:
            run_id: the run.
            doubts: by candidate.
            ready: the fields of each that are JSON already.
        """
        rows = [
            (run_id, one.candidate_id, to_bytes_beside(one, ready(one.candidate_id, one)).decode())
            for one in doubts
        ]
        upsert(self._connection, CANDIDATE_DOUBTS, rows)

    def of(self, run_id: str, candidate_id: str) -> Doubts | None:
        """What speaks against one candidate; None where a run kept nothing about it."""
        query = sa.select(_D.doubts).where(_D.run_id == run_id, _D.candidate_id == candidate_id)
        found = self._connection.execute(query).scalar()
        return None if found is None else from_bytes(Doubts, found.encode())
