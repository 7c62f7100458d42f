"""The forms that an access request comes in: for a terminal, a ticket, a browser, a spreadsheet."""

import csv
import io
import textwrap
from collections.abc import Callable, Iterable, Iterator, Mapping
from html import escape
from types import MappingProxyType

from connectors.core.access import AccessVerb, Need, Use
from flows.doctor_access import AccessRequest, needed_by
from itsm.pushing import PushMode
from reports.tables_csv import neutral

WIDTH = 79


def as_text(request: AccessRequest) -> Iterator[str]:
    """For a terminal of 80 columns."""
    yield from _wrapped(f"Access request for {request.source} ({request.kind}, {request.url})", 0)
    yield from _wrapped(f"for {request.user}; {scope(request)}", 0)
    yield ""
    for one in request.sheet.about:
        yield from textwrap.wrap(one, WIDTH, initial_indent="- ", subsequent_indent="  ")
    for number, need in enumerate(request.sheet.needs, 1):
        yield ""
        yield from _wrapped(f"{number:>3}  {need.verb:<7} {need.place}", 13)
        for label, told in _cells(need):
            yield from textwrap.wrap(
                told, WIDTH, initial_indent=f"     {label:<8}", subsequent_indent=" " * 13
            )
    yield ""
    yield summary(request)


def scope(request: AccessRequest) -> str:
    """How far it goes, in a line."""
    if request.mode is PushMode.OFF:
        return "to read only: push.mode is off"
    mirror = ", the register is mirrored" if Use.REGISTER in request.uses else ""
    return f"to read, and to write as far as push.mode = {request.mode} goes{mirror}"


def summary(request: AccessRequest) -> str:
    """How many permissions of each kind."""
    verbs = [need.verb for need in request.sheet.needs]
    counted = ", ".join(f"{verbs.count(verb)} to {verb}" for verb in AccessVerb if verb in verbs)
    return f"{len(verbs)} permissions: {counted}"


def _cells(need: Need) -> Iterator[tuple[str, str]]:
    yield "grant", need.grant
    if need.of:
        yield "of", ", ".join(need.of)
    if need.fields:
        yield "fields", ", ".join(need.fields)
    yield "why", need.why
    yield "for", needed_by(need)


def _wrapped(text: str, indent: int) -> list[str]:
    return textwrap.wrap(text, WIDTH, subsequent_indent=" " * indent, break_on_hyphens=False)


def rows(request: AccessRequest) -> list[tuple[str, ...]]:
    """One row a permission, below `HEADING`."""
    return [
        (
            request.source,
            need.place,
            need.verb.value,
            ", ".join(need.of),
            ", ".join(need.fields),
            need.grant,
            need.why,
            needed_by(need),
        )
        for need in request.sheet.needs
    ]


HEADING = ("source", "place", "verb", "of", "fields", "grant", "why", "needed by")


def as_markdown(request: AccessRequest) -> Iterator[str]:
    """For a ticket to the administrator."""
    yield f"## Access request for {request.source} ({request.kind}, {request.url})\n"
    yield f"For {request.user}; {scope(request)}.\n"
    yield from (f"- {one}" for one in request.sheet.about)
    heading = (request.sheet.place, *HEADING[2:])
    yield f"\n| {' | '.join(heading)} |\n|{' --- |' * len(heading)}"
    for row in rows(request):
        yield f"| {' | '.join(cell.replace('|', chr(92) + '|') for cell in row[1:])} |"
    yield f"\n{summary(request)}."


def as_html(request: AccessRequest) -> Iterator[str]:
    """A part of a page."""
    yield f"<h1>Access request for {escape(request.source)}</h1>"
    yield f"<p>{escape(request.kind)}, {escape(request.url)}, for {escape(request.user)}; "
    yield f"{escape(scope(request))}.</p><ul>"
    yield from (f"<li>{escape(one)}</li>" for one in request.sheet.about)
    heading = (request.sheet.place, *HEADING[2:])
    cells = "".join(f'<th scope="col">{escape(one)}</th>' for one in heading)
    yield f"</ul><table><thead><tr>{cells}</tr></thead><tbody>"
    for row in rows(request):
        yield "<tr>" + "".join(f"<td>{escape(cell)}</td>" for cell in row[1:]) + "</tr>"
    yield f"</tbody></table><p>{escape(summary(request))}.</p>"


_PAGE = """<!doctype html>
<html lang="en"><head><meta charset="utf-8"><title>Access request</title><style>
body {{ font: 14px/1.4 sans-serif; margin: 2em; }}
table {{ border-collapse: collapse; }}
th, td {{ border: 1px solid #767676; padding: .3em .5em; text-align: left; vertical-align: top; }}
</style></head><body>
{body}
</body></html>"""


def in_text(requests: Iterable[AccessRequest]) -> str:
    """All of them for a terminal."""
    return "\n\n".join("\n".join(as_text(one)) for one in requests)


def in_markdown(requests: Iterable[AccessRequest]) -> str:
    """All of them for a ticket."""
    return "\n\n".join("\n".join(as_markdown(one)) for one in requests)


def in_html(requests: Iterable[AccessRequest]) -> str:
    """All of them as a page that loads nothing."""
    return _PAGE.format(body="\n".join(line for one in requests for line in as_html(one)))


def in_csv(requests: Iterable[AccessRequest]) -> str:
    """All of them for a spreadsheet; no cell is a formula to it."""
    kept = io.StringIO()
    writer = csv.writer(kept, lineterminator="\n")
    writer.writerow(HEADING)
    for request in requests:
        writer.writerows([neutral(cell) for cell in row] for row in rows(request))
    return kept.getvalue().rstrip("\n")


FORMS: Mapping[str, Callable[[Iterable[AccessRequest]], str]] = MappingProxyType(
    {"text": in_text, "markdown": in_markdown, "html": in_html, "csv": in_csv}
)
"""How a request can be given."""
