"""What is settled is not judged again when others of its portion change."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
import sqlalchemy as sa

from checks.judging import judge_each
from flows.stages import check_parts
from flows.stages.check_line import Line, Side, is_outdated, new_line, pieces
from itsm.records import HistoryEvent, Incident
from itsm.states import IncidentState, RecordKind
from store.portion_tables import PORTION_DIGESTS
from store.portions import Portion
from tests.flows.test_checks_by_parts import Nights, nights

INCIDENT, HISTORY = RecordKind.INCIDENT, RecordKind.HISTORY
NAMES = ("source", "number", "state", "updated_at", "opened_at", "at")


def portion(*rows: tuple[str, int | None], hidden: frozenset[str] = frozenset()) -> Portion:
    every = [("desk", f"I{n}", state, at, at, at) for n, (state, at) in enumerate(rows)]
    return Portion("desk", 0, NAMES, every, hidden)


def numbers(kind: RecordKind, whole: Portion, line: Line | None) -> dict[str, list[str]]:
    return {
        side.value: [row[1] for row in piece.portion.every]
        for side, piece in pieces(kind, whole, line).items()
    }


def test_of_what_changes_for_weeks_only_what_is_over_is_settled() -> None:
    whole = portion(("closed", 5), ("new", 5), ("closed", None), ("canceled", 9), ("closed", 10))
    sides = numbers(INCIDENT, whole, Line(5, 10))
    assert sides == {"settled": ["I0", "I3"], "moving": ["I1", "I2", "I4"]}
    assert numbers(INCIDENT, whole, Line(2, 10))["settled"] == ["I0"]
    assert numbers(HISTORY, whole, Line(4, 9)) == {
        "settled": ["I0", "I1", "I2"],
        "moving": ["I3", "I4"],
    }  # the fourth had not begun
    assert numbers(INCIDENT, whole, Line(5, 0)) == {"moving": ["I0", "I1", "I2", "I3", "I4"]}
    assert numbers(INCIDENT, whole, None) == {"settled": ["I0", "I1", "I2", "I3", "I4"]}


def test_what_is_hidden_on_one_side_leaves_the_other_as_it_is() -> None:
    rows = (("closed", 5), ("new", 5), ("closed", 6))
    line = Line(3, 10)
    one, other = pieces(INCIDENT, portion(*rows), line), pieces(
        INCIDENT, portion(*rows, hidden=frozenset({"I1"})), line
    )  # fmt: skip
    assert one[Side.SETTLED].portion.digest() == other[Side.SETTLED].portion.digest()
    assert one[Side.MOVING].portion.digest() != other[Side.MOVING].portion.digest()
    assert one[Side.SETTLED].whole != other[Side.SETTLED].whole
    assert not one[Side.SETTLED].is_all
    assert pieces(INCIDENT, portion(("closed", 5)), Line(1, 10))[Side.SETTLED].is_all


def test_a_line_is_drawn_where_half_is_settled_and_anew_where_much_has_come() -> None:
    half = portion(("closed", 5), ("new", 5))
    assert new_line(INCIDENT, half, 10) == Line(2, 10)
    assert new_line(INCIDENT, portion(("closed", 5), ("new", 5), ("new", 6)), 10) is None
    assert new_line(INCIDENT, portion(), 10) is None
    four = portion(("closed", 5), ("closed", 5), ("closed", 11), ("new", 5))
    assert not is_outdated(INCIDENT, four, Line(4, 10), 12)
    assert is_outdated(
        INCIDENT, portion(*[("closed", 5)] * 2, *[("closed", 11)] * 2), Line(4, 10), 12
    )


@pytest.fixture
def judged(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """How many records were judged at each call."""
    found: list[int] = []
    whole: Callable[..., object] = judge_each

    def counted(kind: RecordKind, frames: Sequence[object], *rest: object) -> object:
        found.append(sum(len(frame) for frame in frames))  # type: ignore[arg-type, misc]  # frames
        return whole(kind, frames, *rest)

    monkeypatch.setattr(check_parts, "judge_each", counted)
    return found


def open_one(found: Nights) -> Incident:
    over = (IncidentState.CLOSED, IncidentState.CANCELED)
    held = [one for one in found.held(INCIDENT) if isinstance(one, Incident)]
    return next(one for one in held if one.state not in over and one.source == "desk")


def test_closing_an_incident_leaves_the_settled_ones_of_its_portion_alone(
    tmp_path: Path, judged: list[int]
) -> None:
    found = nights(tmp_path, (INCIDENT,), 5, 8 * 400)
    found.check_and_compare()
    n_all = sum(judged) // 2  # once in parts, and once all at once
    judged.clear()
    found.at += timedelta(days=1)
    still_open = open_one(found)
    found.save([replace(still_open, state=IncidentState.CLOSED, updated_at=found.at)])
    found.check()
    assert 0 < sum(judged) < n_all / 4
    found.check_and_compare()
    judged.clear()
    # One that was over before is written to: nothing of what was settled is used.
    over = next(one for one in found.held(INCIDENT) if one.number not in {still_open.number}
                and isinstance(one, Incident) and one.state is IncidentState.CLOSED
                and one.source == "desk")  # fmt: skip
    found.save([replace(over, title="Another title", updated_at=found.at)])
    assert found.check()[0] >= 1
    assert sum(judged) > n_all / 2
    found.check_and_compare()


def test_what_comes_new_is_judged_without_what_was_there(tmp_path: Path, judged: list[int]) -> None:
    found = nights(tmp_path, (HISTORY,), 5, 5_000)
    found.check()
    n_all = sum(judged)
    events = [one for one in found.records[HISTORY] if isinstance(one, HistoryEvent)]
    own = [one for one in events if one.source == "desk"]
    judged.clear()
    found.save([replace(one, number=f"{one.number}-new") for one in own[:5]])
    found.check_and_compare()
    assert judged[0] == 5
    judged.clear()
    # What was there shares values with what has come, and is found again if it is told once more.
    found.save([replace(one, number=f"{one.number}-newer") for one in own[:3]])
    found.check_and_compare()
    assert judged[0] == 8
    judged.clear()
    found.save([replace(one, number=f"{one.number}-more") for one in own[: len(own) // 2]])
    found.check_and_compare()
    assert judged[0] > len(own)
    assert judged[0] < n_all * 2
    judged.clear()
    found.save([replace(one, number=f"{one.number}-last") for one in own[:2]])
    found.check_and_compare()
    assert judged[0] == 2


def test_portions_are_read_ahead_only_where_most_are_unknown(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    found = nights(tmp_path, (RecordKind.PROBLEM, RecordKind.TEAM), 5, 1)
    n_parts = found.check()[1]
    monkeypatch.setattr(check_parts, "FOR_TWO", 2)
    first = min(found.records[RecordKind.TEAM], key=lambda one: (one.source, one.number))
    found.save([replace(first, updated_at=found.at)])
    found.said.clear()
    assert found.check()[0] >= 1
    assert not any("looking what has changed" in line for line in found.said)
    with found.parts.store.begin() as uow:
        uow.connection.execute(sa.delete(PORTION_DIGESTS))
        uow.commit()
    assert found.check() == (0, n_parts)
    assert any("looking what has changed" in line for line in found.said)


def test_what_had_not_begun_by_the_cutoff_is_judged_alone_when_it_has(
    tmp_path: Path, judged: list[int]
) -> None:
    found = nights(tmp_path, (HISTORY,), 5, 5_000)
    events = [one for one in found.records[HISTORY] if isinstance(one, HistoryEvent)]
    found.save([replace(one, at=found.at + timedelta(hours=5)) for one in events[1:4]])
    found.check()
    judged.clear()
    found.at += timedelta(days=1)
    found.check_and_compare()
    assert judged[0] == 3
