from urllib.parse import urlsplit

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connectors.core.origin import Origin
from itsm.errors import FatalSourceError

OURS = Origin.of("ours", "https://ITSM.example/itsm/", allow_http=False)


@pytest.mark.parametrize(
    ("asked", "url"),
    [
        ("/api/x", "https://itsm.example/itsm/api/x"),
        ("api/x?page=2", "https://itsm.example/itsm/api/x?page=2"),
        ("https://itsm.example/api?page=2#top", "https://itsm.example/api?page=2"),
        ("HTTPS://ITSM.EXAMPLE:443/api", "https://itsm.example/api"),
    ],
)
def test_paths_lie_below_the_base_and_links_of_the_origin_are_taken(asked: str, url: str) -> None:
    assert OURS.url(asked) == url


@pytest.mark.parametrize(
    "link",
    [
        "http://itsm.example/api",
        "https://itsm.example:8443/api",
        "https://itsm.example.evil.net/api",
        "https://itsm.example@evil.net/api",
        "https://user:word@itsm.example/api",
        "//evil.net/api",
        "ftp://itsm.example/api",
        "https:api",
        "https://[bad/api",
        "javascript:alert(1)",
    ],
)
def test_a_link_that_leads_elsewhere_is_refused(link: str) -> None:
    with pytest.raises(FatalSourceError, match="refused"):
        OURS.url(link)
    with pytest.raises(FatalSourceError, match="refused"):
        OURS.redirected("https://itsm.example/itsm/api", link)


@pytest.mark.parametrize(
    ("location", "url"),
    [
        ("/login?x=1", "https://itsm.example/login?x=1"),
        ("next", "https://itsm.example/itsm/next"),
        ("https://itsm.example/new", "https://itsm.example/new"),
        ("//itsm.example/new", "https://itsm.example/new"),
    ],
)
def test_a_redirect_on_the_origin_is_found(location: str, url: str) -> None:
    assert OURS.redirected("https://itsm.example/itsm/api?page=1", location) == url


@pytest.mark.parametrize(
    ("link", "url"),
    [
        ("https://node-a.internal:16001/itsm/api?page=2", "https://itsm.example/itsm/api?page=2"),
        ("http://node-a/api?page=2", "https://itsm.example/itsm/api?page=2"),
        ("/itsm/api?page=2", "https://itsm.example/itsm/api?page=2"),
        ("https://node-a/itsmart", "https://itsm.example/itsm/itsmart"),
    ],
)
def test_a_link_with_an_inner_name_is_put_on_the_configured_base(link: str, url: str) -> None:
    assert OURS.rebased(link) == url


@given(st.text(alphabet="ahtps:/@?#[].%\\ \tx1é", max_size=40))
def test_whatever_a_link_says_nothing_goes_elsewhere(link: str) -> None:
    for found in (
        OURS.url,
        OURS.rebased,
        lambda one: OURS.redirected("https://itsm.example/a", one),
    ):
        try:
            parts = urlsplit(found(link))
        except FatalSourceError:
            continue
        assert (parts.scheme, parts.netloc) == ("https", "itsm.example")


def test_this_machine_may_be_spoken_to_without_tls() -> None:
    for host in ("localhost", "127.0.0.1", "127.8.8.8", "[::1]"):
        origin = Origin.of("ours", f"http://{host}:8080", allow_http=False)
        assert origin.url("/x") == f"http://{host}:8080/x"
