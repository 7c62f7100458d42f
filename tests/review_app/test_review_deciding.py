"""Deciding in the pages: every action, its reason and actor, what it causes, and taking it back."""

import re
from datetime import timedelta
from urllib.parse import quote

import pytest

from itsm.access import AppRole
from itsm.decisions import Action, IncidentRef, RejectedAs
from itsm.states import IncidentState
from store import Store
from tests.review_app.deciders import NOW, Decider, decisions, form_fields, waiting
from tests.review_app.desk import candidate, incident, land, members_of, mine
from tests.review_app.test_review_queue import shown

WEEK = "2026-W46"
OLD = NOW - timedelta(days=200)


@pytest.fixture
def ann(store: Store) -> Decider:
    several = [candidate(f"PC-{n}", 4, hours=90 - n, known_problems=()) for n in range(6)]
    mine(store, WEEK, several)
    land(store, members_of(*several))
    return Decider(store)


def test_an_accepted_candidate_leaves_the_queue_and_its_record_waits_for_the_push(
    ann: Decider, store: Store
) -> None:
    page = ann.read("/decide?action=accept&on=PC-1&then=queue")
    assert "5 writes: 1 problem record and 4 links." in page
    answer = ann.send("/decide?action=accept&on=PC-1&then=queue", reason="it hurts")
    assert answer.headers["location"].startswith("/?done=D-")
    assert answer.headers["location"].endswith("#c-PC-2")
    assert decisions(store) == [("accept", "PC-1", "ann", "it hurts")]
    assert waiting(store) == [("create", "PC-1"), *[("link", "PC-1")] * 4]
    page = ann.follow(answer)
    assert shown(page) == ["PC-0", "PC-2", "PC-3", "PC-4", "PC-5"]
    assert "Accepted: PC-1. 5 writes for the next push." in page
    assert "1 of 6 decided" in page


def test_the_record_is_written_as_the_reviewer_has_changed_it(ann: Decider, store: Store) -> None:
    ann.send(
        "/decide?action=accept&on=PC-1",
        field_title="RADIUS certificate expired",
        field_team="",
        field_workaround="restart",
        link=["desk/PC-1-0", "desk/PC-1-2"],
    )
    with store.begin() as uow:
        problem, *links = [fate.intent for fate in uow.outbox.fates()]
    said = {one.field: one.value for one in problem.fields}
    assert said["title"] == "RADIUS certificate expired" and said["workaround"] == "restart"
    assert "team" not in said
    assert [one.number for one in links] == ["PC-1-0", "PC-1-2"]


def test_open_incidents_and_those_of_the_last_90_days_are_chosen_to_be_linked(
    store: Store,
) -> None:
    one = candidate("PC-1", 4)
    mine(store, WEEK, [one])
    land(
        store,
        [
            incident("PC-1-0", opened_at=OLD),
            incident("PC-1-1", opened_at=OLD, state=IncidentState.IN_PROGRESS, resolved_at=None),
            incident("PC-1-2", opened_at=NOW - timedelta(days=89)),
            incident("PC-1-3", restricted=True),
        ],
    )
    page = Decider(store).read("/decide?action=accept&on=PC-1")
    fields = form_fields(page, 'method="post" action="/decide"')
    assert [v for n, v in fields if n == "link" and v] == ["desk/PC-1-2", "desk/PC-1-1"]
    assert [v for n, v in fields if n == "shown"] == [
        "desk/PC-1-2",
        "desk/PC-1-1",
        "desk/PC-1-0",
    ]
    assert "PC-1-3" not in page and "1 more are linked that are not shown to you" in page
    Decider(store).send("/decide?action=accept&on=PC-1", link=["desk/PC-1-0"])
    with store.begin() as uow:
        links = [f.intent.number for f in uow.outbox.fates() if f.intent.action.value == "link"]
    assert links == ["PC-1-0", "PC-1-3"]


def test_accepting_can_open_the_register_entry_in_the_same_go(ann: Decider, store: Store) -> None:
    page = ann.follow(ann.send("/decide?action=accept&on=PC-1&then=queue", with_entry="1"))
    assert "In the register: CSI-PC-1." in page
    with store.begin() as uow:
        assert [entry.number for entry in uow.register.list()] == ["CSI-PC-1"]
    assert 'name="with_entry" value="1" disabled' in ann.read("/decide?action=accept&on=PC-1")


def test_nothing_is_written_where_no_source_may_be_written_to(store: Store) -> None:
    mine(store, WEEK, [candidate("PC-1")])
    ann = Decider(store, able=())
    assert "no source may be written to" in ann.read("/decide?action=accept&on=PC-1")
    ann.send("/decide?action=accept&on=PC-1")
    assert waiting(store) == [] and len(decisions(store)) == 1


SIMPLE = [
    ("reject", {"kind": "noise"}, ("reject", "Noise")),
    ("reject", {"kind": "training", "reason": "new starters"}, ("reject", "new starters")),
    ("snooze", {"until": "2026-12-01"}, ("snooze", "")),
    ("snooze", {"until": "", "until_new": "3"}, ("snooze", "")),
    ("accept-risk", {"until": "2027-06-01", "reason": "too dear"}, ("accept_risk", "too dear")),
    ("link", {"other": "PRB0007"}, ("link", "")),
    ("resolve", {"reason": "fixed"}, ("resolve", "fixed")),
    ("assign", {"other": "bob"}, ("assign", "")),
    ("ask-vendor", {"other": "Acme", "reason": "why?"}, ("ask_vendor", "why?")),
    ("open-knowledge-task", {"reason": "write it"}, ("open_knowledge_task", "write it")),
    ("comment", {"reason": "seen this before"}, ("comment", "seen this before")),
    ("rename", {"statement": "RADIUS rejects"}, ("rename", "")),
    ("open-entry", {}, ("open_entry", "")),
]


@pytest.mark.parametrize(("action", "fields", "kept"), SIMPLE)
def test_every_action_is_kept_with_its_actor_and_can_be_taken_back(
    ann: Decider, store: Store, action: str, fields: dict[str, str], kept: tuple[str, str]
) -> None:
    answer = ann.send(f"/decide?action={action}&on=PC-1&then=queue", **fields)
    page = ann.follow(answer)
    assert decisions(store) == [(kept[0], "PC-1", "ann", kept[1])]
    undone = ann.ask("/undo", form_fields(page, 'method="post" action="/undo"'))
    assert "Taken back: PC-1." in ann.follow(undone)
    assert decisions(store)[1][:3] == ("withdraw", "PC-1", "ann")
    assert shown(ann.read("/")) == [f"PC-{n}" for n in range(6)]
    assert [state for state in _states(store) if state == "waiting"] == []


def _states(store: Store) -> list[str]:
    with store.begin() as uow:
        return [fate.state.value for fate in uow.outbox.fates()]


MISSING = [
    ("snooze", {"until_new": "", "until": ""}, "Say until which day"),
    ("snooze", {"until_new": "x"}, "Write a number of incidents"),
    ("snooze", {"until": "2026-11-17"}, "Choose a day after today."),
    ("accept-risk", {"until": "2027-01-01", "reason": ""}, "Say why the risk is accepted."),
    ("accept-risk", {"reason": "dear"}, "Give the day on which the risk is looked at again."),
    ("link", {"other": ""}, "Name the problem record."),
    ("assign", {"other": ""}, "Say whom it is assigned to."),
    ("comment", {"reason": " "}, "Write the comment."),
    ("rename", {"statement": ""}, "Say what it is called."),
    ("accept", {"field_title": ""}, "A problem record needs a title."),
    ("reject", {"kind": "nonsense"}, "Say why it is rejected."),
]


@pytest.mark.parametrize(("action", "fields", "told"), MISSING)
def test_a_form_that_lacks_something_comes_back_with_what_was_typed(
    ann: Decider, store: Store, action: str, fields: dict[str, str], told: str
) -> None:
    typed = {"reason": "as typed"} | fields
    answer = ann.send(f"/decide?action={action}&on=PC-1", **typed)
    assert answer.status_code == 422
    assert told in answer.text
    assert fields.get("reason") is not None or "as typed" in answer.text
    assert decisions(store) == []


def test_a_rejection_says_of_the_grouping_only_what_was_said(ann: Decider, store: Store) -> None:
    ann.send("/decide?action=reject&on=PC-1", kind="noise")
    ann.send("/decide?action=reject&on=PC-2", kind="noise", grouping="yes")
    ann.send("/decide?action=reject&on=PC-3", kind="wrong_group")
    with store.begin() as uow:
        made = uow.decisions.list()
    assert [d.is_grouping_right for d in made] == [None, True, False]
    assert made[2].rejected_as is RejectedAs.WRONG_GROUP


def test_two_candidates_are_merged_after_what_it_comes_to_was_shown(
    ann: Decider, store: Store
) -> None:
    page = ann.read("/decide?action=merge&on=PC-1&on=PC-3&then=queue")
    assert "Together: 8 incidents, about 176 avoidable hours" in page
    answer = ann.send("/decide?action=merge&on=PC-1&on=PC-3&then=queue", stays="PC-3")
    page = ann.follow(answer)
    with store.begin() as uow:
        made = uow.decisions.list()[0]
    assert (made.action, made.candidate_id, made.other) == (Action.MERGE, "PC-3", "PC-1")
    assert [len(part) for part in made.parts] == [4, 4]
    assert shown(page) == ["PC-0", "PC-2", "PC-3", "PC-4", "PC-5"]
    assert "merged into PC-3" in ann.read("/?show=decided")


def test_three_are_merged_at_once(ann: Decider, store: Store) -> None:
    ann.send("/decide?action=merge&on=PC-1&on=PC-2&on=PC-3")
    with store.begin() as uow:
        made = uow.decisions.list()
    assert [(d.candidate_id, d.other) for d in made] == [("PC-1", "PC-2"), ("PC-1", "PC-3")]


def test_the_other_candidate_is_chosen_from_look_alikes_or_typed(store: Store) -> None:
    terms = ("radius", "reject", "vpn")
    mine(
        store,
        WEEK,
        [
            candidate("PC-1", terms=terms),
            candidate("PC-2", terms=(*terms, "home")),
            candidate("PC-3", terms=("printer",)),
        ],
    )
    ann = Decider(store)
    page = ann.read("/decide?action=merge&on=PC-1")
    assert 'name="other" value="PC-2"' in page and 'value="PC-3"' not in page
    assert "Together: 6 incidents" in ann.read("/decide?action=merge&on=PC-1&other=PC-2")
    assert "Together: 6 incidents" in ann.read("/decide?action=merge&on=PC-1&typed=PC-3&other=PC-2")
    ann.send("/decide?action=duplicate&on=PC-1&other=PC-2")
    with store.begin() as uow:
        made = uow.decisions.list()[0]
    assert (made.action, made.candidate_id, made.other) == (Action.DUPLICATE, "PC-2", "PC-1")


def test_a_candidate_is_split_by_a_field_after_the_parts_were_shown(store: Store) -> None:
    one = candidate("PC-1", 6)
    mine(store, WEEK, [one])
    places = ["lon", "lon", "lon", "par", "par", None]
    land(store, [incident(f"PC-1-{n}", location=place) for n, place in enumerate(places)])
    ann = Decider(store)
    page = ann.read("/candidates/PC-1")
    assert "3 lon, 2 par, 1 other or none" in page
    page = ann.read("/decide?action=split&on=PC-1&by=location")
    assert "<b>2 incidents</b> <bdi>par</bdi>" in page and "<b>4 incidents</b>" in page
    ann.send("/decide?action=split&on=PC-1&by=location", reason="two sites")
    with store.begin() as uow:
        made = uow.decisions.list()[0]
    numbers = [[ref.number for ref in part] for part in made.parts]
    assert numbers == [["PC-1-0", "PC-1-1", "PC-1-2", "PC-1-5"], ["PC-1-3", "PC-1-4"]]
    assert "split, from the next mining on" in ann.read("/?show=decided")
    assert shown(ann.read("/")) == []


def test_incidents_are_split_off_removed_and_pinned_one_by_one(ann: Decider, store: Store) -> None:
    land(store, [incident("INC9")])
    ann.send("/decide?action=split&on=PC-1&ref=desk/PC-1-1&ref=desk/PC-1-2")
    ann.send("/decide?action=remove&on=PC-2&ref=desk/PC-2-0&then=stay")
    page = ann.follow(ann.send("/decide?action=pin&on=PC-2&ref=desk/INC9&then=stay"))
    with store.begin() as uow:
        split, removed, pinned = uow.decisions.list()
    assert [len(part) for part in split.parts] == [2, 2]
    assert removed.parts[1] == (IncidentRef(source="desk", number="PC-2-0"),)
    assert pinned.parts[1] == (IncidentRef(source="desk", number="INC9"),)
    assert "Pinned to" in page and "holds from the next mining on" in page


def test_a_split_that_leaves_nothing_is_refused_in_words(ann: Decider, store: Store) -> None:
    refs = "".join(f"&ref=desk/PC-1-{n}" for n in range(4))
    answer = ann.send(f"/decide?action=split&on=PC-1{refs}")
    assert answer.status_code == 422 and "two parts are needed" in answer.text
    answer = ann.send("/decide?action=remove&on=PC-1&ref=desk/STRANGE")
    assert answer.status_code == 422 and "is no member of the candidate" in answer.text
    assert decisions(store) == []


def test_several_are_rejected_at_once_and_taken_back_at_once(ann: Decider, store: Store) -> None:
    answer = ann.send("/decide?action=reject&on=PC-1&on=PC-2&on=PC-4&then=queue", kind="noise")
    page = ann.follow(answer)
    assert "Rejected: 3 candidates." in page
    assert shown(page) == ["PC-0", "PC-3", "PC-5"]
    ann.follow(ann.ask("/undo", form_fields(page, 'method="post" action="/undo"')))
    assert shown(ann.read("/")) == [f"PC-{n}" for n in range(6)]


def test_who_decides_on_an_old_version_is_shown_what_changed(store: Store) -> None:
    mine(store, WEEK, [candidate("PC-1"), candidate("PC-2")])
    ann, bob = Decider(store), Decider(store, name="bob")
    page = ann.read("/decide?action=accept&on=PC-1")
    bob.send("/decide?action=reject&on=PC-1", kind="noise", reason="only noise")
    answer = ann.ask("/decide", ann.filled(page, reason="it is not"))
    assert answer.status_code == 409
    assert "Somebody has decided since you looked." in answer.text
    assert "bob" in answer.text and "only noise" in answer.text and "it is not" in answer.text
    assert waiting(store) == []
    again = ann.ask("/decide", ann.filled(answer.text))
    assert again.status_code == 303
    assert [d[:3] for d in decisions(store)] == [
        ("reject", "PC-1", "bob"),
        ("accept", "PC-1", "ann"),
    ]


def test_a_form_of_a_week_that_was_mined_again_does_nothing(store: Store) -> None:
    mine(store, WEEK, [candidate("PC-1")], "M-1")
    ann = Decider(store)
    page = ann.read("/decide?action=reject&on=PC-1")
    mine(store, WEEK, [candidate("PC-1", 9)], "M-2")
    answer = ann.ask("/decide", ann.filled(page))
    assert answer.status_code == 409 and "was mined again" in answer.text
    assert decisions(store) == []


def test_a_form_that_is_sent_twice_decides_once(ann: Decider, store: Store) -> None:
    page = ann.read("/decide?action=accept&on=PC-1")
    assert ann.ask("/decide", ann.filled(page)).status_code == 303
    assert ann.ask("/decide", ann.filled(page)).status_code == 303  # the very same decision
    ann.now += timedelta(seconds=1)
    assert ann.ask("/decide", ann.filled(page)).status_code == 409
    assert len(decisions(store)) == 1 and waiting(store).count(("create", "PC-1")) == 1


def test_the_page_tells_what_became_of_the_push(ann: Decider, store: Store) -> None:
    ann.send("/decide?action=accept&on=PC-1&then=queue")
    page = ann.read("/candidates/PC-1")
    story = page.split('id="h-story"')[1].split("</section>")[0]
    text = re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", story))
    assert "Accepted by ann" in text
    assert "waiting create problem in desk" in text and "waiting 4 × link in desk" in text
    undo = form_fields(story, 'method="post" action="/undo"')
    assert "Taken back: PC-1." in ann.follow(ann.ask("/undo", undo))
    assert "create problem" not in ann.read("/candidates/PC-1")


def test_after_a_decision_on_its_page_comes_the_next_candidate(ann: Decider) -> None:
    answer = ann.send("/decide?action=snooze&on=PC-1&then=next")
    assert answer.headers["location"].startswith("/candidates/PC-2?done=")
    answer = ann.send("/decide?action=comment&on=PC-3&then=stay", reason="hm")
    assert answer.headers["location"].startswith("/candidates/PC-3?done=")


@pytest.mark.parametrize("roles", [(AppRole.VIEWER,), (AppRole.REGISTER_APPROVER,)])
def test_who_is_no_problem_manager_sees_no_action_and_does_none(
    store: Store, roles: tuple[AppRole, ...]
) -> None:
    mine(store, WEEK, [candidate("PC-1")])
    page = Decider(store).read("/decide?action=reject&on=PC-1")
    eve = Decider(store, name="eve", roles=roles)
    for path in ("/", "/candidates/PC-1", "/candidates/PC-1/near"):
        assert "/decide" not in eve.read(path)
    assert eve.ask("/decide?action=reject&on=PC-1").status_code == 403
    assert eve.ask("/decide", eve.filled(page)).status_code == 403
    assert (
        eve.ask("/undo", [("decision", "D-1"), ("csrf", "token-of-the-session")]).status_code == 403
    )
    assert decisions(store) == []


def test_a_form_from_elsewhere_does_nothing(ann: Decider, store: Store) -> None:
    form = ann.filled(ann.read("/decide?action=reject&on=PC-1"), csrf="guessed")
    assert ann.ask("/decide", form).status_code == 403
    assert decisions(store) == []


def test_a_service_owner_decides_on_nothing_they_do_not_see(store: Store) -> None:
    mine(store, WEEK, [candidate("PC-1"), candidate("PC-2", purity=())])
    cat = Decider(store, name="cat", services=["Remote access"])
    assert shown(cat.read("/?show=all")) == ["PC-1"]
    assert cat.ask("/decide?action=reject&on=PC-2").status_code == 404
    form = cat.filled(cat.read("/decide?action=reject&on=PC-1"), on="PC-2")
    assert cat.ask("/decide", form).status_code == 404
    assert decisions(store) == []


@pytest.mark.parametrize(
    "query", ["action=nonsense&on=PC-1", "action=reject", "action=accept&on=PC-1&on=PC-2", ""]
)
def test_an_address_that_asks_for_nothing_says_so(ann: Decider, query: str) -> None:
    assert ann.ask(f"/decide?{query}").status_code == 404


def test_an_unknown_candidate_is_not_there(ann: Decider) -> None:
    assert ann.ask(f"/decide?action=reject&on={quote('<b>')}").status_code == 404
