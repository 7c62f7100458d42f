"""Demand in one order: scores, what is lifted, why each moved; twins, stale entries, budgets."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from itsm.budgeting import WorkCost, budget, cost_of
from itsm.demand import Weights, rank, reranked, score_of, scored, why
from itsm.findings import Finding, on_time
from itsm.register import DEMAND_VALUES, Origin, RegisterEntry, RegisterState
from itsm.register_care import Patience, duplicates, stale
from itsm.register_forms import intake
from itsm.register_parts import EntryTask

AT = datetime(2026, 11, 16, 9, tzinfo=UTC)
TODAY = AT.date()
WEIGHTS = ("weights a", "weights b")


def entry(number: str, *values: int | None, **given: object) -> RegisterEntry:
    bare = RegisterEntry(
        number=number,
        title=number,
        description="",
        origin=Origin.DEMAND,
        origin_record=None,
        evidence_hash=None,
        raised_at=AT,
        raised_by="anna",
        **dict(zip(DEMAND_VALUES, values, strict=False)),  # type: ignore[arg-type]  # four grades
    )
    return replace(bare, **given)  # type: ignore[arg-type]  # a test names the fields it needs


GRADES = st.none() | st.integers(1, 5)
ENTRIES = st.lists(
    st.builds(
        lambda n, values, law, critical, state: entry(
            f"CSI-{n}", *values, is_regulatory=law, blocks_critical=critical, state=state
        ),
        st.integers(1, 10**6),
        st.tuples(GRADES, GRADES, GRADES, GRADES),
        st.booleans(),
        st.booleans(),
        st.sampled_from(RegisterState),
    ),
    max_size=8,
    unique_by=lambda one: one.number,
)


@given(ENTRIES)
def test_the_order_is_total_and_lifts_come_first(entries: list[RegisterEntry]) -> None:
    ranked = rank(entries)
    assert [one.place for one in ranked] == list(range(1, len(ranked) + 1))
    assert rank(entries[::-1]) == ranked, "the order they come in says nothing"
    keys = [
        (not (e.is_regulatory or e.blocks_critical), e.score is None, -(e.score or 0.0))
        for e in (one.entry for one in ranked)
    ]
    assert keys == sorted(keys)
    for one in ranked:
        assert one.entry.is_open
        assert "\n" not in one.why
        is_lifted = one.entry.is_regulatory or one.entry.blocks_critical
        assert ("lifted to the top" in one.why) == is_lifted


@given(st.tuples(*[st.integers(1, 5)] * 4), st.tuples(*[st.floats(0, 10)] * 3))
def test_the_score_is_the_weighted_sum_over_the_effort(
    grades: tuple[int, ...], weights: tuple[float, ...]
) -> None:
    by = Weights(version="x", impact=weights[0], urgency=weights[1], risk=weights[2])
    expected = sum(w * g for w, g in zip(weights, grades[:3], strict=True)) / grades[3]
    assert score_of(entry("A", *grades), by) == pytest.approx(expected)
    assert scored(entry("A", *grades), by).score == pytest.approx(expected, abs=1e-6)
    assert entry("A", *grades).score == pytest.approx(sum(grades[:3]) / grades[3])


def test_effort_can_be_left_out_of_the_score() -> None:
    assert score_of(entry("A", 3, 3, 3, 5), Weights(effort=0.0)) == 9.0


def test_a_gap_leaves_no_score_whatever_the_weights() -> None:
    bare = scored(entry("A", 5, 5, None, 1), Weights())
    assert (bare.score, bare.gaps) == (None, ("risk",))
    assert why(bare) == "no score, not known: risk"


def test_each_move_is_explained() -> None:
    a, b, c = entry("A", 4, 4, 4, 2), entry("B", 3, 3, 3, 2), entry("C", 2, 2, 2, 2)
    after = [a, replace(b, state=RegisterState.CANCELED), replace(c, urgency=5, is_regulatory=True)]
    moves = {
        one.number: one for one in reranked([a, b, c], [*after, entry("D", 1, 1, 1, 5)], WEIGHTS)
    }
    assert (moves["A"].before, moves["A"].after, moves["A"].why) == (1, 2, "passed by C")
    assert (moves["B"].after, moves["B"].why) == (None, "it is canceled now")
    assert moves["C"].why == "urgency 2 -> 5; is_regulatory no -> yes"
    assert (moves["C"].before, moves["C"].after) == (3, 1)
    assert (moves["D"].before, moves["D"].why) == (None, "new")


def test_what_moves_up_because_others_left_says_so() -> None:
    a, b = entry("A", 4, 4, 4, 2), entry("B", 3, 3, 3, 2)
    gone = replace(a, state=RegisterState.CLOSED)
    moves = {one.number: one for one in reranked([a, b], [gone, b], WEIGHTS)}
    assert (moves["B"].after, moves["B"].why) == (1, "moves up: A")


def test_new_weights_are_named_where_they_changed_a_score() -> None:
    before = [scored(entry("A", 1, 5, 1, 1), Weights(version="a"))]
    after = [scored(before[0], Weights(version="b", urgency=2.0))]
    assert reranked(before, after, WEIGHTS)[0].why == "weights a -> weights b"


@given(ENTRIES, ENTRIES)
def test_every_entry_with_a_place_is_told_once_with_a_reason(
    before: list[RegisterEntry], after: list[RegisterEntry]
) -> None:
    moves = reranked(before, after, WEIGHTS)
    placed = {one.entry.number for one in (*rank(before), *rank(after))}
    assert sorted(one.number for one in moves) == sorted(placed)
    assert all(one.why for one in moves)


def test_a_form_without_grades_is_a_request_with_named_gaps() -> None:
    taken = intake({"title": " Mail ", "impact": "3"}, number="X", raised_by="a", raised_at=AT)
    assert taken.entry is not None
    assert (taken.entry.title, taken.entry.impact) == ("Mail", 3)
    assert taken.gaps == ("urgency", "risk", "effort")
    assert taken.told == "not known yet: urgency, risk, effort; it has no score until they are"


def test_all_that_is_wrong_with_a_form_is_told_at_once() -> None:
    form = {"impact": "six", "required_by": "soon", "size": "XXL", "promised": "1.4", "state": "x"}
    taken = intake(form, number="X", raised_by="a", raised_at=AT)
    assert taken.entry is None
    assert [one.field for one in taken.wrong] == [
        "impact", "required_by", "size", "promised", "state", "title",
    ]  # fmt: skip
    assert all(one.remedy for one in taken.wrong)


@given(st.dictionaries(st.sampled_from(["title", "impact", "cost", "notes", "x"]), st.text()))
def test_no_form_breaks_the_intake(form: dict[str, str]) -> None:
    taken = intake(form, number="X", raised_by="a", raised_at=AT)
    assert (taken.entry is None) == bool(taken.wrong)


def test_twins_are_pointed_out_and_strangers_are_not() -> None:
    one = entry("A", title="Renew the certificates of the mail gateways")
    two = entry("B", title="Mail gateway certificate: renew it")
    other = entry("C", title="Print queue of the Leeds office")
    (pair,) = duplicates([one, two, other])
    assert (pair.first, pair.second) == ("A", "B")
    assert pair.shared == ("certificate", "gateway", "mail", "renew")
    assert duplicates([one, replace(two, state=RegisterState.CANCELED)]) == ()
    same = {"origin_record": "PRB1", "origin": Origin.PROBLEM}
    assert duplicates([entry("A", **same), entry("B", title="other words", **same)])


def test_stale_entries_say_how_that_shows() -> None:
    old = entry("A", state=RegisterState.ON_HOLD, state_since_at=AT - timedelta(days=91))
    task = EntryTask(task_id="T1", title="x", owner="dan", due_on=TODAY - timedelta(days=1))
    late = entry("B", next_review_on=TODAY - timedelta(days=2), tasks=(task,))
    found = {one.number: one.reasons for one in stale([old, late, entry("C")], TODAY)}
    assert found["A"] == ("91 days in on_hold (patience: 90)",)
    assert found["B"][0] == "its review of 2026-11-14 is late"
    assert found["B"][1] == "tasks are late: T1 (dan, 2026-11-15)"
    assert "C" not in found
    assert stale([old], TODAY, Patience(on_hold=200)) == ()
    assert stale([replace(late, state=RegisterState.CLOSED)], TODAY) == ()


MONEY = st.none() | st.floats(0, 10**6)


@given(st.lists(st.tuples(MONEY, MONEY, MONEY), max_size=6), st.floats(0, 10**6))
def test_a_budget_adds_up_and_keeps_to_its_limit(
    rows: list[tuple[float | None, float | None, float | None]], limit: float
) -> None:
    entries = [
        entry(f"E{n}", cost=cost, effort_days=days, value_per_year=value)
        for n, (cost, days, value) in enumerate(rows)
    ]
    model = WorkCost()
    told = budget(entries, model)
    known = [spent for one in entries if (spent := cost_of(one, model)) is not None]
    assert told.cost == pytest.approx(sum(known))
    assert told.n_without_cost == len(entries) - len(known)
    gains = [one.expected_return for one in told.lines if one.expected_return is not None]
    assert gains == sorted(gains, reverse=True)
    assert budget(entries, model, limit).cost <= limit + 1e-6


def test_findings_are_on_time_or_not() -> None:
    def finding(due: int, closed: int | None) -> Finding:
        return Finding(
            finding_id="F1",
            title="x",
            source="ISO",
            owner="ben",
            raised_on=date(2026, 1, 1),
            due_on=TODAY + timedelta(days=due),
            closed_on=None if closed is None else TODAY + timedelta(days=closed),
        )

    said = on_time([finding(0, -1), finding(-5, -1), finding(-1, None), finding(3, None)], TODAY)
    assert (said.n_due, said.n_on_time, said.n_not_due) == (3, 1, 1)
    assert said.share == pytest.approx(1 / 3)
    assert on_time([finding(3, None)], TODAY).share is None
