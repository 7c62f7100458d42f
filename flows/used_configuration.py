"""The configuration a run is made with: its digest, what holds, and how the two differ."""

import hashlib
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from importlib.metadata import version
from typing import Any

from flows.declarations import formulas
from flows.settings import Settings
from flows.wiring import Parts
from itsm.codec import dump
from itsm.errors import ConfigError
from problem_mining.versions import CURRENT
from store.configurations import StoredConfiguration

APART: Mapping[str, Any] = {
    **dict.fromkeys(("database", "out", "artefacts", "backup", "logs", "late", "plan"), True),
    **{"people": True, "subscriptions": True, "improvement": {"four_eyes_exceptions"}},
}
"""What is not kept: where and how it runs, on which no result depends, and what names persons.

Roles and exceptions are in the journal by pseudonym, subscriptions in a table of their own.
"""
SHORT = 12
"""So many characters of a digest are shown."""
SECRET = "**********"  # noqa: S105  # what pydantic writes in the place of one
_MAX_NAMED = 8


@dataclass(frozen=True, slots=True)
class Change:
    """A setting or a version that differs; None where it is not set, or not there."""

    name: str
    before: str | None
    after: str | None

    def __str__(self) -> str:
        return f"{self.name}: {self.before or 'not set'} -> {self.after or 'not set'}"


def in_use(parts: Parts, at: datetime | None = None) -> StoredConfiguration:
    """The configuration and the versions that these parts work with, without secrets."""
    settings, versions = settings_of(parts.settings), versions_of(parts)
    whole = {"settings": _without_secrets(settings), "versions": versions}
    return StoredConfiguration(
        digest=hashlib.sha256(dump(whole)).hexdigest(),
        settings=dump(settings).decode(),
        versions=dump(versions).decode(),
        seen_at=at or datetime.now(UTC),
    )


def settings_of(settings: Settings) -> dict[str, Any]:
    """What is set otherwise than by default and bears on results; stars where there is a secret."""
    return settings.model_dump(mode="json", exclude_defaults=True, exclude=dict(APART))


def versions_of(parts: Parts) -> dict[str, str]:
    """The versions that bear on results: of program, mining, formulas, and mappings by kind."""
    mappings = {
        f"mapping {name} {kind}": source.mapping_version(kind)
        for name, source in sorted(parts.sources.items())
        for kind in source.kinds
    }
    told = {f"formula {name}": said for name, said in formulas().items()}
    readers = dump([one.model_dump(mode="json") for one in parts.settings.subscriptions])
    return {
        "program": version("csi-pipeline"),
        "mining": CURRENT.name,
        "subscriptions": hashlib.sha256(readers).hexdigest()[:SHORT],
        **told,
        **mappings,
    }


def changes(before: StoredConfiguration, after: StoredConfiguration) -> tuple[Change, ...]:
    """What differs between two configurations, settings first, each by its key."""
    return (
        *_changes(_flat(before.settings), _flat(after.settings)),
        *_changes(json.loads(before.versions), json.loads(after.versions)),
    )


def holding(parts: Parts) -> StoredConfiguration | None:
    """The configuration that was applied last, else the one the newest week was made with."""
    with parts.store.look() as uow:
        applied = uow.configurations.applied()
        if applied is not None:
            return applied
        made = [one for one in uow.week_runs.list() if one.configuration is not None]
        digest = made[-1].configuration if made else None
        return uow.configurations.get(digest) if digest else None


def not_applied(parts: Parts) -> tuple[Change, ...]:
    """How the configuration in use differs from the one that was applied; nothing if none was."""
    with parts.store.look() as uow:
        applied = uow.configurations.applied()
    if applied is None:
        return ()
    now = in_use(parts)
    return () if now.digest == applied.digest else changes(applied, now)


def require_applied(parts: Parts) -> None:
    """See that what is to run was let in, where the settings ask for that.

    Raises:
        ConfigError: it was not; names what differs and what to do.
    """
    if not parts.settings.plan.required:
        return
    with parts.store.look() as uow:
        applied = uow.configurations.applied()
    if applied is None:
        raise ConfigError(
            "plan.required is set and no configuration was ever applied; look at `csi plan`, then "
            "let it in with `csi apply`"
        )
    if found := not_applied(parts):
        raise ConfigError(
            f"the configuration differs from the one that was applied ({told(found)}); look at "
            "`csi plan`, then let it in with `csi apply`, or take the change back"
        )


def told(found: tuple[Change, ...]) -> str:
    """The first changes in a line."""
    left = len(found) - _MAX_NAMED
    more = f", and {left} more" if left > 0 else ""
    return "; ".join(map(str, found[:_MAX_NAMED])) + more


def _changes(before: Mapping[str, str], after: Mapping[str, str]) -> Iterator[Change]:
    for name in sorted(before.keys() | after.keys()):
        if before.get(name) != after.get(name):
            yield Change(name, before.get(name), after.get(name))


def _flat(settings: str) -> dict[str, str]:
    """The leaves of settings by their keys with dots; lists as JSON."""
    return dict(_leaves("", _without_secrets(json.loads(settings))))


def _leaves(place: str, value: object) -> Iterator[tuple[str, str]]:
    if isinstance(value, dict):
        for name, part in value.items():
            yield from _leaves(f"{place}.{name}" if place else name, part)
    else:
        yield place, value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)


def _without_secrets(value: object) -> object:
    """The same without secrets, so that a digest is the same wherever they are kept."""
    if isinstance(value, dict):
        bare = {name: _without_secrets(part) for name, part in value.items()}
        return {name: part for name, part in bare.items() if part not in (SECRET, {})}
    return value
