"""What a machine can check of PDF/UA-1: tags, titles, headings, tables, links, typefaces.

Source:
    Matterhorn Protocol 1.1, PDF Association: the failure conditions named at each test.
"""

from collections.abc import Iterator, Sequence
from functools import cache
from io import BytesIO
from itertools import pairwise
from typing import Any

import pytest
from pypdf import PdfReader
from pypdf.generic import ArrayObject, ContentStream, DictionaryObject

from reports.editions import EditionKind
from reports.formats import Format, render
from tests.reports.narrow_packs import edition_of

PAINTS = frozenset(
    {"Tj", "TJ", "'", '"', "f", "F", "f*", "B", "B*", "b", "b*", "S", "s", "sh", "Do", "BI"}
)
STANDARD = frozenset(
    "Document Part Art Sect Div BlockQuote Caption TOC TOCI Index NonStruct Private P H H1 H2 H3 "
    "H4 H5 H6 L LI Lbl LBody Table TR TH TD THead TBody TFoot Span Quote Note Reference BibEntry "
    "Code Link Annot Figure Formula Form".split()
)
WITHOUT_PICTURES = (EditionKind.VENDOR, EditionKind.WATCH_LIST, EditionKind.CAB)
"""Editions of tables alone; the sample week has no changes to draw."""
EDITIONS = (
    EditionKind.EXECUTIVE,
    EditionKind.VENDOR,
    EditionKind.WATCH_LIST,
    *(pytest.param(k, marks=pytest.mark.slow) for k in (EditionKind.FULL, EditionKind.CAB)),
)
each = pytest.mark.parametrize("kind", EDITIONS)


@cache
def document(kind: EditionKind) -> PdfReader:
    """The PDF of an edition."""
    return PdfReader(BytesIO(render(edition_of(kind), Format.PDF)[0].data))


def root_of(kind: EditionKind) -> Any:
    """The catalogue of the document; what lies in a PDF has no types."""
    return document(kind).root_object


def pages_of(kind: EditionKind) -> Sequence[Any]:
    """Its pages."""
    return document(kind).pages


def elements(kind: EditionKind) -> list[Any]:
    """Every element of the structure, in reading order."""
    return list(_below(root_of(kind)["/StructTreeRoot"].get_object()))


def _below(element: Any) -> Iterator[Any]:
    held = element.get("/K")
    held = None if held is None else held.get_object()
    for one in held if isinstance(held, ArrayObject) else [held]:
        child = None if one is None else one.get_object()
        if isinstance(child, DictionaryObject) and "/S" in child:
            yield child
            yield from _below(child)


@each
def test_the_document_says_what_it_is_and_in_which_language(kind: EditionKind) -> None:
    """01-007, 06-001 to 06-004, 07-001, 07-002, 11-006."""
    root = root_of(kind)
    assert root["/MarkInfo"]["/Marked"]
    assert not root["/MarkInfo"].get("/Suspects", False)
    assert root["/ViewerPreferences"]["/DisplayDocTitle"]
    assert root["/Lang"] == "en"
    told = root["/Metadata"].get_object().get_data().decode()
    assert 'pdfuaid:part="1"' in told
    assert "<dc:title>" in told


@each
def test_all_that_is_painted_is_tagged_or_set_aside(kind: EditionKind) -> None:
    """01-003 to 01-005."""
    reader = document(kind)
    for page in pages_of(kind):
        depth = 0
        for _operands, name in ContentStream(page.get_contents(), reader).operations:
            operator = name.decode("latin-1")
            depth += (operator in {"BMC", "BDC"}) - (operator == "EMC")
            assert depth or operator not in PAINTS, f"{operator} on page {page.page_number}"
        assert depth == 0
        assert "/StructParents" in page


@each
def test_every_element_is_of_a_kind_that_readers_know(kind: EditionKind) -> None:
    """02-001 to 02-004."""
    assert {str(one["/S"])[1:] for one in elements(kind)} <= STANDARD


@each
def test_headings_skip_no_level(kind: EditionKind) -> None:
    """14-002, 14-003."""
    levels = [int(str(one["/S"])[2:]) for one in elements(kind) if str(one["/S"])[1:2] == "H"
              and str(one["/S"])[2:].isdigit()]  # fmt: skip
    assert levels[0] == 1
    assert all(after <= before + 1 for before, after in pairwise(levels))


@each
def test_every_picture_is_told_in_words(kind: EditionKind) -> None:
    """13-004."""
    pictures = [one for one in elements(kind) if one["/S"] == "/Figure"]
    assert all(str(one.get("/Alt", "")).strip() for one in pictures)
    sections = edition_of(kind).sections
    assert len(pictures) >= sum(len((*one.charts, *one.bars, *one.maps)) for one in sections)
    assert pictures or kind in WITHOUT_PICTURES


@each
def test_cells_name_their_heads(kind: EditionKind) -> None:
    """15-003: a head has a scope, or every cell names its heads by their ids."""
    found = elements(kind)
    heads = {bytes(one["/ID"].original_bytes) for one in found if one["/S"] == "/TH"}
    cells = [one for one in found if one["/S"] == "/TD"]
    assert heads and cells
    for one in cells:
        named = one["/A"].get_object().get("/Headers", ())
        assert named, "a cell without a head"
        assert {bytes(name.get_object().original_bytes) for name in named} <= heads


@each
def test_links_are_in_the_reading_order_and_say_where_they_lead(kind: EditionKind) -> None:
    """28-002, 28-004, 28-008, 28-011, 28-012."""
    n_links = 0
    for page in pages_of(kind):
        links = [one.get_object() for one in page.get("/Annots", ())]
        assert not links or page["/Tabs"] == "/S"
        for link in links:
            n_links += 1
            assert link["/Subtype"] == "/Link"
            assert "/StructParent" in link
            assert str(link.get("/Contents", "")).strip()
    assert n_links


@each
def test_typefaces_are_embedded_and_their_signs_are_letters(kind: EditionKind) -> None:
    """31-009, 10-001."""
    for page in pages_of(kind):
        for held in page["/Resources"].get("/Font", {}).values():
            font = held.get_object()
            below = font["/DescendantFonts"][0].get_object() if "/DescendantFonts" in font else font
            assert any(name.startswith("/FontFile") for name in below["/FontDescriptor"])
            assert "/ToUnicode" in font
