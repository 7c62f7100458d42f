"""Profiles, check reports, mining runs with candidates, packs and the register."""

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

from itsm.candidates import Estimate, Evidence, Life, Member, Movement, ProblemCandidate, Purity
from itsm.quality import CheckReport, ExpectationResult, Severity, SourceProfile
from itsm.register import Origin, RegisterEntry, RegisterState
from itsm.states import RecordKind
from store import MiningRun, PackSnapshot, Store, open_engine

NOW = datetime(2026, 8, 17, 12, tzinfo=UTC)
KIND = RecordKind.INCIDENT


def profile(n_records: int, newest_at: datetime | None = NOW) -> SourceProfile:
    return SourceProfile(
        source="desk",
        kind=KIND,
        n_records=n_records,
        newest_at=newest_at,
        fill_rates={"ci": 0.25},
        codes={"state": ("1", "7")},
        weekly_counts={"2026-W33": 12},
    )


def report(kind: RecordKind = KIND, source: str = "desk", n_records: int = 10) -> CheckReport:
    result = ExpectationResult(
        rule="closed_after_opened",
        title="Closed after it was opened",
        severity=Severity.QUARANTINE,
        is_met=False,
        n_checked=n_records,
        n_failed=1,
        failed=("INC1",),
    )
    return CheckReport(source=source, kind=kind, n_records=n_records, results=(result,))


def run(run_id: str = "run 1", week: str = "2026-W34", **changes: str | datetime) -> MiningRun:
    made = MiningRun(
        run_id=run_id,
        week=week,
        cutoff_at=NOW,
        mining_version="2026-08-20",
        n_incidents=3,
        input_hash="abc",
        started_at=NOW,
        finished_at=NOW + timedelta(seconds=5),
    )
    return replace(made, **changes)  # type: ignore[arg-type]  # each change fits its field


def candidate(candidate_id: str, *numbers: str) -> ProblemCandidate:
    return ProblemCandidate(
        candidate_id=candidate_id,
        statement="VPN drops for home workers – “reject”",
        members=tuple(Member(source="desk", number=n, score=0.75) for n in numbers),
        score=0.9,
        first_seen_at=NOW - timedelta(days=20),
        last_seen_at=NOW,
        weekly_counts=(0, 2, 1),
        life=Life.ACTIVE,
        evidence=(Evidence(kind="shared_terms", text="radius, reject", weight=1.5),),
        purity=(Purity(field="ci", value="lon-vpn-01", share=0.9, n=9),),
        avoidable_hours=Estimate(value=4.5, low=3, high=6, unit="hours", assumed=("handling_h",)),
        movement=Movement.GROWN,
        known_problems=("PRB1",),
    )


def pack(content_hash: str, content: bytes = b"{}", edition: str = "weekly") -> PackSnapshot:
    return PackSnapshot(
        week="2026-W34",
        edition=edition,
        content=content,
        content_hash=content_hash,
        made_at=NOW,
    )


def entry(number: str, title: str = "Replace the VPN gateway") -> RegisterEntry:
    return RegisterEntry(
        number=number,
        title=title,
        description="It drops sessions each Monday.",
        origin=Origin.MINED_CANDIDATE,
        origin_record="C-1",
        evidence_hash="def",
        raised_at=NOW,
        raised_by="pipeline",
        state=RegisterState.NEW,
        impact=4,
        base_value=12.5,
        next_review_on=date(2026, 9, 1),
    )


class TestProfiles:
    def test_the_newest_before_a_week_is_found(self, store: Store) -> None:
        with store.begin() as uow:
            assert uow.profiles.latest("desk", KIND, before_week="2026-W34") is None
            uow.profiles.save(profile(1), "2025-W52")
            uow.profiles.save(profile(2, None), "2026-W02")
            uow.profiles.save(profile(3), "2026-W34")
            assert uow.profiles.latest("desk", KIND, before_week="2026-W34") == profile(2, None)
            assert uow.profiles.latest("desk", KIND, before_week="2026-W01") == profile(1)
            assert uow.profiles.latest("other", KIND, before_week="2026-W34") is None

    def test_a_week_run_again_replaces_its_own(self, store: Store) -> None:
        with store.begin() as uow:
            uow.profiles.save(profile(1), "2026-W33")
            uow.profiles.save(profile(2), "2026-W33")
            assert uow.profiles.latest("desk", KIND, before_week="2026-W34") == profile(2)


class TestChecks:
    def test_reports_come_back_in_order(self, store: Store) -> None:
        reports = [report(RecordKind.INCIDENT), report(RecordKind.CHANGE), report(source="alpha")]
        with store.begin() as uow:
            uow.checks.save("2026-W34", reports)
            assert uow.checks.list("2026-W34") == (reports[2], reports[1], reports[0])
            assert uow.checks.list("2026-W33") == ()

    def test_a_week_run_again_leaves_no_report_of_a_kind_that_is_gone(self, store: Store) -> None:
        other = report(source="other")
        with store.begin() as uow:
            uow.checks.save("2026-W34", [report(RecordKind.CHANGE), report(), other])
            uow.checks.save("2026-W34", [report(n_records=11)])
            assert uow.checks.list("2026-W34") == (report(n_records=11), other)


class TestMining:
    def test_candidates_come_back_in_their_order_with_their_members(self, store: Store) -> None:
        candidates = (candidate("z", "3", "1"), candidate("a", "2"), candidate("empty"))
        with store.begin() as uow:
            uow.mining.save(run(), candidates)
            assert uow.mining.run("run 1") == run()
            assert uow.mining.candidates("run 1") == candidates
            said = tuple((c.candidate_id, c.statement, c.members) for c in candidates)
            assert uow.mining.held("run 1") == said
            assert uow.mining.run("another") is None
            assert uow.mining.candidates("another") == ()

    def test_the_same_run_saved_again_replaces_everything_of_it(self, store: Store) -> None:
        with store.begin() as uow:
            uow.mining.save(run(), [candidate("a", "1", "2"), candidate("b", "3")])
            uow.mining.save(run(), [candidate("a", "2")])
            uow.commit()
        with store.begin() as uow:
            assert uow.mining.candidates("run 1") == (candidate("a", "2"),)

    def test_every_candidate_that_was_ever_shown_is_known_up_to_a_week(self, store: Store) -> None:
        with store.begin() as uow:
            uow.mining.save(run("old", "2026-W30"), [candidate("a", "1"), candidate("b", "2")])
            uow.mining.save(run("new", "2026-W34"), [candidate("b", "2"), candidate("c", "3")])
            uow.mining.save(run("later", "2026-W35"), [candidate("d", "4")])
            assert uow.mining.ever_seen(until_week="2026-W34") == {"a", "b", "c"}
            assert uow.mining.ever_seen(until_week="2026-W29") == frozenset()

    def test_the_same_input_under_a_new_id_leaves_one_run(self, store: Store) -> None:
        with store.begin() as uow:
            uow.mining.save(run("killed"), [candidate("a", "1", "2")])
            uow.commit()
        undisturbed = store.queries.dump()
        with store.begin() as uow:
            uow.mining.save(
                run("again", finished_at=NOW + timedelta(hours=1)), [candidate("a", "1", "2")]
            )
            uow.commit()
        assert store.queries.dump() == undisturbed
        with store.begin() as uow:
            assert uow.mining.run("killed") is None

    def test_other_input_of_the_same_week_is_another_run(self, store: Store) -> None:
        with store.begin() as uow:
            uow.mining.save(run("first"), [])
            second = run("second", input_hash="xyz", finished_at=NOW + timedelta(hours=1))
            uow.mining.save(second, [])
            assert uow.mining.latest() == second
            assert uow.mining.run("first") == run("first")

    def test_the_latest_is_of_the_newest_week(self, store: Store) -> None:
        with store.begin() as uow:
            assert uow.mining.latest() is None
            late = run("late", "2026-W33", finished_at=NOW + timedelta(days=9))
            for one in (run("now", "2026-W34"), late, run("old", "2025-W52")):
                uow.mining.save(one, [])
            assert uow.mining.latest() == run("now", "2026-W34")
            assert uow.mining.latest(before_week="2026-W34") == late
            assert uow.mining.latest(before_week="2025-W52") is None


class TestPacks:
    def test_versions_count_the_contents_that_differ(self, store: Store) -> None:
        with store.begin() as uow:
            assert uow.packs.save(pack("one", b"1")).version == 1
            assert uow.packs.save(pack("one", b"1, made again")).version == 1
            assert uow.packs.save(pack("two", b"2")).version == 2
            assert uow.packs.save(pack("one", b"1")).version == 3
            assert uow.packs.save(pack("one", edition="board")).version == 1

    def test_a_pack_that_was_given_out_never_changes(self, store: Store) -> None:
        with store.begin() as uow:
            uow.packs.save(pack("one", b"1"))
            uow.packs.save(pack("one", b"1, made again"))
            uow.packs.save(pack("two", b"2"))
            first = uow.packs.get("2026-W34", "weekly", 1)
            assert first == replace(pack("one", b"1"), version=1)
            newest = uow.packs.get("2026-W34", "weekly")
            assert newest == replace(pack("two", b"2"), version=2)
            assert uow.packs.get("2026-W34", "weekly", 9) is None
            assert uow.packs.get("2026-W33", "weekly") is None


class TestRegister:
    def test_entries_come_back_whole_and_by_number(self, store: Store) -> None:
        bare = RegisterEntry(
            number="CSI-0001",
            title="t",
            description="d",
            origin=Origin.MANUAL,
            origin_record=None,
            evidence_hash=None,
            raised_at=NOW,
            raised_by="someone",
        )
        with store.begin() as uow:
            assert uow.register.save([entry("CSI-0002"), bare]) == 2
            assert uow.register.list() == (bare, entry("CSI-0002"))

    def test_what_is_there_is_never_overwritten(self, store: Store) -> None:
        edited = replace(entry("CSI-0001", "Edited by a person"), state=RegisterState.ACCEPTED)
        with store.begin() as uow:
            uow.register.save([edited])
            assert uow.register.save([entry("CSI-0001"), entry("CSI-0002")]) == 1
            assert uow.register.list() == (edited, entry("CSI-0002"))


def test_a_dump_leaves_clocks_and_run_ids_out(new_url: Callable[[], str]) -> None:
    dumps = []
    for run_id, moment in (("one", NOW), ("two", NOW + timedelta(days=1))):
        engine = open_engine(new_url())
        store = Store(engine)
        with store.begin() as uow:
            made = run(run_id, started_at=moment, finished_at=moment)
            uow.mining.save(made, [candidate("a", "1")])
            uow.packs.save(replace(pack("hash", run_id.encode()), made_at=moment))
            uow.watermarks.set("desk", KIND, "page 1", moment)
            uow.commit()
        dumps.append((store.queries.dump(), store.queries.dump(volatile=True)))
        engine.dispose()
    (first, first_whole), (second, second_whole) = dumps
    assert first == second
    assert first_whole != second_whole
    assert "page 1" in first
    assert '"candidate_id": "a"' in first


def test_one_candidate_of_a_run_is_read_with_its_members_and_no_other(store: Store) -> None:
    wanted = candidate("PC-2", "INC3", "INC1")
    with store.begin() as uow:
        uow.mining.save(run(), [candidate("PC-1", "INC2"), wanted])
        uow.mining.save(run("run 2", "2026-W35"), [candidate("PC-2", "INC9")])
        assert uow.mining.candidate("run 1", "PC-2") == wanted
        assert uow.mining.candidate("run 1", "PC-3") is None
        assert uow.mining.candidate("run 3", "PC-1") is None
