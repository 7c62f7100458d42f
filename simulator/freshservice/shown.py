"""How a practice Freshservice shows times and texts."""

from datetime import UTC, datetime
from html import escape


def told(at: int | None) -> str | None:
    """A time."""
    return None if at is None else f"{datetime.fromtimestamp(at, UTC):%Y-%m-%dT%H:%M:%SZ}"


def html(text: str) -> str:
    """A text as the editor writes it."""
    return f"<div>{escape(text, quote=False)}</div>".replace("\n", "<br>") if text else ""
