"""Members of an improvement: what a candidate once held is its own until a person says no."""

from datetime import UTC, datetime

from flows.proof_members import joined_members, taken_out
from itsm.deciding import Reviewer, withdraw
from itsm.decisions import Action, IncidentRef, ReviewDecision, identified

AT = datetime(2026, 8, 1, tzinfo=UTC)
A, B, C, D, E = [("desk", name) for name in "ABCDE"]


def test_what_lies_before_the_look_back_stays() -> None:
    assert joined_members({B: "PC-1"}, {A: "PC-1", B: "PC-1"}, set()) == {A: "PC-1", B: "PC-1"}


def test_a_part_that_mining_parts_off_by_itself_counts_with_what_it_came_from() -> None:
    now = {A: "PC-1", B: "PC-2", C: "PC-2", D: "PC-2"}
    held = {A: "PC-1", B: "PC-1", C: "PC-1"}
    assert joined_members(now, held, set()) == dict.fromkeys((A, B, C, D), "PC-1")


def test_a_part_with_an_entry_of_its_own_counts_with_what_held_it_first() -> None:
    now = {A: "PC-1", B: "PC-2", C: "PC-2", D: "PC-2"}
    held = {A: "PC-1", B: "PC-1", C: "PC-1", D: "PC-2"}
    assert joined_members(now, held, set()) == {A: "PC-1", B: "PC-1", C: "PC-1", D: "PC-2"}


def test_a_group_that_is_mostly_something_else_does_not() -> None:
    now = {A: "PC-1", B: "PC-2", C: "PC-2", D: "PC-2"}
    found = joined_members(now, {A: "PC-1", B: "PC-1"}, set())
    assert found == {A: "PC-1", B: "PC-1", C: "PC-2", D: "PC-2"}


def test_another_improvement_keeps_its_own() -> None:
    now = {A: "PC-1", B: "PC-2", C: "PC-2"}
    held = {A: "PC-1", B: "PC-1", C: "PC-2"}
    assert joined_members(now, held, set()) == {A: "PC-1", B: "PC-1", C: "PC-2"}


def test_what_a_person_took_out_is_out_and_what_was_taken_back_is_in_again() -> None:
    refs = [IncidentRef(source=source, number=number) for source, number in (A, B, C)]
    parted = identified(
        ReviewDecision(
            action=Action.REMOVE,
            candidate_id="PC-1",
            run_id="M",
            actor="ada",
            at=AT,
            reason="another cause",
            parts=((refs[0],), (refs[1], refs[2])),
        )
    )
    assert taken_out([parted], {"PC-1"}) == {B, C}
    assert taken_out([parted], {"PC-9"}) == set()
    again = withdraw(parted, Reviewer(actor="ada", at=AT, run_id="M", reason="a slip"))
    assert taken_out([parted, again], {"PC-1"}) == set()
    now = {A: "PC-1", B: "PC-2", C: "PC-2"}
    held = {A: "PC-1", B: "PC-1", C: "PC-1"}
    assert joined_members(now, held, {B, C}) == now
