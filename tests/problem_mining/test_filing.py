"""Incidents filed unlike their look-alikes, and routes that could be shorter."""

from collections import Counter

from problem_mining.filing import category_fixes, route_rules
from problem_mining.lineage import MemberKey
from tests.problem_mining.decided_incidents import candidate, refs


def keys(*numbers: int) -> list[MemberKey]:
    return [(r.source, r.number) for r in refs(*numbers)]


def test_who_is_filed_unlike_its_look_alikes_is_told_with_the_category_proposed() -> None:
    category = dict.fromkeys(keys(1, 2, 3, 4), "Printing") | dict.fromkeys(keys(5), "Network")
    (fix,) = category_fixes([candidate("A", 1, 2, 3, 4, 5, 6)], category)
    assert (fix.number, fix.now, fix.proposed) == ("INC0005", "Network", "Printing")
    assert fix.evidence == "4 of 5 alike are filed under Printing: Candidate A"


def test_few_or_divided_look_alikes_propose_nothing() -> None:
    category = dict.fromkeys(keys(1, 2, 3), "Printing") | dict.fromkeys(keys(4, 5), "Network")
    assert category_fixes([candidate("A", 1, 2, 3, 4, 5)], category) == ()
    assert category_fixes([candidate("A", 1, 2, 3, 4)], category) == ()
    assert category_fixes([candidate("A", 7, 8)], category) == ()


def rules(*ends: str) -> list[tuple[str, str]]:
    routes = Counter(("VPN", "Desk", end) for end in ends)
    return [(r.kind, r.last_team) for r in route_rules(routes)]


def test_what_always_ends_in_one_team_may_start_there() -> None:
    assert rules(*["Network"] * 20) == [("assignment", "Network")]
    assert rules(*["Network"] * 9) == [], "nine are too few"
    assert rules(*["Network"] * 17, *["Desk"] * 3) == [], "85 % of twenty is not sure to be 80 %"


def test_what_the_first_team_always_passes_on_is_a_training_gap() -> None:
    ends = ["Network"] * 10 + ["Mail"] * 10
    assert rules(*ends) == [("training", "")]
    assert rules(*ends, *["Desk"] * 10) == []


def test_what_stays_where_it_began_needs_no_rule() -> None:
    assert rules(*["Desk"] * 30) == []
