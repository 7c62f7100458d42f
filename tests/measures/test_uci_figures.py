"""The UCI incident log: figures against plain pandas, written straight from the file's rows.

The recomputation knows nothing of records, events or weeks of ours: it walks the rows of each
incident and groups by ISO week.
"""

from datetime import timedelta
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from connectors.files.config import FileSourceConfig
from connectors.files.source import FileSource
from flows.frames import frame_of_records
from itsm.clocks import ReportingWeek
from itsm.fields import kind_of
from itsm.figures import Figure, FigureResult, NotAvailable
from itsm.records import Record
from itsm.states import RecordKind
from reports.measures import handoffs, reopening, sla
from reports.measures.compute import compute
from reports.measures.data import MeasureData
from reports.measures.families import Family
from reports.measures.prepare import prepared
from reports.measures.scope import scope_of
from tests.measures.measure_frames import figure, pick

pytestmark = pytest.mark.real_data

LAST = ReportingWeek.parse("2017-W08")
N_WEEKS = 52
ENDS = ("Resolved", "Closed")


@pytest.fixture(scope="module")
def log(real_data: Path) -> Path:
    """The event log."""
    return real_data / "uci_incident_log" / "incident_event_log.csv.gz"


@pytest.fixture(scope="module")
def data(log: Path) -> MeasureData:
    """The log read as a source, in frames."""
    config = FileSourceConfig(preset="uci", files={RecordKind.INCIDENT: (log,)})
    source = FileSource("uci", config)
    by_kind: dict[RecordKind, list[Record]] = {}
    for page in source.pages(RecordKind.INCIDENT, None):
        for mapped in source.map(RecordKind.INCIDENT, page.records).mapped:
            for record in mapped.records:
                by_kind.setdefault(kind_of(record), []).append(record)
    frames = {kind: frame_of_records(kind, some) for kind, some in by_kind.items()}
    return MeasureData(frames=frames, sources=("uci",))


@pytest.fixture(scope="module")
def plain(log: Path) -> dict[str, pd.Series]:
    """Weekly figures by plain pandas, by week label."""
    rows = pd.read_csv(log, dtype=str, keep_default_na=False)
    for column in ("opened_at", "resolved_at", "sys_updated_at"):
        rows[column] = pd.to_datetime(rows[column], errors="coerce")
    rows["order"] = rows["sys_mod_count"].astype(int)
    rows = rows.sort_values(["number", "order", "sys_updated_at"], kind="stable")
    last = rows.drop_duplicates("number", keep="last").set_index("number")
    rows = rows[rows["incident_state"] != "-100"]
    resolved, reopened = _ends_and_returns(rows)
    weekly = {
        "opened": _weekly(last["opened_at"]),
        "resolved": _weekly(resolved["at"]),
        "reopened": _weekly(reopened["at"]),
    }
    net = weekly["opened"].add(weekly["reopened"], fill_value=0)
    weekly["backlog"] = net.sub(weekly["resolved"], fill_value=0).cumsum()
    dated = last[last["resolved_at"].notna()]
    weekly["sla"] = _mean_by_week(dated["resolved_at"], dated["made_sla"].eq("true"))
    all_hops = rows["reassignment_count"].astype(int).groupby(rows["number"]).max()
    hops = all_hops[resolved["number"]].to_numpy() - _moves_after(rows, resolved)
    resolved["hops"] = np.maximum(hops, 0)
    weekly["hops"] = _mean_by_week(resolved["at"], resolved["hops"])
    pairs = resolved.merge(reopened, on="number", suffixes=("", "_back"))
    late = pairs["at_back"] - pairs["at"]
    pairs = pairs[(late > pd.Timedelta(0)) & (late <= pd.Timedelta(days=14))]
    came_back = resolved.index.isin(pairs["event"])
    weekly["reopen_rate"] = _mean_by_week(resolved["at"], pd.Series(came_back, resolved.index))
    return weekly


def _ends_and_returns(rows: pd.DataFrame) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Walk each incident's changes of state: when it was resolved, and when it came back.

    The log's own order tells what changed; laid out in time, as one incident has a row that is
    dated before the rows it follows.
    """
    before = rows.groupby("number")["incident_state"].shift()
    changes = rows[rows["incident_state"] != before]
    changes = changes.sort_values(["number", "sys_updated_at", "order"], kind="stable")
    resolved: list[tuple[str, pd.Timestamp]] = []
    reopened: list[tuple[str, pd.Timestamp]] = []
    for number, some in changes.groupby("number", sort=True):
        was_done = False
        for state, at, opened in zip(
            some["incident_state"], some["sys_updated_at"], some["opened_at"], strict=True
        ):
            is_done = state in ENDS
            if is_done != was_done:
                (resolved if is_done else reopened).append((str(number), max(at, opened)))
            was_done = is_done
    ends = pd.DataFrame(resolved, columns=["number", "at"])
    ends["event"] = ends.index
    return ends, pd.DataFrame(reopened, columns=["number", "at"])


def _moves_after(rows: pd.DataFrame, resolved: pd.DataFrame) -> np.ndarray:
    """How often each incident went to another group after each resolution."""
    given = rows[rows["assignment_group"] != ""]
    before = given.groupby("number")["assignment_group"].shift()
    moves = given[before.notna() & (before != given["assignment_group"])]
    both = resolved.merge(moves[["number", "sys_updated_at"]], on="number")
    both = both[both["sys_updated_at"] > both["at"]]
    return both.groupby("event").size().reindex(resolved["event"], fill_value=0).to_numpy()


def _labels(at: pd.Series) -> pd.Series:
    iso = at.dt.isocalendar()
    labels: pd.Series = iso["year"].astype(str) + "-W" + iso["week"].astype(str).str.zfill(2)
    return labels


def _every_week() -> list[str]:
    return [week.label for week in LAST.last(N_WEEKS)]


def _weekly(at: pd.Series) -> pd.Series:
    counts: pd.Series = _labels(at).value_counts().reindex(_every_week(), fill_value=0)
    return counts


def _mean_by_week(at: pd.Series, value: pd.Series) -> pd.Series:
    means: pd.Series = value.astype(float).groupby(_labels(at).to_numpy()).mean()
    return means


@pytest.fixture(scope="module")
def final(data: MeasureData) -> tuple[FigureResult, ...]:
    """All figures at the end of the log, with a year of series."""
    return compute(data, LAST, LAST.cutoff(timedelta(days=30)), n_weeks=N_WEEKS)


def _series(results: tuple[FigureResult, ...], figure_id: str, **dimensions: str) -> pd.Series:
    found = figure(results, figure_id, **dimensions)
    assert found.series is not None
    return pd.Series(found.series.values, found.series.weeks, dtype=float)


@pytest.mark.parametrize("figure_id", ["opened", "resolved", "reopened", "backlog"])
def test_counts_of_all_weeks_equal_plain_pandas(
    figure_id: str, final: tuple[FigureResult, ...], plain: dict[str, pd.Series]
) -> None:
    ours = _series(final, figure_id)
    assert len(ours) >= 50
    assert plain[figure_id].sum() > 300
    expected = plain[figure_id].reindex(ours.index).astype(float)
    pd.testing.assert_series_equal(ours, expected, check_names=False)


@pytest.mark.parametrize(
    ("figure_id", "name"),
    [("sla_compliance", "sla"), ("reassignment_mean", "hops"), ("reopen_rate", "reopen_rate")],
)
def test_shares_and_means_of_the_dense_weeks_equal_plain_pandas(
    figure_id: str, name: str, data: MeasureData, plain: dict[str, pd.Series]
) -> None:
    """The series of W22 reaches back over all weeks in which the log is dense."""
    week = ReportingWeek.parse("2016-W24")
    results = compute(data, week, week.cutoff(timedelta(days=14)))
    dimensions = {
        "sla_compliance": {"target": "resolution"},
        "reopen_rate": {"status": "final"},
    }.get(figure_id, {})
    ours = _series(results, figure_id, **dimensions).dropna()
    assert len(ours) >= 14
    expected = plain[name].reindex(ours.index)
    pd.testing.assert_series_equal(ours, expected, check_names=False)


@pytest.mark.parametrize("label", ["2016-W12", "2016-W16", "2016-W20"])
def test_a_week_cut_off_then_says_what_it_says_today(
    label: str, data: MeasureData, final: tuple[FigureResult, ...], plain: dict[str, pd.Series]
) -> None:
    week = ReportingWeek.parse(label)
    then = compute(data, week, week.cutoff(timedelta(days=2)))
    for figure_id in ("opened", "resolved", "reopened", "backlog"):
        assert figure(then, figure_id).value == plain[figure_id][label]
        assert figure(then, figure_id).value == _series(final, figure_id)[label]
    met = figure(then, "sla_compliance", target="resolution")
    assert met.value == pytest.approx(plain["sla"][label])
    assert figure(then, "reassignment_mean").value == pytest.approx(plain["hops"][label])


def test_what_the_log_does_not_hold_is_not_available(final: tuple[FigureResult, ...]) -> None:
    for figure_id in ("csat", "change_success", "vendor_commitments", "availability"):
        assert isinstance(pick(final, figure_id), NotAvailable)
    fcr = [one for one in final if one.figure_id == "fcr"]
    assert isinstance(fcr[0], Figure | NotAvailable)


def _of_every_week(
    data: MeasureData, family: Family, figure_id: str, **dimensions: str
) -> dict[str, float]:
    """The figure of each week by itself, as known at the end of the log; weeks without it apart."""
    cutoff = LAST.cutoff(timedelta(days=30))
    found = {}
    for week in LAST.last(N_WEEKS):
        one = pick(family.figures(scope_of(data, week, cutoff, 1)), figure_id, **dimensions)
        if isinstance(one, Figure):
            found[week.label] = one.value
    return found


@pytest.mark.slow
@pytest.mark.parametrize(
    ("family", "figure_id", "name", "dimensions"),
    [
        (sla, "sla_compliance", "sla", {"target": "resolution"}),
        (handoffs, "reassignment_mean", "hops", {}),
        (reopening, "reopen_rate", "reopen_rate", {"status": "final"}),
    ],
)
def test_shares_and_means_of_every_week_equal_plain_pandas(
    family: Family,
    figure_id: str,
    name: str,
    dimensions: dict[str, str],
    data: MeasureData,
    plain: dict[str, pd.Series],
) -> None:
    """Each week by itself: the thin ones at the end of the log, too."""
    ours = _of_every_week(prepared(data), family, figure_id, **dimensions)
    expected = plain[name].dropna()
    expected = expected[expected.index.isin(_every_week())]
    assert len(expected) >= 40
    assert sorted(ours) == sorted(expected.index)
    for label, value in ours.items():
        assert value == pytest.approx(expected[label]), label


def test_prepared_records_give_the_same_figures(
    data: MeasureData, final: tuple[FigureResult, ...]
) -> None:
    assert compute(prepared(data), LAST, LAST.cutoff(timedelta(days=30)), n_weeks=N_WEEKS) == final
