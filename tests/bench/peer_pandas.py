"""The same figures of a week in plain pandas, as one would write them in a notebook."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd

from itsm.states import RecordKind
from reports.measures.data import MeasureData

WORDS = {"resolved": 1, "closed": 1, "canceled": 2, "unmapped": -1}
DAY = pd.Timedelta(days=1)
Frames = Mapping[RecordKind, pd.DataFrame]
Told = dict[str, float]


@dataclass(frozen=True)
class Asked:
    """The frames, the week and the cut-off."""

    frames: Frames
    start: pd.Timestamp
    end: pd.Timestamp
    cutoff: pd.Timestamp

    def now(self, at: pd.Series) -> pd.Series:
        """Which times lie in the week."""
        return (at >= self.start) & (at < self.end)

    def counted(self, kind: RecordKind) -> pd.DataFrame:
        """Incidents or requests that count, by number."""
        frame = self.frames[kind]
        frame = frame[~frame["is_test"].fillna(False).astype(bool)]
        if "duplicate_of" in frame:
            frame = frame[frame["duplicate_of"].isna()]
        return frame[frame["opened_at"] <= self.cutoff].set_index("number", drop=False)

    def history(self, kind: RecordKind, field: str) -> pd.DataFrame:
        """Changes of a field, in order."""
        rows = self.frames[RecordKind.HISTORY]
        rows = rows[(rows["record_kind"] == kind.value) & (rows["field"] == field)]
        return rows.sort_values(["record", "at", "sequence"], kind="stable")


def in_pandas(
    data: MeasureData, start: pd.Timestamp, end: pd.Timestamp, cutoff: pd.Timestamp
) -> Told:
    """The figures by group-bys and merges."""
    asked = Asked(data.frames, start, end, cutoff)
    told: Told = {}
    for part in (_incidents, _requests, _clocks, _vendors, _changes, _answers, _problems):
        told |= part(asked)
    return told | _articles(asked)


def _events(asked: Asked, kind: RecordKind, frame: pd.DataFrame) -> pd.DataFrame:
    steps = asked.history(kind, "state")
    steps = steps[steps["record"].isin(frame.index) & (steps["at"] <= asked.cutoff)]
    steps = steps.assign(status=steps["new"].map(WORDS).fillna(0).astype(int))
    steps = steps[steps["status"] >= 0]
    before = steps.groupby("record", sort=False)["status"].shift(fill_value=0)
    changed = ((steps["status"] == 0) & (before != 0)) | ((steps["status"] > 0) & (before == 0))
    told = steps.loc[changed, ["record", "at", "status"]]
    last = told.drop_duplicates("record", keep="last").set_index("record")
    ends = frame["resolved_at"].fillna(frame["closed_at"])
    over = frame["state"].isin(["resolved", "closed", "canceled"]) & (ends <= asked.cutoff)
    was, after = last["status"].reindex(frame.index), last["at"].reindex(frame.index)
    over &= was.isna() | ((was == 0) & (ends > after))
    fields = pd.DataFrame({"record": frame.index[over], "at": ends[over].array})
    fields["status"] = (frame["state"][over] == "canceled").to_numpy().astype(int) + 1
    events = pd.concat([told, fields], ignore_index=True)
    opened = frame["opened_at"].reindex(events["record"])
    events["opened_at"] = opened.array
    events["at"] = events["at"].where(events["at"] >= events["opened_at"], events["opened_at"])
    return events.sort_values(["record", "at"], kind="stable", ignore_index=True)


def _hours(took: pd.Series) -> pd.Series:
    return pd.Series(took.dt.total_seconds() / 3600)


def _fresh(asked: Asked, frame: pd.DataFrame, events: pd.DataFrame) -> pd.DataFrame:
    now = events[asked.now(events["at"])].drop_duplicates("record", keep="last")
    apart = now["record"][now["status"] == 2]
    return frame[asked.now(frame["opened_at"]) & ~frame.index.isin(apart)]


def _incidents(asked: Asked) -> Told:
    frame = asked.counted(RecordKind.INCIDENT)
    events = _events(asked, RecordKind.INCIDENT, frame)
    fresh, before = _fresh(asked, frame, events), events[events["at"] < asked.end]
    now, done = asked.now(events["at"]), _resolutions(asked, frame, events)
    n_open = (frame["opened_at"] < asked.end).sum()
    n_open += (before["status"] == 0).sum() - (before["status"] > 0).sum()
    items = asked.frames[RecordKind.CONFIGURATION_ITEM]
    items = items[~items["is_retired"].fillna(False).astype(bool)]
    named = fresh["ci"].dropna()
    acted = _first_actions(asked, frame)
    return {
        "opened": len(fresh),
        "resolved": len(done),
        "reopened": (now & (events["status"] == 0)).sum(),
        "backlog": n_open,
        "resolution_time": _hours(done["at"] - done["opened_at"]).median(),
        "response_time": acted[asked.now(acted["at"])]["took_h"].median(),
        "fcr": ((done["hops"] == 0) & done["is_first"] & ~done["back"]).mean(),
        "reopen_rate/preliminary": done["back"].mean(),
        "reassignment_mean": done["hops"].mean(),
        "reassignment_many": (done["hops"] >= 3).mean(),
        "knowledge_use": frame["knowledge_article"].reindex(done["record"]).notna().mean(),
        "repeat_rate_rule": _repeats(frame, events, fresh),
        "cmdb_ci_missing": fresh["ci"].isna().mean(),
        "cmdb_ci_wrong": (~named.isin([*items["number"], *items["name"]])).mean(),
        "change_incidents_stated": (
            asked.now(frame["opened_at"]) & frame["caused_by_change"].notna()
        ).sum(),
    }


def _resolutions(asked: Asked, frame: pd.DataFrame, events: pd.DataFrame) -> pd.DataFrame:
    """The week's resolutions with hops, and whether they came first and were taken back."""
    next_status = events.groupby("record", sort=False)["status"].shift(-1)
    next_at = events.groupby("record", sort=False)["at"].shift(-1)
    events = events.assign(
        is_first=events.groupby(["record", "status"], sort=False).cumcount() == 0,
        back=(next_status == 0) & (next_at <= events["at"] + 14 * DAY),
    )
    done = events[asked.now(events["at"]) & (events["status"] == 1)].reset_index(drop=True)
    moves = asked.history(RecordKind.INCIDENT, "team").dropna(subset=["new"])
    was = moves.groupby("record", sort=False)["new"].shift()
    was = was.where(was.notna(), moves["old"])
    moves = moves[was.notna() & (was != moves["new"])]
    pairs = done[["record", "at"]].reset_index().merge(moves[["record", "at"]], on="record")
    later = pairs[pairs["at_y"] > pairs["at_x"]].groupby("index").size()
    counter = frame["reassignment_count"].reindex(done["record"]).astype(float).to_numpy()
    hops = np.maximum(counter - later.reindex(done.index, fill_value=0).to_numpy(), 0)
    return done.assign(hops=hops, back=done["back"] | _cloned(frame, done))


def _cloned(frame: pd.DataFrame, done: pd.DataFrame) -> pd.Series:
    """Resolutions followed by an incident of the same text from the same caller or on the CI."""
    columns = ["source", "title", "description", "caller", "ci", "opened_at"]
    since = done["at"].min()
    late = frame.loc[frame["opened_at"] > since, columns].reset_index(drop=True)
    own = frame[columns[:-1]].reindex(done["record"]).reset_index(drop=True).assign(at=done["at"])
    for some in (late, own):
        for name in ("title", "description"):
            folded = some[name].fillna("-").str.casefold().str.split().str.join(" ")
            some[name] = folded
    cloned = pd.Series(False, index=done.index)
    for name in ("caller", "ci"):
        keys = ["source", "title", "description", name]
        pairs = own.dropna(subset=[name]).reset_index().merge(late[[*keys, "opened_at"]], on=keys)
        hit = (pairs["opened_at"] > pairs["at"]) & (pairs["opened_at"] <= pairs["at"] + 14 * DAY)
        cloned[pairs["index"][hit].unique()] = True
    return cloned


def _first_actions(asked: Asked, frame: pd.DataFrame) -> pd.DataFrame:
    given = asked.history(RecordKind.INCIDENT, "assignee")
    given = given[given["new"].notna() & ~given["is_integration"].fillna(False).astype(bool)]
    moved = asked.history(RecordKind.INCIDENT, "state")
    moved = moved[moved["new"].notna() & (moved["new"] != "new")]
    moved = moved[~moved["is_integration"].fillna(False).astype(bool)]
    said = asked.frames[RecordKind.COMMENT]
    said = said[said["record_kind"] == "incident"].rename(columns={"author": "actor"})
    caller = frame["caller"]
    parts = [given[["record", "at"]]]
    for some in (moved, said):
        own = caller.reindex(some["record"]).to_numpy() == some["actor"].to_numpy()
        parts.append(some.loc[~own, ["record", "at"]])
    acts = pd.concat(parts)
    first = acts[acts["at"] <= asked.cutoff].groupby("record")["at"].min()
    first = first[first.index.isin(frame.index)]
    opened = frame["opened_at"].reindex(first.index)
    at = first.where(first >= opened, opened)
    return pd.DataFrame({"at": at, "took_h": _hours(at - opened)})


def _repeats(frame: pd.DataFrame, events: pd.DataFrame, fresh: pd.DataFrame) -> float:
    last = events.drop_duplicates("record", keep="last")
    over = frame.loc[frame.index.isin(last["record"][last["status"] > 0])]
    over = over.dropna(subset=["category", "close_code"])
    over = over.rename_axis("row").sort_values(["opened_at", "number"], kind="stable")
    hit = pd.Series(False, index=over.index)
    for place in ("service", "ci"):
        known = over.dropna(subset=[place])
        was = known.groupby(["source", place, "category", "close_code"])["opened_at"].shift()
        hit[known.index] |= known["opened_at"] <= was + 90 * DAY
    usable = over["service"].notna() | over["ci"].notna()
    return float(hit[usable & over.index.isin(fresh.index)].mean())


def _requests(asked: Asked) -> Told:
    frame = asked.counted(RecordKind.SERVICE_REQUEST)
    events = _events(asked, RecordKind.SERVICE_REQUEST, frame)
    done = events[asked.now(events["at"]) & (events["status"] == 1)]
    due = frame["due_at"].reindex(done["record"]).reset_index(drop=True)
    met = done["at"].reset_index(drop=True) <= due
    return {
        "requests_opened": len(_fresh(asked, frame, events)),
        "requests_fulfilled": len(done),
        "request_fulfilment_time": _hours(done["at"] - done["opened_at"]).median(),
        "catalogue_promise": met[due.notna()].mean(),
    }


def _clocks(asked: Asked) -> Told:
    clocks = asked.frames[RecordKind.SLA_CLOCK]
    clocks = clocks[asked.now(clocks["ended_at"])]
    clocks = clocks[~clocks["is_canceled"].fillna(False).astype(bool)]
    known = asked.counted(RecordKind.INCIDENT).index
    clocks = clocks[(clocks["record_kind"] != "incident") | clocks["record"].isin(known)]
    clocks = clocks[clocks["is_breached"].notna() | clocks["due_at"].notna()]
    late = clocks["is_breached"].fillna(clocks["ended_at"] > clocks["due_at"]).astype(bool)
    told: Told = {}
    for kind, figure, targets in (
        ("sla", "sla_compliance", ("resolution",)),
        ("ola", "ola_compliance", ("resolution",)),
        ("contract", "contract_compliance", ("response", "resolution")),
    ):
        for target in targets:
            chosen = (clocks["type"] == kind) & (clocks["target"] == target)
            if kind == "sla":
                chosen &= clocks["record_kind"] == "incident"
            told[f"{figure}/{target}"] = (~late[chosen]).mean()
    return told


def _vendors(asked: Asked) -> Told:
    cases = asked.frames[RecordKind.VENDOR_CASE]
    cases = cases[cases["state"] != "canceled"]
    over = cases[["resolved_at", "closed_at"]].min(axis=1)
    undated = over.isna() & cases["state"].isin(["resolved", "closed"])
    opened = cases["opened_at"][(cases["opened_at"] < asked.end) & ~(over < asked.end) & ~undated]
    told: Told = {
        "vendor_open_cases": len(opened),
        "vendor_case_age": (_hours(asked.end - opened) / 24).median(),
    }
    for target, done in (("response", "responded_at"), ("resolution", "resolved_at")):
        due = cases[asked.now(cases[f"{target}_due_at"])]
        told[f"vendor_commitments/{target}"] = (due[done] <= due[f"{target}_due_at"]).mean()
    return told


def _changes(asked: Asked) -> Told:
    changes = asked.frames[RecordKind.CHANGE]
    changes = changes[(changes["state"] != "canceled") & asked.now(changes["closed_at"])]
    ended = changes["outcome"][changes["outcome"].notna() & (changes["outcome"] != "unmapped")]
    kind = changes["type"][changes["type"] != "unmapped"]
    return {
        "changes_closed": len(changes),
        "change_success": (ended == "successful").mean(),
        "change_emergency": (kind == "emergency").mean(),
    }


def _answers(asked: Asked) -> Told:
    surveys = asked.frames[RecordKind.SURVEY_RESPONSE]
    answers = surveys[asked.now(surveys["answered_at"])]
    nps = answers["nps"].dropna().astype(float)
    sent = surveys[asked.now(surveys["sent_at"])]
    return {
        "csat": answers["score"].mean(),
        "csat_satisfied": (answers["score"].dropna() >= 4).mean(),
        "nps": 100 * ((nps >= 9).mean() - (nps <= 6).mean()),
        "survey_response_rate": (sent["answered_at"] <= asked.cutoff).mean(),
    }


def _problems(asked: Asked) -> Told:
    problems = asked.frames[RecordKind.PROBLEM]
    problems = problems[(problems["state"] != "canceled") & (problems["opened_at"] <= asked.cutoff)]
    over = problems[["resolved_at", "closed_at"]].min(axis=1)
    over = over.mask(over > asked.cutoff)
    undated = over.isna() & problems["state"].isin(["resolved", "closed"])
    is_open = (problems["opened_at"] < asked.end) & ~(over < asked.end) & ~undated
    errors = asked.frames[RecordKind.KNOWN_ERROR]
    known = (errors["opened_at"] < asked.end) & ~(errors["resolved_at"] < asked.end)
    return {
        "problems_opened": asked.now(problems["opened_at"]).sum(),
        "problems_resolved": asked.now(over).sum(),
        "problems_open": is_open.sum(),
        "known_errors_open": known.sum(),
    }


def _articles(asked: Asked) -> Told:
    articles = asked.frames[RecordKind.KNOWLEDGE_ARTICLE]
    gone = (articles["retired_at"] < asked.end) | (articles["opened_at"] >= asked.end)
    articles = articles[~gone]
    touched = articles["updated_at"].fillna(articles["opened_at"])
    linked = asked.counted(RecordKind.INCIDENT)["knowledge_article"].dropna().unique()
    unused = (articles["uses"] == 0).fillna(False) & ~articles["number"].isin(linked)
    return {
        "knowledge_stale": (asked.end - touched > 365 * DAY).sum(),
        "knowledge_unowned": articles["owner"].isna().sum(),
        "knowledge_unused": unused.sum(),
    }
