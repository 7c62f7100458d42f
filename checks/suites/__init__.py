"""The suite of every record kind: what its records are expected to be."""

from collections.abc import Callable, Mapping
from types import MappingProxyType

from checks.expectations import Expectation, Facts
from checks.suites import (
    agreement,
    asset,
    change,
    clock,
    history,
    incident,
    outage,
    problem,
    request,
    survey,
    vendor,
)
from itsm.states import RecordKind

Suite = Callable[[Facts], tuple[Expectation, ...]]

SUITES: Mapping[RecordKind, Suite] = MappingProxyType(
    {
        RecordKind.INCIDENT: incident.incidents,
        RecordKind.SERVICE_REQUEST: request.service_requests,
        RecordKind.CHANGE: change.changes,
        RecordKind.APPROVAL: change.approvals,
        RecordKind.PROBLEM: problem.problems,
        RecordKind.PROBLEM_TASK: problem.problem_tasks,
        RecordKind.KNOWN_ERROR: problem.known_errors,
        RecordKind.VENDOR: vendor.vendors,
        RecordKind.VENDOR_CASE: vendor.vendor_cases,
        RecordKind.CONTRACT: agreement.contracts,
        RecordKind.CONTRACT_CLAUSE: agreement.contract_clauses,
        RecordKind.SERVICE: asset.services,
        RecordKind.TEAM: asset.teams,
        RecordKind.CONFIGURATION_ITEM: asset.configuration_items,
        RecordKind.CI_RELATION: asset.ci_relations,
        RecordKind.SLA_CLOCK: clock.sla_clocks,
        RecordKind.HISTORY: history.history_events,
        RecordKind.COMMENT: history.comments,
        RecordKind.SURVEY_RESPONSE: survey.survey_responses,
        RecordKind.KNOWLEDGE_ARTICLE: asset.knowledge_articles,
        RecordKind.OUTAGE: outage.outages,
        RecordKind.POST_INCIDENT_REVIEW: outage.post_incident_reviews,
        RecordKind.REVIEW_ACTION: outage.review_actions,
    }
)


def suite_of(kind: RecordKind, facts: Facts) -> tuple[Expectation, ...]:
    """The expectations on the records of a kind."""
    return SUITES[kind](facts)
