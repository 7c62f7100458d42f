"""What is planted is in the records."""

import json
from datetime import timedelta
from pathlib import Path

import numpy as np

from itsm.records import Incident, VendorCase
from itsm.states import RecordKind
from simulator.causes import Pattern
from simulator.changes import TYPES, breaking_risks
from simulator.estate import Estate
from simulator.ground_truth import write_truth
from simulator.plan import Plan, build_plan
from simulator.settings import EstateSettings


def opened(estate: Estate) -> dict[str, Incident]:
    rows = estate.records[RecordKind.INCIDENT]
    return {row.number: row for row in rows if isinstance(row, Incident)}


def test_a_breaking_change_comes_before_its_incidents(estate: Estate) -> None:
    rows = opened(estate)
    changes = {record.number for record in estate.records[RecordKind.CHANGE]}
    lags = []
    assert len(estate.truth.breaking_changes) > 5
    for change in estate.truth.breaking_changes:
        assert change.change in changes
        for number in change.incidents:
            assert rows[number].opened_at >= change.implemented_at
            lags.append(rows[number].opened_at - change.implemented_at)
    assert np.mean([lag <= timedelta(hours=72) for lag in lags]) > 0.7


def test_some_changes_that_broke_things_were_recorded_as_successful(estate: Estate) -> None:
    recorded = {change.recorded_outcome for change in estate.truth.breaking_changes}
    assert "successful" in recorded
    assert len(recorded) > 1


def test_types_break_as_often_as_the_truth_says() -> None:
    broken, told, n_all = (dict.fromkeys(TYPES, 0.0) for _ in range(3))
    for seed in range(30):
        plan = build_plan(EstateSettings(n_incidents=1_000, n_weeks=10, seed=seed))
        early = plan.changes.implemented_s < plan.settings.end_s - 4 * 86_400
        risks = breaking_risks(plan.settings, plan.changes)
        for code, name in enumerate(TYPES):
            own = early & (plan.changes.type == code)
            n_all[name] += own.sum()
            broken[name] += (own & (plan.changes.cause >= 0)).sum()
            told[name] += own.sum() * risks[code]
    for name in TYPES:
        assert abs(broken[name] - told[name]) < 3 * np.sqrt(told[name])
    share = {name: broken[name] / n_all[name] for name in TYPES}
    assert share["standard"] < 0.6 * share["normal"] < 0.4 * share["emergency"]


def test_a_stated_cause_is_the_planted_one(estate: Estate) -> None:
    planted = {number: c.change for c in estate.truth.breaking_changes for number in c.incidents}
    stated = {n: row.caused_by_change for n, row in opened(estate).items() if row.caused_by_change}
    assert stated
    assert all(planted[number] == change for number, change in stated.items())
    assert len(stated) < 0.6 * len(planted)


def test_improvements_do_what_the_truth_says(plan: Plan) -> None:
    causes, settings = plan.causes, plan.settings
    for pattern, most in ((Pattern.IMPROVED, 0.35), (Pattern.NOT_IMPROVED, 2.5)):
        rates = np.zeros(2)
        for cause in np.flatnonzero(causes.pattern == pattern).tolist():
            at = plan.opened_s[plan.cause == cause]
            live = causes.goes_live_s[cause]
            before, after = live - settings.start_s, settings.end_s - live
            rates += ((at < live).sum() / before, (at >= live).sum() / after)
        ratio = rates[1] / rates[0]
        assert ratio < most
        assert pattern is Pattern.IMPROVED or ratio > 0.6


def test_a_regressed_cause_is_away_and_comes_back(plan: Plan) -> None:
    causes = plan.causes
    regressed = np.flatnonzero(causes.pattern == Pattern.REGRESSED)
    assert len(regressed)
    for cause in regressed.tolist():
        at = plan.opened_s[plan.cause == cause]
        assert not ((at >= causes.goes_live_s[cause]) & (at < causes.returns_s[cause])).any()
    back = [
        (plan.opened_s[plan.cause == c] >= causes.returns_s[c]).any() for c in regressed.tolist()
    ]
    assert np.mean(back) > 0.6


def test_linked_problems_are_those_of_the_cause(estate: Estate) -> None:
    linked = {n: row.problem for n, row in opened(estate).items() if row.problem}
    assert linked
    for number, problem in linked.items():
        cause = estate.truth.cause_of[number]
        assert cause is not None
        assert estate.truth.causes[cause].problem == problem
    known = [cause for cause in estate.truth.causes.values() if cause.problem]
    assert 0.08 <= len(known) / len(estate.truth.causes) <= 0.25


def test_vendor_waits_split_into_theirs_and_ours(estate: Estate) -> None:
    export = estate.settings.export_at
    total: dict[str, float] = {}
    ours: dict[str, float] = {}
    for case in estate.records[RecordKind.VENDOR_CASE]:
        assert isinstance(case, VendorCase)
        assert case.incident is not None
        hours = ((case.resolved_at or export) - case.opened_at).total_seconds() / 3600
        total[case.incident] = total.get(case.incident, 0) + hours
        ours[case.incident] = ours.get(case.incident, 0) + (case.waiting_on_us_h or 0)
    for number, hours in total.items():
        wait = estate.truth.waits[number]
        assert abs(wait.vendor_h + ours[number] - hours) < 0.01
        assert wait.own_h >= ours[number] - 0.01
    assert 0.2 < np.mean([value > 0 for value in ours.values()]) < 0.6


def test_the_truth_is_written_as_the_same_bytes_every_time(estate: Estate, tmp_path: Path) -> None:
    plain, packed = tmp_path / "a" / "truth.json", tmp_path / "truth.json.gz"
    write_truth(estate.truth, plain)
    first = write_truth(estate.truth, packed).read_bytes()
    assert write_truth(estate.truth, packed).read_bytes() == first
    facts = json.loads(plain.read_text())
    assert facts["cause_of"] == estate.truth.cause_of
    assert len(facts["improvements"]) == len(estate.truth.improvements)
