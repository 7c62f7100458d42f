"""Systems without a register: a note on the problem when its improvement moves on, and back."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from flows.problem_following import follow_problems
from itsm.journal import JournalKind
from itsm.push_planning import problem_key
from itsm.pushing import FieldWrite, Intent, IntentState, PushAction, PushKind, identified
from itsm.records import Problem
from itsm.register import Origin, RegisterEntry, RegisterState
from itsm.states import HistoryField, ProblemState, RecordKind
from itsm.surroundings import HistoryEvent
from tests.conformance.writer_fakes import WriterFake
from tests.conformance.writer_itop import ItopWriterFake
from tests.flows.mirror_office import served, source_table
from tests.flows.register_desk import Desk

NOTE_ONLY = ("bmc_helix", "cherwell", "itop", "rt")
AT = datetime(2026, 11, 16, tzinfo=UTC)


@pytest.fixture(params=NOTE_ONLY)
def fake(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[WriterFake]:
    with served(request.param, tmp_path) as made:
        yield made


def desk_of(folder: Path, tables: str, more: str = "") -> Desk:
    folder.mkdir()
    return Desk(folder, f'\n[improvement]\nnotes = ["there"]\n{more}\n{tables}')


def entry_about(desk: Desk, problem: str, origin: Origin = Origin.PROBLEM) -> str:
    entry = RegisterEntry(
        number="CSI-0001",
        title="Replace the old gateway",
        description="",
        origin=origin,
        origin_record=problem,
        evidence_hash=None,
        raised_at=AT,
        raised_by="anna",
    )
    with desk.parts.store.begin() as uow:
        uow.register.save([entry])
        uow.commit()
    desk.said("edit", "CSI-0001", "--set", "coordinator=ben", "--set",
              "next_review_on=2027-01-15", "--by", "cleo")  # fmt: skip
    return "CSI-0001"


def moved_on(desk: Desk, number: str) -> None:
    for state in ("accepted", "assess"):
        desk.said("move", number, state, "--reason", "worth it", "--by", "cleo")


def test_the_problem_is_told_once_where_customers_do_not_see_it(
    tmp_path: Path, fake: WriterFake
) -> None:
    desk = desk_of(tmp_path / "here", source_table("there", fake, kinds=("problem",)))
    pulled = desk.run("pull")
    assert pulled.exit_code == 0, pulled.output
    writer = fake.writer()
    numbers = desk.parts.store.queries.columns(RecordKind.PROBLEM)["number"]
    found = [writer.numbered(PushKind.PROBLEM, str(one)) for one in numbers]
    problem = next(one for one in found if one is not None and not one.is_closed)
    before = fake.notes(problem.key)

    number = entry_about(desk, f"there/{problem.number}")
    moved_on(desk, number)
    desk.said("edit", number, "--set", "impact=3", "--by", "ben")  # no other state
    pushed = desk.run("push")
    assert pushed.exit_code == 0, pushed.output
    with desk.parts.store.begin() as uow:
        assert {one.state for one in uow.outbox.fates()} == {IntentState.DONE}
    told = fake.notes(problem.key)[len(before) :]
    assert len(told) == 2, "one note for each new state"
    assert all(is_internal for _, is_internal in told)
    assert f"{number} (Replace the old gateway) went from new to accepted" in told[0][0]
    assert "from accepted to assess" in told[1][0]


def resolved(desk: Desk, state: str, resolved_at: datetime | None = AT) -> None:
    """A problem as a pull would land it."""
    problem = Problem(
        source="there",
        number="PRB1",
        opened_at=AT,
        state=ProblemState(state),
        state_code=state,
        resolved_at=resolved_at,
    )
    with desk.parts.store.begin() as uow:
        uow.records.save([problem])
        uow.commit()


def in_progress(desk: Desk) -> str:
    number = entry_about(desk, "there/PRB1")
    moved_on(desk, number)
    desk.said("answer", number, "approved", "--by", "cleo")
    for state in ("approved", "in_progress"):
        desk.said("move", number, state, "--reason", "x", "--by", "cleo")
    return number


def test_who_solved_the_problem_is_in_the_journal_by_a_pseudonym(tmp_path: Path) -> None:
    desk = desk_of(tmp_path / "here", FILES)
    resolved(desk, "fix_in_progress", None)
    number = in_progress(desk)
    resolved(desk, "resolved")
    with desk.parts.store.begin() as uow:
        uow.records.save(
            [_moved("1", "fix_in_progress", "Ida Vogt"), _moved("2", "resolved", "Gwen")]
        )
        uow.commit()
    assert len(follow_problems(desk.parts, datetime.now(UTC))) == 1
    with desk.parts.store.begin() as uow:
        row = uow.journal.rows(subject=number, kinds=[JournalKind.MIRROR])[-1]
        assert uow.journal.names()[row.facts["solver"]] == "Gwen"
        assert "Gwen" not in str(row.facts)


def _moved(number: str, state: str, who: str) -> HistoryEvent:
    """A row of the history of the problem."""
    return HistoryEvent(
        source="there",
        number=number,
        record_kind=RecordKind.PROBLEM,
        record="PRB1",
        at=AT + timedelta(hours=int(number)),
        sequence=0,
        field=HistoryField.STATE,
        new=state,
        actor=who,
    )


FILES = '[sources.there]\nkind = "files"\n'


def test_a_solved_problem_proposes_a_review_once_and_again_when_solved_again(
    tmp_path: Path,
) -> None:
    desk = desk_of(tmp_path / "here", FILES)
    resolved(desk, "fix_in_progress", None)
    number = in_progress(desk)
    assert follow_problems(desk.parts, AT) == []
    resolved(desk, "resolved")
    now = datetime.now(UTC)
    (line,) = follow_problems(desk.parts, now, dry=True)
    assert line == f"would: {number}: review is proposed: there/PRB1 is resolved since 2026-11-16"
    assert len(follow_problems(desk.parts, now)) == 1
    assert follow_problems(desk.parts, now) == [], "once"
    resolved(desk, "closed")
    assert follow_problems(desk.parts, now) == [], "the same solution"
    assert f"{number}: there/PRB1 is solved; move it to review" in desk.said("care")
    resolved(desk, "resolved", datetime(2026, 12, 1, tzinfo=UTC))
    assert len(follow_problems(desk.parts, now)) == 1, "another one"
    desk.said("move", number, "review", "--reason", "x", "--by", "cleo")
    assert "is solved" not in desk.said("care")
    assert desk.audit("verify").exit_code == 0


@pytest.mark.parametrize(("mode", "state"), [("move", "review"), ("off", "in_progress")])
def test_it_moves_the_entry_where_that_is_configured(tmp_path: Path, mode: str, state: str) -> None:
    desk = desk_of(tmp_path / "here", FILES, f'follow_problem = "{mode}"')
    resolved(desk, "resolved")
    number = in_progress(desk)
    follow_problems(desk.parts, datetime.now(UTC))
    with desk.parts.store.begin() as uow:
        assert uow.register.get(number).state is RegisterState(state)
    desk.register("move", number, "assess", "--reason", "not done", "--by", "cleo")
    follow_problems(desk.parts, datetime.now(UTC))
    with desk.parts.store.begin() as uow:
        assert uow.register.get(number).state is RegisterState.ASSESS
    assert desk.audit("verify").exit_code == 0


def test_the_problem_of_a_candidate_is_told_after_it_was_created_and_asked_where_none_are_pulled(
    tmp_path: Path,
) -> None:
    with served("servicenow", tmp_path) as fake:
        table = source_table("there", fake, kinds=("incident",))
        desk = desk_of(tmp_path / "here", table)
        number = entry_about(desk, "PC-1", Origin.MINED_CANDIDATE)
        with desk.parts.store.begin() as uow:
            uow.outbox.append([_creation()])
            uow.commit()
        moved_on(desk, number)
        pushed = desk.run("push")
        assert pushed.exit_code == 0, pushed.output
        (record,) = fake.carrying(PushKind.PROBLEM, problem_key("PC-1"))
        told = fake.notes(record)
        assert [is_internal for _, is_internal in told] == [True, True]
        desk.said("answer", number, "approved", "--by", "cleo")
        for state in ("approved", "in_progress"):
            desk.said("move", number, state, "--reason", "x", "--by", "cleo")
        assert "review is proposed" not in desk.run("push").output
        remote = fake.writer().read(PushKind.PROBLEM, record)
        assert remote is not None
        fake.writer().move(remote, "resolved", "a person did it")
        line = f"{number}: review is proposed: there/{remote.number} is resolved"
        assert line in desk.run("push").output
        assert "review is proposed" not in desk.run("push").output


def _creation() -> Intent:
    """The problem of a candidate."""
    return identified(
        Intent(
            source="there",
            action=PushAction.CREATE,
            kind=PushKind.PROBLEM,
            subject="PC-1",
            key=problem_key("PC-1"),
            fields=(
                FieldWrite(field="title", value="Gateway drops"),
                FieldWrite(field="description", value="Every morning."),
            ),
            actor="anna",
            at=AT,
        )
    )


SOLVERS = {
    "bmc_helix": "Gwen Harper",
    "cherwell": "Gwen Harper",
    "freshservice": None,
    "glpi": "Somebody Else (999)",
    "itop": "Some Body",
    "jira": "Gwen Harper",
    "servicenow": "gwen.harper",
}
"""Who closes problems in each practice system, as its history tells it; None: it tells nobody.

Nobody closes a ticket by hand in the practice Request Tracker."""


@pytest.mark.parametrize("fake", sorted(SOLVERS), indirect=True)
def test_who_closed_the_problem_in_its_system_is_in_the_journal(
    tmp_path: Path, fake: WriterFake
) -> None:
    table = source_table("there", fake, kinds=("incident", "problem"))
    desk = desk_of(tmp_path / "here", table)
    number = entry_about(desk, "PC-1", Origin.MINED_CANDIDATE)
    with desk.parts.store.begin() as uow:
        uow.outbox.append([_creation()])
        uow.commit()
    moved_on(desk, number)
    desk.said("answer", number, "approved", "--by", "cleo")
    for state in ("approved", "in_progress"):
        desk.said("move", number, state, "--reason", "x", "--by", "cleo")
    assert "review is proposed" not in desk.run("push").output
    (record,) = fake.carrying(PushKind.PROBLEM, problem_key("PC-1"))
    if isinstance(fake, ItopWriterFake):
        fake.served.edit(int(record), "state", "resolved")
    else:
        fake.close(PushKind.PROBLEM, record)
    assert f"{number}: review is proposed" in desk.run("push").output
    with desk.parts.store.begin() as uow:
        row = uow.journal.rows(subject=number, kinds=[JournalKind.MIRROR])[-1]
        assert uow.journal.names().get(row.facts.get("solver", "")) == SOLVERS[fake.system]
        assert "arper" not in str(row.facts)
