"""Letters that come back later are refused, with what the server says; anything else is left."""

from datetime import timedelta
from email.message import EmailMessage, Message
from pathlib import Path

import pytest
from click.testing import CliRunner

from flows.bounces import take_bounces
from flows.cli import csi
from flows.delivering import deliver
from flows.subscribing import seed_subscriptions
from flows.wiring import Parts
from itsm.deliveries import DeliveryState
from itsm.errors import ConfigError
from tests.flows.post_office import (
    MADE_AT,
    NOW,
    Mailbox,
    a_pack,
    installation,
    post_office,
    settings_text,
    with_pack,
)

LATER = NOW + timedelta(hours=3)


@pytest.fixture
def parts(tmp_path: Path) -> Parts:
    """Everybody has been sent a letter; bounces lie in a Maildir."""
    box = Mailbox()
    (tmp_path / "bounces/new").mkdir(parents=True)
    with post_office(box) as port:
        more = 'bounces_to = "bounces@example.com"\nbounces_folder = "bounces"'
        made = installation(tmp_path, settings_text(port, more=more))
        seed_subscriptions(made, MADE_AT.replace(year=2025))
        with_pack(made, a_pack())
        assert deliver(made, now=NOW).sent.told == "5 sent"
    return made


def stands(parts: Parts) -> dict[str, tuple[DeliveryState, str]]:
    with parts.store.look() as uow:
        kept = uow.deliveries.list()
    return {one.recipient.partition("@")[0]: (one.state, one.said) for one in kept}


def id_of(parts: Parts, who: str) -> str:
    with parts.store.look() as uow:
        (one,) = uow.deliveries.list(recipient=f"{who}@example.com")
    return one.message_id


def report(about: str, action: str = "failed", *, whole: bool = True) -> bytes:
    """A report as mail servers send it, with the letter or only its headers."""
    mail = EmailMessage()
    mail["From"], mail["To"] = "MAILER-DAEMON@example.com", "bounces@example.com"
    mail["Subject"] = "Undelivered Mail Returned to Sender"
    mail.set_content("I'm sorry to have to inform you.")
    mail.make_mixed()
    status, heads, one = Message(), Message(), Message()
    status["Content-Type"] = "message/delivery-status"
    heads["Reporting-MTA"] = "dns; mail.example.com"
    one["Final-Recipient"] = "rfc822; ana@example.com"
    one["Action"], one["Status"] = action, "5.1.1"
    one["Diagnostic-Code"] = "smtp; 550 5.1.1 no such\n user here"
    status.set_payload([heads, one])
    mail.attach(status)  # type: ignore[arg-type]  # old and new messages go together
    letter = Message()
    letter["Message-ID"], letter["Subject"] = about, "Weekly review pack"
    back = Message()
    back["Content-Type"] = "message/rfc822" if whole else "text/rfc822-headers"
    if whole:
        back.set_payload([letter])
    else:
        back.set_payload(f"Message-ID: {about}\nSubject: Weekly review pack\n\n")
    mail.attach(back)  # type: ignore[arg-type]  # the same
    mail.replace_header(
        "Content-Type",
        f'multipart/report; report-type="delivery-status"; boundary="{mail.get_boundary()}"'
        if mail.get_boundary()
        else 'multipart/report; report-type="delivery-status"; boundary="=-=-=31"',
    )
    return mail.as_bytes()


@pytest.mark.parametrize("whole", [True, False])
def test_a_letter_that_came_back_is_refused_with_the_reason(parts: Parts, whole: bool) -> None:
    folder = parts.base / "bounces"
    (folder / "new/1").write_bytes(report(id_of(parts, "ana"), whole=whole))
    done = take_bounces(parts, folder, LATER)
    assert (done.n_mails, [one.name for one in done.refused]) == (1, ["Ana"])
    said = stands(parts)
    assert said["ana"] == (
        DeliveryState.REFUSED,
        "came back: 5.1.1 550 5.1.1 no such user here",
    )
    assert {state for who, (state, _) in said.items() if who != "ana"} == {DeliveryState.SENT}
    assert take_bounces(parts, folder, LATER).refused == ()


def test_what_is_no_report_of_a_failure_about_a_letter_of_ours_changes_nothing(
    parts: Parts,
) -> None:
    folder, before = parts.base / "bounces", stands(parts)
    mine = id_of(parts, "ana")
    plain = EmailMessage()
    plain["Subject"] = f"failed {mine}"
    plain.set_content(f"Action: failed\nMessage-ID: {mine}\n")
    for place, data in enumerate(
        (
            report(mine, "delayed"),
            report("<somebody-elses@example.com>"),
            plain.as_bytes(),
            b"\xff\x00 no mail at all",
            report(mine)[:300],
        )
    ):
        (folder / f"new/{place}").write_bytes(data)
    assert take_bounces(parts, folder, LATER).n_mails == 5
    assert stands(parts) == before


def test_every_round_looks_first_and_tells_it(parts: Parts, tmp_path: Path) -> None:
    (parts.base / "bounces/new/1").write_bytes(report(id_of(parts, "bo")))
    deliver(parts, now=LATER)
    assert stands(parts)["bo"][0] is DeliveryState.REFUSED
    asked = ["deliveries", "--config", str(tmp_path / "csi.toml")]
    assert "came back: 5.1.1" in CliRunner().invoke(csi, asked).output


def test_a_folder_of_files_is_read_by_hand(parts: Parts, tmp_path: Path) -> None:
    folder = tmp_path / "saved"
    folder.mkdir()
    (folder / "one.eml").write_bytes(report(id_of(parts, "cy")))
    asked = ["deliveries", "bounces", str(folder), "--config", str(tmp_path / "csi.toml")]
    told = CliRunner().invoke(csi, asked).output
    assert "1 mail looked at, 1 letter came back" in told
    with pytest.raises(ConfigError, match="there is no folder"):
        take_bounces(parts, tmp_path / "nowhere", LATER)
