"""Values that clients send, as a site keeps them."""

from collections.abc import Mapping
from dataclasses import dataclass

from simulator.jira.fields import Field, Shape
from simulator.jira.rendering import Renderer
from simulator.jira.words import PRIORITIES

_NO_DOCUMENT = "Operation value must be an Atlassian Document (see the Atlassian Document Format)"
_NO_TEXT = "Operation value must be a string"


@dataclass(frozen=True, slots=True)
class Given:
    """What a client wants a field to hold, as the site keeps it."""

    word: str


def given_value(renderer: Renderer, field: Field, value: object) -> Given | str:
    """A value that a client sends, as the site keeps it; or what is wrong with it."""
    if value is None:
        return Given("")
    if field.shape is Shape.DOC and renderer.version == 3:
        if isinstance(value, dict) and value.get("type") == "doc":
            return Given(_text_of(value))
        return _NO_DOCUMENT
    if field.shape is Shape.OPTION or field.id == "priority":
        return _option(field, value)
    return Given(value) if isinstance(value, str) else _NO_TEXT


def _option(field: Field, value: object) -> Given | str:
    told = value if isinstance(value, dict) else {}
    if field.id == "priority":
        word = told.get("name")
        return Given(str(word)) if word in PRIORITIES else "The priority selected is invalid."
    word = told.get("value")
    return Given(str(word)) if word else "Specify a valid 'id' or 'name' for the option"


def _text_of(node: Mapping[str, object]) -> str:
    """The words of a document: blocks apart by a blank line."""
    kind, content = node.get("type"), node.get("content")
    if kind == "text":
        return str(node.get("text", ""))
    if kind == "hardBreak":
        return "\n"
    parts = [_text_of(one) for one in content] if isinstance(content, list) else []
    return ("\n\n" if kind == "doc" else "").join(parts)
