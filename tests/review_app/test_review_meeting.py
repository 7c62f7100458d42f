"""The weekly review, what waits for whom, and what ran."""

from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta

import pytest

from itsm.access import AppRole
from itsm.journal import JournalKind
from itsm.meetings import ActionStatus
from itsm.register_parts import EntryTask
from reports.model import Opening, Section
from review_app.identity.actors import Actor, acting_as
from store import Store
from store.push_runs import PushRun, Stop
from store.stage_runs import Outcome, StageRun
from tests.review_app.desk import Visitor, candidate, mine
from tests.review_app.office import (
    ADA,
    ANNA,
    AT,
    HOSTILE,
    OTTO,
    SVEN,
    VERA,
    WORKS,
    Office,
    improvement,
    owned,
    register,
)
from tests.review_app.test_review_packs import PAYROLL, keep, pack

ACTIONS = Section(
    id="actions", title="Last week's actions", opening=Opening(sentence="2 of 3 were done.")
)
HERE = {"week": "2026-W46", "section": "service-health"}
ACTION = {**HERE, "text": "Ask the vendor", "owner": "vera", "due_on": "2026-11-30"}


class TestMeeting:
    def test_last_weeks_actions_are_one_step_as_they_stand_now(self, store: Store) -> None:
        keep(store, pack(sections=(ACTIONS, *pack().sections)))
        office = Office(store)
        agenda = office.read("/meeting").partition('<ol class="agenda">')[2].partition("</ol>")[0]
        assert agenda.count("actions</a>") == 1 and "Service health" in agenda
        step = office.read("/meeting?week=2026-W46&section=last-week")
        assert "2 of 3 were done." in step
        assert 'rel="next" href="/meeting?week=2026-W46&amp;section=' in step

    def test_without_a_pack_it_says_how_one_is_made(self, store: Store) -> None:
        assert "csi pack" in Office(store).read("/meeting")

    def test_the_agenda_walks_the_newest_pack_step_by_step(self, store: Store) -> None:
        keep(store, pack())
        agenda = Office(store).read("/meeting")
        steps = [agenda.index(t) for t in ("Last week&#39;s actions", "Brief", "Service health")]
        assert steps == sorted(steps)
        page = Office(store).read("/meeting?week=2026-W46&section=service-health")
        assert "3 incidents were opened." in page
        assert "/rows/rows-opened" in page
        assert 'rel="prev"' in page

    def test_a_decision_and_an_action_are_taken_on_the_spot(self, store: Store) -> None:
        keep(store, pack())
        office = Office(store)
        sent = {**HERE, "text": "We stop the job on Fridays."}
        answer = office.send("/meeting/decisions", sent)
        assert answer.headers["location"].endswith("section=service-health&done=decision")
        assert office.send("/meeting/actions", ACTION).status_code == 303
        page = office.read("/meeting?week=2026-W46&section=service-health")
        assert "We stop the job on Fridays." in page
        assert "Ask the vendor" in page
        assert "1 decided, 1 to do" in office.read("/meeting?week=2026-W46")
        with store.look() as uow:
            rows = uow.journal.rows(kinds=[JournalKind.MEETING])
            assert [uow.journal.names()[row.actor] for row in rows] == ["anna", "anna"]
            assert uow.audit.verify() == ()

    def test_the_next_review_begins_with_what_was_asked(self, store: Store) -> None:
        keep(store, pack())
        keep(store, pack(week="2026-W47"))
        office = Office(store)
        office.send("/meeting/actions", ACTION)
        page = office.read("/meeting?week=2026-W47&section=last-week")
        assert "Ask the vendor" in page
        assert "from 2026-W46" in page
        late = Office(store, works=replace(WORKS, clock=lambda: AT + timedelta(days=30)))
        assert "late" in late.read("/meeting?week=2026-W47&section=last-week")

    def test_the_owner_closes_an_action_and_others_do_not(self, store: Store) -> None:
        keep(store, pack())
        Office(store).send("/meeting/actions", ACTION)
        sent = {**HERE, "status": "done", "seen": "1", "said": "they answered"}
        assert Office(store, OTTO).send("/meeting/actions/A1", sent).status_code == 403
        assert Office(store, VERA).send("/meeting/actions/A1", sent).status_code == 303
        with store.look() as uow:
            kept = uow.meetings.action("A1")
        assert (kept.status, kept.said, kept.version) == (ActionStatus.DONE, "they answered", 2)
        again = Office(store, VERA).send("/meeting/actions/A1", {**sent, "status": "open"})
        assert again.status_code == 409

    @pytest.mark.parametrize(
        ("path", "sent"),
        [
            ("decisions", {**HERE, "text": " "}),
            ("decisions", {"text": "x"}),
            ("actions", {**ACTION, "owner": ""}),
            ("actions", {**ACTION, "due_on": "soon"}),
            ("actions", {**ACTION, "text": "x" * 5_000}),
            ("actions/A9", {**HERE, "status": "done", "seen": "1"}),
            ("actions/A1", {**HERE, "status": "lost", "seen": "1"}),
            ("actions/A1", {**HERE, "status": "dropped", "seen": "1"}),
            ("actions/A1", {**HERE, "status": "done", "seen": ""}),
        ],
    )
    def test_a_form_without_sense_is_refused(
        self, store: Store, path: str, sent: dict[str, str]
    ) -> None:
        keep(store, pack())
        Office(store).send("/meeting/actions", ACTION)
        answer = Office(store).send(f"/meeting/{path}", sent)
        assert answer.status_code in {404, 422}
        with store.look() as uow:
            assert len(uow.meetings.actions()) == 1
            assert not uow.meetings.decisions()

    @pytest.mark.parametrize("who", [VERA, OTTO, ADA, SVEN])
    def test_others_write_nothing_down(self, store: Store, who: Actor) -> None:
        keep(store, pack())
        for path in ("decisions", "actions"):
            assert Office(store, who).send(f"/meeting/{path}", ACTION).status_code == 403

    def test_a_service_owner_walks_their_own_pack(self, store: Store) -> None:
        keep(store, pack())
        Office(store).send("/meeting/actions", ACTION)
        Office(store).send("/meeting/decisions", {**HERE, "text": "Of all services"})
        assert "There is no pack" in Office(store, SVEN).read("/meeting?week=2026-W46")
        keep(store, pack(**PAYROLL))
        page = Office(store, SVEN).read("/meeting?week=2026-W46&section=service-health")
        assert "Of all services" not in page
        assert "Ask the vendor" not in page

    def test_hostile_text_is_shown_as_text(self, store: Store) -> None:
        keep(store, pack())
        office = Office(store)
        office.send("/meeting/decisions", {**HERE, "text": HOSTILE})
        office.send("/meeting/actions", {**ACTION, "text": HOSTILE, "owner": HOSTILE})
        for section in ("", "&section=service-health", f"&section={HOSTILE[:8]}"):
            page = office.read(f"/meeting?week=2026-W46{section}")
            assert "<script>alert" not in page
            assert "\u202e" not in page


class TestWaiting:
    def test_nothing_waits_for_somebody_without_tasks(self, store: Store) -> None:
        assert "Nothing waits for you" in Office(store, VERA).read("/waiting")
        assert "Log in to see" in Visitor(store).read("/waiting")

    def test_a_manager_sees_what_is_to_be_decided(self, store: Store) -> None:
        mine(store, "2026-W46", [candidate("PC-a"), candidate("PC-b")])
        register(store, [improvement()])
        name = keep(store, pack())
        page = Office(store).read("/waiting")
        assert 'href="/" data-row>Candidates to decide on' in page
        assert 'href="/register?state=new"' in page
        assert f'href="/packs/{name}#release"' in page

    def test_an_approver_is_asked_until_they_have_answered(self, store: Store) -> None:
        register(store, [owned(), owned("CSI-0002", approvers=("olga",))])
        page = Office(store, OTTO).read("/waiting")
        assert 'href="/register/CSI-0001#approval"' in page
        assert "CSI-0002" not in page
        sent = {"said": "approved", "seen": "1", "reason": "fine"}
        Office(store, OTTO).send("/register/CSI-0001/answer", sent)
        assert "Nothing waits for you" in Office(store, OTTO).read("/waiting")

    def test_tasks_and_actions_wait_for_their_owner_the_late_first(self, store: Store) -> None:
        soon, late = date(2026, 11, 28), date(2026, 11, 1)
        tasks = (
            EntryTask(task_id="T1", title="Secret", owner="vera", due_on=soon),
            EntryTask(task_id="T2", title="Secret", owner="vera", due_on=late),
            EntryTask(task_id="T3", title="Secret", owner="vera", due_on=date(2027, 5, 1)),
        )
        register(store, [owned(tasks=tasks)])
        keep(store, pack())
        Office(store).send("/meeting/actions", ACTION)
        page = Office(store, VERA).read("/waiting")
        assert page.index("CSI-0001 T2") < page.index("CSI-0001 T1")
        assert "A1" in page
        assert "T3" not in page
        assert "Secret" not in page, "the list may go out by mail"

    def test_what_is_of_another_service_does_not_wait(self, store: Store) -> None:
        one = acting_as("anna", "Anna", [AppRole.PROBLEM_MANAGER], services=["Payroll"])
        register(store, [owned(next_review_on=date(2026, 11, 1))])
        assert "CSI-0001" in Office(store, ANNA).read("/waiting")
        assert "CSI-0001" not in Office(store, one).read("/waiting")


@dataclass(frozen=True)
class Standing:
    """A stage as the installation judges it."""

    stage: str
    source: str
    run: StageRun | None
    expected_within_h: float | None
    is_late: bool


class TestRuns:
    def test_without_runs_it_says_what_runs(self, store: Store) -> None:
        page = Office(store).read("/runs")
        assert "Nothing has run yet" in page
        assert "Nothing is late" in page

    def test_what_ran_what_failed_and_what_is_late(self, store: Store) -> None:
        failed = StageRun(
            stage="pull",
            source="desk",
            run="R-1",
            outcome=Outcome.FAILED,
            began_at=AT,
            ended_at=AT,
            error="the desk does not answer",
        )
        with store.begin() as uow:
            uow.stage_runs.save(failed)
            uow.push_runs.save(
                PushRun(run_id="P-9", started_at=AT, finished_at=None, numbers={"done": 3})
            )
            uow.push_runs.stop(Stop(source="desk", actor="anna", reason="upgrade", at=AT))
            uow.commit()
        mine(store, "2026-W46", [candidate("PC-a")])

        def standings(_now: datetime) -> list[Standing]:
            return [
                Standing("pull", "desk", failed, 6.0, True),
                Standing("mine", "", None, None, False),
            ]

        works = replace(WORKS, standings=standings, prefect="https://prefect.example/runs")
        page = Office(store, VERA, works).read("/runs")
        for text in ("1 stage is late", "the desk does not answer", "did not end", "3 done"):
            assert text in page
        for text in ("upgrade", "2026-W46", 'href="https://prefect.example/runs"', "not expected"):
            assert text in page
        assert "the desk does not answer" in Office(store).read("/runs")

    def test_an_address_that_is_none_is_no_link(self, store: Store) -> None:
        works = replace(WORKS, prefect="javascript:alert(1)")
        assert "javascript:" not in Office(store, works=works).read("/runs")
