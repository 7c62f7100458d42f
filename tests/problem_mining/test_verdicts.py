"""What was decided holds however incidents are grouped, and comes back only past a stated bar."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import date, timedelta

import pytest

from itsm.candidates import Decision, Estimate, Life, Member, ProblemCandidate, Purity
from itsm.clocks import ReportingWeek
from itsm.deciding import bare, rename, verdict, withdraw
from itsm.decisions import Action, RejectedAs, ReviewDecision
from problem_mining.last_home import Home
from problem_mining.verdicts import Memory, rule
from tests.problem_mining.decided_incidents import START, by, candidate

WEEK = ReportingWeek.of(START + timedelta(weeks=6), "UTC")
TERMS = ("outlook", "password", "prompt", "vpn")


def ruled(
    candidates: Sequence[ProblemCandidate],
    *decisions: ReviewDecision,
    home_of: dict[int, str] | None = None,
    new: Sequence[int] = (),
) -> tuple[ProblemCandidate, ...]:
    """Candidates under decisions; incidents in `new` were opened after they were made."""
    homes = {("desk", f"INC{k:04d}"): Home(name, "2026-W01") for k, name in (home_of or {}).items()}
    opened = {
        (m.source, m.number): START + timedelta(days=20 if int(m.number[3:]) in new else -5)
        for c in candidates
        for m in c.members
    }
    return rule(candidates, Memory(decisions, homes, opened), WEEK).candidates


def rejected(one: ProblemCandidate, day: int = 0) -> ReviewDecision:
    return verdict(Action.REJECT, one, by(day), rejected_as=RejectedAs.TRAINING)


def named(one: ProblemCandidate, service: str = "Mail") -> ProblemCandidate:
    purity = (Purity(field="service", value=service, share=1.0, n=3),)
    return replace(one, terms=TERMS, purity=purity)


A = candidate("A", 1, 2, 3, 4)


def test_a_rejection_holds_for_the_id_and_for_every_part_it_falls_into() -> None:
    parts = [candidate("A", 1, 2), candidate("X", 3, 4), candidate("Y", 7, 8, 3)]
    found = ruled(parts, rejected(A))
    assert [c.decision for c in found] == [
        Decision.REJECTED,
        Decision.REJECTED,
        Decision.UNDECIDED,
    ]
    assert found[1].standing is not None
    assert found[1].standing.text.startswith("rejected by ada on 2026-08-24 as A: looked at them")


def test_it_holds_for_incidents_that_joined_later() -> None:
    homes = {5: "A", 6: "A", 7: "B"}
    found = ruled([candidate("X", 5, 6, 7)], rejected(A), home_of=homes, new=[5, 6, 7])
    assert found[0].decision is Decision.REJECTED


def test_a_pattern_is_known_again_when_none_of_its_incidents_is_left() -> None:
    before = rejected(named(A))
    fresh = candidate("X", 11, 12, 13)
    assert ruled([named(fresh)], before)[0].decision is Decision.REJECTED
    assert ruled([named(fresh, "Payroll")], before)[0].decision is Decision.UNDECIDED
    other = replace(named(fresh), terms=("outlook", "calendar", "sync", "phone"))
    assert ruled([other], before)[0].decision is Decision.UNDECIDED
    accepted = verdict(Action.ACCEPT, named(A), by(0))
    assert ruled([named(fresh)], accepted)[0].decision is Decision.UNDECIDED, "that is another one"


@pytest.mark.parametrize(
    ("n_new", "hours", "is_back"), [(5, 24.0, True), (4, 90.0, False), (9, 23.9, False)]
)
def test_what_was_rejected_comes_back_past_both_bars_only(
    n_new: int, hours: float, is_back: bool
) -> None:
    new = range(20, 20 + n_new)
    now = replace(
        candidate("A", 1, 2, 3, 4, *new),
        avoidable_hours=Estimate(value=hours, low=1, high=99, unit="h"),
    )
    (found,) = ruled([now], rejected(A), new=list(new))
    assert (found.decision is Decision.UNDECIDED) == is_back
    assert found.standing is not None
    assert found.standing.is_back == is_back
    assert f"{n_new} new incidents" in found.standing.text
    assert "the bar is 5 new incidents and 24 h" in found.standing.text


def test_old_incidents_found_late_are_no_new_evidence() -> None:
    more = replace(
        candidate("A", *range(1, 30)),
        avoidable_hours=Estimate(value=500, low=1, high=900, unit="h"),
    )
    assert ruled([more], rejected(A))[0].decision is Decision.REJECTED


def snoozed(until: date | None = None, until_new: int | None = None) -> ReviewDecision:
    given = replace(bare(Action.SNOOZE, A, by(0)), until=until, until_new=until_new)
    return verdict(Action.SNOOZE, A, by(0), given=given)


def test_a_snooze_ends_on_its_day_or_with_enough_new_incidents() -> None:
    grown = candidate("A", 1, 2, 3, 4, 20, 21)
    day = WEEK.end_at.date()
    for decision, is_back in [
        (snoozed(until=day), True),
        (snoozed(until=day + timedelta(days=1)), False),
        (snoozed(until_new=2), True),
        (snoozed(until_new=3), False),
    ]:
        (found,) = ruled([grown], decision, new=[20, 21])
        assert (found.decision is Decision.UNDECIDED) == is_back
        assert found.standing is not None
        assert found.standing.is_back == is_back


def test_what_was_resolved_recurs_with_the_first_new_incident() -> None:
    resolved = verdict(Action.RESOLVE, A, by(0))
    assert ruled([A], resolved)[0].life is Life.RESOLVED
    (found,) = ruled([candidate("A", 1, 2, 3, 4, 20)], resolved, new=[20])
    assert (found.life, found.decision) == (Life.RECURRED, Decision.UNDECIDED)


def test_the_newest_verdict_wins_and_another_candidates_is_a_contradiction() -> None:
    b = candidate("B", 5, 6, 7)
    decisions = [rejected(A), verdict(Action.ACCEPT, b, by(1, "bob"))]
    both = candidate("A", 1, 2, 3, 5, 6, 7)
    opened = {(m.source, m.number): START for m in both.members}
    found = rule([both], Memory(decisions, {}, opened), WEEK)
    assert found.candidates[0].decision is Decision.ACCEPTED
    (conflict,) = found.conflicts
    assert conflict.text == "rejected as A by ada, accepted as B by bob"
    again = [*decisions, rejected(both, 2)]
    assert ruled([both], *again)[0].decision is Decision.REJECTED


def test_an_undo_leaves_it_as_it_was() -> None:
    decision = rejected(A)
    assert ruled([A], decision, withdraw(decision, by(1)))[0] == A


def test_a_name_people_gave_is_kept_and_nobody_else_has_it() -> None:
    a, b = (replace(c, statement="VPN drops") for c in (candidate("B", 5, 6), A))
    named_a = rename(b, "VPN drops", by(0))
    other = rename(a, "Wlan  drops", by(1))
    found = ruled([a, b, replace(a, candidate_id="C", members=members(8, 9))], named_a, other)
    assert [c.statement for c in found] == ["Wlan drops", "VPN drops", "VPN drops (2)"]


def members(*numbers: int) -> tuple[Member, ...]:
    return candidate("M", *numbers).members
