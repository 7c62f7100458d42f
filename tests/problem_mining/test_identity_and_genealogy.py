"""Incidents known again under another number, ids over many runs, and what became of whom."""

import re
from datetime import datetime, timedelta
from hashlib import sha256

import pytest
from hypothesis import given
from hypothesis import strategies as st

from itsm.candidates import Movement
from itsm.deciding import merge
from itsm.decisions import IncidentRef
from problem_mining.genealogy import Between, Fate, compare
from problem_mining.identity import (
    MIN_TEXT,
    Mark,
    known_again,
    moved,
    now_called,
    text_hash,
)
from problem_mining.last_home import remembered_homes
from problem_mining.lineage import MemberKey, Remembered, descend_from_memory
from tests.problem_mining.decided_incidents import START, by, candidate, ref, refs

OLD = Mark(ref(1), "sys1", text_hash("Outlook asks for password", None), START)


def mark(
    number: int,
    source: str = "new",
    *,
    key: str | None = None,
    text: str = "",
    minutes: int = 0,
) -> Mark:
    return Mark(ref(number, source), key, text_hash(text, None), START + timedelta(minutes=minutes))


@pytest.mark.parametrize(
    ("there", "how"),
    [
        (mark(9, key="sys1", minutes=90_000), "same record key"),
        (mark(1, minutes=60), "same number"),
        (mark(1, text="OUTLOOK asks, for password!", minutes=90_000), "same number"),
        (mark(9, text="outlook asks for password", minutes=1), "same text and time"),
        (mark(9, "desk", text="outlook asks for password", minutes=1), "same text and time"),
        (mark(1, minutes=3_000), None),
        (mark(9, text="outlook asks for password", minutes=30), None),
        (mark(1, "desk", key="sys1", minutes=3_000), None),
    ],
)
def test_an_incident_is_known_again(there: Mark, how: str | None) -> None:
    found = known_again([OLD], [there, mark(77, text="quite another text", minutes=1)])
    assert [(a.now, a.how) for a in found] == ([(there.ref, how)] if how else [])


def test_what_fits_two_fits_none() -> None:
    text = "outlook asks for password"
    assert known_again([OLD], [mark(8, text=text), mark(9, text=text, minutes=1)]) == ()
    twin = Mark(ref(2), None, OLD.text_hash, START)
    assert known_again([OLD, twin], [mark(9, text=text)]) == ()


def test_a_short_text_is_no_mark() -> None:
    assert text_hash("help", None) == ""
    short = Mark(ref(1), None, "", START)
    assert known_again([short], [mark(9)]) == ()


def test_decisions_follow_through_any_number_of_moves() -> None:
    aliases = {ref(1): ref(1, "b"), ref(1, "b"): ref(7, "c"), ref(9): ref(9)}
    assert now_called(ref(1), aliases) == ref(7, "c")
    assert now_called(ref(9), aliases) == ref(9), "no endless walk"
    decision = merge(candidate("A", 1, 2), candidate("B", 3), by(0))
    (after,) = moved([decision], aliases)
    assert after.parts == ((ref(7, "c"), ref(2)), refs(3))
    assert after.decision_id == decision.decision_id


def remembered(candidate_id: str, *numbers: int, day: int = 0) -> Remembered:
    members = frozenset((r.source, r.number) for r in refs(*numbers))
    return Remembered(candidate_id, members, "2026-W34", START + timedelta(days=day))


def keys(*numbers: int) -> set[MemberKey]:
    return {(r.source, r.number) for r in refs(*numbers)}


def opened(first_new: int, n: int = 30) -> dict[MemberKey, datetime | None]:
    """Incidents from `first_new` on were opened after any candidate was last seen."""
    return {
        (r.source, r.number): START + timedelta(days=50 if k >= first_new else -50)
        for k, r in enumerate(refs(*range(n)))
    }


def test_new_incidents_do_not_change_who_a_candidate_is() -> None:
    (found,) = descend_from_memory(
        [keys(1, 2, *range(20, 30))], [remembered("A", 1, 2)], opened(20)
    )
    assert (found.ancestor, found.movement) == (0, Movement.GROWN)
    (other,) = descend_from_memory([keys(1, 2, *range(3, 9))], [remembered("A", 1, 2)], opened(20))
    assert other.ancestor is None, "these were there, and were not in it"


def test_incidents_too_old_to_be_mined_do_not_count_against_it() -> None:
    there = {key: at for key, at in opened(20).items() if key in keys(1, 2, 21)}
    memory = [remembered("A", 1, 2, *range(3, 15))]
    (found,) = descend_from_memory([keys(1, 2, 21)], memory, there)
    assert found.ancestor == 0


def test_an_id_comes_back_after_runs_without_it() -> None:
    memory = [remembered("B", 5, 6, 7, 8, day=9), remembered("A", 1, 2, 3)]
    found = descend_from_memory([keys(1, 2, 3), keys(5, 6, 7)], memory, opened(20))
    assert [d.ancestor for d in found] == [1, 0]
    assert remembered_homes(memory)["desk", "INC0001"].candidate_id == "A"


def test_one_incident_gives_no_id() -> None:
    there = {key: at for key, at in opened(20).items() if key in keys(1, 21, 22)}
    (found,) = descend_from_memory([keys(1, 21, 22)], [remembered("A", 1, 2, 3)], there)
    assert found.ancestor is None


def between(gone: set[MemberKey], fresh: set[MemberKey], version: str = "") -> Between:
    return Between(
        lambda key: key not in gone, lambda key: key in fresh, {"M": "merge by ada"}, version
    )


def test_every_fate_is_told_with_its_reason() -> None:
    before = [
        candidate("K", 1, 2, 3),
        candidate("M", 4, 5),
        candidate("N", 6, 7),
        candidate("S", 10, 11, 12, 13),
        candidate("O", 14, 15),
        candidate("F", 16, 17),
    ]
    after = [
        candidate("K", 1, 2, 3, 20),
        candidate("M", 4, 5, 6, 7),
        candidate("S", 10, 11),
        candidate("T", 12, 13),
        candidate("B", 21, 22, 23),
    ]
    events = compare(before, after, between(keys(14, 15), keys(20, 21, 22), "version 2"))
    told = {(e.fate, e.candidate_id): e for e in events}
    assert told[Fate.KEPT, "K"].reason == "1 joined"
    assert told[Fate.MERGED, "M"].others == ("M", "N")
    assert told[Fate.MERGED, "M"].reason == "2 candidates are one now (merge by ada)"
    assert told[Fate.DIED, "N"].reason == "2 of 2 are in M now (version 2)"
    assert told[Fate.SPLIT, "S"].others == ("S", "T")
    assert told[Fate.BORN, "T"].reason == "2 came from S (version 2)"
    assert "none of its incidents is mined any more" in told[Fate.DIED, "O"].reason
    assert told[Fate.DIED, "F"].reason.startswith("2 of 2 stand alone or fall short of the bar")
    assert told[Fate.BORN, "B"].reason == (
        "2 of 3 incidents are new; 1 stood alone before (version 2)"
    )
    assert [e.fate for e in events] == sorted((e.fate for e in events), key=list(Fate).index)


def test_a_run_compared_with_itself_has_no_event_but_kept() -> None:
    same = [candidate("A", 1, 2), candidate("B", 3, 4)]
    found = compare(same, same, between(set(), set()))
    assert [(e.fate, e.reason) for e in found] == [(Fate.KEPT, "the same members")] * 2


def test_names_without_a_number_are_another_incident() -> None:
    assert IncidentRef(source="a", number="1") != IncidentRef(source="b", number="1")


@given(
    st.text(st.characters(codec="utf-8"), max_size=40),
    st.text(st.characters(codec="utf-8"), max_size=20),
)
def test_texts_in_ascii_are_hashed_by_the_letters_and_digits_others_are(a: str, b: str) -> None:
    for title, rest in ((a, b), (a.encode("ascii", "ignore").decode(), "Floor_3 - printer 7!")):
        letters = "".join(c for c in (title + rest).casefold() if c.isalnum())
        regular = re.sub(r"[\W_]+", "", (title + rest).casefold())
        expected = sha256(regular.encode()).hexdigest()[:16] if len(regular) >= MIN_TEXT else ""
        assert text_hash(title, rest) == expected
        assert not (title + rest).isascii() or letters == regular
