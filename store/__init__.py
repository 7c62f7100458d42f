"""The database: raw payloads, records, quarantine, candidates, packs and the register.

What it gives is loaded when it is first asked for: the second process of a pull makes rows, and
needs nothing of what reads and writes them.
"""

from importlib import import_module
from types import MappingProxyType
from typing import TYPE_CHECKING

if TYPE_CHECKING:
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

_RUNS = ("Fresh", "MiningRun", "PackSnapshot", "QuarantineRow", "RawCount", "Reconciliation")
_PLACES = MappingProxyType(
    {
        **dict.fromkeys(_RUNS, "store.runs"),
        "Store": "store.unit_of_work",
        "StoredBudget": "store.budgets",
        "UnitOfWork": "store.unit_of_work",
        "open_engine": "store.engine",
        "upgrade": "store.schema",
    }
)


def __getattr__(name: str) -> object:
    """What is asked for by name, from the module that has it."""
    if name not in _PLACES:
        raise AttributeError(f"module 'store' has no attribute {name!r}")
    return getattr(import_module(_PLACES[name]), name)
