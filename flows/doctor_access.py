"""The access request of a source: what its administrator has to allow, why, and what is lost else.

It follows from the settings alone; nothing is asked of the system.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from types import MappingProxyType

from connectors.access import access_sheet
from connectors.core.access import AccessSheet, Need, Use
from connectors.registry import system
from flows.settings import Settings
from itsm.errors import ConfigError
from itsm.pushing import PushMode
from itsm.states import RecordKind
from reports.measures.contracts import CATALOGUE

NAMED = 3
"""Figures that are named; the others are counted."""
_PUSHES: Mapping[Use, str] = MappingProxyType(
    {
        Use.LOOK: "comparing before a push",
        Use.PROBLEMS: "problem records",
        Use.LINKS: "links of incidents",
        Use.NOTES: "notes",
        Use.REGISTER: "the mirror of the register",
    }
)
_OF_MODE: Mapping[PushMode, tuple[Use, ...]] = MappingProxyType(
    {
        PushMode.OFF: (),
        PushMode.DRY_RUN: (Use.LOOK,),
        PushMode.PROBLEMS_ONLY: (Use.LOOK, Use.PROBLEMS),
        PushMode.FULL: (Use.LOOK, Use.PROBLEMS, Use.LINKS, Use.NOTES),
    }
)


@dataclass(frozen=True, slots=True)
class AccessRequest:
    """What is asked for, for one source."""

    source: str
    kind: str
    url: str
    user: str
    mode: PushMode
    uses: tuple[Use, ...]
    sheet: AccessSheet


def access_requests(settings: Settings, only: str | None = None) -> list[AccessRequest]:
    """The requests of all sources whose system has an administrator, or of one.

    Raises:
        ConfigError: there is no such source, it is read from files, or a setting cannot be used.
    """
    if only is not None and only not in settings.sources:
        known = ", ".join(settings.sources) or "none is configured"
        raise ConfigError(f"--access-request {only}: no such source; choose from: {known}")
    names = [only] if only is not None else list(settings.sources)
    found = [one for name in names if (one := _request(settings, name)) is not None]
    if not found:
        raise ConfigError("--access-request: files need no rights; name a source with an API")
    return found


def uses_of(settings: Settings, name: str) -> tuple[Use, ...]:
    """What is done with a source, as its settings say."""
    push = getattr(settings.sources[name], "push", None)
    mode = push.mode if push is not None else PushMode.OFF
    is_mirror = mode is PushMode.FULL and name in settings.improvement.mirrors
    register = (Use.REGISTER,) if is_mirror else ()
    return (Use.PULL, Use.DOCTOR, *_OF_MODE[mode], *register)


def figures_of(kinds: Iterable[RecordKind]) -> tuple[str, ...]:
    """The figures that are computed from records of some kinds, in the catalogue's order."""
    wanted = {kind.value for kind in kinds}
    words = {"history": RecordKind.HISTORY, "comments": RecordKind.COMMENT}
    return tuple(
        one.figure_id
        for one in CATALOGUE.values()
        if one.kind.value in wanted
        or any(need.partition(".")[0].split()[-1] in wanted for need in one.needs if "." in need)
        or any(
            kind in wanted and word in need for word, kind in words.items() for need in one.needs
        )
    )


def _request(settings: Settings, name: str) -> AccessRequest | None:
    given = settings.sources[name]
    uses = uses_of(settings, name)
    config = system(given.kind).config.model_validate(given.model_dump(exclude={"kind"}))
    sheet = access_sheet(given.kind, config, uses)
    if sheet is None:
        return None
    push = getattr(given, "push", None)
    return AccessRequest(
        source=name,
        kind=given.kind,
        url=str(getattr(given, "url", "")),
        user=str(getattr(given, "user", None) or "a user of its own"),
        mode=push.mode if push is not None else PushMode.OFF,
        uses=uses,
        sheet=sheet,
    )


def needed_by(need: Need) -> str:
    """Which figures or pushes need a permission."""
    figures = figures_of(need.kinds)
    counted = "1 figure" if len(figures) == 1 else f"{len(figures)} figures"
    told = [f"{counted} ({some_of(figures)})"] if figures else []
    if need.kinds and not figures:
        told.append("names beside figures")
    told += [_PUSHES[use] for use in need.uses if use in _PUSHES]
    if not told:
        told.append("csi doctor" if need.uses == (Use.DOCTOR,) else "every pull")
    return "; ".join(told)


def some_of(figures: tuple[str, ...]) -> str:
    """The first figures by name, and how many more there are."""
    more = f" and {len(figures) - NAMED} more" if len(figures) > NAMED else ""
    return ", ".join(figures[:NAMED]) + more
