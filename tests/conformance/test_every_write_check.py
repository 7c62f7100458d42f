"""What is known of writing without writing: for every system that is written to."""

from collections.abc import Callable

import pytest

from connectors.access_checks import TELLS_RIGHTS, write_checks
from connectors.core.access import Use
from connectors.core.source import Finding, Level
from itsm.pushing import PushKind
from simulator.faults import Fault, FaultName
from simulator.jira.fields import BY_NAME
from simulator.servicenow.server import ServiceNowServer
from tests.conformance.access_desk import Watched, settings_of, watching
from tests.conformance.known_writers import WRITERS
from tests.conformance.writer_fakes import WriterFake

Start = Callable[[str], WriterFake]
EVERY = pytest.mark.parametrize("system", sorted(WRITERS))
_F = FaultName


def found(fake: WriterFake, **push: object) -> list[Finding]:
    """What is told of writing, with other settings of the push."""
    given = settings_of(fake)
    own = given["push"]
    assert isinstance(own, dict)
    given["push"] = {**own, **push}
    return list(write_checks(fake.system, "ours", given, fake.around(), tuple(Use)))


def of(findings: list[Finding], level: Level) -> list[Finding]:
    return [one for one in findings if one.level is level]


@EVERY
def test_all_is_well_with_a_practice_system_and_nothing_is_written(
    system: str, start_writer: Start
) -> None:
    fake = start_writer(system)
    kept = Watched(fake)
    with watching(fake, Use.LOOK, kept):
        told = found(fake)
    assert of(told, Level.FAILURE) == []
    assert {one.verb for one in kept.touches(Use.LOOK)} == {"read"}
    assert any("our key can be searched for" in one.said for one in told)
    unknown = [one for one in told if "cannot be known without writing" in one.said]
    assert bool(unknown) is (fake.system not in TELLS_RIGHTS)


@EVERY
def test_nothing_is_looked_at_where_nothing_is_written(system: str, start_writer: Start) -> None:
    fake = start_writer(system)
    n_before = fake.n_requests("GET") + fake.n_requests("POST")
    assert found(fake, mode="off") == []
    assert fake.n_requests("GET") + fake.n_requests("POST") == n_before


@EVERY
def test_another_instance_than_the_named_one_is_a_failure(system: str, start_writer: Start) -> None:
    (failure,) = of(found(start_writer(system), instance="production"), Level.FAILURE)
    assert failure.subject == "instance"
    assert "production" in failure.said
    assert "push.instance" in str(failure.remedy)


@pytest.mark.parametrize("system", ["glpi", "jira", "jira_data_center"])
def test_who_may_not_write_is_told_before_anything_is(system: str, start_writer: Start) -> None:
    fake = start_writer(system)
    problems = frozenset({fake.tables[PushKind.PROBLEM]})
    fake.misbehave(Fault(name=_F.WRITE_DENIED, tables=problems))
    failures = of(found(fake), Level.FAILURE)
    assert failures
    assert any("may not write" in one.said or "lacks CREATE_ISSUES" in one.said for one in failures)


DEMANDED = {
    "cherwell": ("Category", "Category"),
    "freshservice": ("category", "category"),
    "glpi": ("urgency", "urgency"),
    "jira": (BY_NAME["Location"].id, "Location"),
    "jira_data_center": (BY_NAME["Location"].id, "Location"),
    "rt": ("Workaround", "Workaround"),
}
"""What a practice system demands of problems and a push leaves empty, and what it is called."""


@pytest.mark.parametrize("system", sorted(DEMANDED))
def test_a_field_that_is_demanded_and_left_empty_is_told(system: str, start_writer: Start) -> None:
    fake, (column, called) = start_writer(system), DEMANDED[system]
    assert not [one for one in of(found(fake), Level.WARNING) if "leaves empty" in one.said]
    problems = frozenset({fake.tables[PushKind.PROBLEM]})
    fake.misbehave(Fault(name=_F.FIELD_MANDATORY, tables=problems, text=column))
    told = [one.said for one in of(found(fake), Level.WARNING) if "leaves empty" in one.said]
    assert any(f"demands {called}" in one for one in told), told


@pytest.mark.parametrize("system", ["bmc_helix", "itop"])
def test_a_system_that_cannot_tell_is_said_to(system: str, start_writer: Start) -> None:
    told = of(found(start_writer(system)), Level.WARNING)
    (one,) = [one for one in told if one.subject == PushKind.PROBLEM]
    assert "has to hold cannot be known" in one.said
    assert "look at" in str(one.remedy)


@pytest.mark.parametrize("system", ["jira", "jira_data_center"])
def test_a_field_of_ours_that_is_not_on_the_screen_is_told(
    system: str, start_writer: Start
) -> None:
    fake = start_writer(system)
    problems = frozenset({fake.tables[PushKind.PROBLEM]})
    fake.misbehave(Fault(name=_F.FIELD_IGNORED, tables=problems, text=BY_NAME["Root cause"].id))
    assert any("Root cause cannot be set" in one.said for one in of(found(fake), Level.FAILURE))


def test_an_issue_type_that_a_project_lacks_is_told(start_writer: Start) -> None:
    told = of(found(start_writer("jira"), issue_types={"problem": "Defect"}), Level.FAILURE)
    assert any("has no issue type 'Defect'" in one.said for one in told)


def test_nobody_to_open_problems_for_is_told(start_writer: Start) -> None:
    told = of(found(start_writer("freshservice"), requester_id=None), Level.FAILURE)
    assert any("none would be created" in one.said for one in told)


def test_templates_that_may_not_be_read_are_told(start_writer: Start) -> None:
    fake = start_writer("glpi")
    fake.misbehave(Fault(name=_F.DENIED, tables=frozenset({"ProblemTemplateMandatoryField"})))
    told = of(found(fake), Level.WARNING)
    assert any("templates of problems may not be read" in one.said for one in told)


def instance(fake: WriterFake) -> ServiceNowServer:
    served = vars(fake)["served"]
    assert isinstance(served, ServiceNowServer)
    return served


def test_columns_that_servicenow_demands_or_closes_are_told(start_writer: Start) -> None:
    fake = start_writer("servicenow")
    rows = instance(fake).truth("sys_dictionary")
    keys = {
        str(row["element"]["value"]): str(row["sys_id"]["value"])  # type: ignore[index]  # cells
        for row in rows
        if row["name"]["value"] == "problem"  # type: ignore[index]  # cells
    }
    assert "category" in keys, sorted(keys)
    instance(fake).edit("sys_dictionary", keys["category"], "mandatory", "true")
    instance(fake).edit("sys_dictionary", keys["workaround"], "read_only", "true")
    told = [one.said for one in of(found(fake), Level.WARNING)]
    assert any("problem demands category, which a push leaves empty" in one for one in told)
    assert any("takes no value for workaround" in one for one in told)
    assert any("data policies of problem cannot be read" in one for one in told)


def test_a_state_that_servicenow_does_not_offer_comes_with_its_line(start_writer: Start) -> None:
    fake = start_writer("servicenow")
    told = found(fake, states={"problem": {"new": "one"}})
    (finding,) = [one for one in told if "does not offer" in one.said]
    assert "one" in finding.said
    assert finding.line is not None
    assert finding.line.startswith("[sources.ours.push.states]\nproblem = ")
