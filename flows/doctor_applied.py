"""Whether the configuration is the one that `csi apply` has let in, as `csi doctor` says it."""

from collections.abc import Iterator
from pathlib import Path

from connectors.core.source import Finding, Level
from connectors.core.surroundings import Surroundings
from flows.settings import Settings
from flows.used_configuration import not_applied, told
from flows.wiring import Parts, source_of
from itsm.errors import ConfigError
from store.unit_of_work import Store


def let_in(settings: Settings, base: Path, store: Store) -> Iterator[Finding]:
    """What to say of it; nothing where no configuration was ever applied and none has to be."""
    try:
        around = Surroundings()
        sources = {name: source_of(settings, name, base, around) for name in settings.sources}
    except ConfigError:
        return  # said of the source already
    parts = Parts(settings, store, sources, base / settings.out, base=base)
    with store.look() as uow:
        applied = uow.configurations.applied()
    if applied is None and not settings.plan.required:
        return
    found = not_applied(parts)
    if applied is not None and not found:
        yield _finding(Level.OK, "the configuration is the one that was applied last")
        return
    said = "no configuration was ever applied, and plan.required is set: no run begins"
    if found:
        refused = ": no run begins" if settings.plan.required else ""
        said = f"the configuration is not the one that was applied{refused}: {told(found)}"
    level = Level.FAILURE if settings.plan.required else Level.WARNING
    yield _finding(level, said, "look at `csi plan`, then let it in with `csi apply`")


def _finding(level: Level, said: str, remedy: str | None = None) -> Finding:
    return Finding(check="plan", level=level, subject="", said=said, remedy=remedy)
