"""What stands around a candidate, and what was decided on it, on both databases."""

from datetime import timedelta

import pytest

from itsm.decisions import Action, IncidentRef
from itsm.doubts import Doubts, NearMiss
from itsm.records import Change
from itsm.states import ChangeState, ChangeType, IncidentState, RecordKind
from itsm.surroundings import Service
from store import Store
from store.reviewing import FEW, Reviewing
from tests.review_app.deciders import Decider
from tests.review_app.desk import NOW, candidate, incident, land, mine

RUN, WEEK = "M-2026-W46", "2026-W46"
PLACE = {"service": "Remote access"}
SEEN = (NOW - timedelta(days=20), NOW)


def test_impact_counts_beside_how_many_say_so(store: Store) -> None:
    mine(store, WEEK, [candidate("PC-1", 4)])
    opened = NOW - timedelta(hours=30)
    land(
        store,
        [
            incident("PC-1-0", sla_met=False, affected_users=7, reassignment_count=3, priority=1),
            incident("PC-1-1", sla_met=True, reopen_count=2, handling_h=1.5, opened_at=opened),
            incident("PC-1-2", is_major=True, vendor="Acme", resolved_at=None, affected_users=1),
        ],
    )
    found = Reviewing.of(store).impact(RUN, "PC-1")
    assert (found.n, found.n_sla, found.n_breached) == (4, 2, 1)
    assert (found.users, found.n_users) == (8, 2)
    assert (found.passes, found.n_passed) == (3, 1)
    assert (found.n_reopened, found.n_reopen) == (1, 1)
    assert (found.n_major, found.n_urgent, found.n_vendor) == (1, 1, 1)
    assert (found.handling_h, found.n_handling) == (1.5, 1)
    assert found.n_resolved == 2 and found.resolution_h == pytest.approx(72 + 30)


def test_facts_and_sights_hold_every_member_the_best_fitting_first(store: Store) -> None:
    mine(store, WEEK, [candidate("PC-1", 3)])
    land(store, [incident("PC-1-0", ci=None, restricted=True), incident("PC-1-1", location="lon")])
    reads = Reviewing.of(store)
    facts = reads.facts(RUN, "PC-1")
    assert [fact.ref.number for fact in facts] == ["PC-1-0", "PC-1-1", "PC-1-2"]
    assert "ci" not in facts[0].fields and facts[1].fields["location"] == "lon"
    assert facts[2].fields == {} and facts[2].opened_at is None
    assert len(reads.facts(RUN, "PC-1", 2)) == 2
    assert reads.sights(RUN, "PC-1") == (
        ("desk", "PC-1-0", "Remote access", True),
        ("desk", "PC-1-1", "Remote access", False),
        ("desk", "PC-1-2", None, False),
    )
    keys = [("desk", "PC-1-0"), ("desk", "none")]
    assert reads.seen_by(keys) == {("desk", "PC-1-0"): ("Remote access", True)}
    assert reads.seen_by([]) == {}


def test_near_misses_are_at_the_same_place_and_time_and_share_two_words(store: Store) -> None:
    mine(store, WEEK, [candidate("PC-1", 1), candidate("PC-2", 1)])
    far = NOW - timedelta(days=90)
    land(
        store,
        [
            incident("PC-1-0", title="VPN drops at home"),
            incident("PC-2-0", title="vpn DROPS again"),
            incident("A", title="VPN drops 100% of the time"),
            incident("B", title="VPN is slow"),
            incident("C", title="VPN drops", service="Mail", ci="x"),
            incident("D", title="VPN drops", opened_at=far),
            incident("E", title="VPN drops", state=IncidentState.CANCELED),
            incident("F", title=None),
        ],
    )
    reads = Reviewing.of(store)
    found = reads.near(RUN, "PC-1", PLACE, ("vpn", "drops", "home"), SEEN)
    assert [(one.number, one.candidate_id) for one in found] == [("A", None), ("PC-2-0", "PC-2")]
    assert found[0].people == ("Jane Doe",)
    wild = reads.near(RUN, "PC-1", PLACE, ("vpn", "100%"), SEEN)
    assert [one.number for one in wild] == ["A"], "a sign of LIKE is a letter like others"
    assert reads.near(RUN, "PC-1", {}, ("vpn", "drops"), SEEN) == ()
    assert reads.near(RUN, "PC-1", PLACE, ("vpn",), SEEN) == ()


@pytest.mark.parametrize("n", [1, FEW + 5])
def test_restricted_candidates_are_found_whether_few_are_or_many(store: Store, n: int) -> None:
    mine(store, WEEK, [candidate("PC-1", 2), candidate("PC-2", 2), candidate("PC-3", 2)])
    land(store, [incident(f"X-{k}", restricted=True) for k in range(n - 1)])
    land(store, [incident("PC-2-1", restricted=True), incident("PC-1-0")])
    reads = Reviewing.of(store)
    assert reads.restricted(RUN, ["PC-1", "PC-2", "PC-3"]) == {"PC-2"}
    assert reads.restricted(RUN, ["PC-1"]) == frozenset()


def test_records_services_sources_and_doubts_are_read_by_their_names(store: Store) -> None:
    mine(store, WEEK, [candidate("PC-1", 2)])
    doubts = Doubts(
        candidate_id="PC-1", near=(NearMiss(source="desk", number="A", score=0.4, why="x"),)
    )
    change = Change(
        source="desk",
        number="CHG1",
        opened_at=NOW,
        state=ChangeState.CLOSED,
        state_code="3",
        type=ChangeType.NORMAL,
        type_code="normal",
        title="New radius",
    )
    with store.begin() as uow:
        uow.records.save([Service(source="desk", number="S1", name="Mail", criticality=2)])
        uow.records.save([change])
        uow.doubts.save(RUN, [doubts])
        uow.commit()
    reads = Reviewing.of(store)
    held = reads.records(RecordKind.CHANGE, ["desk"], ["CHG1", "CHG2"])
    assert list(held) == ["CHG1"] and held["CHG1"]["title"] == "New radius"
    assert reads.records(RecordKind.CHANGE, ["desk"], []) == {}
    assert reads.criticality(["Mail", "Other"]) == {"Mail": 2}
    assert reads.sources(RUN) == {"PC-1": ("desk",)}
    assert reads.doubts(RUN, "PC-1") == doubts and reads.doubts(RUN, "PC-2") is None


def test_decisions_are_read_from_where_one_left_off_with_what_they_caused(store: Store) -> None:
    one = candidate("PC-1", 2)
    mine(store, WEEK, [one, candidate("PC-2", 2)])
    land(store, [incident(member.number) for member in one.members])
    ann, reads = Decider(store), Reviewing.of(store)
    assert reads.last_decision() == 0 and reads.decisions_after(0) == ()
    ann.send("/decide?action=accept&on=PC-1", with_entry="1")
    ann.send("/decide?action=snooze&on=PC-2")
    assert reads.last_decision() == 2
    ((sequence, later),) = reads.decisions_after(1)
    assert (sequence, later.action, later.parts) == (2, Action.SNOOZE, ())
    accepted = reads.decisions_after(0)[0][1]
    counts = reads.fate_counts([accepted.decision_id, later.decision_id])
    assert {k: dict(v) for k, v in counts.items()} == {accepted.decision_id: {"waiting": 3}}
    assert len(reads.fates("PC-1")) == 3 and reads.fates("PC-2") == ()
    assert reads.entries_of("PC-1") == ("CSI-PC-1",)
    with store.begin() as uow:
        kept = uow.decisions.get(accepted.decision_id)
    assert kept.parts == (
        (IncidentRef(source="desk", number="PC-1-0"), IncidentRef(source="desk", number="PC-1-1")),
    )
