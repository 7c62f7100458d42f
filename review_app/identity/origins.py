"""Where a request comes from, and where it may be sent back to."""

from collections.abc import Sequence
from ipaddress import IPv4Address, IPv6Address, ip_address
from urllib.parse import urlsplit

from starlette.requests import HTTPConnection

from review_app.identity.config import Network

NOT_BACK_TO = ("/login", "/logout", "/password", "/static")
MAX_LENGTH = 2_000
UNKNOWN = "unknown"


def client_of(asked: HTTPConnection, trusted: Sequence[Network]) -> str:
    """The address of whoever asks: the last one on the way that is not a proxy of ours.

    Args:
        asked: the request.
        trusted: the proxies whose X-Forwarded-For is believed; anybody else could write what they
            like there.
    """
    peer = asked.client.host if asked.client else UNKNOWN
    told = ",".join(asked.headers.getlist("x-forwarded-for"))
    way = [*(hop.strip() for hop in told.split(",") if hop.strip()), peer]
    while len(way) > 1 and _is_among(way[-1], trusted):
        way.pop()
    address = _address(way[-1])
    return UNKNOWN if address is None else address.compressed


def is_loopback(asked: HTTPConnection) -> bool:
    """Whether a request was made on this very machine, and not handed on by anybody."""
    address = _address(asked.client.host) if asked.client else None
    handed_on = any(name in asked.headers for name in ("x-forwarded-for", "forwarded", "via"))
    name = asked.headers.get("host", "").rpartition(":")[0] or asked.headers.get("host", "")
    is_own_name = name.lower() in {"127.0.0.1", "localhost", "[::1]"}
    return address is not None and address.is_loopback and not handed_on and is_own_name


def safe_next(asked: str | None) -> str:
    """The page to go to after a log-in: one of ours, else the first one.

    Anything that a browser could read as another site is refused: a scheme, two slashes, a
    backslash, control characters.
    """
    if not asked or len(asked) > MAX_LENGTH or not asked.startswith("/") or asked[1:2] in "/\\":
        return "/"
    if any(not "!" <= char <= "~" or char in "\\\"'<>" for char in asked):
        return "/"
    parts = urlsplit(asked)
    if parts.scheme or parts.netloc or parts.path.startswith(NOT_BACK_TO):
        return "/"
    return asked


def _is_among(text: str, networks: Sequence[Network]) -> bool:
    address = _address(text)
    return address is not None and any(address in network for network in networks)


def _address(text: str) -> IPv4Address | IPv6Address | None:
    try:
        found = ip_address(text.strip("[]"))
    except ValueError:
        return None
    mapped = getattr(found, "ipv4_mapped", None)
    return mapped or found
