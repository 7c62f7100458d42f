"""Records in quarantine, tried once more with the mapping and the checks of today."""

from collections.abc import Collection
from datetime import UTC, datetime

from flows.stages.land import Lander
from flows.wiring import Parts
from itsm.errors import ConfigError
from itsm.states import RecordKind


def try_again(
    parts: Parts, source: str, kind: RecordKind, keys: Collection[str]
) -> tuple[int, int]:
    """Land what can be landed now, from the payloads that are kept; no system is asked.

    Args:
        parts: the sources and the store.
        source: which source.
        kind: of which kind the records are.
        keys: their raw keys.

    Returns:
        How many landed, and how many stay set aside.

    Raises:
        ConfigError: the source is no longer configured.
    """
    if source not in parts.sources:
        raise ConfigError(
            f"there is no source {source!r} any more; put [sources.{source}] back into the "
            "configuration to try its records again"
        )
    now = datetime.now(UTC)
    lander = Lander(parts.sources[source], kind, now, parts.settings.checks, asks=False)
    with parts.store.begin() as uow:
        raw = uow.raw.of(source, kind, keys)
        landing, numbers = lander.land(uow, raw, {})
        uow.raw.mark_landed(raw, numbers=numbers)
        uow.commit()
    return landing.landed, landing.quarantined
