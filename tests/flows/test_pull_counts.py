"""A pull of a live system: references by key, its own count, and what was deleted there."""

from collections.abc import Sequence
from pathlib import Path

import pytest

from connectors.core.source import Stamped
from flows.settings import load_settings
from flows.stages.counts import KindCount, PullCount
from flows.stages.pull import pull
from flows.wiring import Parts, build
from itsm.errors import PagingError
from itsm.records import HistoryEvent, Record
from itsm.states import RecordKind
from tests.flows.desk_source import HISTORY, INCIDENT, START, Desk, incidents


def parts_with(desk: Desk, folder: Path) -> Parts:
    parts = build(load_settings(given={"database": "sqlite:///csi.sqlite"}), folder)
    return Parts(parts.settings, parts.store, {desk.name: desk}, parts.out)


def pulled(desk: Desk, folder: Path) -> PullCount:
    return pull(parts_with(desk, folder), desk.name, START)


def of(count: PullCount, kind: RecordKind) -> KindCount:
    return next(one for one in count.kinds if one.kind is kind)


def numbers(desk: Desk, folder: Path, kind: RecordKind = INCIDENT) -> set[object]:
    return set(parts_with(desk, folder).store.queries.columns(kind)["number"])


@pytest.fixture
def desk() -> Desk:
    events = {f"h{i}": {"of": f"k{i:03d}", "team": "Network"} for i in range(4)}
    return Desk({INCIDENT: incidents(5), HISTORY: events})


def test_what_hangs_on_a_key_gets_the_number_in_its_place(desk: Desk, tmp_path: Path) -> None:
    assert pulled(desk, tmp_path).quarantined == 0
    columns = parts_with(desk, tmp_path).store.queries.columns(HISTORY)
    assert columns["record"] == ["INC000", "INC001", "INC002", "INC003"]


def test_what_hangs_on_something_not_read_waits_in_quarantine(desk: Desk, tmp_path: Path) -> None:
    desk.rows[HISTORY]["h9"] = {"of": "k009", "team": "Network"}
    assert of(pulled(desk, tmp_path), HISTORY).quarantined == 1
    (row,) = parts_with(desk, tmp_path).store.queries.quarantine_rows()
    assert (row.key, row.rule) == ("h9", "reference")
    desk.rows[INCIDENT]["k009"] = {"number": "INC009"}
    assert of(pulled(desk, tmp_path), HISTORY).landed == 1
    assert parts_with(desk, tmp_path).store.queries.quarantine_rows() == ()


def test_two_records_with_one_number_do_not_overwrite_each_other(
    desk: Desk, tmp_path: Path
) -> None:
    desk.rows[INCIDENT]["k005"] = {"number": "INC000", "title": "Printer jams"}
    count = pulled(desk, tmp_path)
    assert (of(count, INCIDENT).landed, of(count, INCIDENT).quarantined) == (5, 1)
    (row,) = parts_with(desk, tmp_path).store.queries.quarantine_rows()
    assert (row.key, row.rule, row.number) == ("k005", "number_taken", "INC000")
    (reason,) = parts_with(desk, tmp_path).store.queries.quarantine_counts()
    assert reason.examples == ("INC000",), "people know it by its number"
    titles = parts_with(desk, tmp_path).store.queries.columns(INCIDENT)["title"]
    assert titles[0] == "VPN drops 0"


def test_equal_counts_need_no_comparison_of_keys(desk: Desk, tmp_path: Path) -> None:
    count = of(pulled(desk, tmp_path), INCIDENT)
    assert (count.on_server, count.held, count.unexplained) == (5, 5, 0)
    assert "keys incident" not in desk.asked


def test_a_record_the_pages_missed_is_fetched(desk: Desk, tmp_path: Path) -> None:
    pulled(desk, tmp_path)
    desk.rows[INCIDENT] = {"a_first": {"number": "INC900"}, **desk.rows[INCIDENT]}
    count = of(pulled(desk, tmp_path), INCIDENT)
    assert count.unexplained == 0
    assert "INC900" in numbers(desk, tmp_path)


def test_what_hangs_on_a_record_the_pages_missed_lands_in_the_same_pull(
    desk: Desk, tmp_path: Path
) -> None:
    pulled(desk, tmp_path)
    desk.rows[INCIDENT] = {"a_first": {"number": "INC900"}, **desk.rows[INCIDENT]}
    desk.rows[HISTORY] |= {"h7": {"of": "a_first", "team": "Network"}}
    desk.rows[HISTORY] |= {"h8": {"of": "nobody", "team": "Network"}}
    count = of(pulled(desk, tmp_path), HISTORY)
    assert (count.new, count.landed, count.quarantined) == (2, 1, 1)
    (row,) = parts_with(desk, tmp_path).store.queries.quarantine_rows()
    assert row.key == "h8"
    assert "h7" in numbers(desk, tmp_path, HISTORY)


def test_a_thorough_pull_finds_what_equal_counts_hide(desk: Desk, tmp_path: Path) -> None:
    pulled(desk, tmp_path)
    del desk.rows[INCIDENT]["k004"]
    desk.rows[INCIDENT] = {"a_first": {"number": "INC900"}, **desk.rows[INCIDENT]}
    assert "INC900" not in (pulled(desk, tmp_path), numbers(desk, tmp_path))[1]
    pull(parts_with(desk, tmp_path), desk.name, START, thorough=True)
    expected = {"INC900", "INC000", "INC001", "INC002", "INC003"}
    assert numbers(desk, tmp_path) == expected


def test_hidden_records_are_no_deletions(desk: Desk, tmp_path: Path) -> None:
    pulled(desk, tmp_path)
    desk.hidden = {"k001", "k002"}
    desk.rows[INCIDENT]["k009"] = {"number": "INC009"}
    del desk.rows[INCIDENT]["k003"]
    desk.says_deleted(INCIDENT, "k003")
    count = of(pulled(desk, tmp_path), INCIDENT)
    assert (count.deleted, count.held) == (1, 5)
    assert numbers(desk, tmp_path) == {"INC000", "INC001", "INC002", "INC004", "INC009"}


def test_hidden_records_are_counted_once_and_then_known(desk: Desk, tmp_path: Path) -> None:
    desk.hidden = {"k001", "k002"}
    first = of(pulled(desk, tmp_path), INCIDENT)
    assert (first.on_server, first.held, first.hidden, first.unexplained) == (5, 3, 2, 0)
    desk.asked.clear()
    again = of(pulled(desk, tmp_path), INCIDENT)
    assert (again.hidden, again.unexplained) == (2, 0)
    assert "keys incident" not in desk.asked


def test_a_deletion_without_a_word_is_found(desk: Desk, tmp_path: Path) -> None:
    pulled(desk, tmp_path)
    desk.hidden = {"k001"}
    del desk.rows[INCIDENT]["k002"]
    count = of(pulled(desk, tmp_path), INCIDENT)
    assert (count.deleted, count.held, count.hidden) == (1, 4, 0), "k001 was shown once"
    assert "INC002" not in numbers(desk, tmp_path)
    assert "INC001" in numbers(desk, tmp_path)
    assert "h2" not in numbers(desk, tmp_path, HISTORY), "what hung on it is left out, too"


def test_what_was_put_back_is_not_deleted(desk: Desk, tmp_path: Path) -> None:
    pulled(desk, tmp_path)
    desk.says_deleted(INCIDENT, "k002")
    assert of(pulled(desk, tmp_path), INCIDENT).deleted == 0
    row = desk.rows[INCIDENT].pop("k002")
    desk.says_deleted(INCIDENT, "k002")
    assert of(pulled(desk, tmp_path), INCIDENT).deleted == 1
    desk.rows[INCIDENT]["k002"] = row
    count = of(pulled(desk, tmp_path), INCIDENT)
    assert (count.deleted, count.held) == (0, 5)
    assert "INC002" in numbers(desk, tmp_path)


def test_an_ill_system_deletes_nothing(tmp_path: Path) -> None:
    desk = Desk({INCIDENT: incidents(150), HISTORY: {}}, page_size=50)
    pulled(desk, tmp_path)
    desk.rows[INCIDENT] = {}
    count = of(pulled(desk, tmp_path), INCIDENT)
    assert (count.deleted, count.held, count.on_server) == (0, 150, 0)
    assert count.unexplained == -150


def test_a_thorough_pull_fetches_what_changed_unseen(desk: Desk, tmp_path: Path) -> None:
    desk.rows[INCIDENT]["k001"]["hours"] = "1"
    pulled(desk, tmp_path)
    desk.rows[INCIDENT]["k001"] |= {"hours": "2", "title": "Printer jams"}
    pull(parts_with(desk, tmp_path), desk.name, START, thorough=True)
    assert "Printer jams" in parts_with(desk, tmp_path).store.queries.columns(INCIDENT)["title"]


def test_keys_out_of_order_end_the_comparison(desk: Desk, tmp_path: Path) -> None:
    desk.hidden = {"k001"}
    desk.keys = lambda kind: iter([[Stamped("k003", None), Stamped("k002", None)]])  # type: ignore[method-assign]
    with pytest.raises(PagingError, match="keys do not come in order"):
        pulled(desk, tmp_path)


def test_the_system_is_never_asked_while_the_store_is_locked(desk: Desk, tmp_path: Path) -> None:
    parts = parts_with(desk, tmp_path)

    class Asking(Desk):
        """Asks the system where its history is; that takes from a budget the store keeps."""

        @property
        def makes_history_of(self) -> frozenset[RecordKind]:
            with parts.store.begin() as uow:  # waits for ever if the asker holds the lock
                uow.commit()
            return frozenset()

        def differences(
            self, kind: RecordKind, before: Sequence[Record | None], after: Sequence[Record]
        ) -> Sequence[tuple[HistoryEvent, ...]]:
            return [() for _ in after]

    asking = Asking(desk.rows)
    around = Parts(parts.settings, parts.store, {"desk": asking}, parts.out)
    assert pull(around, "desk", START).landed == 9


def test_a_second_pull_reads_and_lands_nothing_again(desk: Desk, tmp_path: Path) -> None:
    first = of(pulled(desk, tmp_path), INCIDENT)
    assert (first.read, first.new, first.changed, first.landed) == (5, 5, 0, 5)
    again = of(pulled(desk, tmp_path), INCIDENT)
    assert (again.read, again.new, again.changed, again.landed) == (0, 0, 0, 0)
