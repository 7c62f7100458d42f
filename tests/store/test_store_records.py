"""Canonical records: nothing is lost, the newest stays, order and batches do not matter."""

import random
from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone
from itertools import count
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from itsm.fields import FieldType, column_names, fields_of
from itsm.records import RECORD_TYPES, HistoryEvent, Incident, Record
from itsm.states import HistoryField, IncidentState, RecordKind
from store import Store
from store.bulk import CHUNK
from store.copying import COPIED_FROM
from store.statements import BATCH
from store.values import storable

NOW = datetime(2026, 8, 17, 12, tzinfo=UTC)
SOURCES = (f"source_{n}" for n in count())
one_store = settings(
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
    deadline=None,
    max_examples=6,
)

st.register_type_strategy(float, st.floats(allow_nan=False, allow_infinity=False))
st.register_type_strategy(int, st.integers(-(2**63), 2**63 - 1))
st.register_type_strategy(
    datetime,
    st.datetimes(
        min_value=datetime(1900, 1, 1),
        max_value=datetime(2200, 1, 1),
        timezones=st.sampled_from([UTC, timezone(timedelta(hours=-3, minutes=-30))]),
    ),
)


def incident(number: str, updated_at: datetime | None = NOW, **fields: Any) -> Incident:
    given = {"source": "desk", "opened_at": NOW, "state": IncidentState.NEW, "state_code": "1"}
    return Incident(number=number, updated_at=updated_at, **{**given, **fields})


def save(store: Store, records: list[Any]) -> int:
    with store.begin() as uow:
        written = uow.records.save(records)
        uow.commit()
    return written


@pytest.mark.parametrize("kind", RecordKind)
@one_store
@given(data=st.data())
def test_every_field_of_every_kind_comes_back(
    kind: RecordKind, data: st.DataObject, store: Store
) -> None:
    record = replace(data.draw(st.from_type(RECORD_TYPES[kind])), source=next(SOURCES))
    save(store, [record])
    columns = store.queries.columns(kind, sources=[record.source])
    assert tuple(columns) == column_names(kind)
    for spec in fields_of(kind):
        value = getattr(record, spec.name)
        expected = storable(value) if isinstance(value, str) else value
        assert columns[spec.name] == [expected], spec.name
        if spec.type is FieldType.FLAG:
            assert columns[spec.name][0] is value


@one_store
@given(
    versions=st.lists(
        st.tuples(st.sampled_from("abc"), st.integers(0, 50)), unique=True, min_size=1
    ),
    seed=st.integers(0, 2**32),
    size=st.integers(1, 7),
)
def test_order_and_batches_do_not_matter(
    versions: list[tuple[str, int]], seed: int, size: int, store: Store
) -> None:
    source, other = next(SOURCES), next(SOURCES)
    records = [
        incident(number, NOW + timedelta(hours=hour), source=source, title=f"hour {hour}")
        for number, hour in versions
    ]
    save(store, records)
    shuffled = [replace(record, source=other) for record in [*records, *records]]
    random.Random(seed).shuffle(shuffled)
    for start in range(0, len(shuffled), size):
        save(store, shuffled[start : start + size])
    first = store.queries.columns(RecordKind.INCIDENT, sources=[source])
    second = store.queries.columns(RecordKind.INCIDENT, sources=[other])
    assert {**first, "source": []} == {**second, "source": []}
    newest = {number: max(h for n, h in versions if n == number) for number, _ in versions}
    assert first["title"] == [f"hour {newest[number]}" for number in sorted(newest)]


@pytest.mark.parametrize("n", [0, COPIED_FROM + 1])
@pytest.mark.parametrize("kind", RecordKind)
def test_many_records_are_kept_as_few_are(kind: RecordKind, n: int, store: Store) -> None:
    """From a number of rows on PostgreSQL takes them another way; values are the same."""

    @settings(max_examples=3, deadline=None, suppress_health_check=list(HealthCheck))
    @given(record=st.from_type(RECORD_TYPES[kind]), text=st.text(st.characters(), max_size=8))
    def check(record: Record, text: str) -> None:
        record = replace(record, source=next(SOURCES), number=f"0{text}\\N\t\n\r\\")
        others = [replace(record, number=f"1{k:05d}") for k in range(n)]
        assert save(store, [*others, record]) == n + 1
        columns = store.queries.columns(kind, sources=[record.source])
        if kind is RecordKind.HISTORY:
            return
        for spec in fields_of(kind):
            value = getattr(record, spec.name)
            expected = storable(value) if isinstance(value, str) else value
            assert columns[spec.name][0] == expected, spec.name

    check()


@one_store
@given(
    versions=st.lists(
        st.tuples(st.sampled_from("abc"), st.none() | st.integers(0, 5)), min_size=1, max_size=8
    )
)
def test_keys_that_repeat_among_many_end_as_if_saved_one_by_one(
    versions: list[tuple[str, int | None]], store: Store
) -> None:
    one_by_one, at_once = next(SOURCES), next(SOURCES)
    records = [
        incident(number, None if hour is None else NOW + timedelta(hours=hour), title=f"{i}")
        for i, (number, hour) in enumerate(versions)
    ]
    for record in records:
        save(store, [replace(record, source=one_by_one)])
    many = [incident(f"{k:05d}") for k in range(COPIED_FROM)]
    save(store, [replace(record, source=at_once) for record in [*many, *records]])
    first = store.queries.columns(RecordKind.INCIDENT, sources=[one_by_one])
    second = store.queries.columns(RecordKind.INCIDENT, sources=[at_once])
    assert first["title"] == second["title"][COPIED_FROM:]


@pytest.mark.parametrize("n", [1, COPIED_FROM + 1])
def test_an_older_record_never_replaces_a_newer_one_among_many(n: int, store: Store) -> None:
    numbers = [f"{k:05d}" for k in range(n)]
    assert save(store, [incident(number, title="new") for number in numbers]) == n
    early = NOW - timedelta(seconds=1)
    older = [incident(number, early, title="old") for number in numbers]
    assert save(store, [*older, incident("9", title="another")]) == 1
    assert set(store.queries.columns(RecordKind.INCIDENT)["title"]) == {"new", "another"}


@pytest.mark.parametrize("known", [0, 1, COPIED_FROM])
def test_many_records_land_though_one_of_them_is_there(known: int, store: Store) -> None:
    """Wherever it is among them: only a few are looked up before many are written as new."""
    numbers = [f"{k:05d}" for k in range(COPIED_FROM + 1)]
    save(store, [incident(numbers[known], title="old")])
    late = NOW + timedelta(hours=1)
    assert save(store, [incident(n, late, title="new") for n in numbers]) == len(numbers)
    assert store.queries.columns(RecordKind.INCIDENT)["title"] == ["new"] * len(numbers)


def test_an_older_record_never_replaces_a_newer_one(store: Store) -> None:
    assert save(store, [incident("1", NOW, title="new")]) == 1
    assert save(store, [incident("1", NOW - timedelta(seconds=1), title="old")]) == 0
    assert store.queries.columns(RecordKind.INCIDENT)["title"] == ["new"]


def test_within_one_call_the_newest_stays(store: Store) -> None:
    save(store, [incident("1", NOW, title="new"), incident("1", NOW - timedelta(1), title="old")])
    assert store.queries.columns(RecordKind.INCIDENT)["title"] == ["new"]


@pytest.mark.parametrize(("first", "second"), [(None, NOW), (NOW, None), (None, None), (NOW, NOW)])
def test_without_a_time_or_with_the_same_one_the_later_call_stays(
    first: datetime | None, second: datetime | None, store: Store
) -> None:
    save(store, [incident("1", first, title="first", ci="web-1")])
    save(store, [incident("1", second, title="second")])
    columns = store.queries.columns(RecordKind.INCIDENT)
    assert (columns["title"], columns["ci"]) == (["second"], [None])


def test_kinds_may_be_mixed_and_are_counted(store: Store) -> None:
    event = HistoryEvent(
        source="desk",
        number="1-1",
        record_kind=RecordKind.INCIDENT,
        record="1",
        at=NOW,
        sequence=1,
        field=HistoryField.TEAM,
        new="Network",
    )
    mixed: list[Record] = [incident("1"), event, incident("2")]
    assert save(store, mixed) == 3
    counts = store.queries.counts()
    assert counts[RecordKind.INCIDENT] == 2
    assert counts[RecordKind.HISTORY] == 1
    assert counts[RecordKind.CHANGE] == 0
    assert set(counts) == set(RecordKind)


def test_nothing_is_saved_without_commit(store: Store) -> None:
    before = store.queries.dump()
    with store.begin() as uow:
        uow.records.save([incident("1")])
    assert store.queries.dump() == before


def test_an_error_takes_everything_back(store: Store) -> None:
    with pytest.raises(ZeroDivisionError), store.begin() as uow:
        uow.records.save([incident("1")])
        uow.commit()
        uow.records.save([incident("2")])
        raise ZeroDivisionError
    assert store.queries.columns(RecordKind.INCIDENT)["number"] == ["1"]


def test_text_no_database_can_keep_is_kept_readable(store: Store) -> None:
    save(store, [incident("1", title="a\0b \ud800 é", description="fine")])
    columns = store.queries.columns(RecordKind.INCIDENT)
    assert columns["title"] == ["a\N{REPLACEMENT CHARACTER}b ? é"]
    assert columns["description"] == ["fine"]


def test_more_records_than_one_batch_come_back_in_order(store: Store) -> None:
    n = BATCH + CHUNK + 7
    numbers = [f"INC{i:05d}" for i in range(n)]
    shuffled = random.Random(1).sample(numbers, n)
    assert save(store, [incident(number) for number in shuffled]) == n
    assert store.queries.columns(RecordKind.INCIDENT)["number"] == numbers


def test_keys_are_ordered_by_code_point_on_every_database(store: Store) -> None:
    numbers = ["10", "9", "A-1", "a-1", "B", "_", "é", "Z"]
    save(store, [incident(number) for number in numbers])
    assert store.queries.columns(RecordKind.INCIDENT)["number"] == sorted(numbers)


def test_history_is_in_the_order_of_each_record(store: Store) -> None:
    def event(number: str, record: str, minute: int, sequence: int) -> HistoryEvent:
        return HistoryEvent(
            source="desk",
            number=number,
            record_kind=RecordKind.INCIDENT,
            record=record,
            at=NOW + timedelta(minutes=minute),
            sequence=sequence,
            field=HistoryField.STATE,
        )

    save(store, [event("a", "2", 0, 1), event("b", "1", 5, 2), event("c", "1", 5, 1)])
    save(store, [event("d", "1", 1, 9)])
    assert store.queries.columns(RecordKind.HISTORY)["number"] == ["d", "c", "b", "a"]


def test_only_the_sources_and_columns_asked_for(store: Store) -> None:
    save(store, [incident("1"), incident("2", source="other")])
    columns = store.queries.columns(
        RecordKind.INCIDENT, sources=["other"], names=["number", "opened_at"]
    )
    assert columns == {"number": ["2"], "opened_at": [NOW]}
    assert store.queries.columns(RecordKind.INCIDENT, sources=[])["number"] == []


def test_a_time_without_a_zone_is_refused(store: Store) -> None:
    with pytest.raises(TypeError), store.begin() as uow:
        uow.records.save([incident("1", datetime(2026, 8, 17))])
