"""Names that any field of a person holds go from texts before mining; names of teams stay."""

from datetime import timedelta
from pathlib import Path

import pytest

from flows.minable import minable
from flows.settings import load_settings
from flows.wiring import Parts, build
from itsm.clocks import ReportingWeek
from itsm.records import Approval, Comment, HistoryEvent, Incident, Service, ServiceRequest, Team
from itsm.states import ApprovalState, HistoryField, IncidentState, RecordKind

WEEK = ReportingWeek.parse("2026-W34")
AT = WEEK.start_at + timedelta(hours=9)
CUTOFF = WEEK.cutoff(timedelta(hours=24))


@pytest.fixture(scope="module")
def parts(tmp_path_factory: pytest.TempPathFactory) -> Parts:
    """One incident that names everybody, who are each named by a field elsewhere."""
    folder: Path = tmp_path_factory.mktemp("names")
    (folder / "csi.toml").write_text('organisation = "Contoso"\n')
    parts = build(load_settings(folder / "csi.toml"), folder)
    hangs = {"record_kind": RecordKind.INCIDENT, "record": "INC1", "at": AT}
    new = {"opened_at": AT, "state": IncidentState.NEW, "state_code": "1"}
    records = (
        Incident(
            source="desk",
            number="INC1",
            caller="Cara Caller",
            assignee="Network Operations",
            title="Mail is down",
            description="Cara Caller, Rita Request, Piet Approver, Ada Author, Olga Owner, "
            "Event Management and Network Operations saw it",
            **new,  # type: ignore[arg-type]  # the fields of an incident
        ),
        ServiceRequest(
            source="desk",
            number="R1",
            caller="Rita Request",
            **new,  # type: ignore[arg-type]  # the fields of a request
        ),
        Approval(
            source="desk",
            number="A1",
            change="C1",
            state=ApprovalState.APPROVED,
            state_code="a",
            approver="Piet Approver",
        ),
        Comment(
            source="desk",
            number="K1",
            text="x",
            author="Ada Author",
            **hangs,  # type: ignore[arg-type]  # the fields of what hangs on it
        ),
        Service(source="desk", number="S1", name="Mail", owner="Olga Owner"),
        Team(source="desk", number="T1", name="Network Operations"),
        HistoryEvent(
            source="desk",
            number="H1",
            sequence=1,
            field=HistoryField.TEAM,
            actor="Event Management",
            **hangs,  # type: ignore[arg-type]  # the fields of what hangs on it
        ),
    )
    with parts.store.begin() as uow:
        uow.records.save(records)
        uow.commit()
    return parts


@pytest.mark.parametrize("name", ["Cara", "Rita", "Piet", "Ada", "Olga"])
def test_who_is_named_by_a_field_is_named_by_no_text(parts: Parts, name: str) -> None:
    (text,) = minable(parts, WEEK, CUTOFF)["description"]
    assert name not in text
    assert text.startswith("<person>, <person>, <person>, <person>, <person>, ")


def test_machines_and_teams_keep_their_names(parts: Parts) -> None:
    (text,) = minable(parts, WEEK, CUTOFF)["description"]
    assert "Event Management and Network Operations saw it" in text
