"""What mining keeps from run to run: candidates as last seen, marks, aliases, notes."""

from collections.abc import Callable
from dataclasses import astuple, replace
from datetime import UTC, datetime, timedelta

from itsm.candidates import Decision, Member, ProblemCandidate, Standing
from itsm.decisions import IncidentRef
from store import MiningRun, Store, open_engine
from store.remembering import READ_FROM, StoredAlias, StoredMark
from tests.problem_mining.decided_incidents import candidate

AT = datetime(2026, 8, 24, tzinfo=UTC)


def save(
    store: Store, run_id: str, week: str, *candidates: ProblemCandidate, hour: int = 0
) -> None:
    run = MiningRun(
        run_id=run_id,
        week=week,
        cutoff_at=AT + timedelta(days=int(week[-2:])),
        mining_version="1",
        n_incidents=3,
        input_hash=run_id,
        started_at=AT,
        finished_at=AT + timedelta(hours=hour),
    )
    with store.begin() as uow:
        uow.mining.save(run, candidates)
        uow.commit()


def test_every_candidate_is_remembered_as_last_seen_the_newest_first(
    new_url: Callable[[], str],
) -> None:
    store = Store(open_engine(new_url()))
    standing = Standing(decision_id="D-1", text="rejected")
    ruled = replace(candidate("B", 3, 4), decision=Decision.REJECTED, standing=standing)
    save(store, "r1", "2026-W30", candidate("A", 1, 2), ruled)
    save(store, "r2a", "2026-W31", candidate("C", 8, 9), hour=1)
    save(store, "r2b", "2026-W31", candidate("A", 1, 2, 5), hour=2)
    save(store, "r3", "2026-W32", candidate("A", 1))
    with store.begin() as uow:
        found = uow.remembered.candidates(before_week="2026-W32")
        assert uow.remembered.candidates(before_week="2026-W30") == ()
    assert [(c.candidate_id, c.run_id, c.week) for c in found] == [
        ("A", "r2b", "2026-W31"),
        ("B", "r1", "2026-W30"),
    ], "of a week with two runs the newest counts"
    a, b = found
    assert [ref.number for ref in a.members] == ["INC0001", "INC0002", "INC0005"]
    assert (a.ruled_by, a.decision) == (None, Decision.UNDECIDED)
    assert (b.ruled_by, b.decision) == ("D-1", Decision.REJECTED)
    assert a.cutoff_at == AT + timedelta(days=31)


def test_marks_and_aliases_are_kept_by_source_and_number(new_url: Callable[[], str]) -> None:
    store = Store(open_engine(new_url()))
    one = StoredMark(source="a", number="1", record_key=None, text_hash="x", opened_at=AT)
    other = replace(one, source="b", record_key="sys", opened_at=None)
    alias = StoredAlias(
        source="a", number="1", now_source="b", now_number="9", how="same number", week="2026-W30"
    )
    with store.begin() as uow:
        uow.remembered.save_marks([one, other])
        uow.remembered.save_marks([replace(one, text_hash="y")])
        asked = [IncidentRef(source=s, number=n) for s, n in [("a", "1"), ("b", "2")]]
        assert uow.remembered.marks(asked) == (replace(one, text_hash="y"),)
        assert uow.remembered.save_aliases([alias]) == 1
        assert uow.remembered.save_aliases([replace(alias, now_number="7")]) == 0
        assert uow.remembered.aliases() == (alias,), "what is known stays"
        assert uow.remembered.held(asked) == ()


def test_of_many_marks_only_those_that_changed_are_written(new_url: Callable[[], str]) -> None:
    store = Store(open_engine(new_url()))
    first = StoredMark(source="a", number="0", record_key=None, text_hash="x", opened_at=AT)
    marks = [replace(first, number=str(n)) for n in range(READ_FROM)]
    changed = [
        replace(marks[3], text_hash="y"),
        replace(marks[5], record_key="k"),
        replace(marks[7], opened_at=None),
    ]
    with store.begin() as uow:
        assert uow.remembered.save_marks(marks) == READ_FROM
        assert uow.remembered.save_marks([*changed, *marks[8:], *marks[:3], *marks[:3]]) == 3
        rows = [astuple(mark) for mark in [*marks[:3], *changed, *marks[8:]]]
        gone = ("a", "-1", None, "x", AT)
        assert uow.remembered.unlike_marks([*rows, rows[0], gone]) == [gone]
        asked = [IncidentRef(source="a", number=mark.number) for mark in marks[:9]]
        kept = [*marks[:3], changed[0], marks[4], changed[1], marks[6], changed[2], marks[8]]
        assert uow.remembered.marks(asked) == tuple(kept)


def test_a_run_made_again_says_only_what_it_says_now(new_url: Callable[[], str]) -> None:
    store = Store(open_engine(new_url()))
    save(store, "r1", "2026-W30", candidate("A", 1, 2))
    with store.begin() as uow:
        uow.remembered.note("r1", "conflicts", "[1]")
        uow.remembered.note("r1", "conflicts", "[2]")
        uow.remembered.note("r1", "model", "{}")
        assert uow.remembered.notes("r1") == {"conflicts": "[2]", "model": "{}"}
        uow.commit()
    save(store, "r1", "2026-W30", candidate("A", 1, 2))
    with store.begin() as uow:
        assert uow.remembered.notes("r1") == {}


def test_members_are_told_in_the_order_they_were_saved(new_url: Callable[[], str]) -> None:
    store = Store(open_engine(new_url()))
    members = tuple(Member(source="desk", number=n, score=0.5) for n in ("Z", "A", "M"))
    save(store, "r1", "2026-W30", replace(candidate("A", 1), members=members))
    with store.begin() as uow:
        (found,) = uow.remembered.candidates(before_week="2026-W31")
    assert [ref.number for ref in found.members] == ["Z", "A", "M"]
