"""The door into a chat: Slack, Microsoft Teams, or any webhook that takes JSON, through Apprise.

A webhook takes text only, so a chat gets a few lines and a link. Whatever came from a ticket is
made harmless first: it can mention nobody, and it can hide no link behind another text.

Apprise says only whether it went well; why not is in what it logs: the server's code, or that there
was no answer. From that follows whether a letter was refused, may be tried again, or is unclear.

Source:
    https://api.slack.com/reference/surfaces/formatting (escaping),
    https://learn.microsoft.com/adaptive-cards/authoring-cards/text-features (what a card renders).
"""

import logging
import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING
from urllib.parse import parse_qsl, quote, urlencode, urlsplit

from itsm.deliveries import DeliveryState
from itsm.errors import DeliveryError
from reports.deliver.doors import SOMEBODY_ELSE, Keep, Outcome
from reports.deliver.kinds import ChatKind
from reports.deliver.letters import Letter, Reader, one_line

if TYPE_CHECKING:
    from apprise import NotifyBase

MAX_TEXT = 2_800
"""Slack cuts longer texts of a block at 3,000."""
TIMEOUTS_S = "cto=10&rto=30"
_CODE = re.compile(r"error=(\d{3})")
_NEVER_LEFT = re.compile(
    "NewConnectionError|Failed to establish|ConnectTimeout|NameResolution|Max retries.*SSLError"
)
_LATER = frozenset({429, 503})
_UNKNOWN = frozenset({408, 500, 502, 504})
_S = DeliveryState


@dataclass(slots=True)
class ChatDoor:
    """A webhook.

    Attributes:
        name: of the chat in the settings.
        kind: what listens there.
        url: its secret address.
    """

    name: str
    kind: ChatKind
    url: str = field(repr=False)
    _plugin: "NotifyBase | None" = None

    @property
    def may_repeat(self) -> bool:
        """A message posted twice is two messages."""
        return False

    def open(self) -> None:
        """Take the address apart.

        Raises:
            DeliveryError: it is none that such a chat has.
        """
        if self._plugin is not None:
            return
        import apprise

        with _logged():  # the address is a secret
            address = _address(self.kind, self.url)
            made = apprise.Apprise.instantiate(address, suppress_exceptions=True)
        if not isinstance(made, apprise.NotifyBase) or not _is_of(self.kind, made):
            raise DeliveryError(
                f"delivery.chats.{self.name}: its address is none of a {self.kind} webhook; copy "
                f"it anew into CSI_DELIVERY__CHATS__{self.name.upper()}__URL"
            )
        self._plugin = made

    def send(self, letter: Letter, to: Reader, keep: Keep) -> Outcome:
        """Post the letter's few lines.

        Raises:
            DeliveryError: the address cannot be used; nothing was posted.
        """
        self.open()
        assert self._plugin is not None
        if not keep():
            return SOMEBODY_ELSE
        import apprise

        title, body = chat_text(self.kind, letter)
        with _logged() as said:
            is_well = self._plugin.notify(
                body=body, title=title, body_format=apprise.NotifyFormat.TEXT
            )
        if is_well:
            return Outcome(state=_S.SENT, said="posted")
        return _failed("\n".join(said))

    def close(self) -> None:
        """Nothing is kept open."""


def chat_text(kind: ChatKind, letter: Letter) -> tuple[str, str]:
    """Title and body as a chat shows them, with a link where the letter has one."""
    safe = _SAFE[kind]
    title = one_line(letter.subject)
    lines = [safe(line) for line in (letter.brief or letter.text).splitlines()]
    body = "\n".join(lines)
    if len(body) > MAX_TEXT:
        body = f"{body[: MAX_TEXT - 1].rstrip()}…"
    if letter.link:
        body = f"{body}\n{letter.link}"
    return (title if kind is ChatKind.SLACK else safe(title)), body  # Apprise escapes Slack's title


def _slack(text: str) -> str:
    """Slack reads <!channel>, <@U1> and <url|text>; escaped, they are shown as they stand."""
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def _card(text: str) -> str:
    """A card reads <at>, [text](url), lists and emphasis; a sign of no width breaks each up."""
    broken = re.sub(r"<(?=\s*/?\s*at\b)", "<\u200b", text, flags=re.IGNORECASE)
    broken = re.sub(r"\](?=\()", "]\u200b", broken)
    return re.sub(r"([*_])", "\\\\\\1", broken)


def _plain(text: str) -> str:
    return text


_SAFE = {ChatKind.SLACK: _slack, ChatKind.TEAMS: _card, ChatKind.WEBHOOK: _plain}


def _address(kind: ChatKind, url: str) -> str:
    """The address as Apprise takes it."""
    if kind is ChatKind.SLACK:  # as plain text: as Markdown, Apprise would revive what was escaped
        return _with(url, f"format=text&footer=no&image=no&{TIMEOUTS_S}")
    if kind is ChatKind.TEAMS:
        return _with(url, f"image=no&{TIMEOUTS_S}")
    parts = urlsplit(url)
    schema = {"https": "jsons", "http": "json"}.get(parts.scheme, "")
    own = urlencode([(f"-{key}", value) for key, value in parse_qsl(parts.query)], quote_via=quote)
    return _with(
        f"{schema}://{parts.netloc}{parts.path}", "&".join(filter(None, (own, TIMEOUTS_S)))
    )


def _with(url: str, query: str) -> str:
    return f"{url}{'&' if '?' in url else '?'}{query}"


def _is_of(kind: ChatKind, plugin: "NotifyBase") -> bool:
    wanted = {
        ChatKind.SLACK: {"NotifySlack"},
        ChatKind.TEAMS: {"NotifyWorkflows", "NotifyMSTeams"},
        ChatKind.WEBHOOK: {"NotifyJSON"},
    }
    return type(plugin).__name__ in wanted[kind]


class _Listener(logging.Handler):
    """Writes down what is logged."""

    def __init__(self, said: list[str]) -> None:
        super().__init__(logging.DEBUG)
        self._said = said

    def emit(self, record: logging.LogRecord) -> None:
        """Write a line down."""
        self._said.append(record.getMessage())


@contextmanager
def _logged() -> Iterator[list[str]]:
    """What Apprise logs meanwhile; none of it goes on to a log of ours."""
    said: list[str] = []
    logger, handler = logging.getLogger("apprise"), _Listener(said)
    before = logger.level, logger.propagate
    logger.addHandler(handler)
    logger.setLevel(logging.DEBUG)
    logger.propagate = False
    try:
        yield said
    finally:
        logger.removeHandler(handler)
        logger.setLevel(before[0])
        logger.propagate = before[1]


def _failed(told: str) -> Outcome:
    """What follows from what Apprise logged; nothing of it is repeated, it may hold the address."""
    found = _CODE.search(told)
    if found is None:
        if _NEVER_LEFT.search(told):
            return Outcome(state=_S.WAITING, said="the webhook could not be reached")
        return Outcome(state=_S.UNCLEAR, said="the webhook gave no answer")
    code = int(found[1])
    if code in _LATER:
        return Outcome(state=_S.WAITING, said=f"the webhook answered {code}")
    if code in _UNKNOWN or code < 400:
        return Outcome(state=_S.UNCLEAR, said=f"the webhook answered {code}")
    return Outcome(state=_S.REFUSED, said=f"the webhook answered {code}")
