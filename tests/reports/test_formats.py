"""The formats of a pack: which files there are, and that rendering again gives the same bytes."""

import csv
from io import StringIO

import pytest

from reports.evidence import evidence_lists
from reports.formats import Format, render
from reports.pack import build_pack, pack_from_json
from tests.reports.sample_pack import quiet_input, sample_input

HANDED_OUT = {
    Format.PDF: ("pack-2026-W34-full.pdf",),
    Format.HTML: ("pack-2026-W34-full.html", "pack-2026-W34-full-evidence.csv"),
    Format.JSON: ("pack-2026-W34-full.json",),
}


@pytest.mark.parametrize("kind", HANDED_OUT)
def test_a_format_gives_its_files_named_by_week_and_edition(kind: Format) -> None:
    files = render(build_pack(quiet_input()), kind)
    assert tuple(file.name for file in files) == HANDED_OUT[kind]
    assert all(file.data for file in files)


def test_json_is_the_pack_itself() -> None:
    pack = build_pack(sample_input())
    assert pack_from_json(render(pack, Format.JSON)[0].data) == pack


def test_the_file_beside_the_page_holds_every_record() -> None:
    pack = build_pack(sample_input())
    page, records, *_decisions = render(pack, Format.HTML)
    assert f'href="{records.name}"'.encode() in page.data
    listed = list(csv.DictReader(StringIO(records.data.decode(), newline="")))
    assert len(listed) == sum(len(e.rows) + len(e.base_rows) for e in evidence_lists(pack))
