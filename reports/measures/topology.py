"""What lies beside an item: the items that need it, and the other items of its service."""

from dataclasses import dataclass

import numpy as np
import pandas as pd

from itsm.states import RecordKind
from reports.measures.data import MeasureData

MAX_STEPS = 3
"""How far "needs" is followed: an application, its database, the server, and no farther."""


@dataclass(frozen=True, slots=True)
class Neighbours:
    """Which items need which, where relations are known."""

    parent: pd.Index
    child: pd.Index
    service_of: pd.Series

    @classmethod
    def of(cls, data: MeasureData) -> "Neighbours":
        """From relations and items; empty where none are provided."""
        relations = data.frame(RecordKind.CI_RELATION)
        items = data.frame(RecordKind.CONFIGURATION_ITEM)
        none = pd.Index([], dtype="str")
        services = pd.Series(dtype="str") if items is None else _services(items)
        if relations is None:
            return cls(none, none, services)
        return cls(pd.Index(relations["parent"]), pd.Index(relations["child"]), services)

    def upstream(self, item: str) -> frozenset[str]:
        """The items that need an item, directly or through others, without itself."""
        found: set[str] = set()
        edge = {item}
        for _ in range(MAX_STEPS):
            needing = set(self.parent[np.asarray(self.child.isin(list(edge)))])
            edge = needing - found - {item}
            found |= edge
        return frozenset(found)

    def told(self, records: pd.DataFrame, unit: str, name: str) -> str:
        """How many of some incidents lie upstream or elsewhere on the service; "" for none."""
        if unit != "ci":
            return ""
        upstream = int(records["ci"].isin(self.upstream(name)).sum())
        parts = [f"{upstream} on items that need it"] if upstream else []
        if name in self.service_of.index:
            service = self.service_of[name]
            same = (records["service"] == service) & (records["ci"] != name)
            parts += [f"{int(same.sum())} elsewhere on {service}"] if same.any() else []
        return f"; {' and '.join(parts)}" if parts else ""


def _services(items: pd.DataFrame) -> pd.Series:
    known = items.dropna(subset=["service"]).drop_duplicates("name")
    return pd.Series(known["service"].to_numpy(), index=known["name"].to_numpy())
