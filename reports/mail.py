"""A pack as a mail: HTML that mail programs render, the same as plain text, charts as pictures.

`docs/mail-html.md` lists what the HTML may hold; a test holds every mail to it.
"""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache

from jinja2 import Environment
from markupsafe import Markup

from reports.charts import WIDTH, control_chart_svg, described
from reports.heading import WATCH_LIST, heading, known_line, running_line
from reports.mail_text import mail_text
from reports.model import Card, Comment, ControlChart, Pack
from reports.page_templates import environment
from reports.raster import SCALE, png
from reports.text import clean, is_web

MAX_BYTES = 100_000
"""Gmail cuts a mail off after so many bytes of HTML."""
MAX_PICTURES = 2
MAX_TEXT = 600
"""Letters of one text of a mail."""
MAX_CARDS, MAX_SECTIONS, MAX_COMMENTS = 8, 16, 8
_NO_ROWS = (0,)
_ROWS = (25, 10, 3, 0)
"""Rows of each table of a watch list, fewer where the mail would become too large."""
_SIGNALS = ("worse", "shift", "better")


@dataclass(frozen=True, slots=True)
class Picture:
    """A chart of a mail, shown by its content id; `name` is its figure, `title` its finding."""

    content_id: str
    name: str
    title: str
    subtitle: str
    alt: str
    data: bytes
    width: int = round(WIDTH * SCALE * 0.75)


@dataclass(frozen=True, slots=True)
class Mail:
    """A mail without its envelope."""

    html: str
    text: str
    pictures: tuple[Picture, ...]


def render_mail(pack: Pack) -> Mail:
    """A pack as a mail, in the language spoken.

    Raises:
        RenderError: the picture library or the typeface is not installed.
    """
    pictures = tuple(_pictures(pack))
    return Mail(_html(pack, pictures), mail_text(pack), pictures)


def _pictures(pack: Pack) -> Iterator[Picture]:
    for place, chart in enumerate(_charts(pack)[:MAX_PICTURES], 1):
        yield Picture(
            content_id=f"chart-{place}@pack",
            name=clean(chart.title.partition(": ")[0]),
            title=clean(chart.title),
            subtitle=clean(chart.subtitle),
            alt=clean(described(chart), 400),
            data=png(control_chart_svg(chart)),
        )


def _charts(pack: Pack) -> list[ControlChart]:
    """The charts of the brief; of a longer edition those that show a signal."""
    if pack.brief.is_short or pack.brief.charts:
        return list(pack.brief.charts)
    return [chart for s in pack.sections for chart in s.charts if chart.tone in _SIGNALS]


def _html(pack: Pack, pictures: Sequence[Picture]) -> str:
    """The HTML, with as many rows of tables as it has room for."""
    page = ""
    for n_rows in _ROWS if pack.kind == WATCH_LIST else _NO_ROWS:
        page = (
            _environment()
            .get_template("mail.html.j2")
            .render(
                pack=pack,
                heading=heading(pack),
                running=running_line(pack),
                known=known_line(pack),
                pictures=pictures,
                cards=_cards(pack),
                sections=pack.sections[:MAX_SECTIONS],
                comments=_comments(pack),
                n_rows=n_rows,
            )
        )
        if len(page.encode()) < MAX_BYTES:
            break
    return page


def _cards(pack: Pack) -> Sequence[Card]:
    return () if pack.brief.is_short else pack.brief.cards[:MAX_CARDS]


def _comments(pack: Pack) -> dict[str, list[Comment]]:
    found: dict[str, list[Comment]] = defaultdict(list)
    for comment in pack.comments[:MAX_COMMENTS]:
        found[comment.section_id].append(comment)
    return found


@cache
def _environment() -> Environment:
    made = environment(_mail_text)
    made.filters["is_web"] = is_web
    return made


def _mail_text(value: object) -> object:
    """A last guard: one line of printable text, and not an endless one."""
    if isinstance(value, str) and not isinstance(value, Markup):
        return clean(value, MAX_TEXT)
    return value
