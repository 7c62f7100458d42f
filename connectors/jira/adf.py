"""Atlassian Document Format as plain text.

Source:
    Atlassian Document Format: https://developer.atlassian.com/cloud/jira/platform/apis/document.
"""

from collections.abc import Mapping, Sequence
from typing import Any

_BLOCKS = frozenset(
    {
        "paragraph",
        "heading",
        "codeBlock",
        "blockquote",
        "panel",
        "bulletList",
        "orderedList",
        "taskList",
        "decisionList",
        "table",
        "rule",
        "expand",
        "nestedExpand",
        "mediaSingle",
        "mediaGroup",
    }
)
_ITEMS = frozenset({"listItem", "taskItem", "decisionItem"})
_ROWS = frozenset({"tableRow", "tableCell", "tableHeader", "media"})
_LISTS = frozenset({"bulletList", "orderedList", "taskList", "decisionList", "table"})
_DEEPEST = 60


def is_document(value: object) -> bool:
    """Whether a value is a document."""
    return isinstance(value, Mapping) and value.get("type") == "doc"


def plain_text(document: Mapping[str, Any]) -> str:
    """A document's text: blocks apart by a blank line, items and rows by a break.

    Whatever is not known is gone through, so that no text in it is lost.
    """
    return "\n\n".join(filter(None, (_block(node, 0) for node in _content(document)))).strip("\n")


def _block(node: Mapping[str, Any], depth: int) -> str:
    content = _content(node) if depth <= _DEEPEST else ()
    if not content:
        return _inline(node, depth) if depth <= _DEEPEST else ""
    is_flat = not any(one.get("type") in _BLOCKS | _ITEMS | _ROWS for one in content)
    show = _inline if is_flat else _block
    parts = [show(one, depth + 1) for one in content]
    kind = node.get("type")
    if kind in _ITEMS:
        return "- " + "\n".join(parts)
    if kind == "tableRow":
        return " | ".join(part.replace("\n", " ") for part in parts)
    if is_flat:
        return "".join(parts)
    return ("\n" if kind in _LISTS else "\n\n").join(parts)


def _inline(node: Mapping[str, Any], depth: int) -> str:
    kind = node.get("type")
    if kind == "text":
        return str(node.get("text", ""))
    if kind == "hardBreak":
        return "\n"
    shown = node.get("attrs")
    attrs: Mapping[str, Any] = shown if isinstance(shown, Mapping) else {}
    if kind in {"mention", "emoji", "status", "placeholder"}:
        return str(attrs.get("text") or attrs.get("shortName") or "")
    if kind in {"inlineCard", "blockCard", "embedCard"}:
        return str(attrs.get("url") or "")
    if kind == "date":
        return str(attrs.get("timestamp") or "")
    return _block(node, depth + 1) if _content(node) else ""


def _content(node: Mapping[str, Any]) -> Sequence[Mapping[str, Any]]:
    content = node.get("content")
    return [one for one in content if isinstance(one, Mapping)] if isinstance(content, list) else []


def document(text: str) -> dict[str, Any]:
    """A plain text as a document, out of which `plain_text` makes the same text again."""
    paragraphs = []
    for part in text.split("\n\n"):
        content: list[dict[str, Any]] = []
        for place, line in enumerate(part.split("\n")):
            if place:
                content.append({"type": "hardBreak"})
            if line:
                content.append({"type": "text", "text": line})
        paragraphs.append({"type": "paragraph", "content": content})
    return {"type": "doc", "version": 1, "content": paragraphs}
