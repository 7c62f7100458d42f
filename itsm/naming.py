"""Names that stand for others: a renamed team, a service that two systems call differently.

An alias is confirmed by a person. It holds from a day until another, both by the time of the record
it is in, so that a name which is used again for something else is not taken for the old one.
"""

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from itsm.errors import ConfigError
from itsm.states import RecordKind

K = RecordKind


class NameKind(StrEnum):
    """What names are of."""

    SERVICE = "service"
    TEAM = "team"
    VENDOR = "vendor"
    CI = "ci"


KEPT_IN: Mapping[NameKind, RecordKind] = {
    NameKind.SERVICE: K.SERVICE,
    NameKind.TEAM: K.TEAM,
    NameKind.VENDOR: K.VENDOR,
    NameKind.CI: K.CONFIGURATION_ITEM,
}
"""The records that the names are the names of."""
COLUMNS: Mapping[RecordKind, Mapping[str, NameKind]] = {
    K.INCIDENT: {"service": NameKind.SERVICE, "team": NameKind.TEAM, "ci": NameKind.CI},
    K.SERVICE_REQUEST: {"service": NameKind.SERVICE, "team": NameKind.TEAM},
    K.CHANGE: {"service": NameKind.SERVICE, "team": NameKind.TEAM, "ci": NameKind.CI},
    K.PROBLEM: {"service": NameKind.SERVICE, "team": NameKind.TEAM, "ci": NameKind.CI},
    K.PROBLEM_TASK: {"team": NameKind.TEAM},
    K.VENDOR_CASE: {"vendor": NameKind.VENDOR, "service": NameKind.SERVICE},
    K.CONTRACT: {"vendor": NameKind.VENDOR, "service": NameKind.SERVICE},
    K.KNOWLEDGE_ARTICLE: {"service": NameKind.SERVICE},
    K.OUTAGE: {"service": NameKind.SERVICE},
    K.CONFIGURATION_ITEM: {"service": NameKind.SERVICE, "team": NameKind.TEAM},
    K.CI_RELATION: {"parent": NameKind.CI, "child": NameKind.CI},
    K.TEAM: {"vendor": NameKind.VENDOR},
}
"""The fields of records that hold such names."""
_MOST = 200


@dataclass(frozen=True, slots=True, kw_only=True)
class Alias:
    """A name that stands for another one, or that was found not to.

    Attributes:
        kind: what it is a name of.
        source: whose name it is; "" for every source.
        name: as records have it.
        stands_for: the name that counts.
        since: the first day it holds; None from the beginning.
        until: the first day it no longer holds; None for good.
        is_rejected: whether a person said that they are two.
        by: who said so, by a pseudonym.
        why: in a person's own words.
    """

    kind: NameKind
    source: str
    name: str
    stands_for: str
    since: date | None = None
    until: date | None = None
    is_rejected: bool = False
    by: str = ""
    why: str = ""

    @property
    def alias_id(self) -> str:
        """A short word that is the same for the same two names."""
        return alias_id(self.kind, self.source, self.name, self.stands_for)


def alias_id(kind: NameKind, source: str, name: str, stands_for: str) -> str:
    """A short word for two names, such as T-4f21c9."""
    told = "\n".join((kind, source, name, stands_for))
    return f"{kind[0].upper()}-{hashlib.sha256(told.encode()).hexdigest()[:6]}"


def checked(alias: Alias, others: Iterable[Alias]) -> Alias:
    """An alias that may be kept beside others.

    Raises:
        ConfigError: a name is missing or too long, the days are in the wrong order, or it would
            lead back to itself.
    """
    for told, name in (("name", alias.name), ("name it stands for", alias.stands_for)):
        if not name.strip() or len(name) > _MOST:
            raise ConfigError(f"{alias.kind}: the {told} must have 1 to {_MOST} characters")
    if alias.name == alias.stands_for:
        raise ConfigError(f"{alias.kind} {alias.name!r} stands for itself already")
    if alias.since is not None and alias.until is not None and alias.since >= alias.until:
        raise ConfigError(f"{alias.name}: --from {alias.since} is not before --until {alias.until}")
    if not alias.is_rejected:
        _require_no_circle(alias, [one for one in others if not one.is_rejected])
    return alias


def _require_no_circle(alias: Alias, others: Sequence[Alias]) -> None:
    leads = {
        one.name: one.stands_for
        for one in others
        if one.kind is alias.kind and one.alias_id != alias.alias_id
    }
    place, way = alias.stands_for, [alias.name, alias.stands_for]
    while place in leads:
        place = leads[place]
        way.append(place)
        if place == alias.name:
            told = " -> ".join(way)
            raise ConfigError(f"{alias.kind}: {told} goes in a circle; reject one of them first")
