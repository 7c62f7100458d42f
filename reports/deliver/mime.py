"""A letter as a mail: one message per reader, the same bytes for the same letter and moment.

Only ASCII leaves the house and no line is long, so nothing on the way has a reason to re-encode it
and a DKIM signature holds.

Source:
    RFC 5322 (message), RFC 2369 (List-Unsubscribe), RFC 3834 (Auto-Submitted), RFC 6376 (DKIM).
"""

import hashlib
import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from email.headerregistry import Address
from email.message import EmailMessage, MIMEPart
from email.policy import SMTP
from email.utils import format_datetime

from itsm.errors import DeliveryError
from reports.deliver.letters import Letter, Reader, one_line
from reports.formats import RenderedFile

MAX_NAME = 80
_ONE_PIECE = re.compile(r"<[!-;=?-~]{3,900}>")
_DIGEST = 20


@dataclass(frozen=True, slots=True, kw_only=True)
class Sender:
    """Whom mails come from.

    Attributes:
        address: of the From header.
        name: shown beside it.
        reply_to: where answers go; "" to the sender.
        bounces_to: the envelope's sender, which bounces go to; "" to the sender.
        unsubscribe: an address mail can be sent to, or a page, to end a subscription; "" for none.
    """

    address: str
    name: str = ""
    reply_to: str = ""
    bounces_to: str = ""
    unsubscribe: str = ""

    @property
    def envelope(self) -> str:
        """Where bounces go."""
        return self.bounces_to or self.address

    @property
    def domain(self) -> str:
        """The domain that Message-IDs end in."""
        return self.address.rpartition("@")[2]


def message_id(item: str, recipient: str, domain: str) -> str:
    """The id of the mail that brings an item to a reader: the same however often it is sent.

    So a mailbox that gets a letter again, after an unclear end, can tell that it has it.
    """
    digest = hashlib.sha256(f"{item}\0{recipient.casefold()}".encode()).hexdigest()[:_DIGEST]
    return f"<{item}.{digest}@{domain}>"


def mail(letter: Letter, to: Reader, sender: Sender, at: datetime) -> bytes:
    """A letter as the bytes of a mail.

    Args:
        letter: what is sent.
        to: whom to; the only name in it.
        sender: whom from.
        at: the moment it is dated.

    Raises:
        DeliveryError: an address cannot stand in a header.
    """
    made = _body(letter)
    made["From"] = _mailbox(sender.address, sender.name)
    made["To"] = _mailbox(to.address, to.name)
    if sender.reply_to:
        made["Reply-To"] = _mailbox(sender.reply_to, "")
    made["Subject"] = one_line(letter.subject)
    made["Date"] = format_datetime(at.astimezone(UTC))
    made["Auto-Submitted"] = "auto-generated"
    made["Content-Language"] = letter.language
    ids = dict(_whole(letter, to, sender))
    digest = hashlib.sha256(ids["Message-ID"].encode()).hexdigest()[:32]
    for n, part in enumerate(made.walk()):
        if part.is_multipart():
            part.set_boundary(f"=_csi_{n}_{digest}")
    head = "".join(f"{name}: {value}\r\n" for name, value in ids.items())
    return head.encode("ascii") + made.as_bytes()


def _whole(letter: Letter, to: Reader, sender: Sender) -> Iterator[tuple[str, str]]:
    """Headers whose value must stay on one line: the library would code what is too long for it.

    Raises:
        DeliveryError: one has a sign that no such header may hold.
    """
    yield "Message-ID", _checked(message_id(letter.item, to.address, sender.domain))
    if letter.follows:
        earlier = _checked(message_id(letter.follows, to.address, sender.domain))
        yield "In-Reply-To", earlier
        yield "References", earlier
    if sender.unsubscribe:
        yield "List-Unsubscribe", _checked(_unsubscribe(sender.unsubscribe, to.subscription_id))


def _checked(value: str) -> str:
    if not _ONE_PIECE.fullmatch(value):
        raise DeliveryError(f"{one_line(value, 80)!r} cannot stand in a header of a mail")
    return value


def _body(letter: Letter) -> EmailMessage:
    made = EmailMessage(policy=SMTP)
    made.set_content(_lines(letter.text), cte="quoted-printable")
    if letter.page:
        made.add_alternative(_lines(letter.page), subtype="html", cte="quoted-printable")
        parts = made.get_payload()
        assert isinstance(parts, list)
        page = parts[-1]
        assert isinstance(page, MIMEPart)
        for picture in letter.pictures:
            _add_picture(page, picture)
    for file in letter.attachments:
        kind, _, rest = _type(file)
        made.add_attachment(file.data, maintype=kind, subtype=rest, filename=one_line(file.name))
    return made


def _add_picture(page: MIMEPart, picture: RenderedFile) -> None:
    kind, _, rest = _type(picture)
    page.add_related(
        picture.data,
        maintype=kind,
        subtype=rest,
        cid=f"<{picture.content_id}>",
        filename=one_line(picture.name),
        disposition="inline",
    )


def _type(file: RenderedFile) -> tuple[str, str, str]:
    """The media type of a file, without parameters."""
    return file.media_type.partition(";")[0].strip().partition("/")


def _lines(text: str) -> str:
    """A text without signs that no mail may hold."""
    return "".join(sign for sign in text if sign in "\n\t" or sign >= " ").rstrip("\n") + "\n"


def _mailbox(address: str, name: str) -> Address:
    try:
        return Address(display_name=one_line(name, MAX_NAME), addr_spec=address)
    except (ValueError, IndexError) as error:
        raise DeliveryError(
            f"{one_line(address, 60)!r} is no mail address: {error}; correct the subscription"
        ) from None


def _unsubscribe(place: str, subscription_id: str) -> str:
    if "://" not in place:
        return f"<mailto:{place}?subject=unsubscribe%20{subscription_id}>"
    return f"<{place.replace('{subscription}', subscription_id)}>"
