"""A pack is made of all that the store holds, and a newer one says what moved."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from flows.delivery_settings import ArtefactSettings
from flows.figures import measure_data, results_of, stored_data
from flows.settings import load_settings
from flows.stages.pack import PackFiles, pack_week
from flows.wiring import Parts, build
from itsm.candidates import Estimate, Life, Member, ProblemCandidate
from itsm.clocks import ReportingWeek
from itsm.figures import Figure
from itsm.records import Incident, Record
from itsm.register import Origin, RegisterEntry
from itsm.states import IncidentState
from reports.measures.contracts import CATALOGUE
from store.runs import MiningRun

WEEK = ReportingWeek.parse("2026-W46")
CUTOFF = WEEK.cutoff(timedelta(hours=24))
TOML = """
[[figures.events]]
name = "office move"
first_day = 2026-10-21

[[figures.steps]]
improvement = "CSI-7"
week = "2026-W34"
"""


def _incident(n: int) -> Incident:
    at = WEEK.end_at - timedelta(hours=12 * n + 1)
    return Incident(
        source="desk",
        number=f"INC{n:03d}",
        opened_at=at,
        updated_at=at,
        state=IncidentState.NEW,
        state_code="1",
        title="VPN drops",
    )


CANDIDATE = ProblemCandidate(
    candidate_id="PC-1",
    statement="VPN drops",
    members=tuple(Member(source="desk", number=f"INC{n:03d}", score=0.9) for n in range(10)),
    score=0.9,
    first_seen_at=WEEK.start_at,
    last_seen_at=WEEK.start_at,
    weekly_counts=(10,),
    life=Life.ACTIVE,
    evidence=(),
    purity=(),
    avoidable_hours=Estimate(value=40, low=10, high=90, unit="h"),
)
ENTRY = RegisterEntry(
    number="CSI-7",
    title="VPN",
    description="VPN",
    origin=Origin.MANUAL,
    origin_record=None,
    evidence_hash=None,
    raised_at=datetime(2026, 8, 1, tzinfo=UTC),
    raised_by="problem manager",
    measure_id="opened",
)


@pytest.fixture
def parts(tmp_path: Path) -> Parts:
    """Thirty weeks of a desk, mined, with one improvement."""
    path = tmp_path / "csi.toml"
    path.write_text(TOML)
    made = build(load_settings(path), tmp_path)
    _save(made, [_incident(n) for n in range(30 * 14)])
    run = MiningRun(
        run_id="M-1",
        week=WEEK.label,
        cutoff_at=CUTOFF,
        mining_version="1",
        n_incidents=420,
        input_hash="1",
        started_at=CUTOFF,
        finished_at=CUTOFF,
    )
    with made.store.begin() as uow:
        uow.mining.save(run, [CANDIDATE])
        uow.register.save([ENTRY])
        uow.commit()
    return made


def _save(parts: Parts, records: list[Record]) -> None:
    with parts.store.begin() as uow:
        uow.records.save(records)
        uow.commit()


def _packed(parts: Parts) -> PackFiles:
    return pack_week(parts, WEEK, CUTOFF, "M-1", {})


def _figure(files: PackFiles, figure_id: str) -> Figure:
    found = [one for one in files.figures if one.figure_id == figure_id and not one.dimensions]
    assert isinstance(found[0], Figure), found
    return found[0]


@pytest.mark.slow
def test_candidates_register_and_what_is_declared_reach_the_figures(parts: Parts) -> None:
    files = _packed(parts)
    repeats = _figure(files, "repeat_rate_mined")
    assert (repeats.numerator, repeats.n) == (9, 14)
    assert _figure(files, "register_entries").rows == ("CSI-7",)
    opened = _figure(files, "opened")
    assert opened.series is not None
    assert dict(opened.series.events) == {"2026-W43": ("office move",)}
    assert dict(opened.series.steps) == {"2026-W34": ("CSI-7",)}
    assert opened.series.limits_from == "2026-W34"
    page = files.html.read_text()
    assert "office move, W43" in page
    assert "improvement CSI-7 live from W34" in page


@pytest.mark.slow
def test_the_same_pack_is_not_made_twice_and_a_newer_one_says_what_moved(parts: Parts) -> None:
    assert "No figure of an earlier pack is restated" in _packed(parts).html.read_text()
    assert _packed(parts).version == 1
    late = replace(_incident(3), number="INC999")
    _save(parts, [late])
    second = _packed(parts)
    assert second.version == 2
    page = second.html.read_text()
    assert "Incidents opened: 14 became 15 (came: INC999)." in page
    assert "No figure of an earlier pack is restated" not in page
    again = _packed(parts)
    assert again.version == 2
    assert again.html.read_text() == page


def test_a_figure_by_itself_has_the_value_of_the_pack(parts: Parts) -> None:
    data = stored_data(parts, WEEK, CUTOFF)
    (alone, *_) = results_of(data, CATALOGUE["repeat_rate_mined"], WEEK, CUTOFF)
    assert isinstance(alone, Figure)
    assert alone.value == pytest.approx(9 / 14)
    (entries, *_) = results_of(data, CATALOGUE["register_entries"], WEEK, CUTOFF)
    assert isinstance(entries, Figure)
    assert entries.rows == ("CSI-7",)


def test_a_week_that_was_not_mined_has_no_candidates(parts: Parts) -> None:
    data = measure_data(parts, WEEK, CUTOFF, None, (ENTRY,))
    assert data.candidate_of is None
    assert data.candidates is None
    assert measure_data(parts, WEEK, CUTOFF, (), (ENTRY,)).candidates == ()


def test_every_document_lies_at_the_artefact_address_as_well(parts: Parts, tmp_path: Path) -> None:
    shared = ArtefactSettings(address=str(tmp_path / "shared"))
    settings = parts.settings.model_copy(update={"artefacts": shared})
    files = pack_week(replace(parts, settings=settings), WEEK, CUTOFF, "M-1", {}, has_pdf=False)
    there = {one.name: one.read_bytes() for one in (tmp_path / "shared/packs/2026-W46").iterdir()}
    assert there == {one.name: one.read_bytes() for one in files.folder.iterdir()}
    assert "pack.html" in there
