"""Plain text as HTML that `html_text.plain_of` reads back, and what of a text survives that."""

from html import escape

_BLANK_LINES = "\n\n\n"


def html_of_text(text: str) -> str:
    """A text as one paragraph, its lines broken."""
    return f"<p>{escape(text, quote=False)}</p>".replace("\n", "<br>") if text else ""


def kept_text(text: str, longest: int) -> str:
    """A text with plain line ends, no more than one blank line, and none around it, cut."""
    plain = text.replace("\r\n", "\n").replace("\r", "\n").replace("\x00", "").replace("\xa0", " ")
    lines = "\n".join(line.rstrip() for line in plain[: 2 * longest].split("\n"))
    while _BLANK_LINES in lines:
        lines = lines.replace(_BLANK_LINES, "\n\n")
    return lines[:longest].strip()


def kept_line(text: str, longest: int) -> str:
    """A text in one line, cut."""
    return " ".join(text.replace("\x00", "").split())[:longest].strip()
