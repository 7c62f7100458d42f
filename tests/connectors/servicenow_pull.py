"""Pulls an instance into plain dictionaries, the way a pull lands it, without a store."""

from collections.abc import Mapping

from connectors.core.surroundings import Surroundings
from connectors.servicenow.config import ServiceNowConfig, TableSettings
from connectors.servicenow.source import ServiceNowSource
from itsm.states import RecordKind
from simulator.servicenow.server import ServiceNowServer
from tests.connectors.held import Held

__all__ = ["OWN_TABLES", "Held", "source_of"]

OWN_TABLES: Mapping[RecordKind, str] = {
    kind: f"u_{kind.value}"
    for kind in (
        RecordKind.VENDOR_CASE,
        RecordKind.KNOWN_ERROR,
        RecordKind.CONTRACT_CLAUSE,
        RecordKind.POST_INCIDENT_REVIEW,
        RecordKind.REVIEW_ACTION,
    )
}
"""The tables that the practice instance has of its own."""


def source_of(server: ServiceNowServer, **settings: object) -> ServiceNowSource:
    """A source on a practice instance that never really waits."""
    given: dict[str, object] = {
        "url": server.url,
        "user": server.user,
        "password": server.password,
        "tables": {kind: TableSettings(table=table) for kind, table in OWN_TABLES.items()},
        "page_size": 100,
        "http": {"tries": 6},
    }
    config = ServiceNowConfig.model_validate({**given, **settings})
    return ServiceNowSource("estate", config, Surroundings(sleep=lambda _seconds: None))
