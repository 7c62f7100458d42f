"""What is ServiceNow's own about writing: clones, tables and codes, history that is denied."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from connectors.servicenow.config import ServiceNowConfig
from connectors.servicenow.write_tables import move_values, write_tables
from connectors.servicenow.writing import identity_of
from itsm.errors import ConfigError
from itsm.pushed import Remote, Standing
from itsm.pushing import IntentState, PushKind
from simulator.faults import Fault, FaultName
from tests.conformance.writer_desk import A, Desk, K, intent
from tests.conformance.writer_servicenow import ServiceNowWriterFake

GIVEN = {"url": "https://sn.invalid", "user": "csi", "password": "none"}
PROBLEMS = frozenset({"problem"})


@pytest.fixture
def fake(tmp_path: Path) -> Iterator[ServiceNowWriterFake]:
    made = ServiceNowWriterFake()
    with made.running(tmp_path):
        yield made


@pytest.mark.parametrize(
    ("told", "host", "name", "is_copy"),
    [
        ("acmeprod", "acmeprod.service-now.com", "acmeprod", False),
        ("acmeprod", "acmedev.service-now.com", "acmeprod", True),
        ("", "acmedev.service-now.com", "acmedev", False),
        ("acmeprod", "desk.acme.example", "acmeprod", False),
        ("", "desk.acme.example", "", False),
    ],
)
def test_a_clone_that_kept_the_name_of_its_original_is_known_by_its_host(
    told: str, host: str, name: str, is_copy: bool
) -> None:
    found = identity_of(told, host)
    assert (found.name, bool(found.copy_of)) == (name, is_copy)


def test_tables_columns_and_codes_of_ones_own_come_before_the_usual_ones() -> None:
    push = {
        "register_table": "u_improvement",
        "columns": {"problem": {"root_cause": "u_cause"}},
        "states": {"register_entry": {"review": "42"}, "problem": {"canceled": "9"}},
    }
    tables = write_tables(ServiceNowConfig.model_validate({**GIVEN, "push": push}))
    assert tables[PushKind.REGISTER_ENTRY].table == "u_improvement"
    assert tables[PushKind.REGISTER_ENTRY].state_of("42") == "review"
    problem = tables[PushKind.PROBLEM]
    assert problem.columns["root_cause"] == "u_cause"
    assert problem.columns["title"] == "short_description"
    there = Remote(kind=PushKind.PROBLEM, key="1", number="PRB1")
    assert move_values(problem, there, "canceled", "why") == {"state": "9", "work_notes": "why"}
    wrong = {"states": {"problem": {"floating": "9"}}}
    with pytest.raises(ConfigError, match="no state 'floating'"):
        write_tables(ServiceNowConfig.model_validate({**GIVEN, "push": wrong}))


def test_a_resolved_problem_says_what_was_done_and_a_canceled_one_why() -> None:
    problem = write_tables(ServiceNowConfig.model_validate(GIVEN))[PushKind.PROBLEM]
    there = Remote(
        kind=PushKind.PROBLEM, key="1", number="PRB1", fields={"root_cause": "an old driver"}
    )
    assert move_values(problem, there, "resolved", "driver replaced") == {
        "state": "106",
        "resolution_code": "fix_applied",
        "fix_notes": "driver replaced",
        "cause_notes": "an old driver",
    }
    canceled = move_values(problem, replace(there, fields={}), "canceled", "")
    assert canceled["resolution_code"] == "canceled"
    assert canceled["close_notes"]


def test_where_history_is_denied_an_edit_meanwhile_is_queued_without_its_value(
    fake: ServiceNowWriterFake,
) -> None:
    desk = Desk(fake.delivery())
    desk.create()
    denied = Fault(name=FaultName.DENIED, tables=frozenset({"sys_audit"}))
    fake.misbehave(denied)
    quiet = desk.deliver(intent(A.UPDATE, K.PROBLEM, fields={"title": "first"}))
    assert (quiet.state, quiet.conflicts) == (IntentState.DONE, ())
    meanwhile = Fault(
        name=FaultName.PERSON_EDITS,
        ordinals=frozenset({1}),
        text="short_description",
        tables=PROBLEMS,
    )
    fake.misbehave(denied, meanwhile)
    outcome = desk.deliver(intent(A.UPDATE, K.PROBLEM, fields={"title": "second"}))
    assert outcome.state is IntentState.CONFLICT
    (conflict,) = outcome.conflicts
    assert (conflict.theirs, conflict.standing) == (None, Standing.OURS)
