"""`csi pack` and `csi watchlist`: editions of what is stored, narrowed, frozen, written."""

import sqlite3
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from flows.settings import load_settings
from flows.stages.editions import Editions, Occasion
from flows.stages.pack import frozen
from flows.stages.pack_facts import late_sources
from flows.verbs.pack import pack, watchlist
from flows.wiring import Parts, build
from itsm.candidates import Estimate, Life, Member, ProblemCandidate
from itsm.clocks import ReportingWeek
from itsm.errors import ConfigError, DamagedStoreError
from itsm.records import HistoryEvent, Incident, Record, SlaClock, Vendor, VendorCase
from itsm.states import (
    ClockTarget,
    ClockType,
    HistoryField,
    IncidentState,
    RecordKind,
    VendorCaseState,
)
from reports.editions import EDITIONS, EditionKind, choice
from reports.pack import Pack
from store.runs import MiningRun

WEEK = ReportingWeek.parse("2026-W46")
CUTOFF = WEEK.cutoff(timedelta(hours=24))
NOW = WEEK.end_at
SERVICES = ("VPN", "Mail")
TEAMS = ("Network", "Messaging")


def _incident(n: int) -> Incident:
    at = NOW - timedelta(hours=12 * n + 1)
    return Incident(
        source="desk",
        number=f"INC{n:03d}",
        opened_at=at,
        updated_at=at,
        state=IncidentState.NEW if n < 20 else IncidentState.RESOLVED,
        state_code="1",
        resolved_at=None if n < 20 else at + timedelta(hours=5),
        title="tunnel drops for Jane Q. Roe",
        service=SERVICES[n % 2],
        team=TEAMS[n % 2],
        caller="Jane Q. Roe",
        priority=2,
    )


def _clock(n: int) -> SlaClock:
    return SlaClock(
        source="desk",
        number=f"CLK{n}",
        updated_at=NOW,
        record_kind=RecordKind.INCIDENT,
        record=f"INC{n:03d}",
        type=ClockType.SLA,
        target=ClockTarget.RESOLUTION,
        type_code="sla",
        started_at=NOW - timedelta(hours=12 * n + 1),
        due_at=NOW + timedelta(minutes=30),
    )


def _moved(n: int) -> HistoryEvent:
    at = NOW - timedelta(hours=12 * n)
    return HistoryEvent(
        source="desk",
        number=f"H{n}",
        updated_at=at,
        record_kind=RecordKind.INCIDENT,
        record=f"INC{n:03d}",
        at=at,
        sequence=1,
        field=HistoryField.STATE,
        old="new",
        new="in_progress",
        new_code="2",
    )


def _case(number: str, vendor: str) -> VendorCase:
    return VendorCase(
        source="desk",
        number=number,
        vendor=vendor,
        opened_at=NOW - timedelta(days=5),
        updated_at=NOW,
        state=VendorCaseState.RESOLVED,
        state_code="x",
        vendor_reference=f"A-{number}",
        resolution_due_at=NOW - timedelta(days=4),
        resolved_at=NOW - timedelta(days=3),
    )


RECORDS: list[Record] = [
    *(_incident(n) for n in range(420)),
    *(_clock(n) for n in (2, 4)),
    *(_moved(n) for n in range(20)),
    Vendor(source="desk", number="V1", name="Acme", updated_at=NOW),
    Vendor(source="desk", number="V2", name="Zephyr Rival GmbH", updated_at=NOW),
    _case("VC1", "V1"),
    _case("VC2", "V2"),
]


def _candidate(name: str, first: int) -> ProblemCandidate:
    """A group of incidents of one service."""
    return ProblemCandidate(
        candidate_id=name,
        statement=f"{name} drops",
        members=tuple(
            Member(source="desk", number=f"INC{n:03d}", score=0.9) for n in range(first, 20, 2)
        ),
        score=0.9,
        first_seen_at=WEEK.start_at,
        last_seen_at=WEEK.start_at,
        weekly_counts=(10,),
        life=Life.ACTIVE,
        evidence=(),
        purity=(),
        avoidable_hours=Estimate(value=40, low=10, high=90, unit="h"),
    )


@pytest.fixture
def config(tmp_path: Path) -> Path:
    path = tmp_path / "csi.toml"
    path.write_text('organisation = "Harbour"\n')
    parts = build(load_settings(path), tmp_path)
    run = MiningRun(
        run_id="M-1", week=WEEK.label, cutoff_at=CUTOFF, mining_version="1", n_incidents=420,
        input_hash="1", started_at=CUTOFF, finished_at=CUTOFF,
    )  # fmt: skip
    with parts.store.begin() as uow:
        uow.records.save(RECORDS)
        uow.mining.save(run, [_candidate("PC-VPN", 0), _candidate("PC-MAIL", 1)])
        uow.commit()
    return path


@pytest.fixture
def parts(config: Path) -> Parts:
    return build(load_settings(config), config.parent)


def _run(config: Path, *args: str) -> Result:
    asked = ["--config", str(config), "--week", WEEK.label, *args]
    return CliRunner().invoke(pack, asked, catch_exceptions=False)


def _made(parts: Parts, edition: str, **about: str) -> Pack:
    occasion = Occasion(period=WEEK, cutoff_at=CUTOFF, run_id="M-1")
    return frozen(parts, Editions(parts, occasion), choice(edition, **about))[0]


def test_a_service_owner_gets_the_figures_and_candidates_of_one_service(parts: Parts) -> None:
    mine, whole = _made(parts, "service-owner", service="VPN"), _made(parts, "full")
    counts = [_card(one, "opened") for one in (mine, whole)]
    assert counts == ["7", "14"]
    assert [row.candidate_id for row in mine.candidate_rows] == ["PC-VPN"]
    assert [ask.key for ask in mine.brief.asks] == ["PC-VPN"]
    assert mine.title == "Service owner edition: VPN"
    assert [section.id for section in mine.sections] == list(
        EDITIONS[EditionKind.SERVICE_OWNER].sections[1:]
    )


def test_a_team_lead_gets_what_stands_with_the_team(parts: Parts) -> None:
    mine = _made(parts, "team-lead", team="Messaging")
    assert _card(mine, "backlog") == "10"
    assert [section.number for section in mine.sections] == [1, 4, 7, 8]


def _card(pack: Pack, figure_id: str) -> str:
    cards = [*pack.brief.cards, *(card for section in pack.sections for card in section.cards)]
    return next(card.value for card in cards if card.figure_id == figure_id)


def test_a_vendor_gets_its_own_lines_and_nobody_else_is_named(parts: Parts) -> None:
    found = _made(parts, "vendor", vendor="Acme")
    rows = [cell for table in found.sections[0].tables for row in table.rows for cell in row]
    assert "VC1" in rows
    assert not {"VC2", "A-VC2"} & set(rows)
    assert "Zephyr" not in repr(found)
    assert "Jane" not in repr(found)


def test_what_a_part_has_none_of_is_no_fault_of_the_source(parts: Parts) -> None:
    mine, whole = _made(parts, "service-owner", service="Mail"), _made(parts, "full")
    whys = {gap.why for gap in mine.missing}
    assert any("no record it needs belongs to Mail" in why for why in whys)
    assert not any("belongs to" in gap.why for gap in whole.missing)


def test_an_edition_is_kept_once_and_given_out_again_as_it_was(parts: Parts) -> None:
    occasion = Occasion(period=WEEK, cutoff_at=CUTOFF, run_id="M-1")
    asked = choice("executive", language="de")
    first = frozen(parts, Editions(parts, occasion), asked)[1]
    again = frozen(parts, Editions(parts, occasion), asked)[1]
    assert (first.version, again.version) == (1, 1)
    assert first.content == again.content
    assert first.edition == "executive-de"


def test_decisions_of_earlier_weeks_stay_counted(parts: Parts) -> None:
    """A candidate that is gone was asked about all the same."""
    earlier = MiningRun(
        run_id="M-0", week=WEEK.shifted(-1).label, cutoff_at=CUTOFF, mining_version="1",
        n_incidents=420, input_hash="0", started_at=CUTOFF, finished_at=CUTOFF,
    )  # fmt: skip
    with parts.store.begin() as uow:
        uow.mining.save(earlier, [_candidate("PC-GONE", 0), _candidate("PC-VPN", 1)])
        uow.commit()
    assert "3 decisions asked, 0 taken" in _made(parts, "executive").brief.programme


def test_a_damaged_database_is_said_before_a_pack_is_made(config: Path) -> None:
    (file,) = config.parent.glob("*.sqlite")
    with closing(sqlite3.connect(file)) as connection:
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        size = connection.execute("PRAGMA page_size").fetchone()[0]
        query = "SELECT rootpage FROM sqlite_master WHERE name = 'journal'"
        page = connection.execute(query).fetchone()[0]
    with file.open("r+b") as stream:
        stream.seek((page - 1) * size)
        stream.write(b"\xff" * size)
    with pytest.raises(DamagedStoreError):
        _run(config, "--edition", "executive")


def test_files_are_written_in_the_usual_format_with_a_page_per_decision(
    config: Path, tmp_path: Path
) -> None:
    out = tmp_path / "written"
    told = _run(config, "--edition", "problem-review", "--out", str(out)).output.split()
    assert f"{out}/pack-2026-W46-problem-review.html" in told
    pages = sorted(path.name for path in out.glob("decision-*.html"))
    assert pages == ["decision-candidate-pc-mail.html", "decision-candidate-pc-vpn.html"]
    page = (out / pages[1]).read_text()
    assert "PC-VPN drops" in page
    assert "PC-MAIL" not in page


def test_a_month_takes_the_candidates_of_its_last_week(config: Path, tmp_path: Path) -> None:
    out = tmp_path / "written"
    told = _run(config, "--period", "month", "--format", "json", "--out", str(out))
    assert "pack-2026-11-full.json" in told.output


def test_a_watch_list_tells_what_stands_with_the_team_now(config: Path, tmp_path: Path) -> None:
    parts = build(load_settings(config), config.parent)
    week = ReportingWeek.of(NOW, "UTC")
    editions = Editions(parts, Occasion(period=week, cutoff_at=NOW))
    near, stuck = editions.pack(choice("watch-list", team="Network")).sections[0].tables
    assert [row[0] for row in near.rows] == ["INC002", "INC004"]
    assert [row[0] for row in stuck.rows] == ["INC018", "INC016", "INC014"]
    assert stuck.rows[0][3] == "9.0"
    everybody = editions.pack(choice("watch-list")).sections[0].tables[1]
    assert [row[0] for row in everybody.rows] == [f"INC{n:03d}" for n in range(19, 13, -1)]
    at = NOW.strftime("%Y-%m-%dT%H:%M:%SZ")
    asked = ["--config", str(config), "--at", at, "--format", "html", "--out", str(tmp_path)]
    told = CliRunner().invoke(watchlist, asked, catch_exceptions=False)
    assert "watch-list.html" in told.output


@pytest.mark.parametrize(
    ("args", "says"),
    [
        (("--edition", "service-owner"), "name it with --service"),
        (("--edition", "cab", "--team", "Network"), "leave --team out"),
        (("--edition", "team-lead", "--team", "Nobody"), "there is no team 'Nobody'"),
        (("--edition", "vendor", "--vendor", "Nobody"), "there is no vendor 'Nobody'"),
        (("--period", "2026-11"), "give --week with --period month or quarter"),
        (("--cutoff", "2026-11-12T00:00:00Z"), "--cutoff lies before the end of 2026-W46"),
    ],
)
def test_what_does_not_fit_is_said(config: Path, args: tuple[str, ...], says: str) -> None:
    with pytest.raises(ConfigError, match=says):
        _run(config, *args)


def test_a_source_last_read_before_the_end_of_the_period_is_late() -> None:
    read = {"old": NOW - timedelta(hours=2), "new": NOW + timedelta(hours=2)}
    (late,) = late_sources(read, NOW)
    assert late.what == "Source old"
    assert late.why.startswith("It was last read at 2026-11-15 22:00 UTC")


def test_a_late_source_reaches_the_pack(parts: Parts) -> None:
    with parts.store.begin() as uow:
        uow.watermarks.set("desk", "incident", "x", datetime(2026, 11, 14, tzinfo=UTC))
        uow.commit()
    assert any("Source desk" in gap.what for gap in _made(parts, "cab").missing)
