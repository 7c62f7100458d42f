"""A pack that was given out: its id, its files, who released it, and what its owner remarked."""

import hashlib
import re
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

REISSUED = "re-issued because a person was erased; no figure moved"
"""What a version that only lost a person says instead of what moved."""
_MAX_WORD = 60
_DIGEST = 8


def pack_id(week: str, edition: str, version: int) -> str:
    """The id of a pack: letters, digits, hyphens and dots only, so it fits a Message-ID and a URL.

    Args:
        week: the label of the period, such as 2026-W34 or 2026-11.
        edition: what the edition is kept under, such as service-owner-e-mail-de.
        version: of this week and edition, from 1.
    """
    return ".".join((_word(week), _word(edition), f"v{version}"))


def _word(text: str) -> str:
    """A text as one word; a digest of it follows where letters were lost."""
    plain = text.replace("_", "-")
    kept = re.sub(r"[^A-Za-z0-9-]+", "-", plain).strip("-")[:_MAX_WORD].strip("-")
    if kept == plain:
        return kept
    digest = hashlib.sha256(text.encode()).hexdigest()[:_DIGEST]
    return f"{kept}-{digest}" if kept else digest


@dataclass(frozen=True, slots=True, kw_only=True)
class Withdrawal:
    """That the bytes of a pack were removed, while its hash is kept.

    Attributes:
        pack_id: of which pack.
        why: such as that a person was erased; names nobody.
        replaced_by: the version that tells the same figures; "" where there is none.
        at: when.
    """

    pack_id: str
    why: str
    replaced_by: str
    at: datetime

    def __str__(self) -> str:
        instead = f"; {self.replaced_by} takes its place" if self.replaced_by else ""
        return f"its bytes were removed on {self.at:%Y-%m-%d}: {self.why}{instead}"


@dataclass(frozen=True, slots=True, kw_only=True)
class ArchivedFile:
    """A file that was made to be sent, as the archive holds it.

    Attributes:
        item: what it belongs to: a pack by its id, or a letter.
        name: its file name.
        position: its place among the files of its item and format, from 0; the first is the one
            to open.
        format: such as pdf.
        media_type: such as application/pdf.
        content_id: by what a mail shows it, for a picture in a mail.
        sha256: of its bytes; they lie in the archive under it.
        size: of its bytes.
        made_at: when it was rendered.
        made_with: the version of the program that rendered it.
    """

    item: str
    name: str
    position: int
    format: str
    media_type: str
    content_id: str | None
    sha256: str
    size: int
    made_at: datetime
    made_with: str


class ReleaseState(StrEnum):
    """Whether a pack may be sent."""

    WAITING = "waiting"
    """Nobody has released it."""
    RELEASED = "released"
    HELD = "held"
    """A person holds it back; no timer releases it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Release:
    """Who let a pack go out, or held it back; `actor` is "" where the timer did."""

    pack_id: str
    state: ReleaseState
    actor: str
    at: datetime
    reason: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class SectionComment:
    """An owner's signed remark on a section of a pack; it stays in every later version.

    Attributes:
        comment_id: given by the store.
        week: the label of the pack's period.
        edition: what the edition is kept under; "" for every edition that holds the section,
            but those that leave the house.
        section: the id of the section.
        text: in the owner's words.
        actor: who signed it, by the name they act under.
        signed: their name as packs show it.
        at: when.
        withdrawn_at: when it was taken back; None while it holds.
    """

    comment_id: str
    week: str
    edition: str
    section: str
    text: str
    actor: str
    signed: str
    at: datetime
    withdrawn_at: datetime | None = None
