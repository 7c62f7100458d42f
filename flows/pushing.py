"""The doors that the push goes out by, and the homes that problems are kept in."""

from collections.abc import Mapping
from datetime import UTC, datetime

from connectors.core.push_settings import PushSettings
from connectors.core.writing import Writer
from connectors.registry import system
from flows.mirror_reading import MirrorReading
from flows.problem_following import ask_for, follow_problems
from flows.settings import Settings
from flows.stages.deliver import Deliveries, Door
from flows.wiring import Parts, given_of
from itsm.push_planning import Homes
from itsm.pushing import PushMode


def push_settings(settings: Settings, source: str) -> PushSettings | None:
    """How far a source may be written to; None where it cannot be."""
    found = getattr(settings.sources[source], "push", None)
    return found if isinstance(found, PushSettings) else None


def homes_of(settings: Settings) -> Homes:
    """Where problems may be kept: sources whose push is not off."""
    able = []
    for name in sorted(settings.sources):
        push = push_settings(settings, name)
        if push is not None and push.mode is not PushMode.OFF:
            able.append(name)
    return Homes(
        able=tuple(able), by_service=settings.push.homes, max_links=settings.push.max_links
    )


def deliveries(parts: Parts) -> Deliveries:
    """A run over the outbox of an installation."""
    doors = {}
    for name in parts.settings.sources:
        push = push_settings(parts.settings, name)
        if push is not None and push.mode is not PushMode.OFF:
            doors[name] = Door(writer_of(parts, name), push.rules, push.cap)
    return Deliveries(parts.store, doors, say=parts.say)


def come_back(
    parts: Parts, run: Deliveries, *, dry: bool = False
) -> tuple[list[str], Mapping[str, str]]:
    """Take over what people changed in records that mirror entries, and what problems tell.

    Returns:
        What was taken over, a line each; and why a source could not be read, by source.
    """
    at = run.clock()
    reading = MirrorReading(parts, run.doors, at, is_dry=dry)
    lines = reading.run()
    asked = ask_for(parts, run.doors, reading.troubles)
    return [*lines, *follow_problems(parts, at, asked, dry=dry)], reading.troubles


def writer_of(parts: Parts, name: str) -> Writer:
    """What writes to a source.

    Raises:
        ConfigError: nothing can be written to such a source, or a setting cannot be used.
    """
    kind = parts.settings.sources[name].kind
    return system(kind).writer(name, given_of(parts.settings, name, parts.base), parts.around)


def new_run_id() -> str:
    """The id of a run that begins now."""
    return f"PUSH-{datetime.now(UTC):%Y%m%dT%H%M%S%f}"[:-3]
