"""A pull against the source's own past, and its volume against its own weeks."""

from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from checks.checking import check
from checks.context import CheckContext
from checks.past import compare, volume
from checks.profiles import profile
from checks.settings import CheckSettings
from itsm.quality import ExpectationResult, Severity, SourceProfile
from itsm.states import RecordKind
from tests.checks.examples import CUTOFF, GOOD, WEEK, at, frame

INCIDENT = RecordKind.INCIDENT
CONTEXT = CheckContext(source="desk", cutoff_at=CUTOFF, week=WEEK)


def _profile(
    n: int = 1000,
    fill: dict[str, float] | None = None,
    codes: dict[str, tuple[str, ...]] | None = None,
    weeks: dict[str, int] | None = None,
) -> SourceProfile:
    return SourceProfile(
        source="desk", kind=INCIDENT, n_records=n, newest_at=None, fill_rates=fill or {},
        codes=codes or {}, weekly_counts=weeks or {},
    )  # fmt: skip


def _broken(current: SourceProfile, past: SourceProfile) -> list[tuple[str, str | None, Severity]]:
    return [
        (result.rule, result.field, result.severity)
        for result in compare(current, past)
        if not result.is_met
    ]


def _weeks(counts: list[int]) -> dict[str, int]:
    """Counts of the weeks before the reporting week, the last one in it."""
    return {week.label: n for week, n in zip(WEEK.last(len(counts)), counts, strict=True) if n > 0}


def _volume(counts: list[int], past: list[int] | None = None) -> ExpectationResult:
    before = None if past is None else _profile(weeks=_weeks(past))
    (result,) = volume(_profile(weeks=_weeks(counts)), replace(CONTEXT, past=before))
    return result


def test_a_profile_tells_what_a_pull_looks_like() -> None:
    rows = frame(
        INCIDENT,
        {"number": "1", "opened_at": at(0), "updated_at": at(9), "state_code": "b", "title": "x"},
        {"number": "2", "opened_at": at(1), "state_code": "a"},
        {"number": "3", "opened_at": at(24 * 7), "state_code": "a"},
    )
    seen = profile("desk", INCIDENT, rows)
    assert (seen.n_records, seen.newest_at) == (3, at(24 * 7))
    assert seen.fill_rates["number"] == 1.0
    assert seen.fill_rates["title"] == pytest.approx(1 / 3)
    assert seen.fill_rates["team"] == 0.0
    assert seen.codes["state_code"] == ("a", "b")
    assert seen.codes["category"] == ()
    assert dict(seen.weekly_counts) == {"2026-W20": 2, "2026-W21": 1}


def test_weeks_are_counted_in_the_zone_of_the_reports() -> None:
    monday = WEEK.start_at
    rows = frame(INCIDENT, {"number": "1", "opened_at": monday - timedelta(minutes=30)})
    assert dict(profile("desk", INCIDENT, rows).weekly_counts) == {"2026-W19": 1}
    berlin = profile("desk", INCIDENT, rows, zone="Europe/Berlin")
    assert dict(berlin.weekly_counts) == {"2026-W20": 1}


def test_an_empty_pull_has_a_profile() -> None:
    seen = profile("desk", INCIDENT, frame(INCIDENT))
    assert (seen.n_records, seen.newest_at, dict(seen.weekly_counts)) == (0, None, {})


def test_a_field_with_very_many_codes_is_not_watched() -> None:
    rows = frame(INCIDENT, *({"number": str(n), "category": f"c{n}"} for n in range(9)))
    seen = profile("desk", INCIDENT, rows, settings=CheckSettings(max_codes=8))
    assert "category" not in seen.codes


def test_the_same_pull_again_has_not_changed() -> None:
    same = _profile(fill={"title": 0.9, "ci": 0.0}, codes={"channel": ("mail",)})
    assert _broken(same, same) == []


@pytest.mark.parametrize(
    ("name", "severity"), [("title", Severity.CRITICAL), ("location", Severity.WARNING)]
)
def test_a_field_that_vanished_is_told_and_stops_where_mining_leans_on_it(
    name: str, severity: Severity
) -> None:
    now, past = _profile(fill={name: 0.0}), _profile(fill={name: 0.6})
    assert _broken(now, past) == [("field_vanished", name, severity)]


def test_a_field_the_source_no_longer_knows_at_all_has_vanished_too() -> None:
    assert _broken(_profile(fill={}), _profile(fill={"team": 1.0})) == [
        ("field_vanished", "team", Severity.WARNING)
    ]


def test_a_field_that_was_hardly_used_may_be_empty() -> None:
    assert _broken(_profile(fill={"ci": 0.0}), _profile(fill={"ci": 0.03})) == []


@pytest.mark.parametrize(("now", "falls"), [(0.69, True), (0.71, False), (0.95, False)])
def test_a_fill_rate_that_falls_by_more_than_twenty_points_warns(now: float, falls: bool) -> None:
    expected = [("fill_rate_kept", "team", Severity.WARNING)] if falls else []
    assert _broken(_profile(fill={"team": now}), _profile(fill={"team": 0.9})) == expected


def test_a_fall_that_chance_explains_does_not_warn() -> None:
    now, past = _profile(40, fill={"team": 0.5}), _profile(40, fill={"team": 0.75})
    assert _broken(now, past) == []
    many = _profile(4000, fill={"team": 0.5}), _profile(4000, fill={"team": 0.75})
    assert _broken(*many) == [("fill_rate_kept", "team", Severity.WARNING)]


def test_a_handful_of_records_is_not_compared() -> None:
    assert compare(_profile(29, fill={"title": 0.0}), _profile(fill={"title": 1.0})) == ()


def test_new_codes_are_named() -> None:
    now = _profile(codes={"close_code": ("a", "b", "c")})
    (result,) = (r for r in compare(now, _profile(codes={"close_code": ("a",)})) if not r.is_met)
    assert (result.rule, result.field, result.n_failed) == ("new_codes", "close_code", 2)
    assert result.observed == "close_code has 2 new: 'b', 'c'"


def test_codes_that_are_no_longer_used_are_no_news() -> None:
    now, past = _profile(codes={"channel": ("a",)}), _profile(codes={"channel": ("a", "b")})
    assert _broken(now, past) == []


@given(st.floats(0, 1), st.floats(0, 1), st.integers(30, 10_000), st.integers(30, 10_000))
def test_only_a_real_fall_is_called_one(now: float, was: float, n: int, n_was: int) -> None:
    broken = _broken(_profile(n, fill={"team": now}), _profile(n_was, fill={"team": was}))
    assert not broken or now < was


def test_volume_inside_its_own_limits_is_normal_and_outside_is_not() -> None:
    steady = [7, 100, 110, 95, 105, 100, 98, 102, 107, 99, 101]
    assert _volume([*steady, 112]).is_met
    for n in (400, 3):
        result = _volume([*steady, n])
        assert not result.is_met
        assert result.severity is Severity.WARNING
        assert f"{n} in 2026-W20, normally" in (result.observed or "")


def test_fewer_than_ten_weeks_are_not_judged_and_the_first_does_not_count() -> None:
    counts = [100] * 10
    result = _volume([*counts, 5000])
    assert result.is_met
    assert "not judged" in (result.observed or "")
    assert not _volume([100, *counts, 5000]).is_met


def test_a_week_without_records_between_others_counts_as_none() -> None:
    quiet = _volume([9, *([50, 0] * 6), 0])
    assert quiet.is_met


def test_weeks_only_the_past_has_seen_count() -> None:
    result = _volume([300], past=[9, *[100, 104] * 6, 0])
    assert not result.is_met


def test_volume_is_judged_in_a_whole_check() -> None:
    rows = [
        {**GOOD[INCIDENT], "number": f"{week}-{n}", "caller": f"{week}-{n}",
         **{name: at(n - 24 * 7 * week) for name in ("opened_at", "resolved_at", "closed_at")}}
        for week in range(13)
        for n in range(40 if week == 0 else 5)
    ]  # fmt: skip
    report = check(INCIDENT, frame(INCIDENT, *rows), CONTEXT)
    found = next(result for result in report.results if result.rule == "volume")
    assert not found.is_met


def test_the_past_is_compared_in_a_whole_check() -> None:
    rows = frame(INCIDENT, *({**GOOD[INCIDENT], "number": str(n), "title": None, "category": "x",
                              "caller": str(n)} for n in range(60)))  # fmt: skip
    past = _profile(fill={"title": 1.0})
    report = check(INCIDENT, rows, replace(CONTEXT, past=past))
    vanished = [result for result in report.failed if result.rule == "field_vanished"]
    assert [(result.field, result.severity) for result in vanished] == [
        ("title", Severity.CRITICAL)
    ]
