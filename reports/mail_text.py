"""A pack as the plain text of a mail: the words of its HTML, for programs that show no other."""

from collections.abc import Iterable, Iterator, Sequence
from textwrap import wrap

from reports.heading import WATCH_LIST, heading, known_line, running_line
from reports.language import _, n_
from reports.model import Ask, Card, Comment, Pack, Section, Table
from reports.text import clean, is_web

WIDTH = 72
"""Letters of a line, as mail programs set plain text."""
MAX_TEXT = 600
MAX_ROWS = 25
_INDENT = "  "


def mail_text(pack: Pack) -> str:
    """The plain text of a mail, in the language spoken."""
    lines = [*_head(pack), *_asks(pack.brief.asks)]
    lines += _listed(_("What changed"), pack.brief.changes)
    if not pack.brief.is_short:
        lines += _listed(_("Figures"), map(_card, pack.brief.cards))
    for section in pack.sections:
        lines += _section(section, pack)
    if pack.brief.programme:
        lines += ["", *_wrapped(pack.brief.programme)]
    lines += _listed(_("What is missing"), pack.brief.gaps)
    lines += ["", *_wrapped(known_line(pack))]
    return "\n".join(lines).rstrip() + "\n"


def _head(pack: Pack) -> Iterator[str]:
    yield clean(f"{pack.organisation}: {heading(pack)}", 200)
    yield from _wrapped(running_line(pack))
    yield ""
    yield from _wrapped(pack.brief.headline)
    yield from _said(pack.comments, "brief")


def _asks(asks: Sequence[Ask]) -> Iterator[str]:
    if asks:
        yield from _title(_("Decisions asked"))
    for place, ask in enumerate(asks, 1):
        yield from _wrapped(f"{place}. {ask.title}")
        people = ", ".join(filter(None, (ask.owner, ask.due)))
        for line in filter(None, (ask.reason, people, ask.cost)):
            yield from _wrapped(line, "   ")
        if is_web(ask.href):
            yield f"   {clean(ask.href, 300)}"
        yield ""


def _section(section: Section, pack: Pack) -> Iterator[str]:
    yield from _title(section.title)
    yield from _wrapped(section.opening.sentence)
    if section.opening.ask:
        yield from _wrapped(f"{_('Asked of you:')} {section.opening.ask}")
    yield from _said(pack.comments, section.id)
    if pack.kind == WATCH_LIST:
        for table in section.tables:
            yield from _table(table)


def _table(table: Table) -> Iterator[str]:
    """A table with each row as a line that may wrap: no program keeps columns apart."""
    yield ""
    yield from _wrapped(table.caption)
    for row in table.rows[:MAX_ROWS]:
        pairs = zip(table.columns[1:], row[1:], strict=True)
        told = "; ".join(f"{column.title}: {cell}" for column, cell in pairs if cell)
        yield from _wrapped(f"- {row[0]}: {told}")
    if (left := len(table.rows) - MAX_ROWS) > 0:
        yield n_("{n} more row is in the pack.", "{n} more rows are in the pack.", left)


def _said(comments: Sequence[Comment], section_id: str) -> Iterator[str]:
    for one in comments:
        if one.section_id == section_id:
            yield ""
            yield from _wrapped(f"“{one.text}”", "> ")
            yield from _wrapped(f"{_('Comment by')} {one.by}, {one.at}", "> ")


def _listed(title: str, lines: Iterable[str]) -> list[str]:
    kept = [line for text in lines for line in _wrapped(f"- {text}")]
    return [*_title(title), *kept] if kept else []


def _card(card: Card) -> str:
    return f"{card.title}: {card.value}. {card.verdict}."


def _title(text: str) -> Iterator[str]:
    said = clean(text, WIDTH)
    yield ""
    yield said
    yield "-" * len(said)


def _wrapped(text: str, indent: str = "") -> list[str]:
    later = indent + _INDENT if text.startswith(("- ", "1", "2", "3")) else indent
    return wrap(
        clean(text, MAX_TEXT),
        WIDTH,
        initial_indent=indent,
        subsequent_indent=later,
        break_on_hyphens=False,
    )
