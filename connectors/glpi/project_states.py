"""The states of projects, which register entries are: by name, as each server has its own."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from connectors.glpi.api import GlpiApi
from connectors.glpi.texts import text_of
from connectors.glpi.write_words import NUMBERED, PROJECT_STATES
from itsm.errors import MappingError
from itsm.pushing import STATE


@dataclass(slots=True)
class ProjectStates:
    """The states of one server, asked for once."""

    api: GlpiApi
    _ids: dict[str, int] | None = field(default=None, init=False, repr=False)

    @property
    def names(self) -> Mapping[str, str]:
        """The names of states, the company's own over the usual ones."""
        return {**PROJECT_STATES, **self.api.config.push.project_states}

    def id_of(self, state: str) -> int:
        """The id of a state.

        Raises:
            MappingError: the server has none of its name.
        """
        name = self.names[state]
        found = self._known().get(name.casefold())
        if found is None:
            raise MappingError(
                self.api.name,
                STATE,
                f"there is no project state {name!r}",
                f"name yours: [sources.{self.api.name}.push.project_states] {state} = ...",
            )
        return found

    def state_of(self, key: int) -> str:
        """What a state's id means; its name where it means nothing."""
        name = next((name for name, one in self._known().items() if one == key), "")
        return next((state for state, one in self.names.items() if one.casefold() == name), name)

    def told(self, value: object) -> str:
        """A state as the historical tells it: its name, and its id in brackets."""
        found = NUMBERED.search(text_of(value))
        return self.state_of(int(found[1])) if found else ""

    def _known(self) -> Mapping[str, int]:
        if self._ids is None:
            rows = [row for some in self.api.all("ProjectState") for row in some]
            self._ids = {text_of(row["name"]).casefold(): int(row["id"]) for row in rows}
        return self._ids
