"""A letter: what is sent to a reader, before anything says how it travels."""

import re
from dataclasses import dataclass, field

from reports.formats import RenderedFile

MAX_SUBJECT = 200
_UNSEEN = re.compile("[\x00-\x1f\x7f-\x9f\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff]+")
"""Control signs, line ends and marks that turn the direction of what follows."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Letter:
    """What is sent.

    Attributes:
        item: the pack by its id, or the letter of a day.
        subject: one line.
        text: all of it as plain text.
        brief: what a chat shows: a few lines.
        page: all of it as HTML, "" where there is none.
        pictures: what the page shows by `cid:`.
        attachments: files beside it.
        follows: the item it takes the place of, "" for none.
        link: where it can be read in the archive, "" for nowhere.
        language: such as en.
    """

    item: str
    subject: str
    text: str
    brief: str = ""
    page: str = ""
    pictures: tuple[RenderedFile, ...] = ()
    attachments: tuple[RenderedFile, ...] = field(default=())
    follows: str = ""
    link: str = ""
    language: str = "en"


@dataclass(frozen=True, slots=True, kw_only=True)
class Reader:
    """Who a letter is for."""

    address: str
    name: str
    subscription_id: str


def one_line(text: str, longest: int = MAX_SUBJECT) -> str:
    """A text that fits a header: no control signs, no line ends, not too long."""
    plain = " ".join(_UNSEEN.sub(" ", text).split())
    return plain if len(plain) <= longest else f"{plain[: longest - 1].rstrip()}…"
