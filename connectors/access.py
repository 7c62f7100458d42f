"""The access sheet of any system there is a connector for."""

from collections.abc import Callable, Iterable, Mapping
from importlib import import_module
from typing import Any

from connectors.core.access import AccessSheet, Use, sheet_of
from connectors.core.access_places import Places
from connectors.registry import REGISTRY


def access_sheet(kind: str, config: object, uses: Iterable[Use]) -> AccessSheet | None:
    """What the user of a source has to be allowed; None where there is nobody to ask, as of files.

    Args:
        kind: of the source, such as servicenow.
        config: its settings, of the type that the registry names.
        uses: what is to be done with it.

    Raises:
        ConfigError: a setting cannot be used.
    """
    if kind not in ASKED:
        return None
    package = f"connectors.{kind}"
    places: Callable[[Any], Places] = import_module(f"{package}.access").places
    return sheet_of(package, places(config), uses)


ASKED: Mapping[str, None] = dict.fromkeys(sorted(REGISTRY.keys() - {"files"}))
"""The systems whose administrator is asked for something."""
