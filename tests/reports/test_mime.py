"""A letter as a mail: what stands in its headers, and what cannot get into them."""

import re
from datetime import UTC, datetime
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import SMTP

import pytest
from hypothesis import given
from hypothesis import strategies as st

from itsm.errors import ConfigError, DeliveryError
from itsm.subscriptions import mail_address
from reports.deliver.letters import Letter, Reader
from reports.deliver.mime import Sender, mail, message_id
from reports.formats import RenderedFile

AT = datetime(2026, 8, 25, 7, 30, tzinfo=UTC)
SENDER = Sender(
    address="csi@example.com",
    name="CSI pipeline",
    reply_to="owner@example.com",
    unsubscribe="stop@example.com",
)
ANA = Reader(address="ana@example.com", name="Ana Mühl", subscription_id="SUB-0001")
PDF = RenderedFile(name="pack.pdf", media_type="application/pdf", data=b"%PDF-1.7\r\n.\r\n\xff")
PICTURE = RenderedFile(
    name="logo.png", media_type="image/png", data=b"\x89PNG", content_id="logo.1@csi"
)
LETTER = Letter(
    item="2026-W34.executive.v2",
    subject="Größe: 3 decisions",
    text="Hello\n.\nFrom here\n" + "long " * 300,
    page='<p>Hello <img src="cid:logo.1@csi"> ä</p>',
    pictures=(PICTURE,),
    attachments=(PDF,),
    follows="2026-W34.executive.v1",
)


def parsed(letter: Letter = LETTER, to: Reader = ANA, sender: Sender = SENDER) -> EmailMessage:
    made = message_from_bytes(mail(letter, to, sender, AT), policy=SMTP)
    assert isinstance(made, EmailMessage)
    return made


def test_the_headers_say_who_what_and_when() -> None:
    made = parsed()
    assert made["From"] == "CSI pipeline <csi@example.com>"
    assert made["To"] == "Ana Mühl <ana@example.com>"
    assert made["Subject"] == "Größe: 3 decisions"
    assert made["Date"].datetime == AT
    assert made["Reply-To"] == "owner@example.com"
    assert made["Auto-Submitted"] == "auto-generated"
    assert made["List-Unsubscribe"] == "<mailto:stop@example.com?subject=unsubscribe%20SUB-0001>"
    assert made["Message-ID"] == message_id(LETTER.item, ANA.address, "example.com")
    assert made["In-Reply-To"] == message_id("2026-W34.executive.v1", ANA.address, "example.com")
    assert made["References"] == made["In-Reply-To"]


def test_the_parts_are_text_page_with_its_pictures_and_files() -> None:
    made = parsed()
    body, page = made.get_body(("plain",)), made.get_body(("html",))
    assert body is not None
    assert page is not None
    assert body.get_content().replace("\r\n", "\n") == LETTER.text.rstrip("\n") + "\n"
    assert page.get_content().strip() == LETTER.page
    related = next(part for part in made.walk() if part.get_content_type() == "multipart/related")
    assert [part["Content-ID"] for part in related.iter_parts()][1:] == ["<logo.1@csi>"]
    (file,) = made.iter_attachments()
    assert (file.get_filename(), file.get_content_type()) == ("pack.pdf", "application/pdf")
    assert file.get_payload(decode=True) == PDF.data


def test_it_needs_no_new_coding_on_its_way() -> None:
    data = mail(LETTER, ANA, SENDER, AT)
    assert data.isascii()
    assert b"\n" not in data.replace(b"\r\n", b"")
    assert max(map(len, data.split(b"\r\n"))) <= 100
    assert mail(LETTER, ANA, SENDER, AT) == data, "the same letter is the same mail"


def test_a_long_id_stays_whole() -> None:
    item = "2026-W34.service-owner-" + "x" * 60 + ".v12"
    made = parsed(Letter(item=item, subject="s", text="t", follows=item))
    wanted = message_id(item, ANA.address, "example.com")
    assert [made["Message-ID"], made["In-Reply-To"], made["References"]] == [wanted] * 3
    raw = mail(Letter(item=item, subject="s", text="t", follows=item), ANA, SENDER, AT)
    assert raw.count(wanted.encode()) == 3


def test_two_readers_have_two_ids_and_one_reader_has_one() -> None:
    ids = {message_id("p", who, "x.org") for who in ("a@x.org", "A@x.org", "b@x.org")}
    assert len(ids) == 2


@given(st.text(max_size=300), st.text(max_size=120))
def test_no_subject_and_no_name_adds_a_header(subject: str, name: str) -> None:
    letter = Letter(item="p", subject=f"{subject}\r\nBcc: evil@example.net\n\nbody", text="t")
    to = Reader(address="ana@example.com", name=f"{name}\nX-Evil: 1", subscription_id="SUB-1")
    usual = parsed(Letter(item="p", subject="s", text="t"), ANA)
    made = parsed(letter, to)
    assert made.keys() == usual.keys()
    assert [one.addr_spec for one in made["To"].addresses] == ["ana@example.com"]
    assert made.get_content().strip() == "t"


@pytest.mark.parametrize(
    "address",
    [
        "ana@example.com\r\nBcc: evil@example.net",
        "ana@example.com, evil@example.net",
        "Ana <ana@example.com>",
        "ana",
        "@example.com",
        "ana@",
        "ana@example",
        "an a@example.com",
        ".ana@example.com",
        "ana..b@example.com",
        "änä@example.com",
        "ana@-example.com",
        "ana@exa_mple.com",
        "ana@example.com>",
        "a" * 250 + "@example.com",
        "",
    ],
)
def test_what_is_no_address_is_refused(address: str) -> None:
    with pytest.raises(ConfigError, match="is no mail address"):
        mail_address(address)


def test_a_domain_of_other_letters_is_sent_to_as_servers_know_it() -> None:
    assert mail_address(" ana@münchen.example ") == "ana@xn--mnchen-3ya.example"


def test_an_address_that_came_past_the_check_stands_in_no_header() -> None:
    to = Reader(address="ana@example.com\nBcc: evil@example.net", name="", subscription_id="")
    with pytest.raises(DeliveryError, match="is no mail address"):
        mail(LETTER, to, SENDER, AT)


def test_an_unsubscribe_page_may_name_the_subscription() -> None:
    sender = Sender(address="csi@example.com", unsubscribe="https://x.example/end/{subscription}")
    assert parsed(sender=sender)["List-Unsubscribe"] == "<https://x.example/end/SUB-0001>"


def test_nothing_but_what_was_asked_for_is_said() -> None:
    made = parsed(Letter(item="p", subject="s", text="t"), sender=Sender(address="a@b.example"))
    assert set(made.keys()) == {
        *("From", "To", "Subject", "Date", "Message-ID", "Auto-Submitted", "Content-Language"),
        *("MIME-Version", "Content-Type", "Content-Transfer-Encoding"),
    }
    assert re.fullmatch(r"<p\.[0-9a-f]{20}@b\.example>", made["Message-ID"])
