"""What surrounds the incidents of the golden estate: changes, problems, articles, the register."""

from datetime import date, datetime

import pandas as pd

from itsm.candidates import Decision, Estimate, Life, Movement, ProblemCandidate
from itsm.records import (
    Approval,
    Change,
    ConfigurationItem,
    Contract,
    ContractClause,
    KnowledgeArticle,
    KnownError,
    Problem,
    ProblemTask,
    Record,
    ReviewAction,
    Service,
)
from itsm.register import Origin, RegisterEntry, RegisterState
from itsm.states import (
    ApprovalState,
    ChangeState,
    ChangeType,
    ClockTarget,
    ProblemState,
    TaskState,
)
from reports.measures.process_map import COLUMNS as STEP_COLUMNS
from reports.measures.reconciliation import COLUMNS as LIST_COLUMNS
from tests.measures.measure_frames import SOURCE, at


def _maybe(when: str | None) -> datetime | None:
    return None if when is None else at(when)


def _approval(
    number: str, change: str, step: str, state: str, asked: str, decided: str | None
) -> Approval:
    return Approval(
        source=SOURCE,
        number=number,
        change=change,
        step=step,
        state=ApprovalState(state),
        state_code=state,
        approver="Vic",
        requested_at=at(asked),
        decided_at=_maybe(decided),
    )


def _risky(number: str, risk: int | None, done: str) -> Change:
    return Change(
        source=SOURCE,
        number=number,
        opened_at=at("03-10 09:00"),
        state=ChangeState.REVIEW,
        state_code="review",
        type=ChangeType.NORMAL,
        type_code="normal",
        risk=risk,
        implemented_at=at(done),
    )


def _problem(number: str, opened: str, state: ProblemState, **fields: str) -> Problem:
    ends = {name: at(value) for name, value in fields.items() if name.endswith("_at")}
    return Problem(
        source=SOURCE,
        number=number,
        opened_at=at(opened),
        state=state,
        state_code=state.value,
        root_cause=fields.get("root_cause"),
        **ends,  # type: ignore[arg-type]  # a test names the fields it needs
    )


def _task(number: str, due: str, state: TaskState, closed: str | None) -> ProblemTask:
    return ProblemTask(
        source=SOURCE,
        number=number,
        problem="P1",
        state=state,
        state_code=state.value,
        opened_at=at("03-02 09:00"),
        due_at=at(due),
        closed_at=_maybe(closed),
    )


def _known_error(number: str, opened: str, workaround: str | None, end: str | None) -> KnownError:
    return KnownError(
        source=SOURCE,
        number=number,
        opened_at=at(opened),
        workaround=workaround,
        resolved_at=_maybe(end),
    )


def _article(number: str, opened: str, **fields: object) -> KnowledgeArticle:
    values = {
        name: at(value) if isinstance(value, str) and name.endswith("_at") else value
        for name, value in fields.items()
    }
    return KnowledgeArticle(
        source=SOURCE,
        number=number,
        title=number,
        state_code="published",
        opened_at=at(opened),
        **values,  # type: ignore[arg-type]  # a test names the fields it needs
    )


def _action(number: str, review: str, due: str, state: TaskState, closed: str | None) -> Record:
    return ReviewAction(
        source=SOURCE,
        number=number,
        review=review,
        title="Add an alarm",
        state=state,
        state_code=state.value,
        owner="Kay",
        due_at=at(due),
        closed_at=_maybe(closed),
    )


def _around_changes() -> list[Record]:
    return [
        _risky("CH9", 1, "03-24 12:00"),
        _risky("CH10", 2, "03-23 12:00"),
        _risky("CH11", None, "03-25 12:00"),
        _approval("A1", "CH10", "CAB", "approved", "03-20 09:00", "03-23 09:00"),
        _approval("A2", "CH2", "CAB", "rejected", "03-23 09:00", "03-24 09:00"),
        _approval("A3", "CH9", "Technical", "approved", "03-24 06:00", "03-24 18:00"),
        _approval("A4", "CH6", "CAB", "requested", "03-25 09:00", None),
    ]


def _around_problems() -> list[Record]:
    state, task = ProblemState, TaskState
    return [
        _problem("P1", "02-01 00:00", state.ROOT_CAUSE_ANALYSIS),
        _problem(
            "P2",
            "2025-12-21 00:00",
            state.CLOSED,
            resolved_at="2025-12-25 00:00",
            root_cause="disk  full",
        ),
        _problem("P3", "03-24 09:00", state.NEW),
        _problem("P4", "03-25 09:00", state.CANCELED),
        _problem("P5", "03-11 00:00", state.CLOSED, resolved_at="03-25 10:00"),
        _task("PT1", "03-20 09:00", task.OPEN, None),
        _task("PT2", "03-27 09:00", task.DONE, "03-26 09:00"),
        _task("PT3", "03-25 09:00", task.DONE, "03-31 09:00"),
        _task("PT4", "03-10 09:00", task.DROPPED, None),
        _known_error("KE1", "03-02 09:00", "Restart it", None),
        _known_error("KE2", "03-20 09:00", None, None),
        _known_error("KE3", "03-02 09:00", None, "03-10 09:00"),
        _article("KB1", "2024-01-01 00:00", owner="Kay", uses=0),
        _article("KB2", "2026-01-01 00:00", uses=0),
        _article("KB3", "2024-01-01 00:00", owner="Kay", retired_at="03-01 00:00"),
        _article("KB4", "2024-06-01 00:00", owner="Kay", updated_at="02-01 00:00"),
        _action("RA1", "PIR1", "03-25 09:00", task.DONE, "03-24 09:00"),
        _action("RA2", "PIR2", "03-27 09:00", task.OPEN, None),
        _action("RA3", "PIR1", "03-26 09:00", task.DROPPED, None),
        _action("RA4", "PIR1", "04-10 09:00", task.OPEN, None),
    ]


def more_records() -> list[Record]:
    """All that hangs around the incidents."""
    return [
        *_around_changes(),
        *_around_problems(),
        *(
            Service(source=SOURCE, number=number, name=name, owner=owner)
            for number, name, owner in (
                ("mail", "mail", "Kay"),
                ("vpn", "vpn", None),
                ("web", "web", "Kay"),
                ("S4", "V.P.N", "Kay"),
            )
        ),
        ConfigurationItem(source=SOURCE, number="CI1", name="db-1", is_retired=True),
        Contract(
            source=SOURCE,
            number="CN1",
            vendor="V1",
            service="mail",
            starts_at=at("2025-01-01 00:00"),
            ends_at=at("2026-12-31 00:00"),
            cost_per_year=36525.0,
        ),
        ContractClause(
            source=SOURCE,
            number="CL1",
            contract="CN1",
            target=ClockTarget.RESOLUTION,
            within_h=4.0,
            severity=1,
            credit_share=0.05,
        ),
        ContractClause(
            source=SOURCE,
            number="CL2",
            contract="CN1",
            target=ClockTarget.RESPONSE,
            within_h=2.0,
        ),
    ]


def _proposal(name: str, decision: Decision, movement: Movement) -> ProblemCandidate:
    return ProblemCandidate(
        candidate_id=name,
        statement=name,
        members=(),
        score=0.9,
        first_seen_at=at("03-01 00:00"),
        last_seen_at=at("03-25 00:00"),
        weekly_counts=(),
        life=Life.ACTIVE,
        evidence=(),
        purity=(),
        avoidable_hours=Estimate(value=1, low=0, high=2, unit="hours"),
        movement=movement,
        decision=decision,
    )


def proposals() -> tuple[ProblemCandidate, ...]:
    """Three candidates: accepted, not decided, rejected."""
    return (
        _proposal("C-1", Decision.ACCEPTED, Movement.NEW),
        _proposal("C-2", Decision.UNDECIDED, Movement.GROWN),
        _proposal("C-3", Decision.REJECTED, Movement.NEW),
    )


def _entry(number: str, state: RegisterState, raised: str, **fields: object) -> RegisterEntry:
    return RegisterEntry(
        number=number,
        title=number,
        description="",
        origin=Origin.MANUAL,
        origin_record=None,
        evidence_hash=None,
        raised_at=at(raised),
        raised_by="Kay",
        state=state,
        **fields,  # type: ignore[arg-type]  # a test names the fields it needs
    )


def register() -> tuple[RegisterEntry, ...]:
    """Five entries; E5 was raised after the cut-off."""
    state = RegisterState
    scores = {"impact": 3, "urgency": 3, "risk": 2, "effort": 2}
    return (
        _entry("E1", state.NEW, "03-01 00:00"),
        _entry(
            "E2",
            state.IN_PROGRESS,
            "02-01 00:00",
            coordinator="Kay",
            next_review_on=date(2026, 3, 20),
            **scores,
        ),
        _entry("E3", state.ACCEPTED, "03-02 00:00", next_review_on=date(2026, 4, 15)),
        _entry("E4", state.CLOSED, "01-02 00:00", **scores),
        _entry("E5", state.NEW, "04-01 00:00"),
    )


def case_log() -> pd.DataFrame:
    """Three new starters who need a laptop: ordered, bought from a vendor, installed."""
    rows = [
        ("NS1", "order", "HR", False, "03-16 09:00", "03-16 10:00", "03-16 12:00", "04-01 09:00"),
        ("NS1", "buy", "Acme", True, "03-16 12:00", "03-18 12:00", "03-23 12:00", "04-01 09:00"),
        (
            "NS1",
            "install",
            "Desk",
            False,
            "03-23 12:00",
            "03-25 12:00",
            "03-25 16:00",
            "04-01 09:00",
        ),
        ("NS2", "order", "HR", False, "03-24 09:00", "03-24 13:00", "03-24 14:00", "04-10 09:00"),
        ("NS2", "buy", "Acme", True, "03-24 14:00", None, None, "04-10 09:00"),
        ("NS3", "order", "HR", False, "03-27 09:00", None, None, "04-20 09:00"),
    ]
    steps = [("New starter", *row[:4], *(_maybe(one) for one in row[4:])) for row in rows]
    frame = pd.DataFrame(steps, columns=list(STEP_COLUMNS))
    for name in ("ready_at", "begun_at", "ended_at", "needed_at"):
        frame[name] = pd.to_datetime(frame[name], utc=True)
    return frame


def vendor_list() -> pd.DataFrame:
    """The vendor's own list of the week."""
    rows = [
        ("Acme", "VC1", "resolution", True, None, None, None),
        ("Acme", "VC2", "response", False, "excused", "the service review", "out of scope"),
        ("Acme", "VC7", "resolution", True, None, None, None),
        ("Acme", "X-9", "response", True, None, None, None),
    ]
    return pd.DataFrame(rows, columns=list(LIST_COLUMNS))
