"""Texts of a GLPI: version 10 keeps three characters as entities, and editors write HTML."""

from connectors.core.mapping.html_text import plain_of

_KEPT = (("&#60;", "<"), ("&#62;", ">"), ("&#38;", "&"))


def text_of(value: object) -> str:
    """A text as it was written; "" for none."""
    if value is None:
        return ""
    text = str(value)
    if "&#" in text:
        for entity, character in _KEPT:
            text = text.replace(entity, character)
    return text


def html_of(value: object) -> str:
    """The text that people see of what an editor wrote."""
    return plain_of(text_of(value))
