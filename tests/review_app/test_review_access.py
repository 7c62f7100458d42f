"""Who is answered, and what every answer carries."""

import pytest

from itsm.errors import StoreError
from review_app.access import hosts_of
from review_app.addresses import safe_address
from store import Store
from tests.review_app.desk import PORT, Visitor, candidate, mine

PATHS = (
    "/",
    "/?q=nothing",
    "/help",
    "/candidates/PC-1",
    "/candidates/none",
    "/nothing",
    "/static/review.css",
    "/static/review.js",
    "/static/theme.css",
    "/static/mark.svg",
    "/static/source-sans-regular.ttf",
    "/static/none",
)


@pytest.fixture
def visitor(store: Store) -> Visitor:
    mine(store, "2026-W46", [candidate("PC-1")])
    return Visitor(store)


@pytest.mark.parametrize(
    ("host", "status"),
    [
        (f"127.0.0.1:{PORT}", 200),
        (f"localhost:{PORT}", 200),
        (f"LOCALHOST:{PORT}", 200),
        (f"[::1]:{PORT}", 200),
        ("127.0.0.1", 421),
        ("localhost:80", 421),
        (f"evil.example:{PORT}", 421),
        (f"127.0.0.1.evil.example:{PORT}", 421),
        (f"localhost.:{PORT}", 421),
        (f"127.0.0.1:{PORT}@evil.example", 421),
        (f"0.0.0.0:{PORT}", 421),
        ("", 421),
    ],
)
def test_only_names_of_this_machine_are_answered(visitor: Visitor, host: str, status: int) -> None:
    answer = visitor.ask("/", headers={"host": host})
    assert answer.status_code == status
    assert ("VPN drops" in answer.text) == (status == 200)


def test_a_browser_leaves_out_port_80() -> None:
    assert {"localhost", "localhost:80"} <= hosts_of(80)
    assert "localhost" not in hosts_of(8080)


@pytest.mark.parametrize("method", ["POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE", "X"])
@pytest.mark.parametrize("path", ["/", "/candidates/PC-1", "/static/review.css"])
def test_a_page_takes_nothing_but_reading(visitor: Visitor, method: str, path: str) -> None:
    assert visitor.ask(path, method=method).status_code == 405


@pytest.mark.parametrize("path", ["/", "/candidates/PC-1", "/help", "/static/review.css"])
def test_a_head_is_answered_as_a_get(visitor: Visitor, path: str) -> None:
    head, get = visitor.ask(path, method="HEAD"), visitor.ask(path)
    assert (head.status_code, head.headers["content-type"]) == (200, get.headers["content-type"])


@pytest.mark.parametrize("path", PATHS)
def test_every_answer_carries_the_headers_and_no_cookie(visitor: Visitor, path: str) -> None:
    for host in (f"127.0.0.1:{PORT}", "evil.example"):
        headers = visitor.ask(path, headers={"host": host}).headers
        policy = headers["content-security-policy"]
        assert policy.startswith("default-src 'none'; ") and "unsafe" not in policy
        assert "frame-ancestors 'none'" in policy and "form-action 'self'" in policy
        assert headers["x-content-type-options"] == "nosniff"
        assert headers["x-frame-options"] == "DENY"
        assert headers["referrer-policy"] == "no-referrer"
        assert headers["cross-origin-resource-policy"] == "same-origin"
        assert "set-cookie" not in headers
        assert not any(name.startswith("access-control") for name in headers)


def test_pages_are_not_kept_but_files_are(visitor: Visitor) -> None:
    assert visitor.ask("/").headers["cache-control"] == "no-store"
    assert visitor.ask("/candidates/PC-1").headers["cache-control"] == "no-store"
    assert "immutable" in visitor.ask("/static/review.css").headers["cache-control"]


@pytest.mark.parametrize(
    "path",
    [
        "/static/../app.py",
        "/static/%2e%2e/app.py",
        "/static/%2e%2e%2fapp.py",
        "/docs",
        "/openapi.json",
    ],
)
def test_nothing_else_is_served(visitor: Visitor, path: str) -> None:
    assert visitor.ask(path).status_code == 404


def test_a_database_that_does_not_answer_is_told_with_its_remedy(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    visitor = Visitor(store)

    def locked(*_: object) -> None:
        raise StoreError("database x: is locked; wait for the other process")

    monkeypatch.setattr("store.reviewing.Reviewing._all", locked)
    answer = visitor.ask("/")
    assert answer.status_code == 503
    assert "is locked; wait for the other process" in answer.text


def test_an_error_of_ours_tells_nothing_of_the_data(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    visitor = Visitor(store)

    def broken(*_: object) -> None:
        raise KeyError("Jane Doe")

    monkeypatch.setattr("store.reviewing.Reviewing._all", broken)
    answer = visitor.ask("/")
    assert answer.status_code == 500
    assert "Jane Doe" not in answer.text and "An error of ours" in answer.text
    assert "content-security-policy" in answer.headers


@pytest.mark.parametrize(
    ("address", "is_safe"),
    [
        ("https://desk.example.com/a?b=c%20d", True),
        ("http://127.0.0.1:8080/", True),
        ("HTTPS://desk.example.com/", True),
        ("javascript:alert(1)", False),
        ("java\nscript:alert(1)", False),
        ("https://a b/", False),
        ('https://a/"onmouseover="x', False),
        ("https://a/'", False),
        ("https://a/\u202e", False),
        ("https://user@a/", False),
        ("https:///a", False),
        ("https://[bad/", False),
        ("ftp://a/", False),
        ("/local", False),
        ("https://a/" + "x" * 3_000, False),
        ("", False),
        (None, False),
    ],
)
def test_only_plain_addresses_of_the_web_are_safe(address: str | None, is_safe: bool) -> None:
    assert safe_address(address) == (address if is_safe else None)
