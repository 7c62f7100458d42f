"""What is prepared apart lands as if it had not been; where numbers clash, nothing of it does."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import cast

import msgspec
import orjson
import pytest

from checks.settings import CheckSettings
from connectors.core.source import Mapped, MappedRecord
from connectors.core.unread import Unread, packed, unpacked
from flows.second import Second
from flows.second_protocol import Done
from flows.stages.batches import Batch, Given, taken
from flows.stages.land import Lander
from flows.stages.preparing import Prepared, prepared
from flows.stages.pull_reading import land_batch
from itsm.records import Quarantined, RawRecord
from itsm.states import RecordKind
from store.engine import open_engine
from store.schema import upgrade
from store.unit_of_work import Store
from tests.flows.desk_source import HISTORY, INCIDENT, START, Desk, raw
from tests.postgres_server import PostgresServer

AT = START + timedelta(days=1)


def rows(n: int) -> list[RawRecord]:
    """Raw records; every fifth has a text that PostgreSQL cannot keep, every seventh no time."""
    made = []
    for i in range(n):
        row = {"number": f"INC{i:03d}", "title": f"VPN drops {i}"}
        if i % 5 == 0:
            row["title"] += " ü\0"
        if i % 7:
            row["hours"] = str(-i)
        made.append(raw("desk", INCIDENT, f"k{i:03d}", row))
    return made


def lander() -> Lander:
    desk = Desk({INCIDENT: {}, RecordKind.HISTORY: {}})
    return Lander(desk, INCIDENT, AT, CheckSettings())


def over_the_wire(work: Prepared) -> Prepared:
    """As the first process gets it from the second."""
    done = msgspec.msgpack.decode(msgspec.msgpack.encode(Done(work)), type=Done)
    assert done.prepared is not None
    return done.prepared


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.postgres)])
def stores(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[tuple[str, Store, Store]]:
    """A kind of database, and two empty stores of it."""
    urls = [f"sqlite:///{tmp_path / name}.sqlite" for name in ("one", "two")]
    if request.param == "postgresql":
        server: PostgresServer = request.getfixturevalue("postgres")
        urls = [server.new(server.template) for _ in urls]
    engines = [open_engine(url) for url in urls]
    for engine in engines:
        upgrade(engine)
    yield request.param, Store(engines[0]), Store(engines[1])
    for engine in engines:
        engine.dispose()


def test_it_lands_as_it_would_have_here(stores: tuple[str, Store, Store]) -> None:
    dialect, one, two = stores
    here, apart = lander(), lander()
    for some in (rows(300), rows(12)):  # the second time they are there
        with one.begin() as uow:
            landed, numbers = here.land(uow, some, {})
            uow.raw.save_landed(some, START, numbers=numbers)
            uow.commit()
        with two.begin() as uow:
            ready = over_the_wire(prepared(some, apart.judge, dialect))
            assert apart.takes(uow, ready)
            assert apart.land_prepared(uow, ready) == landed
            assert ready.landed == numbers
            uow.raw.save_landed(some, START, numbers=numbers)
            uow.commit()
    assert one.queries.dump() == two.queries.dump()
    assert len(one.queries.columns(INCIDENT)["number"]) == 300


def test_of_what_came_deflated_the_changed_is_kept_and_mapped_as_it_was(
    stores: tuple[str, Store, Store],
) -> None:
    dialect, one, two = stores
    some, now = rows(30), START
    told = "The gateway of the office was restarted. " * 40
    now_longer = raw("desk", INCIDENT, "k003", {"number": "INC003", "title": told, "hours": "-3"})
    changed = [now_longer if record.key == "k003" else record for record in some]
    for store in (one, two):
        with store.begin() as uow:
            lander().land(uow, some, {})
            uow.raw.save_landed(some, now)
            uow.commit()
    ready = over_the_wire(prepared(changed, lander().judge, dialect))
    assert len(ready.payloads[3]) < len(told) / 5
    batch = taken(lander(), Given((), "2"), cast("Second", OneAnswer(ready)))
    came = [Batch(changed, "2", lander().map(changed)), batch]
    for store, some_of in zip((one, two), came, strict=True):
        sealed = store.sealed(some_of.payloads, are_deflated=some_of.are_deflated)
        with store.begin() as uow:
            done = land_batch(uow, lander(), replace(some_of, sealed=sealed), now, are_new=True)
            uow.commit()
        assert (done.keys, done.n_new) == (["k003"], 0)
    with two.begin() as uow:
        assert uow.raw.of("desk", INCIDENT, ["k003"]) == [now_longer]
    assert told.strip() in {str(text).strip() for text in two.queries.columns(INCIDENT)["title"]}
    assert one.queries.dump() == two.queries.dump()


class OneAnswer:
    """In the place of a second process that has made one thing."""

    def __init__(self, made: Prepared) -> None:
        self._made = made

    def take(self) -> Prepared:
        return self._made


class OddDesk(Desk):
    """Some rows say nothing of their own, and some cannot be mapped."""

    def map(self, kind: RecordKind, raw: Sequence[RawRecord]) -> Mapped:
        team_of = {one.key: orjson.loads(one.payload).get("team") for one in raw}
        made = super().map(kind, [one for one in raw if team_of[one.key] != "?"])
        return Mapped(
            tuple(
                MappedRecord(m.key, m.records if team_of[m.key] != "" else ()) for m in made.mapped
            ),
            tuple(quarantined(kind, key) for key, team in team_of.items() if team == "?"),
        )


def quarantined(kind: RecordKind, key: str) -> Quarantined:
    told = {"field": "team", "reason": "a team nobody knows", "remedy": "say which it is"}
    return Quarantined(source="desk", kind=kind, key=key, number=key, rule="mapping", **told)


def test_what_names_by_key_what_it_hangs_on_lands_as_it_would_have_here(
    stores: tuple[str, Store, Store],
) -> None:
    dialect, *both = stores
    of = [f"k{i:03d}" for i in range(40)] + ["never read", "k999"]
    team = {3: "?", 5: "", 7: ""}
    events = [
        raw("desk", HISTORY, f"e{n:03d}", {"of": of[n % len(of)], "team": team.get(n, f"T{n}")})
        for n in range(3 * len(of))
    ]
    done = []
    for store in both:
        desk = OddDesk({INCIDENT: {}, HISTORY: {}})
        landers = [Lander(desk, kind, AT, CheckSettings()) for kind in (INCIDENT, HISTORY)]
        with store.begin() as uow:
            _, numbers = landers[0].land(uow, rows(40), {})
            uow.raw.save_landed(rows(40), START, numbers=numbers)
            if store is both[0]:
                landed, numbers = landers[1].land(uow, events, {})
            else:
                answer = over_the_wire(prepared(events, landers[1].judge, dialect))
                named = landers[1].named(uow, answer)
                assert named is not None
                landed, numbers = landers[1].land_prepared(uow, named), dict(named.landed)
            uow.raw.save_landed(events, START, numbers=numbers)
            uow.commit()
        done.append((landed, numbers, sorted(landers[1].set_aside), store.queries.dump()))
    assert done[0] == done[1]
    assert (done[0][0].landed, done[0][0].quarantined) == (119, 7)


@pytest.mark.parametrize("n", [0, 1, 300])
def test_packed_records_are_unpacked_as_they_were(n: int) -> None:
    some = rows(n)
    given = msgspec.msgpack.decode(
        msgspec.msgpack.encode(packed("desk", INCIDENT, some)), type=Unread
    )
    assert unpacked(given) == some


def test_it_lands_nothing_where_a_number_is_claimed_twice(
    stores: tuple[str, Store, Store],
) -> None:
    dialect, store, _ = stores
    desk = lander()
    first = rows(3)
    twin = raw("desk", INCIDENT, "k999", {"number": "INC001"})
    ready = prepared(first, desk.judge, dialect)
    with store.begin() as uow:
        assert not desk.takes(uow, prepared([*first, twin], desk.judge, dialect))
        assert desk.takes(uow, ready)
        desk.land_prepared(uow, ready)
        uow.raw.save_landed(first, START, numbers=ready.landed)
        assert not desk.takes(uow, prepared([twin], desk.judge, dialect))
        assert desk.takes(uow, ready), "its own number is nobody else's"
        uow.commit()
    assert store.queries.columns(INCIDENT)["number"] == ["INC000", "INC001", "INC002"]
