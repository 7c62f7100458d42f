"""Whether the settings of a source say who asks."""

from collections.abc import Sequence

from pydantic import BaseModel

from itsm.errors import ConfigError


def require(source: str, config: BaseModel, auth: str, keys: Sequence[str]) -> None:
    """See that it is said who asks; what only looks at the store works without.

    Args:
        source: the source's name.
        config: its settings.
        auth: how the user is told.
        keys: what that needs.

    Raises:
        ConfigError: something is missing; names the variable that gives it.
    """
    missing = [key for key in keys if getattr(config, key) is None]
    if missing:
        told = f"sources.{source}: {', '.join(missing)}: missing for auth = {auth!r}"
        names = " and ".join(f"CSI_SOURCES__{source}__{key}".upper() for key in missing)
        raise ConfigError(f"{told}; set {names}")
