"""What speaks against candidates, per mining run; read one candidate at a time."""

from collections.abc import Sequence

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from itsm.codec import from_bytes, to_bytes
from itsm.doubts import Doubts
from store.bulk import upsert
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

    def save(self, run_id: str, doubts: Sequence[Doubts]) -> None:
        """Keep what speaks against the candidates of a run, which is kept before."""
        self.save_told(run_id, [(one.candidate_id, to_bytes(one)) for one in doubts])

    def save_told(self, run_id: str, doubts: Sequence[tuple[str, bytes]]) -> None:
        """As `save`, of doubts that are JSON (`itsm.codec`) already, by candidate."""
        rows = [(run_id, name, told.decode()) for name, told in doubts]
        upsert(self._connection, CANDIDATE_DOUBTS, rows)

    def of(self, run_id: str, candidate_id: str) -> Doubts | None:
        """What speaks against one candidate; None where a run kept nothing about it."""
        query = sa.select(_D.doubts).where(_D.run_id == run_id, _D.candidate_id == candidate_id)
        found = self._connection.execute(query).scalar()
        return None if found is None else from_bytes(Doubts, found.encode())
