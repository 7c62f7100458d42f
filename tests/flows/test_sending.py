"""Packs go out by mail once each, whatever the mail server does."""

from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path

import pytest

from flows.delivering import deliver
from flows.stages.release import decide_release
from flows.subscribing import seed_subscriptions
from flows.wiring import Parts
from itsm.deliveries import Delivery, DeliveryState
from itsm.errors import StoreError
from itsm.packs import ReleaseState
from itsm.register_roles import Person, Role
from store.send_lock import only_sender
from tests.flows.post_office import (
    NOW,
    PASSWORD,
    READERS,
    Faults,
    Mailbox,
    a_pack,
    certificate,
    installation,
    post_office,
    settings_text,
    with_pack,
)

S = DeliveryState
OLGA = Person(name="olga", roles=frozenset({Role.MANAGER}))
LONG_AGO = NOW - timedelta(days=60)


@contextmanager
def office(
    folder: Path, faults: Faults | None = None, more: str = ""
) -> Iterator[tuple[Parts, Mailbox]]:
    box = Mailbox(faults or Faults())
    with post_office(box) as port:
        parts = installation(folder, settings_text(port, more=more))
        seed_subscriptions(parts, LONG_AGO)
        yield parts, box


def states(parts: Parts) -> dict[str, DeliveryState]:
    with parts.store.begin() as uow:
        return {one.recipient.partition("@")[0]: one.state for one in uow.deliveries.list()}


def all_deliveries(parts: Parts) -> tuple[Delivery, ...]:
    with parts.store.begin() as uow:
        return uow.deliveries.list()


def test_each_reader_gets_one_mail_and_never_a_second(tmp_path: Path) -> None:
    with office(tmp_path) as (parts, box):
        pack_id = with_pack(parts, a_pack())
        assert deliver(parts, now=NOW).sent.told == "5 sent"
        assert deliver(parts, now=NOW).sent.told == "nothing to send"
    assert box.got == Counter(READERS)
    for mail in box.messages():
        assert mail["Subject"] == "Contoso: Executive edition, 17 to 23 August 2026"
        assert mail["Message-ID"].startswith(f"<{pack_id}.")
        assert [part.get_filename() for part in mail.iter_attachments()] == [
            "pack-2026-W34-executive.json"
        ]
    ids = {mail["Message-ID"] for mail in box.messages()}
    assert len(ids) == len(READERS)


def test_what_nobody_has_released_waits_and_says_so(tmp_path: Path) -> None:
    with office(tmp_path) as (parts, box):
        pack_id = with_pack(parts, a_pack(), released=False)
        done = deliver(parts, now=NOW)
        assert (done.sent.told, done.due.waits) == (
            "nothing to send",
            {pack_id: "waits for release"},
        )
        decide_release(parts, pack_id, ReleaseState.HELD, OLGA, "wrong figure")
        assert deliver(parts, now=NOW).due.waits == {pack_id: "held back"}
        decide_release(parts, pack_id, ReleaseState.RELEASED, OLGA)
        assert deliver(parts, now=NOW).sent.told == "5 sent"
        with pytest.raises(StoreError, match="has gone out to 5 already"):
            decide_release(parts, pack_id, ReleaseState.HELD, OLGA)
    assert box.got == Counter(READERS)


def test_the_timer_releases_what_nobody_held_back_but_no_correction(tmp_path: Path) -> None:
    timer = '[delivery]\nrelease = "timer"\nrelease_after_h = 2'
    box = Mailbox()
    with post_office(box) as port:
        text = settings_text(port).replace("[delivery]", timer)
        parts = installation(tmp_path, text)
        seed_subscriptions(parts, LONG_AGO)
        first = with_pack(parts, a_pack(), released=False)
        early = a_pack().made_at + timedelta(hours=1.5)
        assert deliver(parts, now=early).sent.told == "nothing to send"
        assert deliver(parts, now=NOW).released == (first,)
        assert box.got == Counter(READERS)
        second = with_pack(parts, a_pack(headline="Another week."), released=False)
        assert deliver(parts, now=NOW).released == ()
        assert box.got == Counter(READERS)
        decide_release(parts, second, ReleaseState.RELEASED, OLGA, "late data")
        assert deliver(parts, now=NOW).sent.told == "5 sent"
    newer = box.messages()[-1]
    assert newer["Subject"].endswith("(version 2)")
    assert newer["In-Reply-To"].startswith(f"<{first}.")


def test_one_refused_of_five_stops_nobody(tmp_path: Path) -> None:
    with office(tmp_path, Faults(refuse=frozenset({"cy"}))) as (parts, box):
        with_pack(parts, a_pack())
        assert deliver(parts, now=NOW).sent.told == "1 refused, 4 sent"
        deliver(parts, now=NOW)
    assert box.got == Counter(set(READERS) - {"cy"})
    refused = next(one for one in all_deliveries(parts) if one.state is S.REFUSED)
    assert (refused.recipient, refused.said) == ("cy@example.com", "550 5.1.1 no such user")


def test_a_letter_whose_fate_the_server_did_not_tell_is_flagged_not_repeated(
    tmp_path: Path,
) -> None:
    with office(tmp_path, Faults(drop=Counter(bo=1))) as (parts, box):
        with_pack(parts, a_pack())
        assert deliver(parts, now=NOW).sent.told == "4 sent, 1 unclear"
        assert deliver(parts, now=NOW).sent.told == "nothing to send"
        assert states(parts)["bo"] is S.UNCLEAR
        assert box.got == Counter(READERS)
        with parts.store.begin() as uow:
            lost = next(one for one in uow.deliveries.list() if one.state is S.UNCLEAR)
            uow.deliveries.settle(lost.delivery_id, arrived=False, actor="olga", at=NOW)
            uow.commit()
        assert deliver(parts, now=NOW).sent.told == "1 sent"
    again = [mail["Message-ID"] for mail in box.messages() if mail["To"].startswith("Bo")]
    assert len(again) == 2
    assert len(set(again)) == 1, "a mailbox can tell that it is the same letter"


def test_a_person_may_say_that_an_unclear_one_arrived(tmp_path: Path) -> None:
    with office(tmp_path, Faults(drop=Counter(bo=1))) as (parts, box):
        with_pack(parts, a_pack())
        deliver(parts, now=NOW)
        with parts.store.begin() as uow:
            lost = next(one for one in uow.deliveries.list() if one.state is S.UNCLEAR)
            uow.deliveries.settle(lost.delivery_id, arrived=True, actor="olga", at=NOW)
            with pytest.raises(StoreError, match="is arrived: only what is unclear"):
                uow.deliveries.settle(lost.delivery_id, arrived=True, actor="olga", at=NOW)
            uow.commit()
        assert deliver(parts, now=NOW).sent.told == "nothing to send"
    assert box.got == Counter(READERS)


def test_a_server_that_hangs_up_before_the_letter_gets_it_again(tmp_path: Path) -> None:
    with office(tmp_path, Faults(hang_up_at_data=Counter(di=1))) as (parts, box):
        with_pack(parts, a_pack())
        assert deliver(parts, now=NOW).sent.told == "4 sent, 1 waiting"
        assert deliver(parts, now=NOW).sent.told == "nothing to send"
        assert deliver(parts, now=NOW + timedelta(minutes=5)).sent.told == "1 sent"
    assert box.got == Counter(READERS)


@pytest.mark.parametrize("kind", ["defer", "late_defer"])
def test_a_deferred_letter_waits_longer_each_time_and_then_arrives(
    kind: str, tmp_path: Path
) -> None:
    faults = Faults(**{kind: Counter(ana=2)})  # type: ignore[arg-type]  # one of two counters
    with office(tmp_path, faults) as (parts, box):
        with_pack(parts, a_pack())
        assert deliver(parts, now=NOW).sent.told == "4 sent, 1 waiting"
        waits = [next(one for one in all_deliveries(parts) if one.state is S.WAITING)]
        assert deliver(parts, now=NOW + timedelta(minutes=4)).sent.told == "nothing to send"
        assert deliver(parts, now=NOW + timedelta(minutes=5)).sent.told == "1 waiting"
        waits.append(next(one for one in all_deliveries(parts) if one.state is S.WAITING))
        first, second = (one.next_at - one.changed_at for one in waits if one.next_at)
        assert (first, second) == (timedelta(minutes=5), timedelta(minutes=10))
        assert [one.attempts for one in waits] == [1, 2]
        assert deliver(parts, now=NOW + timedelta(minutes=15)).sent.told == "1 sent"
    assert box.got == Counter(READERS)
    assert states(parts) == dict.fromkeys(READERS, S.SENT)


def test_what_is_deferred_for_too_long_is_given_up(tmp_path: Path) -> None:
    with office(tmp_path, Faults(defer=Counter(ana=99))) as (parts, _):
        with_pack(parts, a_pack())
        deliver(parts, now=NOW)
        deliver(parts, now=NOW + timedelta(hours=1))
        assert states(parts)["ana"] is S.WAITING
        assert deliver(parts, now=NOW + timedelta(hours=49)).sent.told == "1 given up"
        one = next(one for one in all_deliveries(parts) if one.state is S.GIVEN_UP)
    assert one.said == "given up after 3 tries: 451 4.7.1 greylisted, try again later"


def test_a_slow_server_is_waited_for_and_one_that_never_answers_leaves_it_unclear(
    tmp_path: Path,
) -> None:
    with office(tmp_path, Faults(slow_s={"ana": 1.0, "bo": 4.0})) as (parts, box):
        with_pack(parts, a_pack())
        deliver(parts, now=NOW)
        assert states(parts) == {**dict.fromkeys(READERS, S.SENT), "bo": S.UNCLEAR}
    assert box.got == Counter(READERS)


def test_a_letter_that_is_too_large_comes_with_a_link_instead(tmp_path: Path) -> None:
    with office(tmp_path, more="max_bytes = 10000") as (parts, box):
        with_pack(parts, a_pack(about="x" * 9_000))
        deliver(parts, now=NOW)
    mail = box.messages()[0]
    assert list(mail.iter_attachments()) == []
    text = mail.get_content()
    assert "kept in the archive: pack-2026-W34-executive.json" in text
    assert "https://csi.example.com/packs/2026-W34.executive.v1" in text


def test_a_server_that_takes_less_than_we_thought_gets_the_link_too(tmp_path: Path) -> None:
    box = Mailbox()
    with post_office(box, data_size_limit=6_000) as port:
        parts = installation(tmp_path, settings_text(port))
        seed_subscriptions(parts, LONG_AGO)
        with_pack(parts, a_pack(about="x" * 9_000))
        assert deliver(parts, now=NOW).sent.told == "5 sent"
    assert all(not list(mail.iter_attachments()) for mail in box.messages())


def secured(port: int, pem: Path | None, more: str = "") -> str:
    ca = f'ca_file = "{pem}"' if pem else ""
    text = settings_text(port, more=f"{ca}\n{more}")
    return text.replace('security = "none"', 'security = "starttls"').replace(
        'host = "127.0.0.1"', 'host = "localhost"'
    )


LOGIN = f'username = "csi"\npassword = "{PASSWORD}"'


def tried(folder: Path, box: Mailbox, text: str) -> str:
    """What a run says was wrong with the mail server; "" where all went well."""
    parts = installation(folder, text)
    seed_subscriptions(parts, LONG_AGO)
    with_pack(parts, a_pack())
    done = deliver(parts, now=NOW).sent
    if done.troubles:
        assert set(states(parts).values()) == {S.WAITING}
        assert box.got == Counter()
    return done.troubles.get("mail", "")


def test_with_tls_and_a_password_it_goes_out(tmp_path: Path) -> None:
    context, pem = certificate(tmp_path, "localhost")
    box = Mailbox()
    with post_office(box, tls=context, asks=True) as port:
        assert tried(tmp_path, box, secured(port, pem, LOGIN)) == ""
    assert box.got == Counter(READERS)


def test_a_wrong_password_is_told_without_it(tmp_path: Path) -> None:
    context, pem = certificate(tmp_path, "localhost")
    box = Mailbox()
    with post_office(box, tls=context, asks=True) as port:
        wrong = secured(port, pem, LOGIN.replace(PASSWORD, "no idea at all"))
        said = tried(tmp_path, box, wrong)
    assert "535: user name or password refused; nothing was sent; check delivery.mail" in said
    assert "no idea" not in said


def test_a_certificate_nobody_vouches_for_or_of_another_host_is_refused(tmp_path: Path) -> None:
    context, _ = certificate(tmp_path / "a", "localhost")
    box = Mailbox()
    with post_office(box, tls=context) as port:
        said = tried(tmp_path / "a", box, secured(port, None))
    assert "certificate is not trusted" in said
    other, other_pem = certificate(tmp_path / "b", "mail.example.com")
    with post_office(box, tls=other) as port:
        said = tried(tmp_path / "b", box, secured(port, other_pem))
    assert "certificate is not valid for 'localhost'" in said


def test_a_server_without_starttls_gets_nothing(tmp_path: Path) -> None:
    box = Mailbox()
    with post_office(box) as port:
        said = tried(tmp_path, box, secured(port, None))
    assert "STARTTLS" in said
    assert "nothing was sent" in said


def test_two_senders_at_once_do_not_double(tmp_path: Path) -> None:
    with office(tmp_path) as (parts, box):
        with_pack(parts, a_pack())
        with only_sender(parts.store), pytest.raises(StoreError, match="another delivery is at"):
            deliver(parts, now=NOW)
        assert box.got == Counter()
        deliver(parts, now=NOW)
    assert box.got == Counter(READERS)


def test_somebody_elses_delivery_is_left_alone(tmp_path: Path) -> None:
    """Were the lock lost, the row itself still lets one of two senders have it."""
    with office(tmp_path) as (parts, box):
        with_pack(parts, a_pack())

        def taken(step: str, who: str) -> None:
            if (step, who) != ("rcpt", "cy"):
                return
            with parts.store.begin() as uow:
                one = next(d for d in uow.deliveries.list() if d.recipient.startswith("cy"))
                assert uow.deliveries.begin(one.delivery_id, "", NOW)
                uow.commit()

        box.faults.seen = taken
        assert deliver(parts, now=NOW).sent.told == "4 sent"
        assert box.got == Counter(set(READERS) - {"cy"})
        assert states(parts)["cy"] is S.SENDING
