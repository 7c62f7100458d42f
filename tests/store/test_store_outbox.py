"""The outbox: with the decision or not at all, once, and never over what a person chose."""

import re
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from itsm.decisions import Action, ReviewDecision
from itsm.errors import StoreError, TransitionError
from itsm.journal import JournalKind, JournalNote
from itsm.pushed import Choice, Conflict, Outcome, Plan, Remote, Standing, Written, conflict_of
from itsm.pushing import (
    FieldWrite,
    Intent,
    IntentState,
    PushAction,
    PushKind,
    identified,
    key_of,
)
from store import Store
from store.conflicts import Resolution
from store.push_lock import only_push
from store.push_runs import EVERYWHERE, PushRun, Stop, Undoer

AT = datetime(2026, 3, 2, 8, tzinfo=UTC)
LATER = AT + timedelta(hours=1)
A = PushAction
REMOTE = Remote(
    kind=PushKind.PROBLEM, key="9", number="PRB9", link="https://x/9", fields={"title": "old"}
)


def intent(action: A = A.CREATE, **more: str) -> Intent:
    values = {A.CREATE: "old", A.UPDATE: "new"}
    fields = (FieldWrite(field="title", value=values[action]),) if action in values else ()
    kind = PushKind.INCIDENT if action is A.LINK else PushKind.PROBLEM
    made = Intent(
        source="snow",
        action=action,
        kind=kind,
        subject="PC-1",
        key=key_of(kind, "PC-1"),
        fields=fields,
        actor="ann",
        at=AT,
        decision_id="D-1",
        **more,
    )
    return identified(made)


CREATED = Outcome(
    state=IntentState.DONE,
    remote=REMOTE,
    written=(Written(action=A.CREATE, after="9"),),
    seen={"title": "old"},
    is_created=True,
)


def append(store: Store, *intents: Intent) -> int:
    with store.begin() as uow:
        n = uow.outbox.append(intents)
        uow.commit()
    return n


def finish(store: Store, one: Intent, outcome: Outcome, run_id: str = "P-1") -> None:
    with store.begin() as uow:
        uow.push_runs.save(PushRun(run_id=run_id, started_at=AT, finished_at=None, numbers={}))
        uow.outbox.finish(one.intent_id, outcome, run_id, LATER)
        uow.commit()


def state(store: Store, one: Intent) -> IntentState:
    with store.begin() as uow:
        return uow.outbox.fate(one.intent_id).state


def in_conflict(one: Intent, standing: Standing, theirs: str | None = "hers") -> Conflict:
    return conflict_of(
        Conflict(
            intent_id=one.intent_id,
            field="title",
            seen="old",
            theirs=theirs,
            ours="new",
            standing=standing,
            by="gwen",
        )
    )


def disputed(store: Store, standing: Standing, theirs: str | None = "hers") -> tuple[Intent, str]:
    """A created record, and an update of it that a person got into the way of."""
    created, update = intent(), intent(A.UPDATE)
    append(store, created, update)
    finish(store, created, CREATED)
    conflict = in_conflict(update, standing, theirs)
    stands = "new" if standing is Standing.OURS else theirs or ""
    outcome = Outcome(
        state=IntentState.CONFLICT,
        remote=replace(REMOTE, fields={"title": stands}),
        conflicts=(conflict,),
        seen={"title": "new"} if standing is Standing.OURS else {},
    )
    finish(store, update, outcome)
    return update, conflict.conflict_id


def resolve(store: Store, conflict_id: str, choice: Choice) -> IntentState:
    with store.begin() as uow:
        by = Resolution(choice=choice, actor="bea", at=LATER, reason="as agreed")
        fate = uow.conflicts.resolve(conflict_id, by)
        uow.commit()
    return fate.state


def test_an_intent_is_appended_once_and_only_with_its_transaction(store: Store) -> None:
    one = intent()
    with store.begin() as uow:
        uow.decisions.append(
            ReviewDecision(
                action=Action.COMMENT, candidate_id="PC-1", run_id="M-1", actor="ann", at=AT
            )
        )
        uow.outbox.append([one])
    with store.begin() as uow:
        assert uow.outbox.fates() == ()
        assert uow.decisions.list() == ()
    assert append(store, one, one) == 1
    assert append(store, one, intent(A.NOTE, text="seen again")) == 1
    with store.begin() as uow:
        told = [(fate.sequence, fate.intent) for fate in uow.outbox.fates(subject="PC-1")]
        assert told == [(1, one), (2, intent(A.NOTE, text="seen again"))]
        assert uow.outbox.fates(decision_id="D-2") == ()
        with pytest.raises(StoreError, match="no id"):
            uow.outbox.append([replace(one, intent_id="")])
        with pytest.raises(StoreError, match="no intent PI-0"):
            uow.outbox.fate("PI-0")


def test_what_is_about_to_be_sent_is_kept_and_forgotten_once_its_fate_is_known(
    store: Store,
) -> None:
    one = intent()
    append(store, one)
    plan = Plan(intent_id=one.intent_id)
    with store.begin() as uow:
        uow.outbox.sending(one.intent_id, plan, "P-1", AT)
        uow.commit()
    with store.begin() as uow:
        parcel = uow.outbox.parcel(one.intent_id)
        assert (parcel.fate.state, parcel.earlier, parcel.sent_at) == ("sending", plan, AT)
    finish(store, one, CREATED)
    with store.begin() as uow:
        parcel = uow.outbox.parcel(one.intent_id)
        assert (parcel.fate.number, parcel.fate.link) == ("PRB9", "https://x/9")
        assert (parcel.earlier, parcel.sent_at) == (None, None)
        assert parcel.known is not None
        assert parcel.known.remote == REMOTE
        assert parcel.known.is_ours


def test_a_link_knows_the_problem_that_it_needs(store: Store) -> None:
    problem = intent()
    link = intent(A.LINK, record="7", needs=problem.intent_id)
    append(store, problem, link)
    with store.begin() as uow:
        parcel = uow.outbox.parcel(link.intent_id)
        assert (parcel.problem, parcel.waits_for) == (None, IntentState.WAITING)
    finish(store, problem, CREATED)
    with store.begin() as uow:
        parcel = uow.outbox.parcel(link.intent_id)
        assert (parcel.problem, parcel.waits_for) == (REMOTE, IntentState.DONE)


def test_a_field_in_conflict_stays_as_it_was_seen_until_somebody_chooses(store: Store) -> None:
    _, conflict_id = disputed(store, Standing.THEIRS)
    with store.begin() as uow:
        (known,) = uow.outbox.known_of("PC-1")
        assert known.remote.fields == {"title": "old"}
        (queued,) = uow.conflicts.list(subject="PC-1", source="snow")
        assert (queued.conflict.theirs, queued.conflict.by, queued.choice) == ("hers", "gwen", None)
        assert uow.conflicts.list(source="jira") == ()
    assert resolve(store, conflict_id, Choice.KEEP_THEIRS) is IntentState.DONE
    with store.begin() as uow:
        (known,) = uow.outbox.known_of("PC-1")
        assert known.remote.fields == {"title": "hers"}
        assert uow.conflicts.list() == ()
        (settled,) = uow.conflicts.list(only_open=False)
        assert (settled.choice, settled.resolved_by) == (Choice.KEEP_THEIRS, "bea")


@pytest.mark.parametrize(
    ("standing", "choice", "state_after", "write"),
    [
        (Standing.THEIRS, Choice.WRITE_OURS, IntentState.WAITING, ("new", "hers")),
        (Standing.OURS, Choice.WRITE_OURS, IntentState.DONE, None),
        (Standing.OURS, Choice.KEEP_THEIRS, IntentState.WAITING, ("hers", "new")),
    ],
)
def test_a_choice_is_written_over_what_the_person_saw(
    store: Store,
    standing: Standing,
    choice: Choice,
    state_after: IntentState,
    write: tuple[str, str] | None,
) -> None:
    update, conflict_id = disputed(store, standing)
    assert resolve(store, conflict_id, choice) is state_after
    with store.begin() as uow:
        fields = uow.outbox.fate(update.intent_id).intent.fields
    assert [(one.value, one.seen) for one in fields] == ([write] if write else [])


def test_a_conflict_is_resolved_once_and_by_somebody_who_can_know(store: Store) -> None:
    _, conflict_id = disputed(store, Standing.OURS, None)
    with pytest.raises(TransitionError, match="not known here"):
        resolve(store, conflict_id, Choice.KEEP_THEIRS)
    assert resolve(store, conflict_id, Choice.WRITE_OURS) is IntentState.DONE
    with pytest.raises(TransitionError, match="resolved by bea already"):
        resolve(store, conflict_id, Choice.WRITE_OURS)
    with pytest.raises(StoreError, match="no conflict CF-0"):
        resolve(store, "CF-0", Choice.WRITE_OURS)


def test_a_run_is_taken_back_the_last_write_first_and_once(store: Store) -> None:
    created, update, note = intent(), intent(A.UPDATE), intent(A.NOTE, text="seen")
    append(store, created, update, note)
    finish(store, created, CREATED)
    wrote = (Written(action=A.UPDATE, field="title", before="old", after="new"),)
    finish(store, update, Outcome(state=IntentState.DONE, remote=REMOTE, written=wrote))
    finish(store, note, Outcome(state=IntentState.DONE, written=(Written(action=A.NOTE),)))
    by = Undoer(actor="bea", at=LATER)
    with store.begin() as uow:
        back = uow.push_runs.take_back("P-1", by)
        uow.commit()
    assert [(one.action, one.undoes) for one in back.intents] == [
        (A.UPDATE, update.intent_id),
        (A.MOVE, created.intent_id),
    ]
    (field,) = back.intents[0].fields
    assert (field.value, field.seen) == ("old", "new")
    assert len(back.stays) == 1
    with store.begin() as uow:
        again = uow.push_runs.take_back("P-1", by)
        assert (again.intents, again.stays) == ((), ())
        with pytest.raises(StoreError, match="no push P-9"):
            uow.push_runs.take_back("P-9", by)
    finish(store, back.intents[0], Outcome(state=IntentState.DONE), "P-2")
    assert state(store, update) is IntentState.UNDONE
    assert state(store, created) is IntentState.DONE


def test_what_waits_is_not_sent_once_its_decision_was_taken_back(store: Store) -> None:
    created, update = intent(), intent(A.UPDATE)
    append(store, created, update)
    finish(store, created, CREATED)
    with store.begin() as uow:
        back = uow.push_runs.withdraw("D-1", Undoer(actor="ann", at=LATER, reason="a mistake"))
        uow.commit()
    assert [one.action for one in back.intents] == [A.MOVE]
    assert state(store, update) is IntentState.UNDONE


def test_a_stop_is_kept_until_it_is_lifted(store: Store) -> None:
    stop = Stop(source=EVERYWHERE, actor="ann", reason="freeze", at=AT)
    by = Undoer(actor="bea", at=LATER)
    with store.begin() as uow:
        uow.push_runs.stop(stop)
        uow.commit()
    with store.begin() as uow:
        assert uow.push_runs.stops() == (stop,)
        assert uow.push_runs.lift(EVERYWHERE, by)
        assert not uow.push_runs.lift(EVERYWHERE, by)
        assert uow.push_runs.stops() == ()


def test_deliveries_choices_and_stops_are_in_the_journal(store: Store) -> None:
    _, conflict_id = disputed(store, Standing.THEIRS)
    resolve(store, conflict_id, Choice.WRITE_OURS)
    with store.begin() as uow:
        uow.push_runs.stop(Stop(source="snow", actor="ann", reason="freeze", at=AT))
        rows = uow.journal.rows(kinds=[JournalKind.PUSH])
    told = [row.facts.get("state") or row.facts.get("choice") or row.facts["push"] for row in rows]
    assert told == ["done", "conflict", "write_ours", "stopped"]
    assert rows[0].facts["number"] == "PRB9"


def test_one_push_at_a_time(store: Store) -> None:
    with only_push(store), pytest.raises(StoreError, match="another push"), only_push(store):
        raise AssertionError("two at once")
    with only_push(store):
        pass


def test_an_erased_person_is_out_of_the_outbox_and_is_never_written_anywhere(store: Store) -> None:
    names = (FieldWrite(field="coordinator", value="ann"), FieldWrite(field="title", value="ann 2"))
    waiting = identified(replace(intent(A.UPDATE), fields=names, reason="ann asked"))
    done, stopped = intent(reason="as ann said"), intent(A.UPDATE, text="for ann")
    disputed = conflict_of(
        Conflict(
            intent_id=stopped.intent_id,
            field="coordinator",
            seen="",
            theirs="ann",
            ours="ben",
            standing=Standing.THEIRS,
            by="ann",
        )
    )
    wrote = Written(action=A.UPDATE, field="coordinator", before="ann", after="ben")
    with store.begin() as uow:
        uow.outbox.append([done, waiting, stopped])
        uow.outbox.finish(done.intent_id, replace(CREATED, written=(wrote,)), "PUSH-1", AT)
        in_conflict = Outcome(state=IntentState.CONFLICT, conflicts=(disputed,))
        uow.outbox.finish(stopped.intent_id, in_conflict, "PUSH-1", AT)
        uow.push_runs.save(PushRun(run_id="PUSH-1", started_at=AT, finished_at=AT, numbers={}))
        uow.push_runs.stop(Stop(source="snow", actor="ann", reason="ann is ill", at=AT))
        note = JournalNote(kind=JournalKind.ERASURE, subject="a person", at=LATER, actor="cleo")
        erased = uow.erasing.person(["ann"], note)
        uow.commit()
    assert erased.pushes == 6, "three intents, a conflict, a write and a stop"
    assert re.search(r"\bann\b", store.queries.dump(volatile=True)) is None
    with store.begin() as uow:
        fields = uow.outbox.fate(waiting.intent_id).intent.fields
        assert [(one.field, one.value) for one in fields] == [("title", "erased person 2")]
        back = uow.push_runs.take_back("PUSH-1", Undoer(actor="cleo", at=LATER))
        assert back.intents == (), "nobody's name is written back"
        assert uow.push_runs.stops()[0].actor == "erased person"
