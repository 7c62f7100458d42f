"""The register in the browser: what it shows to whom, and what can be done there by whom."""

import re
from datetime import date

import pytest

from itsm.journal import JournalKind
from itsm.register import Origin, RegisterState
from itsm.register_parts import EntryTask, TaskStatus
from review_app.identity.actors import Actor
from store import Store
from tests.review_app.desk import Visitor, candidate, incident, land, members_of, mine
from tests.review_app.office import (
    ADA,
    ANNA,
    HOSTILE,
    OTTO,
    SVEN,
    TRUSTED,
    VERA,
    Office,
    improvement,
    owned,
    register,
)


def order(page: str) -> list[str]:
    """The numbers of the entries of a table, in order."""
    return re.findall(r'href="/register/(CSI-\d+)" data-row', page)


class TestTable:
    def test_an_empty_register_says_how_it_fills(self, store: Store) -> None:
        page = Office(store).read("/register")
        assert "The register is empty" in page
        assert 'href="/register/new"' in page

    def test_entries_stand_by_rank_with_their_gaps_last(self, store: Store) -> None:
        graded = {"impact": 4, "urgency": 4, "risk": 4, "effort": 1}
        entries = [
            improvement("CSI-0001"),
            improvement("CSI-0002", **graded),
            improvement("CSI-0003", is_regulatory=True),
        ]
        register(store, entries)
        assert order(Office(store).read("/register")) == ["CSI-0003", "CSI-0002", "CSI-0001"]

    @pytest.mark.parametrize(
        ("query", "found"),
        [
            ("q=printer", ["CSI-0002"]),
            ("q=csi-0002+printer", ["CSI-0002"]),
            ("state=assess", ["CSI-0003"]),
            ("service=Payroll", ["CSI-0002"]),
            ("owner=anna", ["CSI-0003"]),
            ("origin=audit", ["CSI-0002"]),
            ("show=ended", ["CSI-0004"]),
            ("show=all", ["CSI-0001", "CSI-0002", "CSI-0003", "CSI-0004"]),
            ("q=nothing+like+it", []),
            ("sort=title&order=desc&show=all", ["CSI-0001", "CSI-0003", "CSI-0004", "CSI-0002"]),
        ],
    )
    def test_filters_search_and_order_are_in_the_address(
        self, store: Store, query: str, found: list[str]
    ) -> None:
        entries = [
            improvement("CSI-0001"),
            improvement("CSI-0002", title="A printer", service="Payroll", origin=Origin.AUDIT),
            owned("CSI-0003", title="Stop it"),
            improvement("CSI-0004", title="Ended", state=RegisterState.CANCELED),
        ]
        register(store, entries)
        assert order(Office(store).read(f"/register?{query}")) == found

    def test_the_count_proves_that_nothing_is_missing(self, store: Store) -> None:
        register(store, [improvement(f"CSI-{n:04}") for n in range(1, 121)])
        page = Office(store).read("/register?page=3")
        assert "Showing 101 to 120 of 120." in page
        assert len(order(page)) == 20
        assert len(order(Office(store).read("/register?page=99"))) == 20

    def test_a_service_owner_sees_their_own_and_how_many_are_not_shown(self, store: Store) -> None:
        register(store, [improvement("CSI-0001"), improvement("CSI-0002", service="Payroll")])
        page = Office(store, SVEN).read("/register")
        assert order(page) == ["CSI-0002"]
        assert "1 of other services is not shown to you" in page
        assert "VPN drops CSI-0001" not in page

    def test_what_stands_still_is_pointed_out(self, store: Store) -> None:
        register(store, [owned(next_review_on=date(2026, 11, 1))])
        page = Office(store).read("/register?show=late")
        assert "its review of 2026-11-01 is late" in page


class TestBoard:
    def test_a_card_stands_in_the_column_of_its_state(self, store: Store) -> None:
        register(store, [owned()])
        lane = Office(store).read("/register/board").split('aria-labelledby="lane-assess"')[1]
        assert "CSI-0001" in lane.split("</section>")[0]

    def test_a_card_moves_by_a_form_with_a_reason(self, store: Store) -> None:
        register(store, [owned()])
        office = Office(store)
        assert 'action="/register/CSI-0001/move"' in office.read("/register/board")
        sent = {"to": "canceled", "seen": "1", "reason": "done elsewhere"}
        assert office.send("/register/CSI-0001/move", sent).status_code == 303
        assert office.entry().state is RegisterState.CANCELED


class TestEntry:
    def test_it_shows_what_it_holds_by_group(self, store: Store) -> None:
        register(store, [improvement(justification="Costs us 40 hours a week", effort_days=3.5)])
        page = Office(store).read("/register/CSI-0001")
        for text in ("Costs us 40 hours a week", "Effort in days", "3.5", "Pia", "pia"):
            assert text in page or text == "Pia"

    def test_moves_that_are_refused_say_why(self, store: Store) -> None:
        register(store, [owned()])
        page = Office(store).read("/register/CSI-0001")
        assert "the approval is missing in round 1" in page
        assert 'name="to" value="canceled"' in page
        assert 'name="to" value="approved"' not in page

    def test_an_entry_that_is_not_there_is_not_there(self, store: Store) -> None:
        answer = Office(store).ask("/register/CSI-9999")
        assert answer.status_code == 404
        assert "Nothing here" in answer.text

    def test_an_entry_of_another_service_sounds_the_same(self, store: Store) -> None:
        register(store, [improvement()])
        hidden = Office(store, SVEN).ask("/register/CSI-0001")
        missing = Office(store, SVEN).ask("/register/CSI-9999")
        assert (hidden.status_code, missing.status_code) == (404, 404)
        assert hidden.text.replace("CSI-0001", "") == missing.text.replace("CSI-9999", "")

    def test_the_journal_tells_its_history_with_names_and_changes(self, store: Store) -> None:
        register(store, [owned()])
        office = Office(store)
        sent = {"seen": "1", "title": "Another title", "reason": "said more plainly"}
        office.send("/register/CSI-0001/edit", sent)
        story = office.read("/register/CSI-0001").split('id="story"')[1]
        assert "Anna Berg" in story
        assert "said more plainly" in story
        assert "<bdi>Stop the VPN drops CSI-0001</bdi> → <bdi>Another title</bdi>" in story

    def test_the_candidate_it_came_from_is_linked(self, store: Store) -> None:
        one = candidate("PC-aa")
        mine(store, "2026-W46", [one])
        register(store, [improvement(origin=Origin.MINED_CANDIDATE, origin_record="PC-aa")])
        page = Office(store).read("/register/CSI-0001")
        assert 'href="/candidates/PC-aa"' in page
        assert "Incidents a week of its candidate" in page

    def test_text_that_may_quote_a_restricted_record_is_not_shown(self, store: Store) -> None:
        one = candidate("PC-aa")
        mine(store, "2026-W46", [one])
        land(store, [*members_of(one)[1:], incident("PC-aa-0", restricted=True)])
        given = {"origin": Origin.MINED_CANDIDATE, "origin_record": "PC-aa"}
        register(store, [improvement(title="Quotes a secret", **given)])
        for path in ("/register", "/register/board", "/register/CSI-0001"):
            page = Office(store, ANNA).read(path)
            assert "Quotes a secret" not in page
            assert "Home workers lose" not in page
            assert "restricted" in page
        assert "Quotes a secret" not in Office(store, ANNA).read("/register/CSI-0001/edit")
        assert "Quotes a secret" in Office(store, TRUSTED).read("/register/CSI-0001")

    def test_hostile_text_is_shown_as_text(self, store: Store) -> None:
        task = EntryTask(
            task_id="T1", title=HOSTILE[:-1], owner=HOSTILE[:-1], due_on=date(2026, 1, 1)
        )
        texts = dict.fromkeys(("title", "description", "notes", "service"), HOSTILE[:-1])
        register(store, [improvement(**texts, tasks=(task,), coordinator="x")])
        for path in (
            "/register",
            "/register/board",
            "/register/CSI-0001",
            "/register/CSI-0001/edit",
        ):
            page = Office(store).read(path)
            assert "<script>alert" not in page
            assert "\u202e" not in page
            assert ">49" not in page


class TestActing:
    def test_accepting_takes_an_owner_and_a_review_along(self, store: Store) -> None:
        register(store, [improvement()])
        office = Office(store)
        assert 'name="coordinator"' in office.read("/register/CSI-0001")
        sent = {"to": "accepted", "seen": "1", "reason": "worth it", "coordinator": "anna"}
        refused = office.send("/register/CSI-0001/move", sent)
        assert refused.status_code == 422
        assert "next review date" in refused.text
        assert office.entry().version == 1, "nothing is half written"
        done = office.send("/register/CSI-0001/move", {**sent, "next_review_on": "2026-12-24"})
        assert done.headers["location"] == "/register/CSI-0001?done=move"
        kept = office.entry()
        assert (kept.state, kept.coordinator) == (RegisterState.ACCEPTED, "anna")
        with store.look() as uow:
            kinds = [row.kind for row in uow.journal.rows(subject="CSI-0001")]
        assert kinds[-2:] == [JournalKind.EDIT, JournalKind.TRANSITION]

    def test_every_move_takes_a_reason(self, store: Store) -> None:
        register(store, [owned()])
        office = Office(store)
        answer = office.send("/register/CSI-0001/move", {"to": "canceled", "seen": "1"})
        assert answer.status_code == 422
        assert "say why it goes to canceled" in answer.text

    def test_on_an_old_version_it_shows_what_changed_and_keeps_what_was_typed(
        self, store: Store
    ) -> None:
        register(store, [owned()])
        office = Office(store)
        office.send("/register/CSI-0001/edit", {"seen": "1", "title": "Another title"})
        sent = {"to": "canceled", "seen": "1", "reason": "typed with care"}
        answer = office.send("/register/CSI-0001/move", sent)
        assert answer.status_code == 409
        assert "What changed since you looked" in answer.text
        assert "Another title" in answer.text
        assert "typed with care" in answer.text
        assert office.entry().state is RegisterState.ASSESS

    def test_four_eyes_hold_for_the_proposer(self, store: Store) -> None:
        register(store, [owned(raised_by="otto")])
        page = Office(store, OTTO).read("/register/CSI-0001")
        assert "otto proposed it and does not approve it" in page
        sent = {"said": "approved", "seen": "1", "reason": "fine"}
        answer = Office(store, OTTO).send("/register/CSI-0001/answer", sent)
        assert answer.status_code == 403
        assert not Office(store).entry().approvals

    def test_an_approver_approves_and_the_manager_moves(self, store: Store) -> None:
        register(store, [owned()])
        sent = {"said": "approved", "seen": "1", "reason": "fine"}
        assert Office(store, OTTO).send("/register/CSI-0001/answer", sent).status_code == 303
        sent = {"to": "approved", "seen": "2", "reason": "all agree"}
        assert Office(store, ANNA).send("/register/CSI-0001/move", sent).status_code == 303
        page = Office(store).read("/register/CSI-0001")
        assert "Otto Lang" in page
        assert Office(store).entry().state is RegisterState.APPROVED

    def test_a_task_is_added_and_done(self, store: Store) -> None:
        register(store, [owned()])
        office = Office(store)
        task = {"title": "Order the part", "owner": "vera", "due_on": "2026-12-01", "seen": "1"}
        assert office.send("/register/CSI-0001/task", task).status_code == 303
        assert "Order the part" in office.read("/register/CSI-0001")
        ended = {"task_id": "T1", "status": "done", "seen": "2"}
        assert Office(store, VERA).send("/register/CSI-0001/end-task", ended).status_code == 303
        assert office.entry().tasks[0].status is TaskStatus.DONE

    def test_not_yet_keeps_its_reason(self, store: Store) -> None:
        register(store, [owned()])
        sent = {"seen": "1", "reason": "no budget before spring", "review_on": "2027-03-01"}
        Office(store).send("/register/CSI-0001/not-yet", sent)
        assert Office(store).entry().not_yet_reason == "no budget before spring"

    def test_a_field_that_cannot_be_used_is_named_and_nothing_typed_is_lost(
        self, store: Store
    ) -> None:
        register(store, [owned()])
        sent = {"seen": "1", "impact": "9", "notes": "typed with care"}
        answer = Office(store).send("/register/CSI-0001/edit", sent)
        assert answer.status_code == 422
        assert "whole number from 1 (low) to 5 (high)" in answer.text
        assert "typed with care" in answer.text

    def test_a_request_comes_in_with_its_gaps(self, store: Store) -> None:
        office = Office(store)
        assert "Title" in office.read("/register/new")
        sent = {"title": "Faster onboarding", "impact": "4", "is_regulatory": "no"}
        answer = office.send("/register/new", sent)
        assert answer.headers["location"] == "/register/CSI-0001?done=added"
        kept = office.entry()
        assert (kept.raised_by, kept.gaps) == ("anna", ("urgency", "risk", "effort"))
        again = office.send("/register/new", {"title": " ", "description": "typed with care"})
        assert again.status_code == 422
        assert "typed with care" in again.text

    @pytest.mark.parametrize("who", [VERA, ADA, SVEN])
    @pytest.mark.parametrize(
        "deed", ["move", "edit", "not-yet", "answer", "sign", "task", "end-task"]
    )
    def test_who_has_no_role_for_it_changes_nothing(
        self, store: Store, who: Actor, deed: str
    ) -> None:
        register(store, [owned(service="Payroll")])
        sent = {"to": "canceled", "seen": "1", "reason": "x", "said": "approved", "title": "x"}
        answer = Office(store, who).send(f"/register/CSI-0001/{deed}", sent)
        assert 400 <= answer.status_code < 500
        assert Office(store).entry().version == 1

    @pytest.mark.parametrize(
        "sent",
        [
            {},
            {"seen": "x"},
            {"seen": "1", "to": "nowhere"},
            {"seen": "99999999999", "to": "canceled", "reason": "x"},
            {"seen": "1", "to": "regressed", "reason": "x"},
            {"seen": "1", "to": "closed", "closure": "nonsense", "reason": "x"},
            {"seen": "1", "to": "canceled", "reason": "x" * 200_000},
        ],
    )
    def test_a_form_that_makes_no_sense_is_refused(
        self, store: Store, sent: dict[str, str]
    ) -> None:
        register(store, [owned()])
        answer = Office(store).send("/register/CSI-0001/move", sent)
        assert answer.status_code in {303, 409, 422}

    def test_there_is_no_deed_of_another_name(self, store: Store) -> None:
        register(store, [owned()])
        assert Office(store).send("/register/CSI-0001/erase", {"seen": "1"}).status_code == 404

    def test_a_stranger_of_this_machine_looks_and_no_more(self, store: Store) -> None:
        register(store, [owned()])
        visitor = Visitor(store)
        assert "Log in to act" in visitor.read("/register/CSI-0001")
        assert visitor.send("/register/CSI-0001/move", {"seen": "1"}).status_code == 403


def test_entries_that_resemble_each_other_are_pointed_out(store: Store) -> None:
    same = "Stop the invoice printer jams in Leeds"
    entries = [improvement("CSI-0001", title=same), improvement("CSI-0002", title=f"{same} again")]
    register(store, [*entries, improvement("CSI-0003", title="Something else", service=None)])
    page = Office(store).read("/register/CSI-0001")
    assert 'href="/register/CSI-0002"' in page
    assert "CSI-0003" not in page


class TestUndo:
    def test_what_one_did_last_is_taken_back_and_both_stay_told(self, store: Store) -> None:
        register(store, [owned()])
        office = Office(store)
        before = office.entry()
        office.send("/register/CSI-0001/edit", {"title": "Another", "seen": "1"})
        page = office.read("/register/CSI-0001")
        assert "Take back your last change" in page
        office.send("/register/CSI-0001/undo", {"seen": "2"})
        after = office.entry()
        assert after.title == before.title and after.version == 3
        page = office.read("/register/CSI-0001?done=undo")
        assert "What you did last is taken back." in page and "took back version 2" in page
        office.send("/register/CSI-0001/undo", {"seen": "3"})
        assert office.entry().title == "Another", "an undo can be taken back, too"
        with store.begin() as uow:
            assert uow.audit.verify() == ()

    def test_a_transition_goes_back_to_the_state_it_came_from(self, store: Store) -> None:
        register(store, [owned()])
        office = Office(store)
        sent = {"to": "canceled", "reason": "a mistake", "seen": "1"}
        assert office.send("/register/CSI-0001/move", sent).status_code == 303
        office.send("/register/CSI-0001/undo", {"seen": "2", "reason": "it was another one"})
        entry = office.entry()
        assert (entry.state, entry.closed_on) == (RegisterState.ASSESS, None)
        with store.begin() as uow:
            row = uow.journal.rows(subject="CSI-0001")[-1]
        assert row.kind == JournalKind.TRANSITION
        assert (row.facts["from"], row.facts["to"]) == ("canceled", "assess")

    def test_nobody_takes_back_what_somebody_else_has_done(self, store: Store) -> None:
        register(store, [owned()])
        Office(store).send("/register/CSI-0001/edit", {"title": "Another", "seen": "1"})
        otto = Office(store, OTTO)
        assert "Take back your last change" not in otto.read("/register/CSI-0001")
        answer = otto.send("/register/CSI-0001/undo", {"seen": "2"})
        assert answer.status_code == 403
        assert "only anna takes that back" in answer.text
        assert otto.entry().title == "Another"

    def test_a_proposal_is_canceled_and_not_taken_back(self, store: Store) -> None:
        register(store, [improvement(raised_by="anna")])
        answer = Office(store).send("/register/CSI-0001/undo", {"seen": "1"})
        assert answer.status_code == 422 and "cancel it instead" in answer.text

    def test_what_was_changed_meanwhile_is_not_taken_back(self, store: Store) -> None:
        register(store, [owned()])
        office = Office(store)
        office.send("/register/CSI-0001/edit", {"title": "Another", "seen": "1"})
        office.send("/register/CSI-0001/edit", {"title": "A third", "seen": "2"})
        assert office.send("/register/CSI-0001/undo", {"seen": "2"}).status_code == 409
