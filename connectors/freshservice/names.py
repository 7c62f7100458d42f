"""What people, groups, vendors and assets are called, by their numbers."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from connectors.freshservice.api import FreshserviceApi, Row
from itsm.errors import ForbiddenError

_LISTS: Mapping[str, tuple[str, str]] = {
    "group": ("groups", "groups"),
    "vendor": ("vendors", "vendors"),
    "asset_type": ("asset_types", "asset_types"),
}


@dataclass(slots=True)
class Names:
    """Looks names up: what is listed whole at once, people and assets when they are named.

    Attributes:
        services: the asset types that are services, in small letters.
    """

    api: FreshserviceApi
    services: frozenset[str]
    _lists: dict[str, dict[str, str]] = field(default_factory=dict, init=False, repr=False)
    _people: dict[str, str] = field(default_factory=dict, init=False, repr=False)
    _assets: dict[str, tuple[str, str]] = field(default_factory=dict, init=False, repr=False)
    _has_agents: bool = field(default=False, init=False)

    def of(self, kind: str, key: str) -> str:
        """The name of a group, a vendor or an asset type; "" where it is not known."""
        return self._listed(kind).get(key, "")

    def numbers(self, kind: str) -> dict[str, str]:
        """The numbers of groups, vendors or asset types by their names."""
        return {name: number for number, name in self._listed(kind).items()}

    def _listed(self, kind: str) -> dict[str, str]:
        if kind not in self._lists:
            path, name = _LISTS[kind]
            self._lists[kind] = {str(one["id"]): str(one.get("name", "")) for one in
                                 self._all(path, name)}  # fmt: skip
        return self._lists[kind]

    def person(self, key: str) -> str:
        """Somebody's name, an agent's or a requester's; "" where it is not known."""
        if not self._has_agents:
            self._has_agents = True
            self._people |= {str(one["id"]): _called(one) for one in self._all("agents", "agents")}
        if key not in self._people:
            try:
                found = self.api.one(f"requesters/{key}", "requester")
            except ForbiddenError:
                found = None
            self._people[key] = "" if found is None else _called(found)
        return self._people[key]

    def note(self, people: Iterable[Row]) -> None:
        """Keep the names of people that came with something else."""
        self._people |= {str(one["id"]): name for one in people
                         if "id" in one and (name := _called(one))}  # fmt: skip

    def asset(self, key: str) -> tuple[str, bool]:
        """The name of an asset by the number people see, and whether it is a service."""
        if not self._assets:
            self._assets = {
                str(one.get("display_id", one["id"])): (str(one.get("name", "")),
                                                        str(one.get("asset_type_id", "")))
                for one in self._all("assets", "assets")
            }  # fmt: skip
        name, kind = self._assets.get(key, ("", ""))
        return name, self.is_service(kind)

    def is_service(self, asset_type: str) -> bool:
        """Whether assets of a type are services."""
        return self.of("asset_type", asset_type).casefold() in self.services

    def _all(self, path: str, name: str) -> list[Row]:
        try:
            return [one for rows in self.api.all(path, name) for one in rows]
        except ForbiddenError:
            return []


def _called(person: Row) -> str:
    parts = (str(person.get(name) or "") for name in ("first_name", "last_name"))
    return " ".join(filter(None, parts)) or str(person.get("name") or "")
