"""The database: raw payloads, records, quarantine, candidates, packs and the register."""

from store.budgets import StoredBudget
from store.engine import open_engine
from store.runs import (
    Fresh,
    MiningRun,
    PackSnapshot,
    QuarantineRow,
    RawCount,
    Reconciliation,
)
from store.schema import upgrade
from store.unit_of_work import Store, UnitOfWork

__all__ = [
    "Fresh",
    "MiningRun",
    "PackSnapshot",
    "QuarantineRow",
    "RawCount",
    "Reconciliation",
    "Store",
    "StoredBudget",
    "UnitOfWork",
    "open_engine",
    "upgrade",
]
