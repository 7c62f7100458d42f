"""What else is known: problems that explain, changes before the onset, fixes that repeat."""

from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from itsm.candidates import Decision, Life, ProblemCandidate, Purity, Standing
from itsm.deciding import verdict
from itsm.decisions import Action, RejectedAs
from problem_mining.evidence_links import KnownRecord, Surroundings, linked
from problem_mining.lineage import MemberKey
from problem_mining.phrases import repeated_phrase
from tests.problem_mining.decided_incidents import START, by, candidate, refs

ONE = replace(
    candidate("A", 1, 2, 3, 4),
    terms=("print", "spooler", "stuck", "label"),
    purity=(Purity(field="ci", value="lon-prn-03", share=1.0, n=4),),
    first_seen_at=START,
)


def keys(*numbers: int) -> list[MemberKey]:
    return [(r.source, r.number) for r in refs(*numbers)]


def told(one: ProblemCandidate, around: Surroundings, new: int = 0) -> ProblemCandidate:
    """A candidate whose last `new` members were opened three weeks later."""
    opened: dict[MemberKey, datetime | None] = {
        (m.source, m.number): START + timedelta(days=21 if k >= one.n_members - new else 0)
        for k, m in enumerate(one.members)
    }
    (found,) = linked([one], around, opened)
    return found


def with_problem(n: int, closed_at: datetime | None = None, *, known: bool = True) -> Surroundings:
    problem = KnownRecord("PRB1", "Spooler", state="fix in progress", closed_at=closed_at)
    return Surroundings(
        problem_of=dict.fromkeys(keys(1, 2, 3, 4)[:n], "PRB1"),
        problems={"PRB1": problem} if known else {},
    )


def test_what_an_open_problem_explains_leaves_the_queue_and_offers_the_rest() -> None:
    found = told(ONE, with_problem(3))
    assert found.decision is Decision.LINKED
    (link,) = found.links
    assert link.text == "PRB1 (fix in progress) has 3 of 4 members; 1 can be linked to it"
    assert link.members == ("desk/INC0004",)


@pytest.mark.parametrize(("n", "known"), [(1, True), (3, False)])
def test_a_problem_of_few_members_or_one_nothing_is_known_of_explains_nothing(
    n: int, known: bool
) -> None:
    found = told(ONE, with_problem(n, known=known))
    assert found.decision is Decision.UNDECIDED
    assert [link.kind for link in found.links] == ["problem"]


def test_what_a_closed_problem_explained_and_came_again_has_recurred() -> None:
    closed = with_problem(4, START + timedelta(days=7))
    assert told(ONE, closed).life is Life.RESOLVED
    found = told(ONE, closed, new=2)
    assert (found.life, found.decision) == (Life.RECURRED, Decision.UNDECIDED)
    assert found.standing is not None
    assert "2 new incidents since PRB1 was closed on 2026-08-31" in found.standing.text


def test_a_persons_decision_stands_above_a_problem() -> None:
    decided = replace(
        ONE, decision=Decision.REJECTED, standing=Standing(decision_id="D-1", text="rejected")
    )
    assert told(decided, with_problem(4)).decision is Decision.REJECTED


def test_changes_at_the_same_place_just_before_are_told_with_how_usual_they_are() -> None:
    def change(number: str, days: float, ci: str = "lon-prn-03") -> KnownRecord:
        return KnownRecord(number, "New driver", ci=ci, at=START - timedelta(days=days))

    changes = [change("C1", 0.25), change("C2", 6), change("C3", 8), change("C4", 1, "other")]
    around = Surroundings({}, {}, changes=[*changes, change("C5", -1)], days=182)
    first, second = told(ONE, around).links
    assert (first.record, second.record) == ("C1", "C2")
    assert first.text == (
        "6 hours before the first incident, on lon-prn-03: New driver; "
        "at 14% of all moments some change there lies so close"
    )


def test_of_very_many_changes_the_nearest_are_told_the_lower_number_first() -> None:
    def change(k: int, hours: float, ci: str, service: str = "") -> KnownRecord:
        at = START - timedelta(hours=hours)
        return KnownRecord(f"C{k:03}", "Patch", ci=ci, service=service, at=at)

    on_ci = [change(k, 170 - k, ci="lon-prn-03") for k in range(160)]
    same = [change(900 + k, 9, service="print", ci="lon-prn-04") for k in (3, 1, 2)]
    one = replace(ONE, purity=(*ONE.purity, Purity(field="service", value="print", share=1.0, n=4)))
    around = Surroundings({}, {}, changes=[*same, *on_ci[:159]], days=182)
    assert [link.record for link in told(one, around).links] == ["C901", "C902"]
    both = Surroundings({}, {}, changes=[*same, *on_ci[:159], change(999, 0, ci="lon-prn-03")])
    assert [link.record for link in told(one, both).links] == ["C999", "C901"]


def test_articles_and_known_errors_worded_alike_are_told_unless_elsewhere() -> None:
    around = Surroundings(
        {},
        {},
        known_errors=[KnownRecord("KE1", "Print spooler stuck")],
        articles=[
            KnownRecord("KB1", "How to unblock a stuck label print job"),
            KnownRecord("KB2", "Label print spooler", ci="ber-prn-01"),
            KnownRecord("KB3", "Label colours of the brand and how to order them"),
        ],
    )
    found = [(link.kind, link.record) for link in told(ONE, around).links]
    assert found == [("known_error", "KE1"), ("knowledge", "KB1")]


NOTES = [
    "Restarted the print spooler on the server and tested",
    "user informed. restarted the print spooler",
    "Driver reinstalled",
    "restarted the print spooler, works now",
]


def test_the_fix_that_repeats_is_told_and_is_a_gap_where_no_article_has_it() -> None:
    notes = dict(zip(keys(1, 2, 3, 4), NOTES, strict=True))
    fix, gap = told(ONE, Surroundings({}, {}, notes=notes)).links
    assert fix.text == "3 of 4 fix notes say: restarted the print spooler"
    assert gap.kind == "knowledge_gap"
    article = [KnownRecord("KB1", "Print spooler stuck")]
    kinds = [k.kind for k in told(ONE, Surroundings({}, {}, articles=article, notes=notes)).links]
    assert kinds == ["knowledge", "fix"]


def test_notes_that_share_nothing_have_no_phrase() -> None:
    assert repeated_phrase(["rebooted the laptop", "gave a new mouse", "reset password"]) == ("", 0)
    assert repeated_phrase(["it is ok now"] * 5) == ("", 0), "a phrase must say something"


def test_an_earlier_rejected_look_alike_is_told() -> None:
    before = replace(candidate("B", 8, 9), terms=("print", "spooler", "stuck", "queue", "blank"))
    decision = verdict(Action.REJECT, before, by(0), rejected_as=RejectedAs.NOISE)
    (link,) = told(ONE, Surroundings({}, {}, decisions=[decision])).links
    assert (link.kind, link.record) == ("rejected", "B")
    assert "(50% of the terms), rejected by ada on 2026-08-24: looked at them" in link.text
