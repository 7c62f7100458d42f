"""Code tables: a code means what the table says, or nothing."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from itsm.errors import TransitionError, UnknownCodeError
from itsm.register import TRANSITIONS, RegisterState, check_transition
from itsm.states import (
    OPEN_INCIDENT_STATES,
    UNMAPPED,
    WAITING_INCIDENT_STATES,
    CodeTable,
    IncidentState,
)

TABLE = CodeTable(
    "incident state",
    {"1": IncidentState.NEW, "In Progress": IncidentState.IN_PROGRESS},
    IncidentState.UNMAPPED,
)


@pytest.mark.parametrize("code", ["In Progress", "in progress", "  IN PROGRESS\t"])
def test_case_and_blanks_around_a_code_do_not_matter(code: str) -> None:
    assert TABLE.meaning(code) is IncidentState.IN_PROGRESS
    assert TABLE.meaning_or_unmapped(code) is IncidentState.IN_PROGRESS


@given(st.text())
def test_a_code_nobody_explained_never_gets_a_meaning(code: str) -> None:
    if code.strip().casefold() in {"1", "in progress"}:
        return
    assert TABLE.meaning_or_unmapped(code) is IncidentState.UNMAPPED
    with pytest.raises(UnknownCodeError) as caught:
        TABLE.meaning(code, record="INC7")
    assert (caught.value.table, caught.value.code) == ("incident state", code)
    assert str(caught.value).startswith("INC7: incident state: ")


def test_a_company_s_own_codes_win() -> None:
    extended = TABLE.extended(
        {"42": IncidentState.AWAITING_VENDOR, "IN PROGRESS ": IncidentState.NEW}
    )
    assert extended.meaning("42") is IncidentState.AWAITING_VENDOR
    assert extended.meaning("In Progress") is IncidentState.NEW
    assert extended.meaning("1") is IncidentState.NEW
    assert TABLE.meaning("In Progress") is IncidentState.IN_PROGRESS


def test_the_last_extension_wins_whatever_its_case() -> None:
    twice = TABLE.extended({"DONE": IncidentState.RESOLVED}).extended(
        {"done": IncidentState.CLOSED}
    )
    assert (
        twice.extended({"Done": IncidentState.CANCELED}).meaning("done") is IncidentState.CANCELED
    )
    assert twice.meaning("DONE") is IncidentState.CLOSED
    other = TABLE.extended({"1 ": IncidentState.CLOSED}).extended({"1": IncidentState.RESOLVED})
    assert other.meaning("1") is IncidentState.RESOLVED


def test_every_state_is_open_or_over_or_not_known() -> None:
    over = {IncidentState.RESOLVED, IncidentState.CLOSED, IncidentState.CANCELED}
    assert OPEN_INCIDENT_STATES | over | {IncidentState.UNMAPPED} == set(IncidentState)
    assert WAITING_INCIDENT_STATES < OPEN_INCIDENT_STATES
    assert IncidentState.UNMAPPED == UNMAPPED


def test_an_entry_of_the_register_goes_only_where_the_rules_allow() -> None:
    for old in RegisterState:
        for new in RegisterState:
            if new in TRANSITIONS[old]:
                check_transition("CSI-1", old, new)
            else:
                with pytest.raises(TransitionError, match=f"CSI-1: {old} -> {new}"):
                    check_transition("CSI-1", old, new)


def test_an_open_entry_can_be_canceled_and_a_closed_one_stays_closed() -> None:
    ended = {RegisterState.CLOSED, RegisterState.CANCELED}
    for state in RegisterState:
        assert (RegisterState.CANCELED in TRANSITIONS[state]) == (state not in ended)
    assert TRANSITIONS[RegisterState.CLOSED] == {RegisterState.REGRESSED}
    assert not TRANSITIONS[RegisterState.CANCELED]


def test_work_that_was_approved_may_go_back_to_be_assessed_again() -> None:
    back = {state for state in RegisterState if RegisterState.ASSESS in TRANSITIONS[state]}
    assert back == {
        RegisterState.ACCEPTED,
        RegisterState.APPROVED,
        RegisterState.IN_PROGRESS,
        RegisterState.REVIEW,
        RegisterState.REGRESSED,
    }
