"""Accounts, sessions and tokens in both databases, and what an erasure leaves of them."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from itsm.access import AppRole, Braking
from itsm.accounts import (
    AccessEvent,
    AccessEventKind,
    Account,
    AccountOrigin,
    ApiToken,
    LoginSession,
)
from itsm.errors import AccessError, StaleDecisionError
from itsm.journal import JournalKind, JournalNote
from store import Store
from store.identifying import Identifying
from store.standing import Standing, Watching

NOW = datetime(2026, 11, 23, 7, tzinfo=UTC)


def account(name: str, *roles: AppRole, **fields: object) -> Account:
    plain = Account(
        account_id=f"id-of-{len(name)}-{sum(map(ord, name))}",
        name=name,
        display=name.title(),
        origin=AccountOrigin.LOCAL,
        roles=frozenset(roles or [AppRole.ADMINISTRATOR]),
        created_at=NOW,
        changed_at=NOW,
    )
    return replace(plain, **fields)  # type: ignore[arg-type]  # each field fits


def session(of: Account, name: str = "hash") -> LoginSession:
    return LoginSession(session_hash=name, account_id=of.account_id, created_at=NOW, seen_at=NOW)


def token(of: Account) -> ApiToken:
    return ApiToken(
        token_id="t-1",
        token_hash="hashed",
        account_id=of.account_id,
        label="export",
        roles=frozenset({AppRole.VIEWER}),
        created_at=NOW,
        expires_at=NOW + timedelta(days=1),
    )


def kept(store: Store, *accounts: Account) -> None:
    with store.begin() as uow:
        for one in accounts:
            uow.accounts.add(one, "")
        uow.commit()


def test_an_account_comes_back_as_it_was_kept(store: Store) -> None:
    full = account(
        "ada",
        AppRole.ADMINISTRATOR,
        AppRole.VIEWER,
        services=frozenset({"Mail", "VPN"}),
        source_groups=("a", "b"),
        origin=AccountOrigin.OIDC,
        issuer="https://login.example",
        subject="s-1",
        password_until=NOW,
        last_login_at=NOW,
        must_change=True,
        is_disabled=True,
        team="Network",
    )
    kept(store, full)
    with store.look() as uow:
        assert uow.accounts.get("ada") == full
        assert uow.accounts.of_subject("https://login.example", "s-1") == full
        assert uow.accounts.of_subject("https://login.example", "s-2") is None
        assert uow.accounts.list() == (full,)


def test_a_name_is_given_once(store: Store) -> None:
    kept(store, account("ada"))
    with pytest.raises(AccessError, match="already"):
        kept(store, account("ada", account_id="another"))


def test_a_change_counts_the_version_up_and_refuses_an_old_one(store: Store) -> None:
    kept(store, account("ada"), account("ben"))
    with store.begin() as uow:
        first = uow.accounts.put(account("ben", team="x"), "ada", seen=1, at=NOW)
        assert (first.version, first.team) == (2, "x")
        with pytest.raises(StaleDecisionError, match="version 2, you saw 1"):
            uow.accounts.put(account("ben", team="y"), "ada", seen=1, at=NOW)


def test_sessions_and_tokens_find_their_account(store: Store) -> None:
    ada, ben = account("ada"), account("ben")
    kept(store, ada, ben)
    with store.begin() as uow:
        uow.sessions.start(session(ada))
        uow.tokens.add(token(ben))
        uow.commit()
    reads = Identifying.of(store)
    assert reads.session("hash") == (session(ada), ada)
    assert reads.token("hashed") == (token(ben), ben)
    assert reads.session("other") is None and reads.token("other") is None


def test_sessions_end_one_by_one_all_at_once_and_by_age(store: Store) -> None:
    ada = account("ada")
    kept(store, ada)
    with store.begin() as uow:
        for name in "abcd":
            uow.sessions.start(session(ada, name))
        assert uow.sessions.end("a") and not uow.sessions.end("a")
        uow.sessions.seen("b", NOW + timedelta(hours=1))
        n = uow.sessions.forget(seen_before=NOW + timedelta(minutes=1), made_before=NOW)
        assert (n, uow.sessions.count(ada.account_id)) == (2, 1)
        uow.sessions.start(session(ada, "e"))
        assert uow.sessions.end_all(ada.account_id, but="e") == 1


def test_a_token_is_revoked_once_and_by_its_own_account_only(store: Store) -> None:
    ada, ben = account("ada"), account("ben")
    kept(store, ada, ben)
    with store.begin() as uow:
        uow.tokens.add(token(ada))
        with pytest.raises(AccessError, match="no such token"):
            uow.tokens.revoke("t-1", ben.account_id, NOW)
        uow.tokens.used("t-1", NOW)
        uow.tokens.revoke("t-1", ada.account_id, NOW)
        assert uow.tokens.of(ada.account_id) == (replace(token(ada), used_at=NOW, revoked_at=NOW),)
        with pytest.raises(AccessError, match="no such token"):
            uow.tokens.revoke("t-1", ada.account_id, NOW)


def test_attempts_are_counted_until_they_have_to_wait(store: Store) -> None:
    rules = (("b", Braking(n_free=2)), ("a", Braking(n_free=9)))
    with store.begin() as uow:
        waits = [uow.brakes.try_once(rules, NOW) for _ in range(4)]
        assert waits == [0, 0, 15, 15]
        uow.brakes.release(["a"], ["b"])
        assert uow.brakes.try_once(rules, NOW) == 0


def test_a_shared_secret_is_the_one_drawn_first(store: Store) -> None:
    with store.begin() as uow:
        assert uow.accounts.secret("signing", "one") == "one"
        assert uow.accounts.secret("signing", "two") == "one"


def test_an_erased_person_has_no_account_and_their_notes_no_person(store: Store) -> None:
    ada, ben = account("ada"), account("ben", display="Ben Berg")
    kept(store, ada, ben)
    with store.begin() as uow:
        uow.sessions.start(session(ben))
        uow.tokens.add(token(ben))
        uow.access_events.append(
            AccessEvent(
                event_id="e-1", at=NOW, kind=AccessEventKind.LOGIN, account_id=ben.account_id
            )
        )
        note = JournalNote(kind=JournalKind.ERASURE, subject="a person", at=NOW, reason="asked")
        uow.erasing.person(["Ben Berg", "ben"], note)
        uow.commit()
    assert "ben" not in store.queries.dump(volatile=True).lower().replace("erased", "")
    with store.look() as uow:
        assert [one.name for one in uow.accounts.list()] == ["ada"]
        assert [event.event_id for event in uow.access_events.newest(9)] == ["e-1"]
        assert uow.audit.verify() == ()


def test_an_installation_is_claimed_once_somebody_has_logged_in(store: Store) -> None:
    reads = Identifying.of(store)
    first = account("admin", must_change=True)
    assert not reads.is_claimed()
    kept(store, first)
    assert not reads.is_claimed()
    with store.begin() as uow:
        uow.accounts.noted_login(first, NOW)
        uow.commit()
    assert reads.is_claimed()


def test_a_second_account_claims_it_too(store: Store) -> None:
    kept(store, account("admin", must_change=True), account("ben", must_change=True))
    assert Identifying.of(store).is_claimed()


def test_what_waits_and_what_ran_is_read_from_an_empty_store(store: Store) -> None:
    watching = Watching.of(store)
    assert watching.is_current()
    assert watching.standing() == Standing(
        waiting={"candidates": 0, "outbox": 0, "conflicts": 0, "quarantine": 0}, last_runs={}
    )
