"""Saved and landed at once; keys and numbers; which raw records are fresh."""

import hashlib
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from itsm.records import Quarantined, RawRecord
from itsm.states import RecordKind
from store import Fresh, Store
from store.runs import RawColumns

NOW = datetime(2026, 8, 17, 12, tzinfo=UTC)
LATER = NOW + timedelta(hours=1)
KIND = RecordKind.INCIDENT
one_store = settings(
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
    deadline=None,
    max_examples=15,
)


def raw(key: str, payload: bytes = b"{}", source: str = "desk") -> RawRecord:
    content_hash = hashlib.sha256(payload).hexdigest()
    return RawRecord(source=source, kind=KIND, key=key, payload=payload, content_hash=content_hash)


def set_aside(key: str) -> Quarantined:
    return Quarantined(
        source="desk", kind=KIND, key=key, field="state", reason="r", remedy="m", rule="code"
    )


def pending(store: Store) -> list[str]:
    with store.begin() as uow:
        found = uow.raw.pending("desk", KIND, after_key=None, limit=100)
    return [record.key for record in found]


def land(store: Store, records: list[RawRecord], **numbers: str) -> list[Fresh]:
    """What flows do with a page, apart from mapping it."""
    with store.begin() as uow:
        fresh = uow.raw.fresh(records, with_before=True)
        uow.raw.save_landed([one.record for one in fresh], NOW, numbers=numbers)
        uow.commit()
    return fresh


def columns_of(records: Sequence[RawRecord]) -> RawColumns:
    """Records of this kind by column, sealed by no key."""
    return RawColumns(
        "desk",
        KIND,
        [one.key for one in records],
        [one.content_hash for one in records],
        [one.payload for one in records],
    )


class TestNew:
    """What is written without asking before which of it is there."""

    MANY = tuple(raw(f"k{i:03}") for i in range(300))

    def test_all_new_records_are_as_if_they_had_been_asked_for(self, store: Store) -> None:
        with store.begin() as uow:
            assert uow.raw.save_new(columns_of(self.MANY), NOW, numbers={"k007": "INC7"})
            uow.commit()
        with store.begin() as uow:
            assert uow.raw.fresh(self.MANY) == []
            assert uow.raw.owners("desk", KIND, ["INC7", "k008"]) == {
                "INC7": "k007",
                "k008": "k008",
            }
        assert pending(store) == []

    @pytest.mark.parametrize("place", [0, 123])
    def test_one_that_is_there_takes_all_of_them_back(self, store: Store, place: int) -> None:
        land(store, [raw(f"k{place:03}", b"[1]")])
        with store.begin() as uow:
            assert not uow.raw.save_new(columns_of(self.MANY), LATER)
            assert uow.raw.count("desk", KIND) == 1, "and the work goes on"
            assert len(uow.raw.fresh(self.MANY)) == 300
            uow.raw.save_landed(self.MANY, LATER)
            uow.commit()
        with store.begin() as uow:
            assert uow.raw.fresh(self.MANY) == []


class TestFresh:
    def test_new_changed_and_not_landed_come_in_the_order_given(self, store: Store) -> None:
        land(store, [raw("same"), raw("changed")])
        with store.begin() as uow:
            uow.raw.save([raw("saved only")], NOW)
            uow.commit()
        page = [raw("saved only"), raw("same"), raw("new"), raw("changed", b"[1]")]
        with store.begin() as uow:
            assert uow.raw.fresh(page) == [
                Fresh(page[0], is_new=False),
                Fresh(page[2], is_new=True),
                Fresh(page[3], is_new=False),
            ]
            assert uow.raw.fresh(page, with_before=True) == [
                Fresh(page[0], False, page[0]),
                Fresh(page[2], True, None),
                Fresh(page[3], False, raw("changed")),
            ]
            assert uow.raw.fresh([]) == []

    def test_asking_changes_nothing(self, store: Store) -> None:
        before = store.queries.dump(volatile=True)
        with store.begin() as uow:
            uow.raw.fresh([raw("1")])
            uow.commit()
        assert store.queries.dump(volatile=True) == before

    def test_of_one_key_the_last_counts(self, store: Store) -> None:
        twice = [raw("1", b"[1]"), raw("2"), raw("1", b"[2]")]
        assert [one.record for one in land(store, twice)] == [raw("1", b"[2]"), raw("2")]
        assert land(store, [raw("1", b"[2]")]) == []

    def test_sources_and_odd_keys_are_kept_apart(self, store: Store) -> None:
        odd = [raw("a\0b"), raw('"quoted", [1]'), raw("\ud800"), raw("é", source="other")]
        assert [one.record for one in land(store, odd)] == odd
        assert land(store, odd) == []
        assert [one.is_new for one in land(store, [raw("é")])] == [True]

    def test_another_mapping_makes_all_of_a_kind_fresh(self, store: Store) -> None:
        land(store, [raw("1")])
        with store.begin() as uow:
            uow.raw.map_by("desk", KIND, "one")
            assert uow.raw.fresh([raw("1")], with_before=True) == [Fresh(raw("1"), False, raw("1"))]

    @one_store
    @given(
        pages=st.lists(
            st.lists(st.tuples(st.sampled_from("abcde"), st.integers(0, 2)), max_size=6),
            min_size=1,
            max_size=5,
        )
    )
    def test_each_content_lands_once_and_the_last_stays(
        self, store: Store, pages: list[list[tuple[str, int]]]
    ) -> None:
        source = hashlib.sha256(repr(pages).encode()).hexdigest()
        stored: dict[str, RawRecord] = {}
        for page in pages * 2:
            records = [raw(key, b"%d" % n, source) for key, n in page]
            newest = {record.key: record for record in records}
            fresh = land(store, records)
            assert {one.record.key: (one.is_new, one.before) for one in fresh} == {
                key: (key not in stored, stored.get(key))
                for key, record in newest.items()
                if stored.get(key) != record
            }
            stored |= newest
        with store.begin() as uow:
            assert [key for key, _ in uow.raw.stamps(source, KIND)] == sorted(stored)
            assert uow.raw.count(source, KIND) == len(stored)
            assert uow.raw.pending(source, KIND, after_key=None, limit=9) == []


class TestSaveLanded:
    def test_nothing_of_it_is_pending(self, store: Store) -> None:
        land(store, [raw("1"), raw("2")])
        assert pending(store) == []
        land(store, [raw("2", b"[1]")])
        assert pending(store) == []

    def test_what_went_to_quarantine_comes_back(self, store: Store) -> None:
        with store.begin() as uow:
            uow.raw.save_landed([raw("1"), raw("2")], NOW)
            uow.quarantine.put([set_aside("2")], NOW)
            uow.commit()
        assert pending(store) == ["2"]
        assert land(store, [raw("2")]) == []

    def test_a_killed_transaction_leaves_the_page_fresh(self, store: Store) -> None:
        with store.begin() as uow:
            uow.raw.save_landed([raw("1")], NOW)
        assert [one.record for one in land(store, [raw("1")])] == [raw("1")]

    @pytest.mark.parametrize("n", [199, 201, 2_500])
    def test_small_and_large_pages_are_the_same(self, n: int, store: Store) -> None:
        records = [raw(f"{(k * 7919) % n:05d}", b"%d" % k) for k in range(n)]
        numbers = {record.key: f"INC{record.key}" for record in records[::2]}
        assert len(land(store, records, **numbers)) == n
        land(store, [raw(record.key, b"again") for record in records])
        with store.begin() as uow:
            assert uow.raw.numbers("desk", KIND, [r.key for r in records]) == {
                record.key: numbers.get(record.key, record.key) for record in records
            }
            found = uow.raw.fresh([raw(record.key) for record in records], with_before=True)
        assert {one.before.payload for one in found if one.before} == {b"again"}


class TestNumbers:
    def test_keys_and_numbers_lead_to_each_other(self, store: Store) -> None:
        land(store, [raw("k1"), raw("k2"), raw("INC3")], k1="INC1", k2="INC2", INC3="INC3")
        with store.begin() as uow:
            keys = ["k2", "k1", "INC3", "nobody's"]
            assert uow.raw.numbers("desk", KIND, keys) == {
                "k1": "INC1",
                "k2": "INC2",
                "INC3": "INC3",
            }
            numbers = ["INC1", "INC2", "INC3", "INC4", "k1"]
            unlike = {"INC1": "k1", "INC2": "k2"}
            assert uow.raw.keys("desk", KIND, numbers) == {**unlike, "INC3": "INC3"}
            assert uow.raw.keys_unlike("desk", KIND, numbers) == unlike
            assert uow.raw.owners("desk", KIND, numbers) == uow.raw.keys("desk", KIND, numbers)
            for other in (("other", KIND), ("desk", RecordKind.CHANGE)):
                assert uow.raw.numbers(*other, keys) == {}
                assert uow.raw.owners(*other, numbers) == {}
                assert uow.raw.keys_unlike(*other, numbers) == {}

    def test_a_key_without_a_record_has_no_number(self, store: Store) -> None:
        with store.begin() as uow:
            uow.raw.save([raw("saved only")], NOW)
            uow.raw.save_landed([raw("bad"), raw("good")], NOW)
            uow.quarantine.put([set_aside("bad")], NOW)
            assert uow.raw.numbers("desk", KIND, ["saved only", "bad", "good"]) == {"good": "good"}

    def test_a_number_stays_until_another_one_is_given(self, store: Store) -> None:
        land(store, [raw("k1")], k1="INC1")
        with store.begin() as uow:
            for change in (
                lambda: uow.raw.save([raw("k1", b"[1]")], NOW),
                lambda: uow.raw.mark_landed([raw("k1", b"[1]")]),
                lambda: uow.raw.save_landed([raw("k1", b"[2]")], NOW),
            ):
                change()
                assert uow.raw.numbers("desk", KIND, ["k1"]) == {"k1": "INC1"}
            uow.raw.save_landed([raw("k1", b"[3]")], NOW, numbers={"k1": "INC9"})
            assert uow.raw.owners("desk", KIND, ["INC1", "INC9"]) == {"INC9": "k1"}

    def test_landing_later_sets_the_number_of_the_content_that_landed(self, store: Store) -> None:
        with store.begin() as uow:
            uow.raw.save([raw("k1"), raw("k2", b"newer")], NOW)
            numbers = {"k1": "INC1", "k2": "INC2"}
            uow.raw.mark_landed([raw("k1"), raw("k2", b"older")], numbers=numbers)
            assert uow.raw.numbers("desk", KIND, ["k1", "k2"]) == {"k1": "INC1"}

    def test_of_two_keys_with_one_number_one_owns_it_whatever_the_order(self, store: Store) -> None:
        """Landing keeps this from happening by asking first; here it has happened."""
        for source, keys in (("a", ("k1", "k2")), ("b", ("k2", "k1"))):
            with store.begin() as uow:
                for key in keys:
                    records = [raw(key, source=source)]
                    uow.raw.save_landed(records, NOW, numbers={key: "INC1"})
                assert uow.raw.owners(source, KIND, ["INC1"]) == {"INC1": "k1"}

    def test_a_deleted_record_owns_no_number(self, store: Store) -> None:
        land(store, [raw("k1"), raw("k2")], k1="INC1", k2="INC2")
        with store.begin() as uow:
            uow.deletions.note([("desk", KIND, "k1", NOW)], LATER)
            assert uow.raw.owners("desk", KIND, ["INC1", "INC2"]) == {"INC2": "k2"}
            assert uow.raw.keys("desk", KIND, ["INC1"]) == {"INC1": "k1"}
            uow.raw.save_landed([raw("k3")], NOW, numbers={"k3": "INC1"})
            assert uow.raw.owners("desk", KIND, ["INC1"]) == {"INC1": "k3"}
            assert uow.raw.keys("desk", KIND, ["INC1"]) == {"INC1": "k3"}
            assert uow.raw.keys_unlike("desk", KIND, ["INC1"]) == {"INC1": "k3"}

    def test_a_number_that_is_another_record_s_key_is_its_own_if_that_one_is_there(
        self, store: Store
    ) -> None:
        """Landing keeps this from happening by asking first; here it has happened."""
        land(store, [raw("INC1"), raw("x1")], INC1="INC1", x1="INC1")
        with store.begin() as uow:
            assert uow.raw.keys_unlike("desk", KIND, ["INC1"]) == {}
            uow.deletions.note([("desk", KIND, "INC1", NOW)], LATER)
            assert uow.raw.keys_unlike("desk", KIND, ["INC1"]) == {"INC1": "x1"}


def test_all_keys_and_their_count_leave_deleted_ones_out(store: Store) -> None:
    keys = [f"{n:05d}" for n in range(1_200)]
    land(store, [raw(key) for key in reversed(keys)])
    land(store, [raw("x", source="other")])
    with store.begin() as uow:
        assert [key for key, _ in uow.raw.stamps("desk", KIND)] == keys
        uow.deletions.note([("desk", KIND, key, NOW) for key in keys[::2]], LATER)
        assert [key for key, _ in uow.raw.stamps("desk", KIND)] == keys[1::2]
        assert uow.raw.count("desk", KIND) == uow.deletions.count("desk", KIND) == 600
        assert uow.raw.count("desk", RecordKind.CHANGE) == 0
