"""Estates with planted improvements: records are what was planted, and others stay as they are."""

from dataclasses import replace

import numpy as np
import pytest

from itsm.errors import ConfigError
from simulator.ground_truth import build_entries, build_truth
from simulator.improvements import N_PEAKED, SELECTION_WEEKS, Kind, plan_improvements
from simulator.plan import build_plan
from simulator.settings import EstateSettings

SETTINGS = EstateSettings(n_incidents=20_000, n_weeks=65, seed=4, improvements=True)
WEEK_S = 7 * 86_400


def test_incidents_by_cause_service_and_week_are_those_planted() -> None:
    plan, planted = build_plan(SETTINGS), plan_improvements(SETTINGS)
    week = (plan.opened_s - SETTINGS.start_s) // WEEK_S
    is_member = plan.cause >= 0
    counts, noise = np.zeros_like(planted.counts), np.zeros_like(planted.noise)
    np.add.at(counts, (plan.cause[is_member], week[is_member]), 1)
    np.add.at(noise, (plan.subject["service"][~is_member], week[~is_member]), 1)
    assert (counts == planted.counts).all()
    assert (noise == planted.noise).all()
    assert not (plan.duplicate_of >= 0).any()
    assert counts.sum() + noise.sum() == SETTINGS.n_incidents


def test_the_entries_are_as_many_of_each_kind_as_asked() -> None:
    entries = build_entries(build_plan(SETTINGS))
    kinds = [one.kind for one in entries]
    assert {kind: kinds.count(kind) for kind in set(kinds)} == {
        "works": 30,
        "null": 30,
        "peaked": 30,
        "regresses": 10,
    }
    for one in entries:
        assert one.raised_at < one.live_at
        assert (one.returns_at is not None) == (one.kind == "regresses")
        assert (one.ratio < 1) == (one.kind in {"works", "regresses"})
    assert {one.verdict for one in build_truth(build_plan(SETTINGS)).improvements} == {
        "worked",
        "failed",
        "regressed",
    }


def test_rates_are_as_planted() -> None:
    """Over many estates: the ratio while it holds, none for nulls, and back when it returns."""
    seen: dict[Kind, list[float]] = {kind: [0.0, 0.0] for kind in Kind}
    back = [0.0, 0.0]
    for seed in range(20):
        planted = plan_improvements(replace(SETTINGS, seed=seed))
        for index in planted.entries.tolist():
            live, returns = int(planted.live_week[index]), int(planted.returns_week[index])
            until = returns if returns >= 0 else SETTINGS.n_weeks
            kind, ratio = Kind(planted.kind[index]), planted.ratio[index]
            seen[kind][0] += planted.counts[index, live:until].sum()
            seen[kind][1] += ratio * planted.usual[index, live:until].sum()
            if returns >= 0:
                back[0] += planted.counts[index, returns:].sum()
                back[1] += planted.usual[index, returns:].sum()
    for kind in (Kind.WORKS, Kind.NULL, Kind.PEAKED, Kind.REGRESSES):
        assert seen[kind][0] / seen[kind][1] == pytest.approx(1.0, abs=0.04)
    assert back[0] / back[1] == pytest.approx(1.0, abs=0.06)


def test_what_was_chosen_for_its_peak_had_one_and_falls_by_itself() -> None:
    peak: list[float] = []
    after: list[float] = []
    for seed in range(10):
        planted = plan_improvements(replace(SETTINGS, seed=seed))
        chosen = np.flatnonzero(planted.kind == Kind.PEAKED)
        assert len(chosen) == N_PEAKED
        for index in chosen.tolist():
            raised = int(planted.raised_week[index])
            for weeks, told in (
                (slice(raised - SELECTION_WEEKS, raised), peak),
                (slice(raised, raised + SELECTION_WEEKS), after),
            ):
                told.append(planted.counts[index, weeks].sum() / planted.usual[index, weeks].sum())
    assert np.mean(peak) > 1.5
    assert np.mean(after) == pytest.approx(1.0, abs=0.12)


def test_services_fall_and_have_seasons() -> None:
    planted = plan_improvements(replace(SETTINGS, n_incidents=400_000))
    yearly = planted.noise[:, 52:65].sum(1) / planted.noise[:, :13].sum(1)
    assert 0.6 < float(np.median(yearly)) < 0.85
    quarters = planted.noise[:, :52].reshape(len(planted.noise), 4, 13).sum(2)
    assert (quarters.max(1) / quarters.min(1) > 1.2).sum() >= 9


def test_an_estate_that_asks_for_none_has_none() -> None:
    plain = replace(SETTINGS, improvements=False)
    assert build_entries(build_plan(plain)) == ()


@pytest.mark.parametrize("wrong", [{"n_weeks": 52}, {"n_incidents": 5_000}])
def test_improvements_need_weeks_and_incidents(wrong: dict[str, int]) -> None:
    with pytest.raises(ConfigError, match="improvements need"):
        replace(SETTINGS, **wrong)  # type: ignore[arg-type]  # a test names the field it breaks
