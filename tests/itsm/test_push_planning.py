"""Which record a decision creates where, what is linked, and what is only noted."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from itsm.candidates import Estimate, Evidence, Life, Member, ProblemCandidate, Purity
from itsm.decisions import Action, ReviewDecision
from itsm.errors import TransitionError
from itsm.push_planning import Draft, Homes, Linkable, drafted, home_of, intents_of
from itsm.pushing import FieldWrite, Intent, PushAction, PushKind, identified, key_of

AT = datetime(2026, 3, 2, 8, tzinfo=UTC)
OLD = AT - timedelta(days=91)
CANDIDATE = ProblemCandidate(
    candidate_id="PC-1",
    statement="VPN drops",
    members=(Member(source="snow", number="INC1", score=0.9),),
    score=0.9,
    first_seen_at=OLD,
    last_seen_at=AT,
    weekly_counts=(3,),
    life=Life.ACTIVE,
    evidence=(Evidence(kind="terms", text="all name the VPN", weight=1.0),),
    purity=(
        Purity(field="service", value="VPN", share=0.9, n=9),
        Purity(field="team", value="Network", share=0.4, n=9),
    ),
    avoidable_hours=Estimate(value=40, low=10, high=90, unit="h"),
)
SNOW = Linkable(source="snow", number="INC1", key="s1", is_open=True)
SNOW_TOO = Linkable(source="snow", number="INC2", key="s2", opened_at=AT)
JIRA = Linkable(source="jira", number="OPS-1", opened_at=AT)
BOTH = Homes(able=("jira", "snow"))
DRAFT = Draft(fields={"title": "VPN drops", "service": "VPN"}, links=(JIRA, SNOW, SNOW_TOO))


def decision(
    action: Action = Action.ACCEPT, *, reason: str = "", other: str | None = None
) -> ReviewDecision:
    bare = ReviewDecision(action=action, candidate_id="PC-1", run_id="M-1", actor="ann", at=AT)
    return replace(bare, decision_id="D-1", reason=reason, other=other)


def told(intents: tuple[Intent, ...]) -> list[tuple[str, str, str]]:
    return [(one.source, one.action.value, one.record or one.number) for one in intents]


def test_a_draft_says_what_was_seen_and_links_what_is_open_or_young() -> None:
    old = replace(SNOW_TOO, number="INC3", opened_at=OLD)
    draft = drafted(CANDIDATE, (SNOW_TOO, old, SNOW, JIRA), AT)
    assert draft.links == (JIRA, SNOW, SNOW_TOO)
    assert draft.fields["title"] == "VPN drops"
    assert draft.fields["service"] == "VPN"
    assert "team" not in draft.fields  # fewer than six in ten agree
    assert "all name the VPN" in draft.fields["description"]
    assert "PC-1" in draft.fields["description"]


def test_an_acceptance_creates_in_the_home_links_there_and_notes_elsewhere() -> None:
    intents = intents_of(decision(), DRAFT, BOTH)
    assert told(intents) == [
        ("snow", "create", ""),
        ("jira", "note", "OPS-1"),
        ("snow", "link", "s1"),
        ("snow", "link", "s2"),
    ]
    created, note, link, _ = intents
    assert created.key == key_of(PushKind.PROBLEM, "PC-1")
    assert {note.needs, link.needs} == {created.intent_id}
    assert "{problem}" in note.text
    assert {one.decision_id for one in intents} == {"D-1"}
    assert len({one.intent_id for one in intents}) == 4
    assert intents_of(decision(), DRAFT, BOTH) == intents


@pytest.mark.parametrize(
    ("draft", "homes", "home"),
    [
        (DRAFT, BOTH, "snow"),
        (DRAFT, replace(BOTH, by_service={"VPN": "jira"}), "jira"),
        (replace(DRAFT, home="jira"), replace(BOTH, by_service={"VPN": "snow"}), "jira"),
        (DRAFT, replace(BOTH, by_service={"VPN": "files"}), "snow"),
        (replace(DRAFT, links=(JIRA, SNOW)), BOTH, "jira"),
        (replace(DRAFT, links=()), Homes(able=("snow",)), "snow"),
        (replace(DRAFT, links=()), BOTH, ""),
        (DRAFT, Homes(able=()), ""),
    ],
)
def test_the_home_is_the_drafts_the_services_or_that_of_most_incidents(
    draft: Draft, homes: Homes, home: str
) -> None:
    assert home_of(draft, homes) == home
    assert bool(intents_of(decision(), draft, homes)) == bool(home)


def test_a_link_leads_to_the_problem_that_is_there() -> None:
    intents = intents_of(decision(Action.LINK, other="PRB7"), DRAFT, BOTH)
    assert told(intents) == [
        ("jira", "note", "OPS-1"),
        ("snow", "link", "s1"),
        ("snow", "link", "s2"),
    ]
    assert intents[1].fields == (FieldWrite(field="problem", value="PRB7", seen=""),)
    assert "PRB7" in intents[0].text
    there = intents_of(decision(Action.LINK, other="jira/PRB-7"), DRAFT, BOTH)
    assert told(there)[:2] == [("jira", "link", "OPS-1"), ("snow", "note", "s1")]


def test_other_decisions_write_nothing_but_a_resolution_moves_the_problem() -> None:
    (moved,) = intents_of(decision(Action.RESOLVE, reason="fixed"), DRAFT, BOTH)
    assert (moved.action, moved.kind, moved.text) == (PushAction.MOVE, PushKind.PROBLEM, "fixed")
    for action in (Action.REJECT, Action.SNOOZE, Action.COMMENT, Action.MERGE, Action.REOPEN):
        assert intents_of(decision(action), DRAFT, BOTH) == ()


def test_so_many_are_linked_at_most() -> None:
    assert len(intents_of(decision(), DRAFT, replace(BOTH, max_links=1))) == 2


@pytest.mark.parametrize(
    ("change", "lack"),
    [
        ({"actor": " "}, "say by whom"),
        ({"fields": ()}, "say what is written"),
        ({"kind": PushKind.INCIDENT, "record": "7"}, "an incident is never created"),
        ({"action": PushAction.MOVE}, "name the state"),
        ({"action": PushAction.NOTE}, "give the note"),
        ({"action": PushAction.LINK}, "links lead from incidents"),
        ({"action": PushAction.LINK, "kind": PushKind.INCIDENT}, "name the incident"),
        ({"fields": (FieldWrite(field="a", value="1"),) * 2}, "each field once"),
        ({"key": ""}, "give an idempotency key"),
    ],
)
def test_an_intent_that_lacks_something_is_refused(change: dict[str, object], lack: str) -> None:
    whole = Intent(
        source="snow",
        action=PushAction.CREATE,
        kind=PushKind.PROBLEM,
        subject="PC-1",
        key="csi:prb:PC-1",
        fields=(FieldWrite(field="title", value="VPN"),),
        actor="ann",
        at=AT,
    )
    assert identified(identified(whole)) == identified(whole)
    with pytest.raises(TransitionError, match=lack):
        identified(replace(whole, **change))  # type: ignore[arg-type]  # one of several shapes
