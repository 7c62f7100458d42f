"""A pack as a tagged PDF, from the same page as the web."""

import hashlib
import importlib
import logging
import os
from collections.abc import Iterator
from contextlib import contextmanager, redirect_stdout
from io import StringIO
from types import ModuleType

from itsm.errors import RenderError
from reports.file_names import evidence_name
from reports.model import Pack
from reports.pack import comparable, pack_to_json
from reports.render import render_html

SYSTEM_PACKAGES = ("libpango-1.0-0", "libpangoft2-1.0-0", "libharfbuzz-subset0")
"""What WeasyPrint loads from the system, by its Debian names; it can do without the last."""
_EPOCH = "SOURCE_DATE_EPOCH"


def render_pdf(pack: Pack) -> bytes:
    """A pack as PDF/UA-1: the same pack gives the same bytes.

    Raises:
        RenderError: the PDF library or a system package it needs is missing; names which.
    """
    weasyprint = _library()
    only_embedded = weasyprint.urls.URLFetcher(allowed_protocols=("data",))
    paper = render_html(pack, is_print=True, evidence_file=evidence_name(pack))
    page = weasyprint.HTML(string=paper, url_fetcher=only_embedded)
    identifier = hashlib.sha256(pack_to_json(comparable(pack))).digest()[:16]
    with _timeless():
        document = page.write_pdf(pdf_variant="pdf/ua-1", pdf_identifier=identifier)
    assert isinstance(document, bytes)
    return document


@contextmanager
def _timeless() -> Iterator[None]:
    """Without HarfBuzz-Subset, fontTools cuts the typeface, and would date what is left."""
    before, log = os.environ.get(_EPOCH), logging.getLogger("weasyprint")
    os.environ[_EPOCH] = before or "0"
    log.addFilter(_is_of_the_pack)
    try:
        yield
    finally:
        log.removeFilter(_is_of_the_pack)
        if before is None:
            del os.environ[_EPOCH]


def _is_of_the_pack(record: logging.LogRecord) -> bool:
    return not record.getMessage().startswith("Using fontTools instead of HarfBuzz-Subset")


def require_library() -> None:
    """See that a PDF can be made here.

    Raises:
        RenderError: the PDF library or a system package it needs is missing; names which.
    """
    _library()


def _library() -> ModuleType:
    try:
        with redirect_stdout(StringIO()):  # it would advise there, where results go
            return importlib.import_module("weasyprint")
    except ModuleNotFoundError as error:
        raise RenderError(
            f"no PDF: {error.name} is not installed: pip install {error.name}"
        ) from error
    except OSError as error:
        raise RenderError(
            f"no PDF: the PDF library needs system packages: apt-get install "
            f"{' '.join(SYSTEM_PACKAGES)} ({error})"
        ) from error
