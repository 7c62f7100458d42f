"""The estate that tests/golden/figures.md describes and works out on paper."""

from datetime import time

import pandas as pd

from itsm.clocks import ReportingWeek, ServiceHours
from itsm.records import (
    Change,
    Comment,
    HistoryEvent,
    Incident,
    Outage,
    PostIncidentReview,
    Record,
    ServiceRequest,
    SlaClock,
    SurveyResponse,
    Team,
    Vendor,
    VendorCase,
)
from itsm.states import (
    ChangeOutcome,
    ChangeState,
    ChangeType,
    ClockTarget,
    ClockType,
    HistoryField,
    IncidentState,
    RecordKind,
    VendorCaseState,
)
from reports.measures.data import MeasureData
from tests.measures.golden_more import case_log, more_records, proposals, register, vendor_list
from tests.measures.measure_frames import SOURCE, at, history, incident, measure_data

WEEK = ReportingWeek.parse("2026-W13", "Europe/London")
OFFICE = ServiceHours(zone="Europe/London", windows={day: (time(9), time(17)) for day in range(5)})
CLOSED, CANCELED = IncidentState.CLOSED, IncidentState.CANCELED
CRASH = {"category": "crash", "close_code": "restart"}
OTHER = {"service": "web", "category": "other"}


def incidents() -> list[Incident]:
    """The 24 incidents."""
    return [
        incident(
            "I01",
            "03-09 09:00",
            state=CLOSED,
            resolved_at="03-26 09:00",
            priority=2,
            service="mail",
            **CRASH,
        ),
        incident("I02", "03-11 12:00", **OTHER),
        incident(
            "I03",
            "03-13 08:00",
            state=CLOSED,
            resolved_at="03-13 20:00",
            caller="kim",
            title="Printer  jams",
            ci="db-1",
            **CRASH,
        ),
        incident(
            "I04",
            "03-20 08:00",
            state=CLOSED,
            resolved_at="03-23 08:00",
            caller="kim",
            title="printer jams ",
            priority=3,
            is_major=True,
            **OTHER,
        ),
        incident("I05", "03-17 10:00", state=CANCELED, caller="lee", **OTHER),
        incident("I06", "03-24 09:00", state=CANCELED, **OTHER),
        incident("I07", "03-24 09:00", is_test=True, **OTHER),
        incident("I08", "03-24 10:00", duplicate_of="I09", **OTHER),
        incident("I09", "03-24 09:30", caller="ada", priority=3, **OTHER),
        incident(
            "I10",
            "03-29 00:30",
            state=CLOSED,
            resolved_at="03-29 22:30",
            priority=1,
            ci="db-1",
            is_major=True,
            **CRASH,
        ),
        incident("I11", "03-29 22:59", **OTHER),
        incident("I12", "03-29 23:00", **OTHER),
        incident(
            "I13",
            "03-23 00:00",
            state=CLOSED,
            resolved_at="03-23 06:00",
            closed_at="03-25 06:00",
            priority=1,
            service="mail",
            is_major=True,
            handling_h=4.0,
            affected_users=200,
            major_declared_at="03-23 00:30",
            reassignment_count=2,
            knowledge_article="KB1",
            **CRASH,
        ),
        incident("I14", "2025-12-20 00:00", problem="P2", **OTHER),
        incident("I15", "02-20 00:00", problem="P2", **OTHER),
        incident("I16", "03-10 12:00", problem="P5", **OTHER),
        incident("I17", "03-18 00:00", problem="P1", **OTHER),
        incident("I18", "03-25 12:00", **OTHER),
        incident("I19", "03-27 00:00", **OTHER),
        incident(
            "I20",
            "03-23 10:00",
            state=CLOSED,
            resolved_at="03-25 10:00",
            priority=4,
            service="mail",
            channel="Self-Service",
            reassignment_count=0,
            **CRASH,
        ),
        incident("I21", "03-26 10:00", state=CLOSED, closed_at="03-27 10:00", **CRASH),
        incident(
            "I22",
            "03-26 12:00",
            state=CLOSED,
            resolved_at="03-30 12:00",
            priority=3,
            service="vpn",
            problem="P1",
            **CRASH,
        ),
        incident(
            "I23",
            "03-26 13:00",
            state=CLOSED,
            resolved_at="03-31 13:00",
            priority=2,
            service="vpn",
            close_code="restart",
        ),
        incident("I24", "03-19 06:00", state=CLOSED, resolved_at="04-02 09:00", **OTHER),
    ]


def _states(number: str, *steps: tuple[str, str] | tuple[str, str, str]) -> list[HistoryEvent]:
    return history(number, HistoryField.STATE, steps)


def _teams(number: str, *steps: tuple[str, str]) -> list[HistoryEvent]:
    return history(number, HistoryField.TEAM, steps)


def _people(number: str, *steps: tuple[str, str] | tuple[str, str, str]) -> list[HistoryEvent]:
    return history(number, HistoryField.ASSIGNEE, steps)


def changes_of_records() -> list[Record]:
    """History and comments of the incidents; I20 and I21 have none."""
    return [
        *_states(
            "I01",
            ("03-09 09:00", "new"),
            ("03-10 09:00", "resolved"),
            ("03-25 10:00", "in_progress"),
            ("03-26 09:00", "resolved"),
            ("03-27 09:00", "closed"),
        ),
        *_states("I02", ("03-12 12:00", "resolved"), ("03-24 12:00", "in_progress")),
        *_states("I03", ("03-13 20:00", "resolved"), ("03-18 20:00", "closed")),
        *_states(
            "I04",
            ("03-22 12:00", "awaiting_user", "integration"),
            ("03-23 04:00", "in_progress", "integration"),
            ("03-23 08:00", "resolved"),
        ),
        *_states("I05", ("03-24 10:00", "canceled", "lee")),
        *_states("I06", ("03-25 09:00", "canceled", "integration")),
        *_states("I10", ("03-29 06:00", "in_progress"), ("03-29 22:30", "resolved")),
        *_states(
            "I13",
            ("03-23 00:00", "new"),
            ("03-23 03:30", "awaiting_vendor", "integration"),
            ("03-23 05:30", "in_progress", "integration"),
            ("03-23 06:00", "resolved"),
        ),
        *_states("I22", ("03-30 12:00", "resolved")),
        *_states("I23", ("03-28 13:00", "resolved")),
        *_states("I24", ("04-02 09:00", "resolved")),
        *_teams("I01", ("03-09 09:00", "Desk")),
        *_teams("I04", ("03-20 08:00", "Desk"), ("03-21 08:00", "Network")),
        *_teams("I09", ("03-24 09:30", "Desk"), ("03-25 09:30", "Network")),
        *_teams(
            "I10",
            ("03-29 00:30", "Desk"),
            ("03-29 01:00", "Network"),
            ("03-29 05:00", "Desk"),
            ("03-29 10:00", "Network"),
        ),
        *_teams("I13", ("03-23 00:00", "Desk"), ("03-23 01:00", "Network")),
        *_teams(
            "I23", ("03-26 13:00", "Desk"), ("03-26 14:00", "Network"), ("03-27 13:00", "Database")
        ),
        *_people("I01", ("03-09 10:00", "Bo")),
        *_people("I04", ("03-23 07:00", "Bo")),
        *_people("I13", ("03-23 03:00", "Bo")),
        *_people("I17", ("03-24 00:00", "Queue", "integration")),
        *_people("I23", ("03-26 14:00", "Bo"), ("03-27 15:00", "Cy")),
        _comment("M1", "I09", "03-24 10:00", "ada"),
        _comment("M2", "I09", "03-24 11:30", "Bo"),
    ]


def _comment(number: str, record: str, when: str, author: str) -> Comment:
    return Comment(
        source=SOURCE,
        number=number,
        record_kind=RecordKind.INCIDENT,
        record=record,
        at=at(when),
        text="seen",
        author=author,
    )


def _clock(number: str, record: str, target: str = "resolution", **fields: object) -> SlaClock:
    values = {
        name: at(value) if isinstance(value, str) and name.endswith("_at") else value
        for name, value in fields.items()
    }
    values.setdefault("started_at", at("03-01 00:00"))
    values.setdefault("type", ClockType.SLA)
    values.setdefault("record_kind", RecordKind.INCIDENT)
    return SlaClock(
        source=SOURCE,
        number=number,
        record=record,
        target=ClockTarget(target),
        **values,  # type: ignore[arg-type]  # a test names the fields it needs
    )


def clocks() -> list[SlaClock]:
    """SLA clocks of incidents, one OLA clock, and one clock of a request."""
    return [
        _clock("C01", "I13", started_at="03-23 00:00", ended_at="03-23 06:00", is_breached=False),
        _clock(
            "C02",
            "I04",
            started_at="03-20 08:00",
            due_at="03-23 06:00",
            ended_at="03-23 08:00",
            is_breached=True,
            target_h=54.0,
            elapsed_h=56.0,
            paused_h=16.0,
        ),
        _clock(
            "C03",
            "I10",
            started_at="03-29 00:30",
            ended_at="03-29 22:30",
            due_at="03-29 22:30",
            target_h=22.0,
        ),
        _clock("C04", "I20", started_at="03-23 10:00", ended_at="03-25 10:00"),
        _clock("C05", "I09", due_at="03-29 22:00"),
        _clock("C06", "I23", ended_at="03-28 13:00", is_breached=True, is_canceled=True),
        _clock("C07", "I11", due_at="03-30 05:00"),
        _clock("C08", "I22", due_at="03-28 12:00", ended_at="03-30 12:00", is_breached=True),
        _clock("C09", "I08", ended_at="03-25 10:00", is_breached=False),
        _clock("C10", "I13", "response", ended_at="03-23 03:00", is_breached=False),
        _clock("C11", "I23", "response", ended_at="03-26 14:00", is_breached=False),
        _clock("C12", "I04", "response", ended_at="03-23 07:00", is_breached=True),
        _clock("C13", "I01", started_at="03-09 09:00", ended_at="03-26 09:00", is_breached=True),
        _clock("C14", "I13", type=ClockType.OLA, ended_at="03-23 02:00", is_breached=False),
        _clock("C16", "I01", type=ClockType.OLA, ended_at="03-26 09:00", is_breached=True),
        _clock(
            "C15",
            "R1",
            record_kind=RecordKind.SERVICE_REQUEST,
            ended_at="03-24 10:00",
            is_breached=False,
        ),
    ]


def _change(
    number: str,
    closed: str | None,
    outcome: str | None,
    type_: str = "normal",
    state: ChangeState = ChangeState.CLOSED,
) -> Change:
    return Change(
        source=SOURCE,
        number=number,
        opened_at=at("03-10 09:00"),
        state=state,
        state_code=state.value,
        type=ChangeType(type_),
        type_code=type_,
        outcome=None if outcome is None else ChangeOutcome(outcome),
        closed_at=None if closed is None else at(closed),
    )


def changes() -> list[Change]:
    """Eight changes."""
    return [
        _change("CH1", "03-24 09:00", "successful"),
        _change("CH2", "03-25 09:00", "with_issues", "emergency"),
        _change("CH3", "03-26 09:00", "unsuccessful"),
        _change("CH4", "03-26 10:00", None, state=ChangeState.CANCELED),
        _change("CH5", "03-27 09:00", None),
        _change("CH6", "04-02 09:00", "successful"),
        _change("CH7", "03-29 22:59", "backed_out", "standard"),
        _change("CH8", "03-23 00:00", "successful", "unmapped"),
    ]


def _case(number: str, state: VendorCaseState, opened: str, **fields: object) -> VendorCase:
    values = {
        name: at(value) if isinstance(value, str) and name.endswith("_at") else value
        for name, value in fields.items()
    }
    return VendorCase(
        source=SOURCE,
        number=number,
        vendor="V1",
        opened_at=at(opened),
        state=state,
        state_code=state.value,
        **values,  # type: ignore[arg-type]  # a test names the fields it needs
    )


def vendor_cases() -> list[Record]:
    """A vendor and seven cases."""
    state = VendorCaseState
    return [
        Vendor(source=SOURCE, number="V1", name="Acme"),
        _case(
            "VC1",
            state.CLOSED,
            "03-24 08:00",
            severity=1,
            response_due_at="03-24 10:00",
            responded_at="03-24 09:00",
            resolution_due_at="03-26 10:00",
            resolved_at="03-27 10:00",
            waiting_on_us_h=30.0,
            contract="CN1",
        ),
        _case("VC2", state.WITH_US, "03-25 06:00", severity=2, response_due_at="03-25 10:00"),
        _case(
            "VC3",
            state.CLOSED,
            "03-20 06:00",
            severity=2,
            resolution_due_at="03-28 12:00",
            resolved_at="03-28 12:00",
        ),
        _case("VC4", state.CANCELED, "03-24 06:00", severity=2, response_due_at="03-25 10:00"),
        _case("VC5", state.WITH_VENDOR, "03-19 23:00"),
        _case("VC6", state.NEW, "03-24 23:00", severity=3, resolution_due_at="04-05 10:00"),
        _case(
            "VC7",
            state.CLOSED,
            "03-23 03:30",
            severity=1,
            incident="I13",
            contract="CN1",
            responded_at="03-23 04:00",
            resolved_at="03-23 05:30",
            waiting_on_us_h=0.5,
        ),
    ]


def _survey(
    number: str, sent: str, answered: str, score: float | None, nps: int | None
) -> SurveyResponse:
    return SurveyResponse(
        source=SOURCE,
        number=number,
        record_kind=RecordKind.INCIDENT,
        record="I13",
        sent_at=at(sent),
        answered_at=at(answered),
        score=score,
        nps=nps,
    )


def surveys() -> list[SurveyResponse]:
    """Six surveys."""
    return [
        _survey("S1", "03-23 09:00", "03-24 09:00", 5, 10),
        _survey("S2", "03-23 09:00", "03-25 09:00", 4, 9),
        _survey("S3", "03-24 09:00", "03-26 09:00", 2, 3),
        _survey("S4", "03-16 09:00", "03-26 09:00", None, 8),
        _survey("S5", "03-27 09:00", "03-30 12:00", 1, 0),
        _survey("S6", "03-27 09:00", "04-02 12:00", 1, 0),
    ]


def _request(
    number: str, opened: str, state: IncidentState, ended: str | None, due: str | None = None
) -> ServiceRequest:
    return ServiceRequest(
        source=SOURCE,
        number=number,
        opened_at=at(opened),
        state=state,
        state_code=state.value,
        closed_at=None if ended is None else at(ended),
        due_at=None if due is None else at(due),
        catalogue_item="Laptop",
        service="mail",
        caller="kim",
    )


def _outage(
    number: str,
    service: str,
    start: str,
    end: str | None,
    planned: bool,
    of: str | None = None,
) -> Outage:
    return Outage(
        source=SOURCE,
        number=number,
        service=service,
        started_at=at(start),
        ended_at=None if end is None else at(end),
        is_planned=planned,
        incident=of,
    )


def everything() -> list[Record]:
    """All records of the estate."""
    return [
        *incidents(),
        *changes_of_records(),
        *clocks(),
        *changes(),
        *vendor_cases(),
        *surveys(),
        *(
            Team(source=SOURCE, number=name, name=name, size=size, line=line)
            for name, size, line in (("Desk", 12, 1), ("Network", 6, 2), ("Database", 3, 2))
        ),
        _request("R1", "03-23 10:00", IncidentState.CLOSED, "03-24 10:00", "03-24 12:00"),
        _request("R2", "03-24 10:00", IncidentState.IN_PROGRESS, None),
        _request("R3", "03-25 10:00", IncidentState.CANCELED, "03-25 11:00"),
        PostIncidentReview(
            source=SOURCE, number="PIR1", incident="I13", completed_at=at("03-26 05:00")
        ),
        PostIncidentReview(
            source=SOURCE, number="PIR2", incident="I04", completed_at=at("03-27 08:00")
        ),
        _outage("O1", "mail", "03-22 20:00", "03-23 01:00", False, of="I13"),
        _outage("O2", "mail", "03-23 00:00", "03-23 06:00", False, of="I13"),
        _outage("O3", "mail", "03-23 04:00", "03-23 08:00", False),
        _outage("O4", "vpn", "03-29 22:00", None, False),
        _outage("O5", "vpn", "03-25 09:00", "03-25 12:00", True),
        *more_records(),
    ]


def candidates() -> pd.DataFrame:
    """What was mined: three candidates."""
    of = {"I05": "C-1", "I09": "C-1", "I18": "C-2", "I19": "C-2", "I07": "C-3", "I11": "C-3"}
    return pd.DataFrame({"source": SOURCE, "number": list(of), "candidate_id": list(of.values())})


def golden_data(service_hours: ServiceHours | None = None) -> MeasureData:
    """The estate as the data of figures."""
    return measure_data(
        everything(),
        candidate_of=candidates(),
        service_hours=service_hours,
        candidates=proposals(),
        register=register(),
        case_log=case_log(),
        vendor_lists=vendor_list(),
    )
