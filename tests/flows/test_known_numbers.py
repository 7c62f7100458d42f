"""Numbers of records by key: what has just landed is not asked for, what landed anew is."""

from collections.abc import Collection
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, cast

import pytest

from flows.stages import hanging
from flows.stages.hanging import KnownNumbers
from itsm.states import RecordKind

if TYPE_CHECKING:
    from store.unit_of_work import UnitOfWork

INCIDENT = RecordKind.INCIDENT


@dataclass
class Held:
    """In the place of a unit of work: numbers that are held, and what was asked for."""

    numbers_of: dict[str, str]
    asked: list[list[str]] = field(default_factory=list)

    @property
    def raw(self) -> "Held":
        return self

    def numbers(self, source: str, kind: RecordKind, keys: Collection[str]) -> dict[str, str]:
        assert (source, kind) == ("desk", INCIDENT)
        self.asked.append(sorted(keys))
        return {key: self.numbers_of[key] for key in keys if key in self.numbers_of}


def told(known: KnownNumbers, held: Held, *keys: str) -> dict[str, str]:
    found = known.numbers(cast("UnitOfWork", held), {INCIDENT: set(keys)})[INCIDENT]
    return {key: found[key] for key in keys if key in found}


def test_what_has_just_landed_is_not_asked_for() -> None:
    known, held = KnownNumbers("desk"), Held({"k3": "INC3"})
    known.note(INCIDENT, {"k1": "INC1", "k2": "k2"})
    assert told(known, held, "k1", "k2") == {"k1": "INC1", "k2": "k2"}
    assert held.asked == []
    assert told(known, held, "k1", "k3", "k4") == {"k1": "INC1", "k3": "INC3"}
    assert held.asked == [["k3", "k4"]]


def test_what_landed_anew_is_asked_for_again() -> None:
    known, held = KnownNumbers("desk"), Held({"k1": "INC7"})
    known.note(INCIDENT, {"k1": "INC1"})
    known.forget(INCIDENT, ["k1", "never seen"])
    assert told(known, held, "k1") == {"k1": "INC7"}


def test_a_number_is_what_the_store_keeps_of_it() -> None:
    known, held = KnownNumbers("desk"), Held({})
    known.note(INCIDENT, {"k1": "INC\0001"})
    assert told(known, held, "k1") == {"k1": "INC\N{REPLACEMENT CHARACTER}1"}


def test_no_more_is_remembered_than_there_is_room_for(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(hanging, "_MOST_REMEMBERED", 2)
    known, held = KnownNumbers("desk"), Held({"k1": "INC1", "k2": "INC2", "k3": "INC3"})
    known.note(INCIDENT, {"k1": "INC1", "k2": "INC2"})
    known.note(INCIDENT, {"k3": "INC3"})
    assert told(known, held, "k2") == {"k2": "INC2"}
    assert held.asked == []
    assert told(known, held, "k2", "k3") == {"k2": "INC2", "k3": "INC3"}
    assert held.asked == [["k2", "k3"]], "all are forgotten, and those that are needed asked for"
