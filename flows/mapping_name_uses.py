"""How the names of teams, services, items and vendors are used: when, how often, and for what."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from math import sqrt

import pandas as pd

from itsm.naming import NameKind
from itsm.states import RecordKind

_USES: Mapping[NameKind, tuple[tuple[RecordKind, str, tuple[str, ...]], ...]] = {
    NameKind.TEAM: ((RecordKind.INCIDENT, "team", ("ci", "service", "category")),),
    NameKind.SERVICE: ((RecordKind.INCIDENT, "service", ("ci", "team", "category")),),
    NameKind.CI: ((RecordKind.INCIDENT, "ci", ("service", "team", "category")),),
    NameKind.VENDOR: ((RecordKind.VENDOR_CASE, "vendor", ("service", "contract")),),
}


@dataclass(slots=True)
class NameUse:
    """How one name is used in one source."""

    source: str
    name: str
    first_at: datetime
    last_at: datetime
    n: int = 0
    uses: Counter[str] = field(default_factory=Counter)
    incidents: set[str] = field(default_factory=set)


def uses_of(kind: NameKind, frames: Mapping[RecordKind, pd.DataFrame]) -> list[NameUse]:
    """How each name of a kind is used, by source and name."""
    found: dict[tuple[str, str], NameUse] = {}
    for record_kind, column, contexts in _USES[kind]:
        frame = frames.get(record_kind)
        if frame is None or frame.empty:
            continue
        known = frame[frame[column].notna()]
        for key, part in known.groupby(["source", column], sort=True):
            source, name = map(str, key)
            opened = part["opened_at"]
            use = NameUse(source, name, opened.min(), opened.max(), len(part))
            use.incidents = set(part["source"] + "/" + part["number"])
            for context in contexts:
                for value, n in part[context].value_counts().items():
                    use.uses[f"{context} {value}"] = int(n)
            found[source, name] = use
    return [found[key] for key in sorted(found)]


def likeness_of_use(one: NameUse, other: NameUse) -> float:
    """The cosine between what two names are used for, up to 1."""
    dot = sum(n * other.uses[key] for key, n in one.uses.items())
    size = sqrt(sum(n * n for n in one.uses.values()) * sum(n * n for n in other.uses.values()))
    return dot / size if size else 0.0
