"""What every pack promises, held against one that was really made: partners, and no blame."""

import re
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import fields, is_dataclass
from pathlib import Path

import pytest

from flows.settings import load_settings
from flows.wiring import build
from reports.measures.blameless import findings
from reports.measures.contracts import CATALOGUE
from reports.model import CandidateCard, CandidateRow, MemberLine, Pack
from reports.pack import pack_from_json
from tests.e2e.practice_estate import Practice

OF_RECORDS = (MemberLine, CandidateRow, CandidateCard)
"""What holds texts of tickets, which are quoted and not generated."""


@pytest.fixture(scope="module")
def config(practice: Practice, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The configuration of a desk whose week has been packed."""
    path = practice.into(tmp_path_factory.mktemp("promises"))
    path.write_text(path.read_text() + '[[figures.events]]\nname = "move"\nfirst_day = 2026-01-01\n'
                    "last_day = 2027-12-31\n")  # fmt: skip
    call = "from flows.cli import main; main()"
    command = [sys.executable, "-c", call, "run", "--config", str(path), "--week", practice.week]
    done = subprocess.run(command, capture_output=True, text=True, timeout=400, check=False)
    assert done.returncode == 0, done.stderr
    return path


@pytest.fixture(scope="module")
def page(config: Path, practice: Practice) -> str:
    return (config.parent / "packs" / practice.week / "pack.html").read_text()


@pytest.fixture(scope="module")
def pack(config: Path, practice: Practice) -> Pack:
    parts = build(load_settings(config), config.parent)
    with parts.store.begin() as uow:
        kept = uow.packs.get(practice.week, "full")
    assert kept is not None
    return pack_from_json(kept.content)


def test_no_figure_stands_without_its_partner(page: str) -> None:
    cards = [part.partition("</article>")[0] for part in page.split('<article class="card">')[1:]]
    assert len(cards) > 20
    titles = {contract.title for contract in CATALOGUE.values()}
    for card in cards:
        beside = re.findall(r'<p class="beside">Beside it: (.*?)</p>', card)
        assert len(beside) == 1, card
        assert any(title in beside[0] for title in titles), beside


def test_figures_told_by_their_parts_only_name_their_partner_too(pack: Pack) -> None:
    with_card = {card.figure_id for section in pack.sections for card in section.cards}
    lone = [one for one in pack.definitions if one.figure_id not in with_card]
    assert lone
    for one in lone:
        tables = [t for s in pack.sections for t in s.tables if t.caption.startswith(one.title)]
        bars = [b for s in pack.sections for b in s.bars if b.figure_id == one.figure_id]
        told = [table.note or "" for table in tables] + [bar.subtitle for bar in bars]
        told += [
            f"Beside it: {row[3]}"  # the partner comes first there
            for section in pack.sections
            for table in section.tables
            if table.caption == "Also measured"
            for row in table.rows
            if re.sub(r" \([a-z]+\)$", "", row[0]) == one.title and row[3] != "–"
        ]
        assert told, one.figure_id
        assert any("Beside it: " in text for text in told), (one.figure_id, told)


def test_no_generated_sentence_blames_anybody(pack: Pack) -> None:
    sentences = set(_generated(pack))
    assert len(sentences) > 300
    assert not [found for text in sorted(sentences) for found in findings(text)]


def test_a_known_event_is_named_in_every_chart(page: str, pack: Pack) -> None:
    charts = [chart for section in pack.sections for chart in section.charts]
    assert len(charts) > 10
    assert all([mark.name for mark in chart.marks] == ["move"] for chart in charts)
    assert page.count("Marked: move, ") == len(charts)


def _generated(value: object) -> Iterator[str]:
    """Every text of a pack but for the numbers of records and what tickets say."""
    if isinstance(value, str):
        yield value
    elif is_dataclass(value) and not isinstance(value, OF_RECORDS):
        for field in fields(value):
            if field.name not in ("rows", "base_rows"):
                yield from _generated(getattr(value, field.name))
    elif isinstance(value, tuple | list):
        for one in value:
            yield from _generated(one)
