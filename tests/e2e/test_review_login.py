"""Logging in to the review app in a real browser, through a real OpenID provider and locally."""

import shutil
import subprocess
import threading
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import pytest
import uvicorn
from playwright.sync_api import Page

from flows.settings import load_settings
from flows.web import listening, review_parts, server_config
from flows.wiring import Parts, build
from itsm.access import AppRole
from itsm.decisions import Action
from review_app.identity.administering import Administering, Wanted
from review_app.identity.browser import utc_now
from tests.e2e.monday import chromium
from tests.review_app.desk import candidate, members_of, mine
from tests.review_app.desk import land as keep

pytestmark = pytest.mark.e2e
PASSWORD = "four plain words here"


@pytest.fixture(scope="session")
def node_modules(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with oidc-provider, from the npm registry."""
    npm = shutil.which("npm")
    if npm is None:
        pytest.skip("npm is not installed: no real OpenID provider to log in through")
    folder = tmp_path_factory.mktemp("npm")
    wish = [npm, "install", "--no-audit", "--no-fund", "--silent", "oidc-provider@9"]
    done = subprocess.run(
        wish, cwd=folder, capture_output=True, text=True, timeout=300, check=False
    )
    assert done.returncode == 0, done.stderr
    return folder


@pytest.fixture
def page() -> Iterator[Page]:
    with chromium() as browser:
        yield browser.new_context().new_page()


@contextmanager
def provider(node_modules: Path, port: int, group: str) -> Iterator[str]:
    """The provider; its issuer."""
    script = Path(__file__).with_name("openid_provider.mjs")
    home = f"http://127.0.0.1:{port}"
    command = ["node", str(script), str(node_modules), f"{home}/login/oidc/callback"]
    process = subprocess.Popen(
        [*command, f"{home}/login", group],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    assert process.stdout is not None and process.stderr is not None
    try:
        issuer = process.stdout.readline().strip()
        assert issuer.startswith("http://127.0.0.1:"), process.stderr.read()
        yield issuer
    finally:
        process.terminate()
        process.communicate(timeout=20)


def installation(folder: Path, **review: object) -> Parts:
    made = build(load_settings(given={"zone": "Europe/London", "review": review}), folder)
    one = candidate("PC-1")
    keep(made.store, members_of(one))
    mine(made.store, "2026-W46", [one])
    return made


@contextmanager
def served(parts: Parts, listener_port: int | None = None) -> Iterator[str]:
    """The pages behind a real socket; their address."""
    with listening("127.0.0.1", listener_port or 0) as listener:
        port = listener.getsockname()[1]
        server = uvicorn.Server(server_config(review_parts(parts, Path("csi.toml")), port))
        thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]})
        thread.start()
        try:
            yield f"http://127.0.0.1:{port}"
        finally:
            server.should_exit = True
            thread.join(20)


def free_port() -> int:
    with listening("127.0.0.1", 0) as listener:
        return int(listener.getsockname()[1])


def oidc(issuer: str) -> dict[str, object]:
    return {
        "issuer": issuer,
        "client_id": "csi",
        "client_secret": "practice-secret",
        "scopes": ["openid", "profile", "groups"],
        "title": "Example login",
        "roles": {"problem-managers": ["problem_manager"], "admins": ["administrator"]},
    }


def at_provider(page: Page, name: str) -> None:
    """Fill in the provider's own pages: who one is, and that we may know it."""
    page.fill("input[name=login]", name)
    page.fill("input[name=password]", "anything")
    page.click("button[type=submit]")
    page.click("button[type=submit]")


def test_a_person_logs_in_through_the_provider_and_out_again(
    tmp_path: Path, node_modules: Path, page: Page
) -> None:
    port = free_port()
    with ExitStack() as stack:
        issuer = stack.enter_context(provider(node_modules, port, "problem-managers"))
        parts = installation(tmp_path, oidc=oidc(issuer))
        home = stack.enter_context(served(parts, port))
        page.goto(f"{home}/candidates/PC-1?week=2026-W46")
        assert page.url.startswith(f"{home}/login?next=")
        page.click("text=Log in with Example login")
        at_provider(page, "ben")
        page.wait_for_url(f"{home}/candidates/PC-1?week=2026-W46")
        assert "Person ben" in page.inner_text("header")
        cookies = {one["name"]: one for one in page.context.cookies(home)}
        session = cookies["csi_session"]
        assert (session["httpOnly"], session["sameSite"]) == (True, "Lax")
        assert page.evaluate("document.cookie") == ""
        page.keyboard.press("s")
        page.wait_for_url(f"{home}/decide?**")
        page.click("button[data-send]")
        page.wait_for_url(f"{home}/?week=2026-W46&done=**")
        with parts.store.begin() as uow:
            assert [(d.action, d.actor) for d in uow.decisions.list()] == [(Action.SNOOZE, "ben")]
        page.goto(f"{home}/users")
        assert "this takes administrator" in page.inner_text("main")
        page.goto(f"{home}/account")
        page.click("header >> text=Log out")
        assert page.url == f"{home}/logged-out"
        page.click("text=log out there, too")
        page.click("button[type=submit]")
        page.wait_for_url(f"{home}/login")
        page.goto(home)
        assert page.url == f"{home}/login"


def test_who_is_in_no_group_is_told_so_and_kept_out(
    tmp_path: Path, node_modules: Path, page: Page
) -> None:
    port = free_port()
    with (
        provider(node_modules, port, "strangers") as issuer,
        served(installation(tmp_path, oidc=oidc(issuer)), port) as home,
    ):
        page.goto(f"{home}/login/oidc")
        at_provider(page, "eve")
        assert "no group that may use these pages" in page.inner_text("main")
        page.goto(home)
        assert page.url == f"{home}/login"


def test_an_administrator_lets_a_manager_in_who_sets_a_password(tmp_path: Path, page: Page) -> None:
    parts = installation(tmp_path)
    first = Administering(parts.store, "", utc_now).first()
    assert first is not None
    with served(parts) as home:
        _log_in(page, home, "admin", first.secret)
        _set_password(page, first.secret)
        page.goto(f"{home}/users")
        page.fill("#name", "ben")
        page.check("input[value=problem_manager]")
        page.click("text=Make the account")
        secret = page.inner_text(".secret")
        page.click("header >> text=Log out")
        _log_in(page, home, "ben", secret)
        assert page.url == f"{home}/account/password"
        _set_password(page, secret)
        page.goto(home)
        assert "VPN drops for home workers" in page.inner_text("main")


def test_a_page_runs_no_script_and_no_style_but_ours(tmp_path: Path, page: Page) -> None:
    parts = installation(tmp_path)
    desk = Administering(parts.store, "", utc_now)
    hostile = '"><script>window.hit=1</script><img src=x onerror=window.hit=1>'
    given = desk.add(
        "ada", Wanted(roles=frozenset({AppRole.ADMINISTRATOR}), display=hostile, team=hostile)
    )
    said: list[str] = []
    page.on("console", lambda message: said.append(message.text))
    with served(parts) as home:
        _log_in(page, home, "ada", given.secret)
        _set_password(page, given.secret)
        for path in ("/users", "/users/ada", "/account", "/api/v1", "/help", "/"):
            page.goto(f"{home}{path}")
            assert page.evaluate("window.hit") is None
            assert hostile[:20] in page.content() or "&lt;script&gt;" in page.content()
    assert [one for one in said if "Content Security Policy" in one] == []


def _log_in(page: Page, home: str, name: str, password: str) -> None:
    page.goto(f"{home}/login")
    page.fill("#name", name)
    page.fill("#password", password)
    page.click("main button")


def _set_password(page: Page, old: str) -> None:
    page.fill("#old", old)
    page.fill("#new", PASSWORD)
    page.fill("#again", PASSWORD)
    page.click("main button")
    page.wait_for_url("**/account")
