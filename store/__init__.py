"""The database: raw payloads, records, quarantine, candidates, packs and the register."""

from store.engine import open_engine
from store.runs import MiningRun, PackSnapshot, QuarantineRow, RawCount
from store.schema import upgrade
from store.unit_of_work import Store, UnitOfWork

__all__ = [
    "MiningRun",
    "PackSnapshot",
    "QuarantineRow",
    "RawCount",
    "Store",
    "UnitOfWork",
    "open_engine",
    "upgrade",
]
