"""What the review pages ask of the store, on both databases."""

from dataclasses import replace

from itsm.records import Quarantined, RawRecord
from itsm.states import IncidentState, RecordKind
from store import Store
from store.reviewing import Reviewing
from tests.review_app.desk import NOW, candidate, incident, land, members_of, mine

A, B = "2026-W45", "2026-W46"


def numbers(rows: object) -> list[str]:
    assert isinstance(rows, tuple)
    return [row.number for row in rows]


def test_the_newest_run_of_each_week_counts_and_the_newest_week_comes_first(store: Store) -> None:
    for run in ("M-1", "M-2"):
        mine(store, B, [candidate("PC-1")], run)
    mine(store, A, [candidate("PC-1")])
    assert [run.run_id for run in Reviewing.of(store).runs()] == ["M-2", f"M-{A}"]


def test_a_queue_has_every_candidate_with_its_count(store: Store) -> None:
    first, second = candidate("PC-1", 3), candidate("PC-2", 5)
    mine(store, A, [candidate("PC-0")])
    mine(store, B, [first, second])
    listed = Reviewing.of(store).queue(f"M-{B}")
    assert [(one.candidate, one.n_members) for one in listed] == [
        (replace(first, members=()), 3),
        (replace(second, members=()), 5),
    ]


def test_members_come_closest_first_and_page_by_page(store: Store) -> None:
    one = candidate("PC-1", 7)
    land(store, members_of(one))
    mine(store, B, [one, candidate("PC-2", 4)])
    reviewing, of = Reviewing.of(store), (f"M-{B}", "PC-1")
    assert numbers(reviewing.members(*of)) == [f"PC-1-{n}" for n in range(7)]
    assert numbers(reviewing.members(*of, first=5, n=5)) == ["PC-1-5", "PC-1-6"]
    assert numbers(reviewing.members(*of, n=2, farthest=True)) == ["PC-1-6", "PC-1-5"]
    first = reviewing.members(*of)[0]
    assert (first.title, first.people) == ("VPN drops PC-1-0", ("Jane Doe",))
    assert first.opened_at == incident("x").opened_at


def test_a_member_tells_whether_it_is_new_known_and_restricted(store: Store) -> None:
    one = candidate("PC-1", 4)
    land(store, [incident("PC-1-0"), incident("PC-1-1", restricted=True), incident("PC-1-3")])
    mine(store, A, [candidate("PC-1", 2)])
    mine(store, B, [one])
    raw = RawRecord(
        source="desk", kind=RecordKind.INCIDENT, key="PC-1-3", payload=b"{}", content_hash="x"
    )
    with store.begin() as uow:
        uow.raw.save([raw], NOW)
        uow.deletions.note([("desk", RecordKind.INCIDENT, "PC-1-3", NOW)], NOW)
        uow.commit()
    rows = Reviewing.of(store).members(f"M-{B}", "PC-1", before=f"M-{A}")
    told = [(row.is_new, row.is_known, row.restricted) for row in rows]
    assert told == [
        (False, True, False),
        (False, True, True),
        (True, False, False),
        (True, False, False),
    ]
    assert rows[3].title is None
    assert not any(row.is_new for row in Reviewing.of(store).members(f"M-{B}", "PC-1"))


def test_totals_count_what_is_missing_and_average_what_is_there(store: Store) -> None:
    mine(store, B, [candidate("PC-1", 5)])
    land(
        store,
        [
            incident("PC-1-0", handling_h=1.0, affected_users=10),
            incident("PC-1-1", handling_h=4.0, title=None, service=None),
            incident("PC-1-2", restricted=True, ci=None, resolved_at=None),
            incident("PC-1-3", state=IncidentState.UNMAPPED),
            incident("elsewhere", handling_h=99.0),
        ],
    )
    totals = Reviewing.of(store).totals(f"M-{B}", "PC-1")
    assert (totals.n, totals.n_known, totals.n_open, totals.n_restricted) == (5, 4, 1, 1)
    assert (totals.n_without_title, totals.n_without_service, totals.n_without_ci) == (1, 1, 1)
    assert (totals.n_unmapped, totals.n_handling, totals.handling_h) == (1, 2, 2.5)
    assert (totals.n_users, totals.affected_users, totals.sources) == (1, 10.0, ("desk",))


def test_totals_of_a_candidate_that_is_not_there_are_nothing(store: Store) -> None:
    totals = Reviewing.of(store).totals("M-0", "PC-1")
    assert (totals.n, totals.handling_h, totals.sources) == (0, None, ())


def test_candidates_with_a_restricted_member_are_told(store: Store) -> None:
    mine(store, B, [candidate("PC-1"), candidate("PC-2")])
    land(store, [incident("PC-1-0"), incident("PC-2-1", restricted=True)])
    reviewing = Reviewing.of(store)
    assert reviewing.restricted(f"M-{B}", ["PC-1", "PC-2"]) == {"PC-2"}
    assert reviewing.restricted(f"M-{B}", ["PC-1"]) == frozenset()
    assert reviewing.restricted(f"M-{B}", []) == frozenset()


def test_the_past_of_a_candidate_is_told_week_by_week(store: Store) -> None:
    mine(store, A, [candidate("PC-1", 4)])
    mine(store, B, [candidate("PC-1", 2), candidate("PC-2")])
    reviewing = Reviewing.of(store)
    runs = reviewing.runs()
    past = reviewing.past("PC-1", runs)
    assert [(week.week, week.n_members, week.movement) for week in past] == [
        (B, 2, "grown"),
        (A, 4, "grown"),
    ]
    assert [week.week for week in reviewing.past("PC-2", runs)] == [B]
    assert reviewing.n_left("PC-1", f"M-{B}", f"M-{A}") == 2


def test_incidents_set_aside_are_counted_by_source(store: Store) -> None:
    items = [
        Quarantined(source=source, kind=kind, key=key, field="f", reason="x", remedy="y", rule="r")
        for source, kind, key in (
            ("desk", RecordKind.INCIDENT, "1"),
            ("desk", RecordKind.INCIDENT, "2"),
            ("desk", RecordKind.CHANGE, "3"),
            ("other", RecordKind.INCIDENT, "4"),
        )
    ]
    with store.begin() as uow:
        uow.quarantine.put(items, NOW)
        uow.commit()
    assert Reviewing.of(store).set_aside() == {"desk": 2, "other": 1}


def test_every_name_of_a_person_is_told_once(store: Store) -> None:
    land(
        store,
        [
            incident("1", assignee="Ann Lee"),
            incident("2", opened_by="Jane Doe", resolved_by="Bo Ek"),
            incident("3", caller=None),
        ],
    )
    assert Reviewing.of(store).people() == {"Ann Lee", "Bo Ek", "Jane Doe"}
