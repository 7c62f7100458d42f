"""The rules of the register, walked at random by people with every role, and case by case."""

from contextlib import suppress
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from itsm.errors import RoleError, TransitionError
from itsm.proof import Effect, Hold, Proof, ProofVerdict, Spread
from itsm.register import TRANSITIONS, Origin, RegisterEntry, RegisterState
from itsm.register_edits import edited, task_ended, with_task
from itsm.register_parts import Answer, ClosureCode, TaskStatus
from itsm.register_roles import (
    PIPELINE,
    FourEyes,
    FourEyesException,
    Person,
    Role,
)
from itsm.register_rules import OWNED, Act, moved, not_yet, proposed, taken_back
from itsm.register_signing import answered, measured, verified, waived

AT = datetime(2026, 11, 16, 9, tzinfo=UTC)
TODAY = AT.date()
S = RegisterState
ANNA = Person(name="anna", roles=frozenset({Role.PROPOSER, Role.MANAGER, Role.APPROVER}))
BEN = Person(name="ben", roles=frozenset({Role.COORDINATOR, Role.MANAGER, Role.APPROVER}))
CLEO = Person(name="cleo", roles=frozenset({Role.MANAGER, Role.APPROVER, Role.AUDITOR}))
DAN = Person(name="dan", roles=frozenset({Role.STAKEHOLDER}))
PEOPLE = (ANNA, BEN, CLEO, DAN, PIPELINE)
NEW = RegisterEntry(
    number="CSI-1",
    title="Renew certificates by themselves",
    description="",
    origin=Origin.MANUAL,
    origin_record=None,
    evidence_hash=None,
    raised_at=AT,
    raised_by="anna",
)


def act(by: Person, reason: str = "because", **given: object) -> Act:
    return replace(Act(by=by, at=AT, reason=reason), **given)  # type: ignore[arg-type]


def proof(verdict: ProofVerdict) -> Proof:
    effect = Effect(
        from_at=AT,
        until_at=AT + timedelta(days=90),
        ratio=0.5,
        low=0.4,
        high=0.7,
        n_weeks=12,
        observed=20.0,
        expected=40.0,
        spread=Spread.POISSON,
        dispersion=1.0,
        p_poisson=0.5,
    )
    hold = Hold(day=90, due_on=date(2027, 2, 14), verdict=verdict, effect=effect)
    return Proof(number="CSI-1", seal="", as_of=AT, effect=effect, holds=(hold,))


def accepted() -> RegisterEntry:
    owned = edited(NEW, {"coordinator": "ben", "next_review_on": TODAY}, act(CLEO))
    return moved(owned, S.ACCEPTED, act(CLEO))


def in_review() -> RegisterEntry:
    entry = answered(moved(accepted(), S.ASSESS, act(BEN)), Answer.APPROVED, act(CLEO))
    for state in (S.APPROVED, S.IN_PROGRESS, S.REVIEW):
        entry = moved(entry, state, act(BEN))
    return entry


class Register(RuleBasedStateMachine):
    """Anybody tries anything; what the rules let through must leave a sound entry."""

    @initialize(raised_by=st.sampled_from([ANNA, BEN, CLEO]))
    def start(self, raised_by: Person) -> None:
        self.entry = proposed(NEW, act(raised_by))
        self.path = [S.NEW]
        self.regressions = 0

    def attempt(self, made: "RegisterEntry | None") -> None:
        assert made is not None
        if made.state is not self.entry.state:
            assert made.state in TRANSITIONS[self.entry.state]
            self.path.append(made.state)
        self.entry = made

    @rule(
        by=st.sampled_from(PEOPLE),
        to=st.sampled_from(list(RegisterState)),
        closure=st.sampled_from([None, *ClosureCode]),
        reason=st.sampled_from(["", "because"]),
    )
    def move(self, by: Person, to: RegisterState, closure: ClosureCode | None, reason: str) -> None:
        try:
            made = moved(self.entry, to, act(by, reason), closure=closure)
        except TransitionError:
            return
        assert reason
        assert by is not DAN
        if to is S.REGRESSED:
            assert by is PIPELINE
        self.attempt(made)

    @rule(
        by=st.sampled_from(PEOPLE),
        owner=st.sampled_from([None, "anna", "ben", "cleo"]),
        day=st.sampled_from([None, TODAY]),
        approvers=st.sampled_from([(), ("anna", "cleo"), ("ben",)]),
    )
    def edit(
        self, by: Person, owner: str | None, day: date | None, approvers: tuple[str, ...]
    ) -> None:
        values = {"coordinator": owner, "next_review_on": day, "approvers": approvers}
        with suppress(TransitionError):
            self.attempt(edited(self.entry, values, act(by)))

    @rule(by=st.sampled_from(PEOPLE), answer=st.sampled_from(list(Answer)))
    def answer(self, by: Person, answer: Answer) -> None:
        with suppress(TransitionError):
            self.attempt(answered(self.entry, answer, act(by)))

    @rule(by=st.sampled_from(PEOPLE), verdict=st.sampled_from(list(ProofVerdict)))
    def measure(self, by: Person, verdict: ProofVerdict) -> None:
        with suppress(TransitionError):
            self.attempt(measured(self.entry, proof(verdict), act(by)))

    @rule(by=st.sampled_from(PEOPLE), sign=st.sampled_from([waived, verified]))
    def sign(self, by: Person, sign: object) -> None:
        with suppress(TransitionError):
            self.attempt(sign(self.entry, act(by)))  # type: ignore[operator]  # one of two

    @rule(
        by=st.sampled_from(PEOPLE), is_new=st.booleans(), status=st.sampled_from(list(TaskStatus))
    )
    def task(self, by: Person, is_new: bool, status: TaskStatus) -> None:
        with suppress(TransitionError):
            if is_new:
                self.attempt(with_task(self.entry, "Write it", "dan", TODAY, act(by)))
            else:
                self.attempt(task_ended(self.entry, "T1", status, act(by)))

    @invariant()
    def has_owner_and_review(self) -> None:
        if self.entry.state in OWNED:
            assert self.entry.coordinator
            assert self.entry.next_review_on

    @invariant()
    def proposer_has_not_approved(self) -> None:
        for one in self.entry.approvals:
            assert one.answer is Answer.REFUSED or one.approver != self.entry.raised_by

    @invariant()
    def owner_has_not_signed_a_success(self) -> None:
        if self.entry.closure_code is not ClosureCode.SUCCESSFUL:
            return
        proven = self.entry.has_verified_benefit
        signed = self.entry.signature if proven else self.entry.waiver
        if self.entry.state is S.CLOSED:
            assert signed is not None
            assert signed.signed_by != self.entry.coordinator

    @invariant()
    def work_was_approved_in_this_round(self) -> None:
        if self.entry.state in {S.APPROVED, S.IN_PROGRESS, S.ON_HOLD, S.REVIEW}:
            assert self.entry.is_approved

    @invariant()
    def nobody_skips_the_approval(self) -> None:
        for n, state in enumerate(self.path):
            if state is S.APPROVED:
                assert self.path[n - 1] is S.ASSESS


Register.TestCase.settings = settings(max_examples=120, stateful_step_count=40, deadline=None)
TestRegister = Register.TestCase


def test_the_way_to_a_proven_end_can_be_walked() -> None:
    entry = measured(in_review(), proof(ProofVerdict.VERIFIED), act(PIPELINE))
    entry = verified(entry, act(CLEO))
    entry = moved(entry, S.CLOSED, act(ANNA, "it works"), closure=ClosureCode.SUCCESSFUL)
    assert (entry.state, entry.closed_on, entry.outcome) == (S.CLOSED, TODAY, "it works")
    again = moved(entry, S.REGRESSED, act(PIPELINE, "reopen rate is above its limit again"))
    assert again.next_review_on == TODAY
    back = moved(again, S.ASSESS, act(BEN))
    assert (back.round, back.signature, back.proof, back.closed_on) == (2, None, None, None)
    assert not back.is_approved


@pytest.mark.parametrize("verdict", sorted(set(ProofVerdict) - {ProofVerdict.VERIFIED}))
def test_only_a_verified_benefit_is_signed(verdict: ProofVerdict) -> None:
    entry = measured(in_review(), proof(verdict), act(PIPELINE))
    with pytest.raises(TransitionError, match=f"it says {verdict}"):
        verified(entry, act(CLEO))


def test_success_takes_a_proof_or_a_waiver_and_other_ends_do_not() -> None:
    entry = in_review()
    with pytest.raises(TransitionError, match="signed proof of its benefit, or a signed waiver"):
        moved(entry, S.CLOSED, act(CLEO), closure=ClosureCode.SUCCESSFUL)
    with pytest.raises(TransitionError, match="say how it ended"):
        moved(entry, S.CLOSED, act(CLEO))
    assert moved(entry, S.CLOSED, act(CLEO), closure=ClosureCode.UNSUCCESSFUL).state is S.CLOSED
    signed = waived(entry, act(CLEO, "too few incidents to measure"))
    assert moved(signed, S.CLOSED, act(ANNA), closure=ClosureCode.SUCCESSFUL).state is S.CLOSED


def test_who_signed_and_then_took_it_over_cannot_close_it() -> None:
    signed = replace(waived(in_review(), act(CLEO)), coordinator="cleo")
    with pytest.raises(TransitionError, match="cleo signed and owns it now"):
        moved(signed, S.CLOSED, act(ANNA), closure=ClosureCode.SUCCESSFUL)


def test_four_eyes_and_the_exceptions_that_are_listed() -> None:
    assess = moved(accepted(), S.ASSESS, act(BEN))
    with pytest.raises(RoleError, match=r"CSI-1: anna proposed it and does not approve it.*list"):
        answered(assess, Answer.APPROVED, act(ANNA))
    listed = FourEyesException(
        person="anna", rule=FourEyes.APPROVE_OWN, reason="only approver", until=TODAY
    )
    made = answered(assess, Answer.APPROVED, act(ANNA, exceptions=[listed]))
    assert made.approvals[0].exception == f"approve_own until {TODAY}: only approver"
    ended = replace(listed, until=TODAY - timedelta(days=1))
    with pytest.raises(RoleError, match=f"the exception ended on {ended.until}"):
        answered(assess, Answer.APPROVED, act(ANNA, exceptions=[ended]))
    other = replace(listed, rule=FourEyes.WAIVE_OWN)
    with pytest.raises(RoleError, match="anna proposed it"):
        answered(assess, Answer.APPROVED, act(ANNA, exceptions=[other]))


def test_the_owner_signs_neither_waiver_nor_verification() -> None:
    entry = measured(in_review(), proof(ProofVerdict.VERIFIED), act(PIPELINE))
    for sign in (waived, verified):
        with pytest.raises(RoleError, match="ben owns it"):
            sign(entry, act(BEN))


def test_a_refusal_holds_until_the_approver_says_otherwise() -> None:
    assess = moved(accepted(), S.ASSESS, act(BEN))
    with pytest.raises(TransitionError, match="say why it is refused"):
        answered(assess, Answer.REFUSED, act(CLEO, ""))
    refused = answered(assess, Answer.REFUSED, act(CLEO, "too dear"))
    with pytest.raises(TransitionError, match="or somebody refused"):
        moved(refused, S.APPROVED, act(CLEO))
    agreed = answered(refused, Answer.APPROVED, act(CLEO, "cheaper now"))
    assert moved(agreed, S.APPROVED, act(CLEO)).state is S.APPROVED


def test_all_named_approvers_have_to_approve() -> None:
    named = edited(accepted(), {"approvers": ("cleo", "ben")}, act(CLEO))
    assess = answered(moved(named, S.ASSESS, act(BEN)), Answer.APPROVED, act(CLEO))
    with pytest.raises(TransitionError, match="approval of cleo, ben is missing"):
        moved(assess, S.APPROVED, act(CLEO))
    with pytest.raises(RoleError, match="anna is not among its approvers: cleo, ben"):
        answered(assess, Answer.APPROVED, act(ANNA))
    both = answered(assess, Answer.APPROVED, act(BEN))
    assert moved(both, S.APPROVED, act(CLEO)).state is S.APPROVED


def test_what_was_approved_changes_in_assess_only_and_asks_again() -> None:
    approved = in_review()
    with pytest.raises(TransitionError, match="target was approved as it is"):
        edited(approved, {"target": 0.5}, act(BEN))
    back = moved(approved, S.ASSESS, act(BEN, "another goal"))
    assert (back.round, back.is_approved) == (2, False)
    assert edited(back, {"target": 0.5}, act(BEN)).target == 0.5


def test_owner_and_review_stay_once_accepted() -> None:
    with pytest.raises(TransitionError, match="name its owner first"):
        moved(NEW, S.ACCEPTED, act(CLEO))
    with pytest.raises(TransitionError, match="give its next review date first"):
        moved(replace(NEW, coordinator="ben"), S.ACCEPTED, act(CLEO))
    with pytest.raises(TransitionError, match="cannot be empty"):
        edited(accepted(), {"coordinator": None}, act(BEN))


def test_a_role_that_may_not_is_told_who_may() -> None:
    with pytest.raises(RoleError, match=r"dan may not accept \(stakeholder\); it takes: manager"):
        moved(NEW, S.ACCEPTED, act(DAN))
    with pytest.raises(RoleError, match="the pipeline alone"):
        moved(replace(NEW, state=S.CLOSED), S.REGRESSED, act(CLEO))


def test_a_proposer_keeps_to_own_entries_that_are_new() -> None:
    eve = Person(name="eve", roles=frozenset({Role.PROPOSER}))
    own = proposed(NEW, act(eve))
    assert edited(own, {"impact": 3}, act(eve)).impact == 3
    assert moved(own, S.CANCELED, act(eve)).state is S.CANCELED
    for late in (NEW, replace(own, state=S.ACCEPTED)):
        with pytest.raises(RoleError, match="own entries that are new"):
            edited(late, {"impact": 3}, act(eve))
        with pytest.raises(RoleError, match="own entries that are new"):
            moved(late, S.CANCELED, act(eve))


def test_not_yet_has_its_reason_in_plain_words() -> None:
    waiting = not_yet(NEW, act(CLEO, "the budget is spent until April"), date(2027, 4, 1))
    assert waiting.not_yet_reason == "the budget is spent until April"
    with pytest.raises(TransitionError, match="say in plain words why not yet"):
        not_yet(NEW, act(CLEO, " "), TODAY)


def test_open_tasks_keep_a_success_open() -> None:
    entry = with_task(in_review(), "Tell the desk", "dan", TODAY, act(BEN))
    entry = waived(entry, act(CLEO))
    with pytest.raises(TransitionError, match="tasks are open: T1"):
        moved(entry, S.CLOSED, act(ANNA), closure=ClosureCode.SUCCESSFUL)
    done = task_ended(entry, "T1", TaskStatus.DONE, act(DAN))
    assert done.percent == 100
    closed = moved(done, S.CLOSED, act(ANNA), closure=ClosureCode.SUCCESSFUL)
    assert closed.state is S.CLOSED


def test_ones_own_newest_change_is_taken_back_and_nothing_else() -> None:
    before = accepted()
    after = replace(moved(before, S.ASSESS, act(BEN)), version=before.version + 1)
    back = taken_back(after, before, "ben", act(BEN))
    assert (back.state, back.version) == (S.ACCEPTED, after.version)
    with pytest.raises(RoleError, match="only ben takes that back"):
        taken_back(after, before, "ben", act(CLEO))
    with pytest.raises(RoleError, match="by the pipeline"):
        taken_back(after, before, "", act(CLEO))
    with pytest.raises(TransitionError, match="cancel it instead"):
        taken_back(NEW, None, "anna", act(ANNA))


def test_what_was_measured_is_not_taken_back_but_with_the_transition_it_came_with() -> None:
    before = in_review()
    measured = replace(before, proof=proof(ProofVerdict.VERIFIED))
    with pytest.raises(TransitionError, match="is a measurement"):
        taken_back(measured, before, "cleo", act(CLEO))
    reopened = moved(measured, S.ASSESS, act(BEN))
    assert taken_back(reopened, measured, "ben", act(BEN)).proof == measured.proof
