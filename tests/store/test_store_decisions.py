"""The journal of decisions: appended once, bound to incidents, and never changed unseen."""

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, date, datetime

import pytest

from itsm.candidates import Estimate, Life, Member, ProblemCandidate
from itsm.deciding import Reviewer, bare, merge, pin, remove, rename, split, verdict, withdraw
from itsm.decisions import Action, IncidentRef, RejectedAs, ReviewDecision, identified
from itsm.errors import StaleDecisionError, StoreError, TransitionError
from store import Store, open_engine

AT = datetime(2026, 8, 24, 9, tzinfo=UTC)
BY = Reviewer(actor="ada", at=AT, run_id="M-1", reason="seen it")


def candidate(candidate_id: str, *numbers: str) -> ProblemCandidate:
    return ProblemCandidate(
        candidate_id=candidate_id,
        statement="VPN drops",
        members=tuple(Member(source="desk", number=n, score=0.9) for n in numbers),
        score=0.9,
        first_seen_at=AT,
        last_seen_at=AT,
        weekly_counts=(len(numbers),),
        life=Life.ACTIVE,
        evidence=(),
        purity=(),
        avoidable_hours=Estimate(value=12.5, low=2, high=30, unit="h"),
        terms=("vpn", "drops"),
    )


VPN, MAIL = candidate("PC-1", "INC2", "INC1"), candidate("PC-2", "INC3", "INC4", "INC5")


def ref(number: str) -> IncidentRef:
    return IncidentRef(source="desk", number=number)


def every_action() -> list[ReviewDecision]:
    snooze = replace(bare(Action.SNOOZE, MAIL, BY), until=date(2026, 9, 1), until_new=3)
    return [
        verdict(Action.REJECT, VPN, BY, rejected_as=RejectedAs.TRAINING),
        verdict(Action.SNOOZE, MAIL, BY, given=snooze),
        merge(VPN, MAIL, BY),
        split(MAIL, [[ref("INC3")], [ref("INC5"), ref("INC4")]], BY),
        remove(MAIL, [ref("INC4")], BY),
        pin(VPN, [ref("INC9")], BY),
        rename(VPN, " VPN drops\nat noon ", BY),
    ]


def test_decisions_come_back_as_they_were_in_their_order(new_url: Callable[[], str]) -> None:
    store = Store(open_engine(new_url()))
    made = every_action()
    with store.begin() as uow:
        assert [uow.decisions.append(decision) for decision in made] == [1, 2, 3, 4, 5, 6, 7]
        uow.commit()
    with store.begin() as uow:
        assert list(uow.decisions.list()) == made
        assert uow.decisions.list("PC-2") == (made[1], made[3], made[4])
        assert uow.decisions.verify() == 7


def test_the_same_decision_sent_twice_is_one(new_url: Callable[[], str]) -> None:
    store = Store(open_engine(new_url()))
    accepted = verdict(Action.ACCEPT, VPN, BY)
    with store.begin() as uow:
        assert uow.decisions.append(accepted) == uow.decisions.append(accepted) == 1
        other = replace(VPN, members=VPN.members[::-1])
        assert uow.decisions.append(verdict(Action.ACCEPT, other, BY)) == 1, "order says nothing"
        assert len(uow.decisions.list()) == 1


def test_who_has_not_seen_the_newest_decision_is_told(new_url: Callable[[], str]) -> None:
    store = Store(open_engine(new_url()))
    later = replace(BY, actor="bob")
    with store.begin() as uow:
        uow.decisions.append(verdict(Action.ACCEPT, VPN, BY), seen=0)
        with pytest.raises(StaleDecisionError, match="PC-1 was decided on in the meantime"):
            uow.decisions.append(verdict(Action.REJECT, VPN, later), seen=0)
        with pytest.raises(StaleDecisionError):
            uow.decisions.append(merge(MAIL, VPN, later), seen=0)
        assert uow.decisions.append(verdict(Action.REJECT, VPN, later), seen=1) == 2
        assert uow.decisions.append(verdict(Action.ACCEPT, MAIL, later), seen=0) == 3


def test_a_decision_is_taken_back_once_and_only_if_it_is_there(new_url: Callable[[], str]) -> None:
    store = Store(open_engine(new_url()))
    accepted = verdict(Action.ACCEPT, VPN, BY)
    with store.begin() as uow:
        with pytest.raises(TransitionError, match="there is no decision"):
            uow.decisions.append(withdraw(accepted, BY))
        uow.decisions.append(accepted)
        uow.decisions.append(withdraw(accepted, BY))
        with pytest.raises(TransitionError, match="taken back already"):
            uow.decisions.append(withdraw(accepted, replace(BY, actor="bob")))
        assert len(uow.decisions.list()) == 2, "both stay in the journal"


@pytest.mark.parametrize(
    "damage",
    [
        "UPDATE review_decisions SET decision = replace(decision, 'seen it', 'saw it')",
        "DELETE FROM decided_incidents WHERE number = 'INC4'",
        "DELETE FROM review_decisions WHERE sequence = 3",
        "DELETE FROM review_decisions WHERE sequence = 1",
    ],
)
def test_a_change_in_the_journal_is_found(damage: str, new_url: Callable[[], str]) -> None:
    engine = open_engine(new_url())
    store = Store(engine)
    with store.begin() as uow:
        for decision in every_action():
            uow.decisions.append(decision)
        uow.commit()
    with engine.begin() as connection:
        connection.exec_driver_sql(damage)
    with store.begin() as uow, pytest.raises(StoreError, match="journal of decisions was changed"):
        uow.decisions.verify()


def lacking() -> dict[str, ReviewDecision]:
    reject = bare(Action.REJECT, VPN, BY)
    return {
        "say by whom": replace(reject, actor=" "),
        "say why": replace(reject, reason=""),
        "name the incidents": reject,
        "none of them empty": replace(
            bare(Action.MERGE, VPN, BY), parts=((ref("INC1"),), ()), other="PC-2"
        ),
        "one part only": replace(
            bare(Action.SPLIT, VPN, BY), parts=((ref("INC1"),), (ref("INC1"),))
        ),
        "name the other": replace(bare(Action.LINK, VPN, BY), parts=((ref("INC1"),),)),
        "until when": replace(bare(Action.SNOOZE, VPN, BY), parts=((ref("INC1"),),)),
        "date for its review": replace(bare(Action.ACCEPT_RISK, VPN, BY), parts=((ref("INC1"),),)),
        "what it is called": bare(Action.RENAME, VPN, BY),
        "take back": bare(Action.WITHDRAW, VPN, BY),
    }


@pytest.mark.parametrize("lack", lacking())
def test_a_decision_that_lacks_something_is_refused(lack: str) -> None:
    with pytest.raises(TransitionError, match=lack):
        identified(lacking()[lack])


def test_only_members_can_be_split_off_or_removed() -> None:
    with pytest.raises(TransitionError, match="desk/INC9 is no member"):
        split(VPN, [[ref("INC1")], [ref("INC9")]], BY)
    with pytest.raises(TransitionError, match="none of them empty"):
        remove(VPN, [ref("INC1"), ref("INC2")], BY)


def test_right_grouping_and_worth_a_problem_are_told_apart() -> None:
    said = {
        kind: verdict(Action.REJECT, VPN, BY, rejected_as=kind)
        for kind in (RejectedAs.EXPECTED_DEMAND, RejectedAs.WRONG_GROUP)
    }
    demand, wrong = said[RejectedAs.EXPECTED_DEMAND], said[RejectedAs.WRONG_GROUP]
    assert (demand.is_grouping_right, demand.is_worth_problem) == (None, False)
    assert (wrong.is_grouping_right, wrong.is_worth_problem) == (False, None)
    both = replace(bare(Action.REJECT, VPN, BY), is_grouping_right=True)
    kept = verdict(Action.REJECT, VPN, BY, rejected_as=RejectedAs.NOISE, given=both)
    assert (kept.is_grouping_right, kept.is_worth_problem) == (True, False)
