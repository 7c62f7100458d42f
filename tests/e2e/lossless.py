"""Pulls of a server that misbehaves, killed again and again: what all systems' tests share."""

import os
import random
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace

from itsm.states import RecordKind
from simulator.faults import Chances, FaultName, Faults
from simulator.practice_server import PracticeServer
from tests.e2e.killed_pulls import Held, Run

SOAK_RUNS = int(os.environ.get("CSI_SOAK_RUNS", "20"))
CHANGING = frozenset(
    {
        FaultName.ROWS_TOUCHED,
        FaultName.ROWS_INSERTED,
        FaultName.ROWS_DELETED,
        FaultName.ROWS_PURGED,
        FaultName.SAME_SECOND,  # it puts stamps back when it is switched on
        FaultName.INDEX_LAG,
    }
)
"""What must have settled before what is held can be compared with what is there."""
DELAY_S = 0.5
"""A kill comes at most so long after a request, so that it also hits what is done with answers."""
DAMAGED = 0.02
"""The share of incidents that an estate damages on purpose, at most."""

Told = tuple[object, ...]
"""An incident in our words."""


def soak_incidents(usual: int) -> int:
    """How many incidents a soak has: CSI_SOAK_INCIDENTS, or the usual number."""
    return int(os.environ.get("CSI_SOAK_INCIDENTS", str(usual)))


def lasting_hidden(server: PracticeServer, table: str) -> Callable[[str], bool]:
    """Which rows the user never gets to see."""
    lasting = [fault for fault in server.faults.faults if fault.name is FaultName.ACL_ROWS]
    return Chances(Faults(tuple(lasting), server.faults.seed)).hidden(table)


def pulled_and_killed(
    server: PracticeServer, run: Run, check: Callable[[], None], seed: int, kills: tuple[int, float]
) -> None:
    """Pull with everything going wrong, killed at random; then until what changes has settled.

    Args:
        server: misbehaves.
        run: pulls from it.
        check: compares what is held with what is there.
        seed: of the moments of the kills.
        kills: how many, and after how many requests at most; counted in requests, they hit a
            pull at work however slow the machine is.
    """
    chance, (n_kills, most) = random.Random(seed), kills

    def is_killed() -> bool:
        last = len(server.requests) + chance.uniform(1, most)
        return run.killed_when(lambda: len(server.requests) >= last, chance.uniform(0, DELAY_S))

    n = sum(is_killed() for _ in range(n_kills))
    assert n > 0, "no pull was killed"
    run.to_the_end()
    kept = tuple(fault for fault in server.faults.faults if fault.name not in CHANGING)
    server.faults = replace(server.faults, faults=kept)
    run.to_the_end("--thorough")
    check()
    sys.stdout.write(f"seed {seed}: {n} kills, {len(server.requests):,} requests\n{run.said[-1]}")
    assert server.errors == []


def check_keys(here: Held, kind: RecordKind, there: "frozenset[str]") -> None:
    """The records that are held are those that are there."""
    present = here.raw[kind] - here.deleted[kind]
    assert present - there == frozenset(), f"{kind}: held, and not there"
    assert there - present == frozenset(), f"{kind}: lost"
    assert here.deleted[kind] & there == frozenset(), f"{kind}: wrongly deleted"


def check_incidents(
    here: Held,
    there: Mapping[str, tuple[str, Told]],
    names: Sequence[str],
    plain: Callable[[str, object], object],
) -> frozenset[str]:
    """Incidents are held as they are there; gives the numbers of those that are good.

    Args:
        here: what is held.
        there: number and words of each, by raw key.
        names: the canonical fields that are compared.
        plain: makes a canonical value comparable, by its field.
    """
    kind = RecordKind.INCIDENT
    check_keys(here, kind, frozenset(there))
    aside = here.quarantined[kind]
    assert len(aside) <= DAMAGED * len(there), "damaged on purpose, and no others"
    columns = here.store.queries.columns(kind, names=["number", *names])
    rows = zip(*([plain(name, one) for one in columns[name]] for name in names), strict=True)
    found = dict(zip(columns["number"], rows, strict=True))
    expected = dict(told for key, told in there.items() if key not in aside)
    assert found.keys() == expected.keys()
    differing = [(n, expected[n], found[n]) for n in expected if found[n] != expected[n]]
    assert differing == []
    return frozenset(expected)


def check_history(here: Held, due: "frozenset[str]", records: "frozenset[str]") -> frozenset[str]:
    """No change is lost or doubled, and none hangs on what is not there; gives their numbers.

    Args:
        here: what is held.
        due: raw keys of changes that must be held.
        records: the numbers that they may hang on.
    """
    assert due - here.raw[RecordKind.HISTORY] == set(), "history lost"
    events = here.store.queries.columns(RecordKind.HISTORY, names=["number", "record"])
    numbers = frozenset(map(str, events["number"]))
    assert len(numbers) == len(events["number"])
    assert set(events["record"]) <= records
    return numbers
