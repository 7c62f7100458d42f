"""What a decision puts into the outbox, seen with what is there already."""

from dataclasses import replace
from datetime import UTC, datetime

from itsm.decisions import Action, ReviewDecision
from itsm.push_planning import Draft, Homes, Linkable, problem_key
from itsm.pushed import Known, Remote
from itsm.pushing import Intent, PushAction, PushKind
from store import Store
from store.queueing import queue

AT = datetime(2026, 3, 2, 8, tzinfo=UTC)
HOMES = Homes(able=("jira", "snow"))
DRAFT = Draft(fields={"title": "VPN drops"}, links=(Linkable(source="snow", number="INC1"),))


def decided(
    store: Store, draft: Draft = DRAFT, action: Action = Action.ACCEPT
) -> tuple[Intent, ...]:
    decision = ReviewDecision(action=action, candidate_id="PC-1", run_id="M-1", actor="ann", at=AT)
    with store.begin() as uow:
        intents = queue(uow, HOMES, replace(decision, decision_id=f"D-{action}"), draft)
        uow.commit()
    return intents


def test_a_candidate_keeps_the_home_its_problem_has(store: Store) -> None:
    assert [one.source for one in decided(store)] == ["snow", "snow"]
    (moved,) = decided(store, replace(DRAFT, home="jira"), Action.RESOLVE)
    assert (moved.source, moved.action) == ("snow", PushAction.MOVE)


def test_a_problem_that_was_taken_back_is_not_written_to_again(store: Store) -> None:
    canceled = Known(
        source="snow",
        kind=PushKind.PROBLEM,
        key=problem_key("PC-1"),
        subject="PC-1",
        remote=Remote(kind=PushKind.PROBLEM, key="9", number="PRB9", state="canceled"),
    )
    with store.begin() as uow:
        uow.outbox.note(canceled, AT)
        uow.commit()
    problem, _ = decided(store)
    assert problem.key == problem_key("PC-1", 2) != canceled.key


def test_a_decision_without_a_candidate_that_is_known_writes_nothing(store: Store) -> None:
    with store.begin() as uow:
        decision = ReviewDecision(
            action=Action.ACCEPT, candidate_id="PC-9", run_id="M-9", actor="ann", at=AT
        )
        assert queue(uow, HOMES, decision) == ()
        assert queue(uow, Homes(able=()), decision, DRAFT) == ()
        assert uow.outbox.fates() == ()
