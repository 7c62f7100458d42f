"""Pieces of an SVG that charts share: lines, texts, and how a coordinate is written."""

from markupsafe import Markup

from reports.text import printable

INK, MUTED, RULE, BAND = "#16232e", "#52606b", "#c9d1d7", "#e9eef2"


def horizontal(
    y: float, x1: float, x2: float, colour: str, css: str, dash: str | None = None
) -> Markup:
    """A level line, dashed where a pattern is given."""
    dashes = Markup(' stroke-dasharray="{}"').format(dash) if dash else Markup("")
    return Markup(
        '<line class="{}" x1="{}" x2="{}" y1="{}" y2="{}" stroke="{}" stroke-width="1"{}/>'
    ).format(css, coordinate(x1), coordinate(x2), coordinate(y), coordinate(y), colour, dashes)


def vertical(
    x: float, y1: float, y2: float, css: str = "c-axis", dash: str | None = None
) -> Markup:
    """An upright line, dashed where a pattern is given."""
    dashes = Markup(' stroke-dasharray="{}"').format(dash) if dash else Markup("")
    return Markup(
        '<line class="{}" x1="{}" x2="{}" y1="{}" y2="{}" stroke="{}" stroke-width="1"{}/>'
    ).format(css, coordinate(x), coordinate(x), coordinate(y1), coordinate(y2), INK, dashes)


def text_at(x: float, y: float, text: str, anchor: str, strong: bool = False) -> Markup:
    """A text that begins, ends or is centred at a point."""
    weight = Markup(' font-weight="600"') if strong else Markup("")
    return Markup('<text class="{}" x="{}" y="{}" text-anchor="{}" fill="{}"{}>{}</text>').format(
        "c-strong" if strong else "c-text",
        coordinate(x),
        coordinate(y),
        anchor,
        INK if strong else MUTED,
        weight,
        printable(text),
    )


def coordinate(value: float) -> str:
    """A coordinate with at most one decimal, the same on every machine."""
    text = f"{value:.1f}"
    return text[:-2] if text.endswith(".0") else text
