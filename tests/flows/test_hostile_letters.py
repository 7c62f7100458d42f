"""Whatever stands in a pack, its mail has the same headers and parts, and text stays text."""

from email.message import EmailMessage
from pathlib import Path
from typing import Any

import pytest

from flows.delivering import deliver
from flows.subscribing import seed_subscriptions
from reports.deliver.cover import cover, newer, on_page
from reports.model import Ask, Brief
from tests.flows.post_office import (
    NOW,
    Mailbox,
    a_pack,
    installation,
    post_office,
    settings_text,
    with_pack,
)
from tests.flows.test_sending import LONG_AGO
from tests.reports.sample_pack import HOSTILE

EVIL = (
    f"{HOSTILE}\r\nBcc: evil@example.net\r\nX-Evil: 1\r\n\r\n<script>alert(1)</script>"
    "\r\n.\r\nQUIT\r\n"
)
BRIEF = Brief(
    headline=EVIL,
    asks=(Ask(title=EVIL, reason=EVIL, cost=EVIL, owner=EVIL, due=EVIL),),
    changes=(EVIL,) * 5,
    gaps=(EVIL,),
    cards=(),
    programme=EVIL,
)


def mails(folder: Path, formats: str, **said: Any) -> list[EmailMessage]:
    """The mails of a pack and of the version after it."""
    folder.mkdir()
    box = Mailbox()
    with post_office(box) as port:
        text = settings_text(port, ("ana",)).replace('"json"', formats)
        parts = installation(folder, text)
        seed_subscriptions(parts, LONG_AGO)
        with_pack(parts, a_pack(**said))
        deliver(parts, now=NOW)
        with_pack(parts, a_pack(**{"about": "Other", **said}))
        assert deliver(parts, now=NOW).sent.told == "1 sent"
    assert len(box.letters) == 2
    return box.messages()


def shape(mail: EmailMessage) -> list[object]:
    """Headers and parts by name, without what they say."""
    return [
        (sorted(part.keys()), part.get_content_type(), part.get_content_disposition())
        for part in mail.walk()
    ]


@pytest.mark.parametrize("formats", ['"json"', '"mail"', '"mail", "json"'])
def test_hostile_text_adds_no_header_and_no_part(formats: str, tmp_path: Path) -> None:
    usual = mails(tmp_path / "usual", formats)
    evil = mails(
        tmp_path / "evil", formats, organisation=EVIL, title=EVIL, period=EVIL, brief=BRIEF
    )
    assert [shape(mail) for mail in evil] == [shape(mail) for mail in usual]
    for mail in evil:
        assert [one.addr_spec for one in mail["To"].addresses] == ["ana@example.com"]
        assert "\n" not in mail["Subject"]
        assert "\u202e" not in mail["Subject"]
        page = mail.get_body(("html",))
        if page is not None:
            assert "<script" not in page.get_content().lower()


def test_the_note_on_a_page_is_text() -> None:
    page = on_page('<html><body class="x"><p>1</p></body></html>', ["<b>&", EVIL])
    assert page.startswith('<html><body class="x"><table')
    assert "&lt;b&gt;&amp;" in page
    assert "<script" not in page
    assert on_page("<body>", ()) == "<body>"


def test_the_words_around_a_pack_keep_to_their_lines() -> None:
    pack = a_pack(brief=BRIEF)
    text = cover(pack, newer(pack, 2, [EVIL] * 20), files=["a.pdf"], link="https://x.example/p")
    lines = text.splitlines()
    assert not [line for line in lines if line.startswith(("Bcc:", "X-Evil:", "QUIT", "."))]
    assert len(lines) < 30
    assert max(map(len, lines)) < 700
