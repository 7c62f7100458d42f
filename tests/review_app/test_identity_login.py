"""Logging in with a password: sessions, cookies, brakes, and what is noted."""

import statistics
import threading
import time
from dataclasses import replace

import pytest

from itsm.access import AppRole, Braking
from itsm.errors import AccessError, BrakedError
from review_app.identity import passwords
from review_app.identity.administering import Wanted
from review_app.identity.browser import SESSION
from review_app.identity.config import AccessConfig
from review_app.identity.logging_in import REFUSED, log_in
from store import Store
from tests.review_app.browser import PASSWORD, Browser, House

MANAGER = AppRole.PROBLEM_MANAGER
WANTED = Wanted(roles=frozenset({MANAGER}))


@pytest.fixture
def house(store: Store) -> House:
    return House(store)


def test_who_logs_in_is_brought_to_the_page_they_asked_for(house: House) -> None:
    house.person("ben", MANAGER)
    browser = Browser(house)
    turned = browser.ask("/help?x=1")
    assert turned.status_code == 303
    assert turned.headers["location"] == "/login?next=%2Fhelp%3Fx%3D1"
    page = browser.read(turned.headers["location"])
    assert 'name="back" value="/help?x=1"' in page
    entered = browser.log_in("ben", back="/help?x=1")
    assert (entered.status_code, entered.headers["location"]) == (303, "/help?x=1")
    assert "ben" in browser.read("/help")


def test_a_one_time_password_opens_nothing_but_the_page_where_it_is_replaced(house: House) -> None:
    given = house.desk.add("ben", WANTED).secret
    browser = Browser(house)
    browser.log_in("ben", given)
    for path in ("/", "/help", "/account", "/users", "/api/v1/me"):
        assert browser.ask(path).status_code in {303, 401}, path
    assert browser.ask("/").headers["location"] == "/account/password"
    form = {"old": given, "new": PASSWORD, "again": PASSWORD}
    assert browser.send("/account/password", form, page="/account/password").status_code == 303
    assert browser.is_in()
    assert Browser(house).log_in("ben", given).status_code == 401


def test_a_one_time_password_runs_out(house: House) -> None:
    given = house.desk.add("ben", WANTED).secret
    house.clock.move(days=7, seconds=1)
    assert Browser(house).log_in("ben", given).status_code == 401


@pytest.mark.parametrize(
    ("new", "again", "why"),
    [
        ("too short", "too short", "12 to 256"),
        ("four plain words", "four other words", "differ"),
        ("ben is my own name", "ben is my own name", "guessed"),
        ("aaaaaaaaaaaaaaaa", "aaaaaaaaaaaaaaaa", "guessed"),
        (PASSWORD, PASSWORD, "is the old one"),
        ("x" * 257, "x" * 257, "12 to 256"),
    ],
)
def test_a_password_that_will_not_do_is_refused_with_the_reason(
    house: House, new: str, again: str, why: str
) -> None:
    browser = house.person("ben", MANAGER)
    form = {"old": PASSWORD, "new": new, "again": again}
    answer = browser.send("/account/password", form, page="/account/password")
    assert answer.status_code == 422 and why in answer.text
    assert Browser(house).log_in("ben").status_code == 303


def test_a_changed_password_ends_all_other_sessions(house: House) -> None:
    first = house.person("ben", MANAGER)
    second = Browser(house)
    second.log_in("ben")
    form = {"old": PASSWORD, "new": "another few words", "again": "another few words"}
    assert first.send("/account/password", form, page="/account/password").status_code == 303
    assert first.is_in() and not second.is_in()


def test_unknown_wrong_and_disabled_are_told_the_same(house: House) -> None:
    house.person("ada", AppRole.ADMINISTRATOR)
    house.person("ben", MANAGER)
    house.person("cleo", MANAGER)
    house.desk.disable("cleo")
    told = set()
    for name, password in (("nobody", PASSWORD), ("ben", "wrong"), ("cleo", PASSWORD)):
        browser = Browser(house)
        answer = browser.log_in(name, password)
        text = answer.text.replace(f'value="{name}"', "").replace(browser.csrf("/login"), "")
        told.add((answer.status_code, text))
    assert len(told) == 1
    assert next(iter(told))[0] == 401 and REFUSED in next(iter(told))[1]


def test_an_unknown_name_takes_as_long_as_a_wrong_password() -> None:
    kept = passwords.hashed(PASSWORD)
    known: list[float] = []
    unknown: list[float] = []
    for _ in range(5):
        for into, one in ((known, kept), (unknown, None)):
            start = time.process_time()
            assert not passwords.fits(one, "not this one")
            into.append(time.process_time() - start)
    ratio = statistics.median(unknown) / statistics.median(known)
    assert 0.7 < ratio < 1.4, ratio


def test_a_session_planted_before_the_log_in_is_not_the_one_after(house: House) -> None:
    house.person("ben", MANAGER)
    attacker = house.person("eve", AppRole.VIEWER)
    planted = attacker.cookies[SESSION]
    victim = Browser(house)
    victim.set_cookie(SESSION, planted)
    form = {"name": "ben", "password": PASSWORD}
    assert victim.send("/login", form, page="/account").status_code == 303
    assert victim.cookies[SESSION] != planted and victim.is_in()
    assert not attacker.is_in(), "the session that this browser had has ended"


def test_every_log_in_has_an_id_of_its_own(house: House) -> None:
    browser = house.person("ben", MANAGER)
    ids = {browser.cookies[SESSION]}
    for _ in range(3):
        other = Browser(house)
        other.log_in("ben")
        ids.add(other.cookies[SESSION])
    assert len(ids) == 4


def test_cookies_are_for_our_pages_only(house: House, store: Store) -> None:
    answer = Browser(house).ask("/login")
    told = answer.headers["set-cookie"].lower()
    assert "httponly" in told and "samesite=lax" in told and "path=/" in told
    assert "secure" not in told and "domain" not in told
    secure = House(store, AccessConfig(address="https://csi.example.com"))
    safe = Browser(secure, "https://csi.example.com")
    told = safe.ask("/login").headers["set-cookie"]
    assert told.startswith("__Host-csi_visitor=") and "; Secure" in told
    assert "max-age=31536000" in safe.ask("/login").headers["strict-transport-security"]


@pytest.mark.parametrize("cookie", ["", "x", "x.y", "a" * 5_000, "%C3%A9.x"])
def test_a_cookie_that_we_did_not_sign_is_nobodys(house: House, cookie: str) -> None:
    browser = house.person("ben", MANAGER)
    real = browser.cookies[SESSION]
    told, _, signature = real.partition(".")
    swapped = "B" if signature[0] == "A" else "A"  # the last letter holds bits that nobody reads
    for forged in (cookie, f"{told}.{swapped}{signature[1:]}", told):
        header = {"cookie": f"{SESSION}={forged}"}
        assert Browser(house).ask("/account", headers=header).status_code == 303
    assert browser.is_in()


@pytest.mark.parametrize(("idle_h", "is_in"), [(0.9, True), (1.1, False)])
def test_a_session_ends_when_nobody_uses_it(house: House, idle_h: float, is_in: bool) -> None:
    browser = house.person("ben", MANAGER)
    house.clock.move(hours=idle_h)
    assert browser.is_in() == is_in


def test_a_session_ends_after_half_a_day_however_much_it_is_used(house: House) -> None:
    browser = house.person("ben", MANAGER)
    for _ in range(23):
        house.clock.move(minutes=30)
        assert browser.is_in()
        house.access.notes.settle()
    house.clock.move(minutes=31)
    assert not browser.is_in()


def test_who_is_disabled_or_loses_all_roles_is_out_at_once(house: House, store: Store) -> None:
    house.person("ada", AppRole.ADMINISTRATOR)
    ben, cleo = house.person("ben", MANAGER), house.person("cleo", MANAGER)
    house.desk.disable("ben")
    with store.begin() as uow:
        account = uow.accounts.get("cleo")
        bare = replace(account, roles=frozenset())
        uow.accounts.put(bare, "", seen=account.version, at=house.clock())
        uow.commit()
    assert not ben.is_in() and not cleo.is_in()
    house.desk.enable("ben")
    assert not ben.is_in(), "the old session stays ended"


def test_logging_out_ends_the_session_not_only_the_cookie(house: House) -> None:
    browser = house.person("ben", MANAGER)
    kept = browser.cookies[SESSION]
    assert browser.send("/logout", {}, page="/account").headers["location"] == "/logged-out"
    assert SESSION not in browser.cookies
    browser.set_cookie(SESSION, kept)
    assert not browser.is_in()


def test_logging_out_everywhere_ends_every_session(house: House) -> None:
    browsers = [house.person("ben", MANAGER), Browser(house), Browser(house)]
    for other in browsers[1:]:
        other.log_in("ben")
    browsers[2].send("/logout/everywhere", {}, page="/account")
    assert [one.is_in() for one in browsers] == [False, False, False]


def test_guessing_is_braked_for_all_processes_and_forgotten_after_a_success(store: Store) -> None:
    house, other = House(store), None
    house.person("ben", MANAGER)
    other = House(store, house.config, house.clock)
    for place in (house, other, house, other, house):
        assert Browser(place).log_in("ben", "wrong").status_code == 401
    braked = Browser(other).log_in("ben", PASSWORD)
    assert braked.status_code == 429 and "Wait 15 seconds" in braked.text
    house.clock.move(seconds=16)
    assert Browser(house).log_in("ben", "wrong").status_code == 401
    assert "Wait 30 seconds" in Browser(house).log_in("ben", PASSWORD).text
    house.clock.move(seconds=31)
    assert Browser(other).log_in("ben", PASSWORD).status_code == 303
    assert Browser(house).log_in("ben", "wrong").status_code == 401


def test_a_guesser_elsewhere_does_not_brake_the_person(house: House) -> None:
    house.person("ben", MANAGER)
    for _ in range(7):
        Browser(house, client="192.0.2.9").log_in("ben", "wrong")
    assert Browser(house, client="192.0.2.9").log_in("ben").status_code == 429
    assert Browser(house, client="192.0.2.1").log_in("ben").status_code == 303


def test_many_attempts_at_once_do_not_slip_through_together(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    house.person("ben", MANAGER)
    monkeypatch.setattr("review_app.identity.logging_in.fits", lambda kept, typed: False)
    said: list[type[Exception]] = []

    def guess() -> None:
        try:
            log_in(house.access, "ben", "wrong", "192.0.2.9", "")
        except AccessError as error:
            said.append(type(error))

    threads = [threading.Thread(target=guess) for _ in range(20)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert (said.count(AccessError), said.count(BrakedError)) == (5, 15)


@pytest.mark.parametrize(
    ("n_failed", "since_s", "wait_s"),
    [
        (0, 0, 0),
        (4, 0, 0),
        (5, 0, 15),
        (6, 0, 30),
        (9, 0, 240),
        (40, 0, 900),
        (9, 200, 40),
        (9, 3_600, 0),
        (5, 15, 0),
    ],
)
def test_waits_double_up_to_a_quarter_of_an_hour(
    house: House, n_failed: int, since_s: float, wait_s: float
) -> None:
    then = house.clock()
    house.clock.move(seconds=since_s)
    assert Braking(n_free=5).wait_s(n_failed, then, house.clock()) == wait_s


def test_notes_on_log_ins_name_nobody(house: House, store: Store) -> None:
    browser = house.person("ben", MANAGER)
    Browser(house).log_in("ben", "wrong")
    Browser(house).log_in("my-secret-password", "x")
    browser.send("/logout", {}, page="/account")
    with store.look() as uow:
        account = uow.accounts.get("ben")
        events = uow.access_events.newest(50)
    kinds = [event.kind.value for event in events]
    assert sorted(kinds) == ["created", "login", "login failed", "login failed", "logout"]
    assert {event.account_id for event in events} == {account.account_id, None}
    text = str([(event.said, event.account_id, event.by_account_id) for event in events])
    assert "ben" not in text and "my-secret-password" not in store.queries.dump(volatile=True)


def test_no_secret_lies_in_the_store(house: House, store: Store) -> None:
    browser = house.person("ben", MANAGER)
    dump = store.queries.dump(volatile=True)
    assert PASSWORD not in dump and "$argon2id$v=19$m=65536,t=3,p=4$" in dump
    assert browser.cookies[SESSION].partition(".")[0] not in dump
