"""Reports of mail servers that a letter could not be delivered after all, as they come back.

Source:
    RFC 3462 (multipart/report), RFC 3464 (delivery status), RFC 3463 (status codes).
"""

from collections.abc import Iterator
from dataclasses import dataclass
from email import policy
from email.message import Message
from email.parser import BytesParser

from reports.deliver.letters import one_line

MAX_BYTES = 5_000_000
"""A report is small; what is larger is none."""
_MAX_SAID = 300
_FAILED = "failed"


@dataclass(frozen=True, slots=True, kw_only=True)
class Bounce:
    """A letter that was not delivered: its Message-ID, and what the server says."""

    message_id: str
    said: str


def bounces_in(data: bytes) -> tuple[Bounce, ...]:
    """The letters that a mail reports as not delivered; none where it is no such report."""
    if len(data) > MAX_BYTES:
        return ()
    mail = BytesParser(policy=policy.compat32).parsebytes(data)
    parts = {part.get_content_type(): part for part in mail.walk()}
    status = parts.get("message/delivery-status")
    if mail.get_content_type() != "multipart/report" or status is None:
        return ()
    about = _message_id(parts)
    return tuple(_failures(status, about)) if about else ()


def _failures(status: Message, about: str) -> Iterator[Bounce]:
    for fields in status.get_payload() if status.is_multipart() else ():
        if isinstance(fields, Message) and _plain(fields, "Action").casefold() == _FAILED:
            code, why = _plain(fields, "Status"), _after_type(_plain(fields, "Diagnostic-Code"))
            said = one_line(f"came back: {' '.join(filter(None, (code, why)))}", _MAX_SAID)
            yield Bounce(message_id=about, said=said)


def _message_id(parts: dict[str, Message]) -> str:
    """That of the letter that came back: its headers are the last part of a report."""
    whole, heads = parts.get("message/rfc822"), parts.get("text/rfc822-headers")
    if whole is not None and whole.is_multipart():
        letter = whole.get_payload(0)
        return _plain(letter, "Message-ID") if isinstance(letter, Message) else ""
    if heads is None:
        return ""
    held = heads.get_payload(decode=True)
    data = held if isinstance(held, bytes) else b""
    letter = BytesParser(policy=policy.compat32).parsebytes(data)
    return _plain(letter, "Message-ID")


def _plain(fields: Message, name: str) -> str:
    return one_line(str(fields.get(name, "")), _MAX_SAID).strip()


def _after_type(text: str) -> str:
    """What stands after the type of a diagnosis, such as `smtp;`."""
    kind, mark, rest = text.partition(";")
    return rest.strip() if mark and " " not in kind.strip() else text
