"""The systems there are connectors for; each is loaded when it is asked for."""

from collections.abc import Iterator, Mapping
from importlib import import_module

from connectors.core.system import System
from itsm.errors import ConfigError

KINDS = (
    "bmc_helix",
    "cherwell",
    "files",
    "freshservice",
    "glpi",
    "itop",
    "jira",
    "rt",
    "servicenow",
)
"""What `kind` may be in a source's table; each is a package here, with a module `system`."""


class _Registry(Mapping[str, System]):
    """Who pulls from one system need not load the connectors of all others."""

    def __getitem__(self, kind: str) -> System:
        if kind not in KINDS:
            raise KeyError(kind)
        found: System = import_module(f"connectors.{kind}.system").SYSTEM
        return found

    def __iter__(self) -> Iterator[str]:
        return iter(KINDS)

    def __len__(self) -> int:
        return len(KINDS)


REGISTRY: Mapping[str, System] = _Registry()
"""The systems by their kind."""


def system(kind: str) -> System:
    """The system a source's `kind` names.

    Raises:
        ConfigError: there is none.
    """
    if kind not in REGISTRY:
        raise ConfigError(f"kind: no connector {kind!r}; choose from {', '.join(KINDS)}")
    return REGISTRY[kind]
