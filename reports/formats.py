"""The formats of a pack: from the one data model to finished files."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import StrEnum

from reports.decision_page import decision_pages
from reports.file_names import evidence_name, stem
from reports.language import speaking
from reports.mail import render_mail
from reports.model import Pack
from reports.pack import pack_to_json
from reports.pdf import render_pdf
from reports.render import render_html
from reports.slides.deck import render_slides
from reports.tables_csv import evidence_csv
from reports.workbook.book import render_workbook

_PPTX = "application/vnd.openxmlformats-officedocument.presentationml.presentation"
_XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


class Format(StrEnum):
    """What a pack can be had as."""

    PDF = "pdf"
    HTML = "html"
    MAIL = "mail"
    WORKBOOK = "workbook"
    SLIDES = "slides"
    JSON = "json"


@dataclass(frozen=True, slots=True, kw_only=True)
class RenderedFile:
    """A finished file of a pack.

    `content_id` is set on a picture that a mail shows by `cid:`.
    """

    name: str
    media_type: str
    data: bytes
    content_id: str | None = None


def render(pack: Pack, kind: Format) -> tuple[RenderedFile, ...]:
    """A pack in one format; the same pack gives the same bytes.

    The first file is the one to open. What follows belongs to it: the records behind a page's
    figures, the plain text and the pictures of a mail.

    Raises:
        RenderError: a library, a system package or the typeface that the format needs is missing.
    """
    with speaking(pack.language):
        return _RENDERERS[kind](pack)


def _pdf(pack: Pack) -> tuple[RenderedFile, ...]:
    return (_file(pack, "pdf", "application/pdf", render_pdf(pack)),)


def _html(pack: Pack) -> tuple[RenderedFile, ...]:
    page = render_html(pack, evidence_file=evidence_name(pack))
    records = RenderedFile(
        name=evidence_name(pack),
        media_type="text/csv; charset=utf-8",
        data=evidence_csv(pack).encode(),
    )
    decisions = (
        RenderedFile(name=name, media_type="text/html; charset=utf-8", data=text.encode())
        for name, text in decision_pages(pack)
    )
    return (_file(pack, "html", "text/html; charset=utf-8", page.encode()), records, *decisions)


def _workbook(pack: Pack) -> tuple[RenderedFile, ...]:
    return (_file(pack, "xlsx", _XLSX, render_workbook(pack)),)


def _mail(pack: Pack) -> tuple[RenderedFile, ...]:
    made = render_mail(pack)
    pictures = (
        RenderedFile(
            name=f"{stem(pack)}-{place}.png",
            media_type="image/png",
            data=picture.data,
            content_id=picture.content_id,
        )
        for place, picture in enumerate(made.pictures, 1)
    )
    return (
        _file(pack, "mail.html", "text/html; charset=utf-8", made.html.encode()),
        _file(pack, "mail.txt", "text/plain; charset=utf-8", made.text.encode()),
        *pictures,
    )


def _slides(pack: Pack) -> tuple[RenderedFile, ...]:
    return (_file(pack, "pptx", _PPTX, render_slides(pack)),)


def _json(pack: Pack) -> tuple[RenderedFile, ...]:
    return (_file(pack, "json", "application/json", pack_to_json(pack)),)


def _file(pack: Pack, suffix: str, media_type: str, data: bytes) -> RenderedFile:
    return RenderedFile(name=f"{stem(pack)}.{suffix}", media_type=media_type, data=data)


_RENDERERS: Mapping[Format, Callable[[Pack], tuple[RenderedFile, ...]]] = {
    Format.PDF: _pdf,
    Format.HTML: _html,
    Format.MAIL: _mail,
    Format.WORKBOOK: _workbook,
    Format.SLIDES: _slides,
    Format.JSON: _json,
}
