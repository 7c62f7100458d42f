"""Some figures of a week in DuckDB SQL and in plain pandas, beside ours, on the same records.

All three are given the same frames and have to agree to the last count; what differs is the time.
Ours are timed after load, with the whole scope of the week, which every other figure then shares;
the peers compute these figures of this week and nothing else.
"""

import argparse
import time
from collections.abc import Callable, Mapping
from datetime import timedelta

import duckdb
import pandas as pd

from itsm.figures import Figure
from itsm.states import RecordKind
from reports.measures import backlog, handling, requests
from reports.measures.data import MeasureData
from reports.measures.prepare import prepared
from reports.measures.scope import scope_of
from simulator.settings import EstateSettings
from tests.bench.measures_speed import bench_data

FIGURES = ("opened", "resolved", "reopened", "backlog", "requests_opened")
CLOSED = ("resolved", "closed")
SQL = """
with counted as (
    select number, opened_at, state, coalesce(resolved_at, closed_at) as ended_at from incident
    where not coalesce(is_test, false) and duplicate_of is null and opened_at <= $cutoff
), steps as (
    select h.record, h."at" as moment, h.sequence,
           case when h.new in ('resolved', 'closed') then 1 when h.new = 'canceled' then 2
                when h.new = 'unmapped' then -1 else 0 end as status
    from history h join counted c on c.number = h.record
    where h.record_kind = 'incident' and h.field = 'state' and h."at" <= $cutoff
), told as (
    select record, moment, status,
           coalesce(lag(status) over (partition by record order by moment, sequence), 0) as was
    from steps where status >= 0
), changed as (
    select record, moment, case when status = 0 then 'reopened' when status = 1 then 'resolved'
                                else 'canceled' end as what
    from told
    where (status = 0 and was <> 0) or (status > 0 and was = 0)
), last_told as (
    select record, arg_max(what, moment) as what, max(moment) as moment from changed group by record
), from_fields as (
    select c.number as record, c.ended_at as moment,
           case when c.state = 'canceled' then 'canceled' else 'resolved' end as what
    from counted c left join last_told t on t.record = c.number
    where c.ended_at <= $cutoff and c.state in ('resolved', 'closed', 'canceled')
      and (t.record is null or (t.what = 'reopened' and c.ended_at > t.moment))
), events as (
    select record, greatest(moment, opened_at) as moment, what
    from (select * from changed union all select * from from_fields)
    join counted on number = record
), now as (
    select * from events where moment >= $since and moment < $until
), fresh as (
    select number from counted where opened_at >= $since and opened_at < $until
)
select
    (select count(*) from fresh) - (
        select count(*) from (select record, arg_max(what, moment) as what from now group by record)
        join fresh on number = record where what = 'canceled') as opened,
    (select count(*) from now where what = 'resolved') as resolved,
    (select count(*) from now where what = 'reopened') as reopened,
    (select count(*) from counted where opened_at < $until)
    + (select count(*) filter (what = 'reopened') - count(*) filter (what <> 'reopened')
       from events where moment < $until) as backlog,
    (select count(*) from service_request where not coalesce(is_test, false)
       and opened_at >= $since and opened_at < $until and state <> 'canceled') as requests_opened
"""
"""The same figures written straight from docs/measures.md."""


def in_sql(
    data: MeasureData, start: pd.Timestamp, end: pd.Timestamp, cutoff: pd.Timestamp
) -> dict[str, float]:
    """The figures by DuckDB, on the frames as they are."""
    connection = duckdb.connect(config={"threads": 2})
    connection.execute("set TimeZone = 'UTC'")
    for kind in (RecordKind.INCIDENT, RecordKind.HISTORY, RecordKind.SERVICE_REQUEST):
        connection.register(kind.value, data.frames[kind])
    rows = connection.execute(SQL, {"since": start, "until": end, "cutoff": cutoff}).df()
    return {name: float(rows[name].iloc[0]) for name in FIGURES}


def in_pandas(
    data: MeasureData, start: pd.Timestamp, end: pd.Timestamp, cutoff: pd.Timestamp
) -> dict[str, float]:
    """The figures by group-bys, as one would write them in a notebook."""
    frame = data.frames[RecordKind.INCIDENT]
    frame = frame[~frame["is_test"].fillna(False).astype(bool) & frame["duplicate_of"].isna()]
    frame = frame[frame["opened_at"] <= cutoff].set_index("number")
    steps = data.frames[RecordKind.HISTORY]
    steps = steps[(steps["record_kind"] == "incident") & (steps["field"] == "state")]
    steps = steps[steps["record"].isin(frame.index) & (steps["at"] <= cutoff)]
    steps = steps.sort_values(["record", "at", "sequence"], kind="stable")
    words = {**dict.fromkeys(CLOSED, 1), "canceled": 2, "unmapped": -1}
    steps = steps.assign(status=steps["new"].map(words).fillna(0).astype(int))
    steps = steps[steps["status"] >= 0]
    before = steps.groupby("record", sort=False)["status"].shift(fill_value=0)
    changed = ((steps["status"] == 0) & (before != 0)) | ((steps["status"] > 0) & (before == 0))
    told = steps.loc[changed, ["record", "at", "status"]]
    last = told.drop_duplicates("record", keep="last").set_index("record")
    ends = frame["resolved_at"].fillna(frame["closed_at"])
    over = frame["state"].isin([*CLOSED, "canceled"]) & (ends <= cutoff)
    was = last["status"].reindex(frame.index)
    after = last["at"].reindex(frame.index)
    over &= was.isna() | ((was == 0) & (ends > after))
    fields = pd.DataFrame({"record": frame.index[over], "at": ends[over].to_numpy()})
    fields["status"] = (frame["state"][over] == "canceled").to_numpy().astype(int) + 1
    events = pd.concat([told, fields], ignore_index=True)
    opened = frame["opened_at"].reindex(events["record"]).to_numpy()
    events["at"] = events["at"].where(events["at"].to_numpy() >= opened, opened)
    now = events[(events["at"] >= start) & (events["at"] < end)]
    fresh = frame.index[(frame["opened_at"] >= start) & (frame["opened_at"] < end)]
    final = now.sort_values("at", kind="stable").drop_duplicates("record", keep="last")
    apart = final[(final["status"] == 2) & final["record"].isin(fresh)]
    ended = events[events["at"] < end]
    asked = data.frames[RecordKind.SERVICE_REQUEST]
    asked = asked[~asked["is_test"].fillna(False).astype(bool) & (asked["state"] != "canceled")]
    return {
        "opened": float(len(fresh) - len(apart)),
        "resolved": float((now["status"] == 1).sum()),
        "reopened": float((now["status"] == 0).sum()),
        "backlog": float((frame["opened_at"] < end).sum())
        + float((ended["status"] == 0).sum() - (ended["status"] > 0).sum()),
        "requests_opened": float(
            ((asked["opened_at"] >= start) & (asked["opened_at"] < end)).sum()
        ),
    }


def ours(data: MeasureData, settings: EstateSettings) -> dict[str, float]:
    """The figures as packs tell them, scope included."""
    week = settings.last_week
    scope = scope_of(data, week, week.cutoff(timedelta(hours=settings.lag_h)), 26)
    found = (one for family in (handling, backlog, requests) for one in family.figures(scope))
    return {
        one.figure_id: one.value
        for one in found
        if isinstance(one, Figure) and one.figure_id in FIGURES and not one.dimensions
    }


def compared(n_incidents: int, n_weeks: int) -> Mapping[str, tuple[float, dict[str, float]]]:
    """Seconds and figures of each way, best of two."""
    settings = EstateSettings(n_incidents=n_incidents, n_weeks=n_weeks)
    data = bench_data(settings)
    ready = prepared(data)
    week = settings.last_week
    start, end = pd.Timestamp(week.start_at), pd.Timestamp(week.end_at)
    cutoff = pd.Timestamp(week.cutoff(timedelta(hours=settings.lag_h)))
    ways: dict[str, Callable[[], dict[str, float]]] = {
        "ours, with series and rows": lambda: ours(ready, settings),
        "DuckDB SQL": lambda: in_sql(data, start, end, cutoff),
        "plain pandas": lambda: in_pandas(data, start, end, cutoff),
    }
    return {
        name: min((_timed(way) for _ in range(2)), key=lambda one: one[0])
        for name, way in ways.items()
    }


def _timed(way: Callable[[], dict[str, float]]) -> tuple[float, dict[str, float]]:
    started = time.perf_counter()
    told = way()
    return time.perf_counter() - started, told


def main() -> None:
    """Print a line for each way, and whether all agree."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--incidents", type=int, default=100_000)
    parser.add_argument("--weeks", type=int, default=52)
    given = parser.parse_args()
    found = compared(given.incidents, given.weeks)
    for name, (seconds, told) in found.items():
        values = "  ".join(f"{figure} {told[figure]:,.0f}" for figure in FIGURES)
        print(f"{name:28} {seconds:6.2f} s  {values}")
    agree = len({tuple(told[name] for name in FIGURES) for _, told in found.values()}) == 1
    print("all agree" if agree else "THEY DIFFER")


if __name__ == "__main__":
    main()
