"""Log-in through an OpenID provider: what is believed of it, and what is not."""

from collections.abc import Iterator
from dataclasses import replace
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest

from itsm.access import AppRole
from review_app.identity.config import AccessConfig, OidcConfig
from store import Store
from tests.review_app.browser import Browser, House
from tests.review_app.login_provider import OTHER, LoginProvider, login_provider

ROLES = {
    "problem-managers": frozenset({AppRole.PROBLEM_MANAGER}),
    "approvers": frozenset({AppRole.REGISTER_APPROVER}),
    "mail-owners": frozenset({AppRole.VIEWER}),
}
SERVICES = {"mail-owners": frozenset({"E-mail"})}


@pytest.fixture
def provider() -> Iterator[LoginProvider]:
    with login_provider() as one:
        yield one


@pytest.fixture
def house(store: Store, provider: LoginProvider) -> House:
    oidc = OidcConfig(
        issuer=provider.address,
        client_id="csi",
        client_secret="s/e:c r&t",
        roles=ROLES,
        services=SERVICES,
    )
    return House(store, AccessConfig(oidc=oidc))


def begin(browser: Browser, provider: LoginProvider, path: str = "/login/oidc") -> dict[str, str]:
    """Go to the provider; what it was asked."""
    answer = browser.ask(path)
    assert answer.status_code == 303, answer.text
    address = urlsplit(answer.headers["location"])
    assert f"{address.scheme}://{address.netloc}{address.path}" == f"{provider.address}/auth"
    provider.asked = {name: values[0] for name, values in parse_qs(address.query).items()}
    return provider.asked


def come_back(browser: Browser, asked: dict[str, str], **params: str) -> httpx.Response:
    """Come back from the provider with a code."""
    sent = {"code": "c-1", "state": asked["state"]} | params
    return browser.ask(f"/login/oidc/callback?{httpx.QueryParams(sent)}")


def log_in(house: House, provider: LoginProvider) -> tuple[Browser, httpx.Response]:
    """All of it."""
    browser = Browser(house)
    return browser, come_back(browser, begin(browser, provider))


def test_a_group_gives_the_role_and_the_way_leads_back(
    house: House, provider: LoginProvider
) -> None:
    browser = Browser(house)
    asked = begin(browser, provider, "/login/oidc?next=/help?x=1")
    assert asked["response_type"] == "code" and asked["code_challenge_method"] == "S256"
    assert asked["redirect_uri"] == "http://127.0.0.1:8321/login/oidc/callback"
    answer = come_back(browser, asked)
    assert (answer.status_code, answer.headers["location"]) == (303, "/help?x=1")
    assert "Ben Manager" in browser.read("/account")
    with house.store.look() as uow:
        account = uow.accounts.get("ben")
    assert account.roles == {AppRole.PROBLEM_MANAGER}
    assert (account.source_groups, account.password) == (("problem-managers",), None)
    assert provider.authorization.startswith("Basic ") and "client_secret" not in provider.sent


@pytest.mark.parametrize(
    "lie",
    [
        {"iss": "https://evil.example"},
        {"aud": "another-client"},
        {"aud": ["csi", "another-client"]},
        {"aud": ["csi", "x"], "azp": "x"},
        {"nonce": "of another log-in"},
        {"nonce": None},
        {"sub": None},
        {"exp": 1_000_000_000},
        {"exp": None},
        {"iat": 4_000_000_000},
        {"nbf": 4_000_000_000},
        {"at_hash": "of-another-token"},
    ],
    ids=str,
)
def test_a_token_that_lies_lets_nobody_in(
    house: House, provider: LoginProvider, lie: dict[str, object]
) -> None:
    provider.claims = lie
    browser, answer = log_in(house, provider)
    assert answer.status_code == 502 and "cannot be believed" in answer.text
    assert not browser.is_in()


@pytest.mark.parametrize("algorithm", ["none", "HS256"])
def test_a_token_without_the_signature_of_a_key_pair_lets_nobody_in(
    house: House, provider: LoginProvider, algorithm: str
) -> None:
    provider.header = {"alg": algorithm, "kid": "one"}
    assert log_in(house, provider)[1].status_code == 502


def test_a_token_signed_with_another_key_lets_nobody_in(
    house: House, provider: LoginProvider
) -> None:
    provider.key = OTHER
    assert log_in(house, provider)[1].status_code == 502


@pytest.mark.parametrize(
    "change",
    [
        {"state": "guessed"},
        {"state": ""},
        {"iss": "https://evil.example"},
        {"code": ""},
        {"error": "access_denied"},
    ],
)
def test_an_answer_that_is_not_that_of_this_log_in_lets_nobody_in(
    house: House, provider: LoginProvider, change: dict[str, str]
) -> None:
    browser = Browser(house)
    answer = come_back(browser, begin(browser, provider), **change)
    assert answer.status_code in {400, 502} and not browser.is_in()


def test_an_answer_brought_to_another_browser_lets_nobody_in(
    house: House, provider: LoginProvider
) -> None:
    asked = begin(Browser(house), provider)
    victim = Browser(house)
    assert come_back(victim, asked).status_code == 400
    begin(victim, provider)
    assert come_back(victim, asked).status_code == 400 and not victim.is_in()


def test_a_code_without_its_verifier_is_worth_nothing(
    house: House, provider: LoginProvider
) -> None:
    browser = Browser(house)
    asked = begin(browser, provider)
    provider.asked = asked | {"code_challenge": "of-somebody-else"}
    assert come_back(browser, asked).status_code == 502


def test_who_is_in_no_group_gets_no_account(house: House, provider: LoginProvider) -> None:
    provider.claims = {"groups": ["staff"]}
    _, answer = log_in(house, provider)
    assert answer.status_code == 403 and "no group" in answer.text
    with house.store.look() as uow:
        assert uow.accounts.list() == ()


def test_who_leaves_the_group_loses_the_role_and_every_session(
    house: House, provider: LoginProvider
) -> None:
    browser, _ = log_in(house, provider)
    assert browser.is_in()
    provider.claims = {"groups": []}
    assert log_in(house, provider)[1].status_code == 403
    assert not browser.is_in()


def test_a_service_owner_sees_the_services_of_the_group(
    house: House, provider: LoginProvider
) -> None:
    provider.claims = {"groups": ["mail-owners", "staff"]}
    log_in(house, provider)
    with house.store.look() as uow:
        account = uow.accounts.get("ben")
    assert account.roles == {AppRole.VIEWER}
    assert account.services == {"E-mail"}


@pytest.mark.parametrize("groups", ["problem-managers", ["problem-managers", 7, None]])
def test_groups_may_be_one_text_or_a_list(
    house: House, provider: LoginProvider, groups: object
) -> None:
    provider.claims = {"groups": groups}
    assert log_in(house, provider)[1].status_code == 303


def test_nobody_takes_the_short_name_of_somebody_else(
    house: House, provider: LoginProvider
) -> None:
    house.person("ben", AppRole.ADMINISTRATOR)
    _, answer = log_in(house, provider)
    assert answer.status_code == 403 and "that of another account" in answer.text
    provider.claims = {"preferred_username": "cleo"}
    assert log_in(house, provider)[1].status_code == 303
    provider.claims = {"preferred_username": "cleo", "sub": "s-2"}
    assert log_in(house, provider)[1].status_code == 403


def test_who_is_disabled_here_stays_out(house: House, provider: LoginProvider) -> None:
    log_in(house, provider)
    house.desk.disable("ben")
    assert log_in(house, provider)[1].status_code == 403


def test_claims_that_the_token_lacks_come_from_userinfo_of_the_same_person(
    house: House, provider: LoginProvider
) -> None:
    provider.claims = {"groups": None, "name": None}
    provider.userinfo = {"sub": "s-1", "name": "Ben M", "groups": ["approvers"]}
    _, answer = log_in(house, provider)
    assert answer.status_code == 303
    with house.store.look() as uow:
        assert uow.accounts.get("ben").roles == {AppRole.REGISTER_APPROVER}
    provider.userinfo = {"sub": "s-2", "groups": ["approvers"]}
    assert log_in(house, provider)[1].status_code == 502


@pytest.mark.parametrize(
    "metadata",
    [
        {"issuer": "https://evil.example"},
        {"token_endpoint": "http://192.0.2.1/token"},
        {"jwks_uri": None},
    ],
)
def test_a_provider_that_describes_itself_wrongly_is_not_asked(
    store: Store, provider: LoginProvider, metadata: dict[str, object]
) -> None:
    provider.metadata = metadata
    oidc = OidcConfig(issuer=provider.address, client_id="csi", roles=ROLES)
    answer = Browser(House(store, AccessConfig(oidc=oidc))).ask("/login/oidc")
    assert answer.status_code == 502


def test_a_provider_that_does_not_answer_leaves_the_local_accounts(store: Store) -> None:
    oidc = OidcConfig(issuer="http://127.0.0.1:9", client_id="csi", roles=ROLES)
    house = House(store, AccessConfig(oidc=oidc))
    house.person("ada", AppRole.ADMINISTRATOR)
    answer = Browser(house).ask("/login/oidc")
    assert answer.status_code == 502 and 'name="password"' in answer.text
    assert Browser(house).log_in("ada").status_code == 303


def test_logging_out_offers_to_log_out_there_too(house: House, provider: LoginProvider) -> None:
    browser, _ = log_in(house, provider)
    browser.send("/logout", {}, page="/account")
    page = browser.read("/logged-out")
    assert f"{provider.address}/end?client_id=csi&amp;post_logout_redirect_uri=" in page


def test_without_local_accounts_no_password_opens_anything(store: Store, house: House) -> None:
    house.person("ada", AppRole.ADMINISTRATOR)
    strict = House(store, replace(house.config, local=False), house.clock)
    browser = Browser(strict)
    assert 'name="password"' not in browser.read("/login")
    token = browser.ask("/login")
    assert token.status_code == 200
    form = {"name": "ada", "password": "four plain words here"}
    assert browser.ask("/login", method="POST", form=form).status_code == 403
