"""Weeks whose run was missed are made good once, in order, each as of its own cut-off."""

import threading
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from flows.catching_up import make_good, missed
from flows.known_then import decisions_then, told_afterwards
from flows.reading import frame
from flows.stages.due import due
from flows.stages.pack import pack_week
from flows.subscribing import seed_subscriptions
from flows.week_making import Making, begin_week, end_week, make_week
from flows.weeks_standing import told_weeks
from flows.wiring import Parts
from itsm.clocks import ReportingWeek
from itsm.decisions import Action, ReviewDecision, identified
from itsm.packs import Release, ReleaseState
from itsm.register import Origin, RegisterEntry
from itsm.states import RecordKind
from reports.pack import pack_from_json
from store.week_runs import How, WeekRun
from tests.flows.weeks_desk import LAG, LAST, desk, incident, now, save, versions


def made_on_time(parts: Parts, week: ReportingWeek) -> None:
    """A week that was made in its own time, without the documents."""
    making = Making(How.ON_TIME, has_pdf=False)
    make_week(parts, week, week.cutoff(LAG), {}, making)


def noted(parts: Parts, week: ReportingWeek, how: How = How.ON_TIME, *, ended: bool = True) -> None:
    """A week that was made, or begun, as far as the store knows."""
    begin_week(parts, week, week.cutoff(LAG), Making(how))
    if ended:
        end_week(parts, week)


def labels(weeks: tuple[ReportingWeek, ...]) -> list[str]:
    return [one.label for one in weeks]


def runs(parts: Parts) -> dict[str, WeekRun]:
    with parts.store.look() as uow:
        return {one.week: one for one in uow.week_runs.list()}


class TestWhatWasMissed:
    def test_nothing_before_the_first_pack(self, tmp_path: Path) -> None:
        assert missed(desk(tmp_path), LAST).weeks == ()

    def test_the_weeks_since_the_newest_that_was_made(self, tmp_path: Path) -> None:
        parts = desk(tmp_path)
        noted(parts, LAST.shifted(-5))
        noted(parts, LAST.shifted(-3), How.ASKED)
        assert labels(missed(parts, LAST).weeks) == ["2026-W42", "2026-W43"]

    def test_a_week_that_a_schedule_began_and_did_not_end(self, tmp_path: Path) -> None:
        parts = desk(tmp_path)
        noted(parts, LAST.shifted(-4))
        noted(parts, LAST.shifted(-3), ended=False)
        noted(parts, LAST.shifted(-1))
        assert labels(missed(parts, LAST).weeks) == ["2026-W41", "2026-W42"]

    def test_a_week_of_the_past_that_was_begun_is_a_backfill_s(self, tmp_path: Path) -> None:
        parts = desk(tmp_path)
        noted(parts, LAST.shifted(-3), How.BACKFILL, ended=False)
        noted(parts, LAST.shifted(-1))
        assert missed(parts, LAST).weeks == ()

    def test_weeks_that_are_too_old_are_left_to_a_backfill(self, tmp_path: Path) -> None:
        parts = desk(tmp_path, "[catching_up]\nweeks = 2\n")
        noted(parts, LAST.shifted(-6))
        found = missed(parts, LAST)
        assert labels(found.weeks) == ["2026-W42", "2026-W43"]
        assert labels(found.left) == ["2026-W39", "2026-W40", "2026-W41"]
        told = list(told_weeks(parts, now()))
        assert any("csi backfill --from 2026-W39 --to" in line for line in told), told

    def test_what_a_wrong_clock_made_in_the_future_is_missed_once_it_is_right(
        self, tmp_path: Path
    ) -> None:
        parts = desk(tmp_path)
        noted(parts, LAST.shifted(-4))
        for back in (3, 2, 1):
            noted(parts, LAST.shifted(-back))
        with parts.store.begin() as uow:
            for back in (3, 2):
                uow.week_runs.end(LAST.shifted(-back).label, now() + timedelta(days=20), "digest")
            uow.commit()
        assert labels(missed(parts, LAST).weeks) == ["2026-W41", "2026-W42"]

    def test_packs_of_versions_that_noted_no_weeks_count(self, tmp_path: Path) -> None:
        parts, week = desk(tmp_path), LAST.shifted(-2)
        pack_week(parts, week, week.cutoff(LAG), None, {}, has_pdf=False)
        assert labels(missed(parts, LAST).weeks) == ["2026-W43"]


class TestMakingGood:
    def test_in_order_once_each_as_of_its_cutoff_and_marked(self, tmp_path: Path) -> None:
        parts = desk(tmp_path)
        noted(parts, LAST.shifted(-3))
        done = make_good(parts, LAST, {}, has_pdf=False)
        assert list(done.made) == ["2026-W42", "2026-W43"]
        assert done.troubles == {}
        found = runs(parts)
        for week in (LAST.shifted(-2), LAST.shifted(-1)):
            run = found[week.label]
            assert (run.how, run.made_by, run.sends) == (How.LATE, LAST.label, False)
            assert run.cutoff_at == week.cutoff(LAG)
        assert make_good(parts, LAST, {}, has_pdf=False).made == {}
        assert versions(parts) == {"2026-W42": [1], "2026-W43": [1]}
        (line,) = [one for one in told_weeks(parts, now()) if "late" in one]
        assert line == "made late: 2026-W42, 2026-W43"
        with parts.store.look() as uow:
            kept = uow.packs.by_id("2026-W43.full.v1")
        told = {one.what: one.why for one in pack_from_json(kept.content).missing}
        assert told["A run in its own time"] == (
            "The run of this week was missed. Its pack was made by the run of 2026-W44."
        )

    def test_killed_amid_a_week_and_run_again_it_is_as_if_nothing_had_happened(
        self, tmp_path: Path
    ) -> None:
        whole = desk(tmp_path / "whole")
        noted(whole, LAST.shifted(-3))
        make_good(whole, LAST, {}, has_pdf=False)

        def killing(line: str) -> None:
            if line == "pack   measuring" and "2026-W42" in versions(halted):
                raise KeyboardInterrupt

        halted = replace(desk(tmp_path / "halted"), say=killing)
        noted(halted, LAST.shifted(-3))
        with pytest.raises(KeyboardInterrupt):
            make_good(halted, LAST, {}, has_pdf=False)
        assert labels(missed(halted, LAST).weeks) == ["2026-W43"]
        assert list(make_good(replace(halted, say=whole.say), LAST, {}, has_pdf=False).made) == [
            "2026-W43"
        ]
        assert halted.store.queries.dump() == whole.store.queries.dump()

    def test_two_schedulers_make_each_week_once(self, tmp_path: Path) -> None:
        first = desk(tmp_path)
        noted(first, LAST.shifted(-3))
        second = desk(tmp_path, n=0)
        made: list[str] = []

        def run(parts: Parts) -> None:
            made.extend(make_good(parts, LAST, {}, has_pdf=False).made)

        threads = [threading.Thread(target=run, args=(parts,)) for parts in (first, second)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(120)
        assert sorted(made) == ["2026-W42", "2026-W43"]
        assert versions(first) == {"2026-W42": [1], "2026-W43": [1]}


class TestWhatWasKnownThen:
    def test_the_register_of_a_late_pack_is_that_of_its_cutoff(self, tmp_path: Path) -> None:
        parts = desk(tmp_path)
        noted(parts, LAST.shifted(-2))
        week = LAST.shifted(-1)
        entries = [
            entry("CSI-0001", week.cutoff(LAG) - timedelta(days=1)),
            entry("CSI-0002", week.cutoff(LAG) + timedelta(days=1)),
        ]
        with parts.store.begin() as uow:
            uow.register.save(entries)
            uow.commit()
        make_good(parts, LAST, {}, has_pdf=False)
        with parts.store.look() as uow:
            late = pack_from_json(uow.packs.by_id("2026-W43.full.v1").content)
        numbers = {row.number for row in late.register_rows}
        assert "CSI-0001" in numbers
        assert "CSI-0002" not in numbers

    def test_decisions_after_the_cutoff_do_not_hold_in_a_week_made_afterwards(
        self, tmp_path: Path
    ) -> None:
        parts = desk(tmp_path)
        week = LAST.shifted(-1)
        with parts.store.begin() as uow:
            for days in (-1, 1):
                uow.decisions.append(decision(week, days))
            uow.commit()
        with parts.store.look() as uow:
            assert len(decisions_then(uow, week)) == 2
        noted(parts, week, How.LATE)
        with parts.store.look() as uow:
            assert [one.reason for one in decisions_then(uow, week)] == ["day -1"]

    def test_what_has_changed_since_is_confessed_to_a_tenth(self, tmp_path: Path) -> None:
        parts = desk(tmp_path, n=20)
        save(parts, [incident(k, updated_at=now()) for k in range(14, 20)])
        noted(parts, LAST, How.BACKFILL)
        incidents = frame(parts.store, RecordKind.INCIDENT, now())
        (_, known) = told_afterwards(runs(parts)[LAST.label], incidents)
        assert known.why.startswith("About 3 in 10 incidents have changed since the cut-off")
        assert told_afterwards(None, incidents) == ()


class TestWhatIsSent:
    SETTINGS = """
[[subscriptions]]
name = "Ana"
address = "ana@example.com"
edition = "full"

[delivery]
release = "timer"
release_after_h = 0
max_age_days = 366
"""

    def sent(self, parts: Parts, week: str | None = None) -> list[str]:
        return [one.item for one in due(parts, now(), week).deliveries]

    def late_pack(self, folder: Path, *, sends: bool) -> Parts:
        more = "[catching_up]\nsends = true\n" if sends else ""
        parts = desk(folder, self.SETTINGS + more)
        seed_subscriptions(parts, LAST.shifted(-9).start_at)
        noted(parts, LAST.shifted(-2))
        make_good(parts, LAST, {}, has_pdf=False)
        by_timer = Release(
            pack_id="2026-W43.full.v1", state=ReleaseState.RELEASED, actor="", at=now(), reason=""
        )
        with parts.store.begin() as uow:
            uow.packs.decide(by_timer)
            uow.commit()
        return parts

    def test_a_late_pack_waits_for_a_person_or_the_setting(self, tmp_path: Path) -> None:
        silent = self.late_pack(tmp_path / "silent", sends=False)
        assert self.sent(silent) == []
        (why,) = due(silent, now()).waits.values()
        assert why.startswith("made afterwards")
        assert self.sent(silent, "2026-W43") == ["2026-W43.full.v1"]  # asked for by its week
        sending = self.late_pack(tmp_path / "sending", sends=True)
        assert self.sent(sending) == ["2026-W43.full.v1"]


def entry(number: str, raised_at: datetime) -> RegisterEntry:
    return RegisterEntry(
        number=number,
        title="VPN",
        description="VPN",
        origin=Origin.MANUAL,
        origin_record=None,
        evidence_hash=None,
        raised_at=raised_at,
        raised_by="problem manager",
    )


def decision(week: ReportingWeek, days: int) -> ReviewDecision:
    """A remark on a candidate, so many days after a week's cut-off."""
    return identified(
        ReviewDecision(
            action=Action.COMMENT,
            candidate_id="PC-1",
            run_id="M-1",
            actor="olga",
            at=week.cutoff(LAG) + timedelta(days=days),
            reason=f"day {days}",
        )
    )
