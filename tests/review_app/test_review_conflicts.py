"""The conflict queue in the browser: both sides, and what becomes of the one that is chosen."""

import pytest

from itsm.journal import JournalKind
from itsm.pushed import Choice, Conflict, Outcome, Remote, Standing, conflict_of
from itsm.pushing import (
    FieldWrite,
    Intent,
    IntentState,
    PushAction,
    PushKind,
    identified,
    key_of,
)
from review_app.identity.actors import Actor
from store import Store
from store.push_runs import PushRun
from tests.review_app.office import (
    ADA,
    AT,
    HOSTILE,
    OTTO,
    SVEN,
    VERA,
    Office,
    improvement,
    register,
)

ENTRY = PushKind.REGISTER_ENTRY


def disputed(store: Store, ours: str = "ours", theirs: str | None = "theirs") -> str:
    """A title of CSI-0001 that somebody changed in the tool while we wanted to write another."""
    write = FieldWrite(field="title", value=ours, seen="before")
    intent = identified(
        Intent(
            source="snow",
            action=PushAction.UPDATE,
            kind=ENTRY,
            subject="CSI-0001",
            key=key_of(ENTRY, "CSI-0001"),
            fields=(write,),
            actor="anna",
            at=AT,
            decision_id="CSI-0001/2",
        )
    )
    conflict = conflict_of(
        Conflict(
            intent_id=intent.intent_id,
            field="title",
            seen="before",
            theirs=theirs,
            ours=ours,
            standing=Standing.THEIRS,
            by="gwen",
        )
    )
    remote = Remote(
        kind=ENTRY,
        key="9",
        number="CIM0001",
        link="https://snow.example/CIM0001",
        fields={"title": theirs or ""},
    )
    outcome = Outcome(state=IntentState.CONFLICT, remote=remote, conflicts=(conflict,))
    with store.begin() as uow:
        uow.outbox.append([intent])
        uow.push_runs.save(PushRun(run_id="P-1", started_at=AT, finished_at=None, numbers={}))
        uow.outbox.finish(intent.intent_id, outcome, "P-1", AT)
        uow.commit()
    return conflict.conflict_id


def test_without_conflicts_it_says_what_comes_here(store: Store) -> None:
    assert "Nothing is in conflict" in Office(store).read("/conflicts")


def test_all_sides_stand_beside_each_other(store: Store) -> None:
    register(store, [improvement()])
    disputed(store)
    page = Office(store).read("/conflicts")
    for text in ("<bdi>theirs</bdi>", "<bdi>ours</bdi>", "<bdi>before</bdi>", "by gwen"):
        assert text in page
    assert "stands there now" in page
    assert 'href="https://snow.example/CIM0001"' in page
    assert 'href="/register/CSI-0001"' in page


@pytest.mark.parametrize(
    ("sent", "state", "written"),
    [
        ({"choice": "keep_theirs"}, IntentState.DONE, []),
        ({"choice": "write_ours"}, IntentState.WAITING, ["ours"]),
        ({"choice": "write_other", "value": " a third "}, IntentState.WAITING, ["a third"]),
        ({"choice": "write_other", "value": "theirs"}, IntentState.DONE, []),
    ],
)
def test_what_is_chosen_is_written_and_told(
    store: Store, sent: dict[str, str], state: IntentState, written: list[str]
) -> None:
    register(store, [improvement()])
    name = disputed(store)
    answer = Office(store).send(f"/conflicts/{name}", {**sent, "reason": "as agreed"})
    assert answer.status_code == 303
    with store.look() as uow:
        queued = uow.conflicts.get(name)
        row = uow.journal.rows(kinds=[JournalKind.PUSH])[-1]
        assert uow.journal.names()[row.actor] == "anna"
    assert (queued.resolved_by, queued.reason) == ("anna", "as agreed")
    assert queued.choice is Choice(sent["choice"])
    assert queued.fate.state is state
    assert [field.value for field in queued.fate.intent.fields] == written
    assert "Nothing is in conflict" in Office(store).read("/conflicts")
    assert "by Anna Berg" in Office(store).read("/conflicts?show=all")


def test_a_choice_is_made_once(store: Store) -> None:
    register(store, [improvement()])
    name = disputed(store)
    office = Office(store)
    office.send(f"/conflicts/{name}", {"choice": "keep_theirs"})
    again = office.send(f"/conflicts/{name}", {"choice": "write_ours"})
    assert again.status_code == 422
    assert "was resolved by anna already" in again.text


def test_a_value_only_the_tool_knows_cannot_be_taken(store: Store) -> None:
    register(store, [improvement()])
    name = disputed(store, theirs=None)
    office = Office(store)
    page = office.read("/conflicts")
    assert "Only the tool knows" in page
    assert 'value="keep_theirs"' not in page
    answer = office.send(f"/conflicts/{name}", {"choice": "keep_theirs"})
    assert answer.status_code == 422


@pytest.mark.parametrize("who", [VERA, OTTO, ADA, SVEN])
def test_others_do_not_choose(store: Store, who: Actor) -> None:
    register(store, [improvement()])
    name = disputed(store)
    answer = Office(store, who).send(f"/conflicts/{name}", {"choice": "keep_theirs"})
    assert answer.status_code == 403
    with store.look() as uow:
        assert uow.conflicts.get(name).choice is None


def test_a_service_owner_sees_those_of_their_services(store: Store) -> None:
    register(store, [improvement()])
    disputed(store)
    page = Office(store, SVEN).read("/conflicts")
    assert "theirs</bdi>" not in page
    assert "CSI-0001" not in page


@pytest.mark.parametrize(
    "sent", [{}, {"choice": "both"}, {"choice": "write_other", "value": "x" * 5_000}]
)
def test_a_form_without_sense_is_refused(store: Store, sent: dict[str, str]) -> None:
    register(store, [improvement()])
    name = disputed(store)
    assert Office(store).send(f"/conflicts/{name}", sent).status_code == 422
    assert Office(store).send("/conflicts/CF-0", {"choice": "keep_theirs"}).status_code == 404


def test_hostile_values_are_shown_as_text(store: Store) -> None:
    register(store, [improvement()])
    disputed(store, ours=HOSTILE[:-1], theirs=HOSTILE[:-1] + "2")
    page = Office(store).read("/conflicts")
    assert "<script>alert" not in page
    assert "\u202e" not in page
    assert ">49" not in page
