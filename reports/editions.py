"""The editions of a pack: who each is for, what it is about, and which sections it holds."""

import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from hashlib import sha256
from types import MappingProxyType

from itsm.errors import ConfigError
from reports.language import LANGUAGES, SOURCE, _, mark

SECTIONS: tuple[str, ...] = (
    *("brief", "actions", "service-health", "major-incidents", "candidates", "agreements"),
    *("changes", "backlog", "hand-offs", "vendors", "experience", "knowledge", "register"),
    *("forecast", "data-quality"),
)
"""The sections of the full pack by their ids; the place of one is its number, 0 to 14."""
WATCH = "watch-list"
"""The section of the daily watch list; it stands in no weekly pack."""
DOSSIER = "dossier"
"""The section of the vendor edition; it stands in no other."""


class EditionKind(StrEnum):
    """Who a pack is for."""

    FULL = "full"
    EXECUTIVE = "executive"
    SERVICE_OWNER = "service-owner"
    PROBLEM_REVIEW = "problem-review"
    VENDOR = "vendor"
    CAB = "cab"
    TEAM_LEAD = "team-lead"
    WATCH_LIST = "watch-list"


class About(StrEnum):
    """What an edition is narrowed to."""

    ALL = "all"
    SERVICE = "service"
    VENDOR = "vendor"
    TEAM = "team"


@dataclass(frozen=True, slots=True, kw_only=True)
class Edition:
    """An edition: its sections in order, what it is narrowed to, and how it usually goes out.

    `format` and `channel` are what a subscriber gets who asks for nothing else, so that nobody
    gets six formats. `is_daily` says that it tells of a moment, not of a week.
    """

    kind: EditionKind
    title: str
    sections: tuple[str, ...]
    about: About = About.ALL
    format: str = "pdf"
    channel: str = "mail"
    is_daily: bool = False


def _numbered(*numbers: int) -> tuple[str, ...]:
    return tuple(SECTIONS[number] for number in numbers)


_ALL = (
    Edition(kind=EditionKind.FULL, title=mark("Full edition"), sections=SECTIONS),
    Edition(
        kind=EditionKind.EXECUTIVE,
        title=mark("Executive edition"),
        sections=_numbered(0),
        format="mail",
    ),
    Edition(
        kind=EditionKind.SERVICE_OWNER,
        title=mark("Service owner edition"),
        sections=_numbered(0, 2, 3, 4, 5, 7, 10, 12),
        about=About.SERVICE,
    ),
    Edition(
        kind=EditionKind.PROBLEM_REVIEW,
        title=mark("Problem review edition"),
        sections=_numbered(1, 4, 8, 11, 12),
        format="html",
    ),
    Edition(
        kind=EditionKind.VENDOR,
        title=mark("Vendor edition"),
        sections=(DOSSIER,),
        about=About.VENDOR,
    ),
    Edition(kind=EditionKind.CAB, title=mark("Change advisory board edition"),
            sections=_numbered(6), format="html"),
    Edition(
        kind=EditionKind.TEAM_LEAD,
        title=mark("Team lead edition"),
        sections=_numbered(1, 4, 7, 8),
        about=About.TEAM,
        format="html",
    ),
    Edition(
        kind=EditionKind.WATCH_LIST,
        title=mark("Daily watch list"),
        sections=(WATCH,),
        about=About.TEAM,
        format="mail",
        is_daily=True,
    ),
)  # fmt: skip
EDITIONS: Mapping[EditionKind, Edition] = MappingProxyType({one.kind: one for one in _ALL})
"""Every edition by its kind."""

_MAY_BE_WHOLE = frozenset({EditionKind.WATCH_LIST})
"""Editions that are had for one part, or for all of them together."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Choice:
    """An edition as somebody asked for it.

    `name` is the service, vendor or team it is about. `zone` is the reader's, for times; the zone
    of the weeks where it is empty.
    """

    kind: EditionKind = EditionKind.FULL
    name: str = ""
    language: str = SOURCE
    zone: str = ""

    @property
    def edition(self) -> Edition:
        """What the edition holds."""
        return EDITIONS[self.kind]

    @property
    def key(self) -> str:
        """What the pack is kept under: full, service-owner-e-mail, executive-de."""
        parts = [
            self.kind.value,
            _slug(self.name),
            *([] if self.language == SOURCE else [self.language]),
        ]
        return "-".join(filter(None, (*parts, _slug(self.zone))))

    def title(self) -> str:
        """The edition in words, in the language spoken, with what it is about."""
        title = _(self.edition.title)
        return f"{title}: {self.name}" if self.name else title


def choice(
    edition: str = EditionKind.FULL,
    *,
    service: str | None = None,
    vendor: str | None = None,
    team: str | None = None,
    language: str = SOURCE,
    zone: str = "",
) -> Choice:
    """The edition that options ask for.

    Raises:
        ConfigError: there is no such edition or language, or what it is about is not given, or
            does not fit it.
    """
    try:
        kind = EditionKind(edition)
    except ValueError:
        there = ", ".join(EditionKind)
        raise ConfigError(f"there is no edition {edition!r}; choose from {there}") from None
    if language not in LANGUAGES:
        raise ConfigError(
            f"there is no catalogue of language {language!r}; choose from {', '.join(LANGUAGES)}"
        )
    given = {About.SERVICE: service, About.VENDOR: vendor, About.TEAM: team}
    about = EDITIONS[kind].about
    for other, name in given.items():
        if name and other is not about:
            raise ConfigError(f"the {kind} edition is not about one {other}; leave --{other} out")
    name = given.get(about) or ""
    if about is not About.ALL and not name and kind not in _MAY_BE_WHOLE:
        raise ConfigError(f"the {kind} edition is about one {about}; name it with --{about}")
    return Choice(kind=kind, name=name, language=language, zone=zone)


def _slug(text: str) -> str:
    """A name as a part of a key; one that other signs could give, too, gets a hash behind it."""
    plain = unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode().lower()
    slug = re.sub(r"[^a-z0-9]+", "-", plain).strip("-")
    if slug == text.lower().replace(" ", "-"):
        return slug
    return f"{slug}-{sha256(text.encode(errors='replace')).hexdigest()[:6]}".lstrip("-")
