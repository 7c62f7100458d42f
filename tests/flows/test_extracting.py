"""The extract holds what the packs tell: the same sums, whole references, in every format."""

from pathlib import Path

import pytest

from flows.wiring import Parts
from reports.extract.parts import PartFormat
from reports.extract.tables import TABLES
from tests.flows.extracted import CUTOFF, WEEK, Tables, extracted, figures_of, installed

WEEKS = [WEEK, WEEK.shifted(-1), WEEK.shifted(-5)]


@pytest.fixture(scope="module")
def parts(tmp_path_factory: pytest.TempPathFactory) -> Parts:
    return installed(tmp_path_factory.mktemp("installed"), with_figures=True)


@pytest.fixture(scope="module")
def folder(parts: Parts, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return extracted(parts, tmp_path_factory.mktemp("extract"), with_hyper=True).folder


@pytest.fixture(scope="module")
def tables(folder: Path) -> Tables:
    return Tables(folder)


def _key(week: object) -> int:
    return int(str(week).replace("-W", ""))


@pytest.mark.parametrize("week", WEEKS, ids=str)
@pytest.mark.parametrize("event", ["opened", "resolved", "reopened", "canceled"])
def test_events_add_up_to_the_figures(
    parts: Parts, tables: Tables, week: object, event: str
) -> None:
    told = next(w for w in WEEKS if w == week)
    figure = figures_of(parts, told)[event, ""]
    counted = tables.one(
        f"SELECT count(*) FROM fact_incident_event WHERE event = '{event}' AND is_counted "
        f"AND event_week_key = {_key(week)}"
    )
    assert counted == figure.value


@pytest.mark.parametrize("week", WEEKS, ids=str)
def test_the_running_sum_of_changes_is_the_backlog(
    parts: Parts, tables: Tables, week: object
) -> None:
    told = next(w for w in WEEKS if w == week)
    backlog = tables.one(
        f"SELECT sum(backlog_change) FROM fact_incident_event WHERE event_week_key <= {_key(week)}"
    )
    assert backlog == figures_of(parts, told)["backlog", ""].value


def test_durations_and_returns_are_those_of_the_figures(parts: Parts, tables: Tables) -> None:
    figures = figures_of(parts, WEEK)
    took = tables.one(
        "SELECT median(hours_from_opening) FROM fact_incident_event "
        f"WHERE event = 'resolved' AND event_week_key = {_key(WEEK)}"
    )
    assert took == pytest.approx(figures["resolution_time", ""].value)
    early = WEEK.shifted(-5)
    came_back = tables.one(
        "SELECT count(*) FROM fact_incident_event WHERE event = 'resolved' AND "
        f"event_week_key = {_key(early)} AND hours_to_reopening <= 14 * 24"
    )
    rows = [
        figure
        for (name, _), figure in figures_of(parts, early).items()
        if name == "reopen_rate" and figure.period == early.label
    ]
    assert came_back <= rows[0].numerator  # the figure counts clones, too


@pytest.mark.parametrize("target", ["response", "resolution"])
def test_clocks_tell_the_compliance_of_the_figures(
    parts: Parts, tables: Tables, target: str
) -> None:
    figures = figures_of(parts, WEEK)
    rows = tables.ask(
        "SELECT priority_key, count(*), count(*) FILTER (is_met) FROM fact_clock "
        f"WHERE type = 'sla' AND target = '{target}' AND is_counted AND is_met IS NOT NULL "
        f"AND record_kind = 'incident' AND ended_week_key = {_key(WEEK)} GROUP BY 1 ORDER BY 1"
    )
    whole = figures["sla_compliance", f"target={target}"]
    assert (sum(n for _, n, _ in rows), sum(met for *_, met in rows)) == (whole.n, whole.numerator)
    by_priority = {
        key: (one.n, one.numerator)
        for (name, key), one in figures.items()
        if name == "sla_compliance" and f"target={target}" in key and "priority" in key
    }
    assert by_priority == {f"priority={p};target={target}": (n, met) for p, n, met in rows}


def test_hand_offs_tell_the_waits_of_the_figures(parts: Parts, tables: Tables) -> None:
    figure = figures_of(parts, WEEK)["handoff_delay", ""]
    rows = tables.ask(
        "SELECT median(wait_h), sum(wait_h), count(*) FROM fact_handoff "
        f"WHERE NOT is_suppressed AND ended_week_key = {_key(WEEK)}"
    )
    assert rows[0] == pytest.approx((figure.value, figure.companions["total"], figure.n))


def test_small_teams_are_not_told(tables: Tables) -> None:
    suppressed = tables.ask(
        "SELECT count(*), max(from_team_key), max(to_team_key), count(wait_h), count(ended_at) "
        "FROM fact_handoff WHERE is_suppressed"
    )[0]
    assert suppressed[0] > 0
    assert suppressed[1:] == (0, 0, 0, 0)
    small = tables.ask(
        "SELECT count(*) FROM fact_handoff h JOIN dim_team t "
        "ON t.team_key IN (h.from_team_key, h.to_team_key) WHERE t.is_small"
    )
    assert small == [(0,)]


def test_changes_add_up_to_the_figures(parts: Parts, tables: Tables) -> None:
    checked = 0
    for week in WEEKS:
        figures = figures_of(parts, week)
        closed, good = tables.ask(
            "SELECT count(*), count(*) FILTER (outcome = 'successful') FROM fact_change "
            f"WHERE NOT is_canceled AND closed_week_key = {_key(week)}"
        )[0]
        assert closed == figures["changes_closed", ""].value
        if ("change_success", "") in figures:
            assert good == figures["change_success", ""].numerator
            checked += 1
    assert checked


def test_figures_are_those_of_the_pack(parts: Parts, tables: Tables) -> None:
    held = {
        (name, n): value
        for name, n, value in tables.ask(
            "SELECT f.figure, v.n, v.value FROM fact_figure v JOIN dim_figure f USING (figure_key) "
            "WHERE v.slice_key = 0 AND v.is_available"
        )
    }
    whole = {
        (name, one.n): one.value for (name, key), one in figures_of(parts, WEEK).items() if not key
    }
    assert held == whole
    reasons = tables.one("SELECT count(*) FROM fact_figure WHERE NOT is_available")
    assert reasons == tables.one("SELECT count(reason) FROM fact_figure") > 0


def test_what_people_decided_is_there(tables: Tables) -> None:
    assert tables.ask(
        "SELECT c.candidate, f.members, s.service FROM fact_candidate f JOIN dim_candidate c "
        "USING (candidate_key) JOIN dim_service s USING (service_key)"
    ) == [("PC-1", 9, "Printing")]
    assert (
        tables.one(
            "SELECT count(*) FROM fact_candidate_member m JOIN fact_incident i USING (incident_key)"
        )
        == 9
    )
    assert tables.ask(
        "SELECT e.entry, e.ratio, p.day, p.verdict FROM fact_register_entry e "
        "JOIN fact_proof p USING (entry_key)"
    ) == [("CSI-0001", 0.5, 30, "verified")]


@pytest.mark.parametrize("kind", [*PartFormat])
def test_every_key_is_there_once_and_every_reference_leads_somewhere(
    folder: Path, kind: PartFormat
) -> None:
    told = Tables(folder, kind)
    broken = []
    for table in TABLES.values():
        keys = ", ".join(table.key)
        rows = told.one(f"SELECT count(*) FROM {table.name}")
        if rows != told.one(f"SELECT count(*) FROM (SELECT DISTINCT {keys} FROM {table.name})"):
            broken.append(f"{table.name}: {keys}")
        for column in table.columns:
            if column.is_required and told.one(
                f"SELECT count(*) FROM {table.name} WHERE {column.name} IS NULL"
            ):
                broken.append(f"{table.name}.{column.name} is null")
            if column.refers_to and told.one(
                f"SELECT count(*) FROM {table.name} a LEFT JOIN {column.refers_to} b ON "
                f"a.{column.name} = b.{TABLES[column.refers_to].key[0]} "
                f"WHERE a.{column.name} IS NOT NULL AND b.{TABLES[column.refers_to].key[0]} IS NULL"
            ):
                broken.append(f"{table.name}.{column.name}")
    assert broken == []


def test_no_table_of_an_estate_with_everything_is_empty(tables: Tables) -> None:
    empty = [name for name in TABLES if not tables.one(f"SELECT count(*) FROM {name}")]
    assert empty == []


def test_csv_and_parquet_hold_the_same(folder: Path, tables: Tables) -> None:
    other = Tables(folder, PartFormat.CSV)
    for name, table in TABLES.items():
        # CSV has no types: numbers and times are compared as what they stand for.
        columns = ", ".join(f"CAST({one} AS VARCHAR)" for one in table.key)
        key = f"SELECT {columns} FROM {name} ORDER BY ALL"
        assert other.ask(key) == tables.ask(key), name
    for name in ("wait_h", "ended_at"):
        query = f"SELECT count({name}), min({name}), max({name}) FROM fact_handoff"
        seen, said = tables.ask(query)[0], other.ask(query)[0]
        assert [str(one)[:19] for one in seen] == [str(one)[:19] for one in said]


def test_tableaus_file_holds_the_same(
    folder: Path, tables: Tables, monkeypatch: pytest.MonkeyPatch
) -> None:
    pantab = pytest.importorskip("pantab")
    monkeypatch.chdir(folder.parent)  # it leaves a log where it is
    read = pantab.frames_from_hyper(folder / "extract.hyper", return_type="pyarrow")
    held = {str(name[-1]).strip('"'): table for name, table in read.items()}
    assert held.keys() == TABLES.keys()
    for name in TABLES:
        assert held[name].num_rows == tables.one(f"SELECT count(*) FROM {name}"), name
    hours = sum(one for one in held["fact_handoff"].column("wait_h").to_pylist() if one)
    assert hours == pytest.approx(tables.one("SELECT sum(wait_h) FROM fact_handoff"))


def test_a_later_end_is_not_known_at_the_cutoff(tables: Tables) -> None:
    newest = tables.one("SELECT max(event_at) FROM fact_incident_event")
    assert newest <= CUTOFF
