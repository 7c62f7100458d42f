"""The vendor edition: an allow-list of fields; nothing planted elsewhere gets into any format."""

import io
import re
import shutil
import subprocess
import zipfile
from collections.abc import Iterator
from dataclasses import fields, replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from itsm.figures import Figure
from reports.editions import Choice, EditionKind
from reports.formats import Format, render
from reports.measures.vendor_dossier import OURS, THEIRS
from reports.measures.vendor_lines import Compared, Dossier, Line, Past, Standing
from reports.model import Missing, Pack, RunInfo
from reports.pack import PackInput
from reports.render import render_html
from reports.sections.dossier import ALLOWED
from reports.special import vendor_pack
from tests.reports.made_packs import BROUGHT
from tests.reports.narrow_packs import edition_of
from tests.reports.sample_pack import candidate, sample_input, sample_register

RIVAL, HOST, PERSON = "Zephyr Rival GmbH", "lon-sql-07", "Jane Q. Roe"
COST, RAW = "987,654.32", "printer on fire near the third desk"
PLANTS = (RIVAL, HOST, PERSON, COST, RAW, "98765432")
CHOICE = Choice(kind=EditionKind.VENDOR, name="Acme")


def _line(number: int, plant: str = "") -> Line:
    """A missed commitment; with a plant in every text that has room for one."""
    return Line(
        case=f"VC{number}",
        reference=plant or f"A-{number}",
        incident=plant or f"INC{number}",
        commitment="resolution",
        clause=plant or "CN1-RSL3",
        clause_text=plant or "Resolution within a day",
        due="2026-03-24T08:00Z",
        actual="2026-03-24T18:00Z",
        gross_h=10.0,
        ours_h=3.0,
        late_h=7.0,
        users=40.0,
        credit=100.0,
        agreed=Standing(standing="disputed", decided_by=plant, reason=plant),
    )


def _dossier(plant: str = "") -> Dossier:
    return Dossier(
        vendor="Acme",
        period="2026-W13",
        cutoff_at=datetime(2026, 3, 30, tzinfo=UTC),
        currency=plant or "EUR",
        n_resolved=3,
        n_unknown_waits=1,
        parts={OURS[0]: 6.0, THEIRS: 14.5, **({plant: 2.0} if plant else {})},
        lines=(_line(1), _line(2, plant)),
        compared=(
            Compared(
                case=plant or "VC1",
                reference=plant or "A-1",
                commitment="resolution",
                ours="missed",
                theirs=plant or "met",
                result="differing",
                agreed=Standing(reason=plant),
            ),
        ),
        trend=(
            Past(
                label="2026-W13",
                n_due=4,
                n_missed=2,
                n_theirs=1,
                due=("VC1", plant or "VC2", "VC3", "VC4"),
                missed=("VC1", plant or "VC2"),
            ),
        ),
        step=plant or "2: vendor manager",
        contingency=plant or "a second source",
        clauses_known=True,
        resolved=("VC1", plant or "VC2", "VC5"),
    )


def _given(plant: str) -> PackInput:
    """An input that holds a plant wherever it holds text."""
    given = sample_input(3)
    figures = tuple(
        replace(one, note=plant, dimensions={"vendor": plant}, rows=(plant,))
        for one in given.figures
        if isinstance(one, Figure)
    )
    return replace(
        given,
        choice=CHOICE,
        figures=figures,
        candidates=tuple(candidate(index, statement=plant) for index in range(3)),
        register=tuple(
            replace(entry, title=plant, coordinator=plant, cost=98765432.0)
            for entry in sample_register()
        ),
        missing=(Missing(what=plant, why=plant, remedy=plant),),
        late=(Missing(what=plant, why=plant, remedy=plant),),
        restatements=(plant,),
        brought=replace(BROUGHT, money_spent=98765432.0),
        decides=plant,
        quarantine=tuple(replace(q, reason=plant, examples=(plant,)) for q in given.quarantine),
        run=RunInfo(
            run_id=plant,
            made_at=given.run.made_at,
            sources=(plant,),
            versions={"csi-pipeline": "0.1.0", plant: plant, "mining": plant},
            journal_head=plant,
        ),
    )


def _pack(plant: str, language: str = "en") -> Pack:
    given = _given(plant)
    given = replace(given, choice=replace(CHOICE, language=language))
    return vendor_pack(given, _dossier(plant), (RIVAL, HOST, PERSON, plant))


def _texts(pack: Pack, kind: Format, folder: Path) -> Iterator[str]:
    """What a reader of a format could read, hidden parts of its files included."""
    for file in render(pack, kind):
        yield file.data.decode("utf-8", "replace")
        if file.name.endswith((".xlsx", ".pptx")):
            with zipfile.ZipFile(io.BytesIO(file.data)) as held:
                for name in held.namelist():
                    yield held.read(name).decode("utf-8", "replace")
        if file.name.endswith(".pdf") and shutil.which("pdftotext"):
            path = folder / file.name
            path.write_bytes(file.data)
            run = subprocess.run(
                ["pdftotext", str(path), "-"], check=True, capture_output=True, text=True
            )
            yield run.stdout


def test_each_figure_of_it_opens_to_the_cases_it_counts() -> None:
    pack, found = _pack(""), _dossier()
    held = {one.anchor: one for one in pack.evidence}
    anchors = [a for table in pack.sections[0].tables for a in table.anchors if a]
    counted = [
        table for table in pack.sections[0].tables if not table.caption.startswith("Missed comm")
    ]
    assert all(len(table.anchors) == len(table.rows) for table in counted)
    assert set(anchors) == set(held)
    past = held["rows-dossier-2026-w13"]
    assert (len(past.rows), len(past.base_rows)) == (found.trend[0].n_missed, found.trend[0].n_due)
    assert len(held["rows-dossier-split"].rows) == found.n_resolved
    page = render_html(pack)
    assert all(f'href="#{anchor}"' in page and f'id="{anchor}"' in page for anchor in anchors)


@pytest.mark.parametrize("language", ["en", "de"])
@pytest.mark.parametrize("kind", Format)
@pytest.mark.parametrize("plant", PLANTS)
def test_nothing_planted_is_in_any_format(
    plant: str, kind: Format, language: str, tmp_path: Path
) -> None:
    if kind is Format.PDF and not shutil.which("pdftotext"):
        pytest.skip("pdftotext (poppler-utils) is missing")
    pack = _pack(plant, language)
    whole = "\n".join(_texts(pack, kind, tmp_path))
    assert "Acme" in whole or "VC1" in whole, "the edition itself is there"
    for form in {plant, plant.replace(",", "."), plant.replace(",", "").partition(".")[0]}:
        assert form.casefold() not in whole.casefold(), (kind, form)


def test_what_is_planted_would_be_found(tmp_path: Path) -> None:
    pack = vendor_pack(_given(HOST), replace(_dossier(), lines=(_line(1, HOST),)), ())
    assert HOST in "\n".join(_texts(pack, Format.HTML, tmp_path))


def test_the_lines_show_the_allow_list_and_no_other_field() -> None:
    line = _line(7)
    row = next(
        table
        for table in vendor_pack(_given("x"), _dossier(), ()).sections[0].tables
        if len(table.columns) == len(ALLOWED)
    ).rows[0]
    assert len(row) == len(ALLOWED)
    hidden = {one.name for one in fields(Line)} - {name.partition(".")[0] for name in ALLOWED}
    assert hidden == {"incident", "clause_text"}
    assert line.incident not in row


def test_what_it_says_is_right_and_our_share_comes_first() -> None:
    section = vendor_pack(_given("x"), _dossier(), ()).sections[0]
    assert section.opening.sentence == (
        "2 commitments were missed, 2 of them by you, 14.0\u00a0h late."
    )
    split, lines, both, past = section.tables
    assert split.rows == (
        ("Ours, before the case was raised", "6.0", "29.3%"),
        ("Yours", "14.5", "70.7%"),
    )
    assert lines.rows[0][:4] == ("VC1", "A-1", "resolution", "CN1-RSL3")
    assert lines.rows[0][6:] == ("10.0", "3.0", "7.0", "40", "100.00", "disputed")
    assert ("Differing", "1") in both.rows
    assert past.rows == (("2026-W13", "4", "2", "1"),)


def test_no_run_no_source_and_no_reason_of_ours_is_told() -> None:
    pack = vendor_pack(sample_input(), _dossier(), ())
    assert (pack.run_id, pack.journal_head) == ("", "")
    assert not (pack.missing or pack.definitions)
    listed = {row for one in pack.evidence for row in (*one.rows, *one.base_rows)}
    assert listed == {f"VC{n}" for n in range(1, 6)}
    assert not (pack.candidate_rows or pack.register_rows)
    assert [name for name, _value in pack.provenance] == [
        *("Period", "Known up to", "Version of csi-pipeline"),
    ]


@pytest.mark.parametrize("language", ["en", "de"])
def test_a_week_without_a_miss_has_no_empty_table_or_row(language: str) -> None:
    given = replace(_given("x"), choice=replace(CHOICE, language=language))
    pack = vendor_pack(given, replace(_dossier(), lines=()), ())
    assert all(table.rows for section in pack.sections for table in section.tables)
    page = render_html(pack)
    assert "0 records" not in page and "0 Datens" not in page
    assert 'id="missing"' not in page and 'href="#missing"' not in page
    assert not re.search(r"<td[^>]*>(<bdi>)?\s*(</bdi>)?</td>", page)


@pytest.mark.parametrize("language", ["en", "de"])
def test_a_mail_without_a_run_has_no_word_for_one(language: str) -> None:
    pack = edition_of(EditionKind.VENDOR, language)
    assert not pack.run_id
    for file in render(pack, Format.MAIL):
        text = file.data.decode(errors="ignore")
        assert not re.search(r"· (Run|Lauf)\b", text), file.name
