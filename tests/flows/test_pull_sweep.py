"""A sweep spread over days finds what was deleted, and stops where the system may be ill."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from connectors.core.surroundings import Surroundings
from flows.settings import load_settings
from flows.stages.pull import pull
from flows.stages.pull_sweep import answer_stop
from flows.wiring import Parts, build
from itsm.errors import NotThereError
from itsm.states import RecordKind
from tests.flows.desk_source import INCIDENT, START, Desk

N = 140


@dataclass
class Silent(Desk):
    """A desk that tells no totals, as some systems; `asks` are the keys it was asked for."""

    kinds: tuple[RecordKind, ...] = (INCIDENT,)
    swept: frozenset[RecordKind] = frozenset({INCIDENT})
    is_ill: bool = False
    asks: list[str] = field(default_factory=list)

    def count(self, kind: RecordKind, keys: Sequence[str] | None = None) -> int | None:
        if keys is None:
            return None
        self.asks += keys
        return 0 if self.is_ill else len(self.rows[kind].keys() & set(keys))


@dataclass
class Days:
    """A clock that is set by days."""

    at: datetime = START

    def __call__(self) -> datetime:
        return self.at

    def pass_by(self, days: float) -> None:
        self.at += timedelta(days=days)


@dataclass
class Office:
    parts: Parts
    desk: Silent
    clock: Days
    said: list[str]

    def day(self, days: float = 1.0) -> None:
        """A day goes by, and a pull."""
        self.clock.pass_by(days)
        pull(self.parts, "desk", self.clock.at)

    @property
    def n_counted(self) -> int:
        return self.parts.store.queries.counts()[INCIDENT]

    def waits(self) -> int:
        with self.parts.store.look() as uow:
            return uow.waiting().missing


@pytest.fixture
def office(tmp_path: Path) -> Office:
    config = tmp_path / "csi.toml"
    config.write_text('database = "sqlite:///csi.sqlite"\n[sweep]\ndays = 14\nfew = 10\n')
    rows = {f"k{i:03d}": {"number": f"INC{i:03d}", "title": "VPN drops"} for i in range(N)}
    said: list[str] = []
    clock, desk = Days(), Silent({INCIDENT: rows}, page_size=50)
    parts = build(load_settings(config), tmp_path)
    around = Surroundings(clock=clock)
    made = Office(replace(parts, sources={"desk": desk}, around=around, say=said.append), desk,
                  clock, said)  # fmt: skip
    made.day()
    return made


def test_each_key_is_asked_for_once_in_so_many_days(office: Office) -> None:
    office.desk.asks.clear()
    for _ in range(14):
        before = len(office.desk.asks)
        office.day()
        assert len(office.desk.asks) - before <= 10 + 5, "a day's share, and the witnesses"
    assert set(office.desk.asks) == set(office.desk.rows[INCIDENT])


def test_what_is_missed_twice_counts_as_deleted(office: Office) -> None:
    del office.desk.rows[INCIDENT]["k003"]
    office.day()
    assert office.n_counted == N, "missed once"
    office.day(0.1)
    assert office.n_counted == N, "too early for a second look"
    office.day()
    assert office.n_counted == N - 1
    assert office.waits() == 0


def test_what_is_there_again_was_not_deleted(office: Office) -> None:
    kept = office.desk.rows[INCIDENT].pop("k003")
    office.day()
    office.desk.rows[INCIDENT]["k003"] = kept
    office.day()
    office.day(14)
    assert office.n_counted == N


def test_a_system_that_shows_nothing_is_ill(office: Office) -> None:
    office.desk.is_ill = True
    for _ in range(2):
        office.day()
    assert (office.n_counted, office.waits()) == (N, 0)
    assert any("taken for ill" in line for line in office.said)
    office.desk.is_ill = False
    del office.desk.rows[INCIDENT]["k003"]
    for _ in range(16):
        office.day()
    assert office.n_counted == N - 1, "and goes on when it is well again"


def test_a_system_that_stays_ill_is_told_of(office: Office) -> None:
    office.desk.is_ill = True
    for _ in range(5):
        office.day()
    assert (office.n_counted, office.waits()) == (N, 1)


def lose_half(office: Office) -> None:
    for i in range(0, N // 2):
        del office.desk.rows[INCIDENT][f"k{i:03d}"]
    for _ in range(5):
        office.day()


def test_a_sweep_that_would_take_out_too_much_stops_and_asks(office: Office) -> None:
    lose_half(office)
    assert office.n_counted >= N - 10, "no more than a few before it stopped"
    assert office.waits() == 1
    held = office.n_counted
    office.day(14)
    assert office.n_counted == held, "it waits for an answer"
    n = answer_stop(
        office.parts, "desk", INCIDENT, is_deleted=True, actor="kim", reason="archived by us"
    )
    assert n > 0
    assert office.waits() == 0
    with pytest.raises(NotThereError):
        answer_stop(office.parts, "desk", INCIDENT, is_deleted=True, actor="kim", reason="again")


def test_a_person_says_that_the_system_was_ill(office: Office) -> None:
    kept = dict(office.desk.rows[INCIDENT])
    lose_half(office)
    held = office.n_counted
    office.desk.rows[INCIDENT] = kept
    n = answer_stop(
        office.parts, "desk", INCIDENT, is_deleted=False, actor="kim", reason="rights were cut"
    )
    assert (n, office.waits()) == (0, 0)
    for _ in range(20):
        office.day()
    assert office.n_counted == held


def test_a_walk_at_once_asks_as_well(office: Office) -> None:
    for i in range(20):
        del office.desk.rows[INCIDENT][f"k{i:03d}"]
    pull(office.parts, "desk", office.clock.at, thorough=True)
    assert (office.n_counted, office.waits()) == (N, 0), "it is swept over days"
    pull(office.parts, "desk", office.clock.at, thorough=True, at_once=True)
    assert (office.n_counted, office.waits()) == (N, 1)
    answer_stop(office.parts, "desk", INCIDENT, is_deleted=True, actor="kim", reason="archived")
    assert office.n_counted == N - 20
