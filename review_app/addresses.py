"""Addresses that leave these pages: only those of a configured tool, and only over the web."""

from urllib.parse import urlsplit

SCHEMES = frozenset({"http", "https"})
MAX_LENGTH = 2_000


def safe_address(address: str | None) -> str | None:
    """An address as it may stand in a page, or None: of the web, without user, blank or control."""
    if not address or len(address) > MAX_LENGTH or not _is_plain(address):
        return None
    try:
        parts = urlsplit(address)
        is_safe = parts.scheme in SCHEMES and bool(parts.hostname) and "@" not in parts.netloc
    except ValueError:
        return None
    return address if is_safe else None


def _is_plain(address: str) -> bool:
    return all("!" <= char <= "~" and char not in "\"'<>\\`" for char in address)
