"""Plain text out of HTML that people and editors wrote into a field."""

import re
from html import unescape

_BREAK = re.compile(r"<br\s*/?>|</(?:p|div|li|tr|h[1-6]|blockquote)\s*>", re.IGNORECASE)
_HIDDEN = re.compile(r"<(script|style)\b.*?</\1\s*>", re.IGNORECASE | re.DOTALL)
_TAG = re.compile(r"<[a-zA-Z/!][^<>]*>")
_BLANK_LINES = re.compile(r"\n{3,}")


def plain_of(html: str) -> str:
    """The text that people see: a line per paragraph, no markup, entities as characters."""
    if "<" not in html and "&" not in html:
        return html.strip()
    text = _TAG.sub("", _BREAK.sub("\n", _HIDDEN.sub("", html)))
    return _BLANK_LINES.sub("\n\n", unescape(text).replace("\u00a0", " ")).strip()
