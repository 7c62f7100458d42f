"""From raw payload to canonical row, or to quarantine and back."""

import hashlib
from datetime import UTC, datetime, timedelta

import pytest

from itsm.records import Quarantined, RawRecord
from itsm.states import RecordKind
from store import RawCount, Store, by_texts

NOW = datetime(2026, 8, 17, 12, tzinfo=UTC)
LATER = NOW + timedelta(hours=1)
KIND = RecordKind.INCIDENT


def raw(key: str, payload: bytes = b"{}", source: str = "desk") -> RawRecord:
    content_hash = hashlib.sha256(payload).hexdigest()
    return RawRecord(source=source, kind=KIND, key=key, payload=payload, content_hash=content_hash)


def bad(key: str, rule: str = "code", reason: str = "code '42' is not mapped") -> Quarantined:
    return Quarantined(
        source="desk",
        kind=KIND,
        key=key,
        field="state",
        reason=reason,
        remedy="add it to the code table",
        rule=rule,
    )


def pending(store: Store, after_key: str | None = None, limit: int = 100) -> list[str]:
    with store.begin() as uow:
        found = uow.raw.pending("desk", KIND, after_key=after_key, limit=limit)
    return [record.key for record in found]


class TestRaw:
    def test_counts_new_changed_and_unchanged(self, store: Store) -> None:
        with store.begin() as uow:
            assert uow.raw.save([raw("1"), raw("2")], NOW) == RawCount(2, 0, 0)
            assert uow.raw.save([raw("1"), raw("2", b"[1]"), raw("3")], LATER) == RawCount(1, 1, 1)
            assert uow.raw.save([], LATER) == RawCount(0, 0, 0)

    def test_of_one_key_the_last_in_a_batch_is_kept(self, store: Store) -> None:
        with store.begin() as uow:
            assert uow.raw.save([raw("1", b"[1]"), raw("1", b"[2]")], NOW) == RawCount(1, 0, 0)
            (found,) = uow.raw.pending("desk", KIND, after_key=None, limit=5)
        assert found == raw("1", b"[2]")

    def test_sources_are_kept_apart(self, store: Store) -> None:
        with store.begin() as uow:
            uow.raw.save([raw("1"), raw("1", b"[1]", source="other")], NOW)
            assert uow.raw.pending("other", KIND, after_key=None, limit=5) == [
                raw("1", b"[1]", source="other")
            ]
            assert uow.raw.pending("other", RecordKind.CHANGE, after_key=None, limit=5) == []

    def test_another_mapping_makes_all_of_a_kind_land_again(self, store: Store) -> None:
        with store.begin() as uow:
            uow.raw.save([raw("1"), raw("2")], NOW)
            assert not uow.raw.map_by("desk", KIND, "one"), "the first mapping is no change"
            uow.raw.mark_landed([raw("1"), raw("2")])
            assert not uow.raw.map_by("desk", KIND, "one")
            assert not uow.raw.map_by("other", KIND, "two"), "another source is another matter"
            uow.commit()
        assert pending(store) == []
        with store.begin() as uow:
            assert uow.raw.map_by("desk", KIND, "two")
            uow.commit()
        assert pending(store) == ["1", "2"]
        with store.begin() as uow:
            uow.raw.mark_landed([raw("1"), raw("2")])
            assert not uow.raw.map_by("desk", KIND, "two")
            uow.commit()
        assert pending(store) == []

    def test_what_has_landed_is_pending_again_only_when_it_changes(self, store: Store) -> None:
        with store.begin() as uow:
            uow.raw.save([raw("1"), raw("2")], NOW)
            uow.raw.mark_landed([raw("1"), raw("2")])
            uow.raw.save([raw("1"), raw("2", b"[1]")], LATER)
            uow.commit()
        assert pending(store) == ["2"]

    def test_marking_an_older_content_leaves_the_newer_pending(self, store: Store) -> None:
        with store.begin() as uow:
            uow.raw.save([raw("1", b"[2]")], NOW)
            uow.raw.mark_landed([raw("1", b"[1]")])
            uow.raw.mark_landed([])
            uow.commit()
        assert pending(store) == ["1"]

    @pytest.mark.parametrize("limit", [1, 2, 3, 50])
    def test_pages_of_pending_lose_none_and_repeat_none(self, limit: int, store: Store) -> None:
        keys = [f"{n:02d}" for n in range(17)]
        with store.begin() as uow:
            uow.raw.save([raw(key) for key in keys], NOW)
            uow.raw.mark_landed([raw(key) for key in keys[::2]])
            uow.quarantine.put([bad(key) for key in ("00", "03", "06", "not in raw")], NOW)
            uow.commit()
        seen: list[str] = []
        while page := pending(store, seen[-1] if seen else None, limit):
            assert len(page) <= limit
            seen += page
        assert seen == sorted({*keys[1::2], "00", "06"})

    def test_a_thousand_keys_are_looked_up_at_once(self, store: Store) -> None:
        records = [raw(f"{n:05d}") for n in range(1_003)]
        with store.begin() as uow:
            assert uow.raw.save(records, NOW).new == len(records)
            assert uow.raw.save(records, NOW).unchanged == len(records)

    def test_a_key_no_database_can_keep_is_found_again(self, store: Store) -> None:
        odd = raw("IN\0C")
        with store.begin() as uow:
            uow.raw.save([odd], NOW)
            assert uow.raw.save([odd], NOW) == RawCount(0, 0, 1)
            uow.raw.mark_landed([odd])
            assert uow.raw.pending("desk", KIND, after_key=None, limit=5) == []
            uow.quarantine.put([bad(odd.key)], NOW)
            assert uow.quarantine.clear("desk", KIND, [odd.key]) == 1


class TestQuarantine:
    def test_a_record_is_checked_again_until_it_is_mended(self, store: Store) -> None:
        with store.begin() as uow:
            uow.raw.save([raw("1"), raw("2")], NOW)
            uow.quarantine.put([bad("2")], NOW)
            uow.raw.mark_landed([raw("1"), raw("2")])
            uow.commit()
        assert pending(store) == ["2"]
        with store.begin() as uow:
            uow.quarantine.clear("desk", KIND, ["1", "2"])
            uow.commit()
        assert pending(store) == []
        assert store.queries.quarantine_rows() == ()

    def test_it_keeps_the_payload_and_when_it_was_first_seen(self, store: Store) -> None:
        with store.begin() as uow:
            uow.raw.save([raw("1", b'{"state":"42"}')], NOW)
            uow.quarantine.put([bad("1")], NOW)
            uow.quarantine.put([bad("1", reason="code '43' is not mapped")], LATER)
            uow.commit()
        (row,) = store.queries.quarantine_rows()
        assert (row.first_seen_at, row.last_seen_at) == (NOW, LATER)
        assert row.reason == "code '43' is not mapped"
        assert row.payload == b'{"state":"42"}'

    def test_of_several_reasons_for_one_record_the_same_is_kept_in_any_order(
        self, store: Store
    ) -> None:
        for items in ([bad("1", "b"), bad("1", "a")], [bad("1", "a"), bad("1", "b")]):
            with store.begin() as uow:
                uow.quarantine.put(items, NOW)
                uow.commit()
            assert [row.rule for row in store.queries.quarantine_rows()] == ["a"]

    def test_counts_by_reason_with_examples(self, store: Store) -> None:
        with store.begin() as uow:
            uow.quarantine.put([bad(f"{n}") for n in range(7)], NOW)
            uow.quarantine.put([bad("x", "time_order", "closed before opened")], NOW)
            uow.commit()
        commonest, other = store.queries.quarantine_counts()
        assert (commonest.n, commonest.examples) == (7, ("0", "1", "2", "3", "4"))
        assert (other.rule, other.n, other.kind) == ("time_order", 1, KIND)
        assert len(store.queries.quarantine_rows("desk", KIND, limit=3)) == 3
        assert store.queries.quarantine_rows("other") == ()
        assert store.queries.quarantine_rows(kind=RecordKind.CHANGE) == ()

    @pytest.mark.parametrize("few", [0, 1_000])
    def test_clearing_is_the_same_where_few_are_set_aside_and_where_many_are(
        self, store: Store, monkeypatch: pytest.MonkeyPatch, few: int
    ) -> None:
        monkeypatch.setattr(by_texts, "_FEW", few)
        keys = [f"k{n}" for n in range(20)] + ["k\0x"]
        with store.begin() as uow:
            uow.quarantine.put([bad(key) for key in keys], NOW)
            assert uow.quarantine.clear("desk", KIND, ["k3", "k\0x", "k5", "k99", "k3"]) == 3
            assert uow.quarantine.clear("desk", KIND, ["k99"]) == 0
            assert uow.quarantine.clear("desk", KIND, keys) == 18

    def test_clearing_says_how_many_were_there(self, store: Store) -> None:
        with store.begin() as uow:
            uow.quarantine.put([bad("1")], NOW)
            assert uow.quarantine.clear("desk", RecordKind.CHANGE, ["1"]) == 0
            assert uow.quarantine.clear("desk", KIND, ["1", "2"]) == 1
            assert uow.quarantine.clear("desk", KIND, []) == 0


def test_a_watermark_moves_with_the_page_or_not_at_all(store: Store) -> None:
    with store.begin() as uow:
        assert uow.watermarks.get("desk", KIND) is None
        uow.raw.save([raw("1")], NOW)
        uow.watermarks.set("desk", KIND, "page 1", NOW)
        uow.commit()
    with store.begin() as uow:
        uow.raw.save([raw("2")], NOW)
        uow.watermarks.set("desk", KIND, "page 2", NOW)
    with store.begin() as uow:
        assert uow.watermarks.get("desk", KIND) == "page 1"
        assert uow.watermarks.get("desk", RecordKind.CHANGE) is None
    assert pending(store) == ["1"]
