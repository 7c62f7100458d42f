"""Records and frames for the tests of figures, in few words."""

from collections.abc import Iterable, Sequence
from datetime import UTC, datetime, timedelta

from flows.frames import frame_of_records
from itsm.clocks import ReportingWeek
from itsm.fields import kind_of
from itsm.figures import Figure, FigureResult
from itsm.records import HistoryEvent, Incident, Record
from itsm.states import HistoryField, IncidentState, RecordKind
from reports.measures.compute import compute
from reports.measures.data import MeasureData

SOURCE = "desk"


def at(text: str, year: int = 2026) -> datetime:
    """An instant in UTC from "03-24 09:30" or "2025-12-20 00:00"."""
    full = text if len(text) > 11 else f"{year}-{text}"
    return datetime.fromisoformat(full).replace(tzinfo=UTC)


def incident(number: str, opened: str | datetime, **fields: object) -> Incident:
    """An incident; its state is "in_progress" unless told."""
    state = fields.pop("state", IncidentState.IN_PROGRESS)
    assert isinstance(state, IncidentState)
    opened_at = at(opened) if isinstance(opened, str) else opened
    values: dict[str, object] = {
        name: at(value) if name.endswith("_at") and isinstance(value, str) else value
        for name, value in fields.items()
    }
    return Incident(
        source=SOURCE,
        number=number,
        opened_at=opened_at,
        state=state,
        state_code=state.value,
        **values,  # type: ignore[arg-type]  # a test names the fields it needs
    )


def history(
    record: str,
    field: HistoryField,
    steps: Sequence[tuple[str, str | None] | tuple[str, str | None, str]],
    kind: RecordKind = RecordKind.INCIDENT,
) -> list[HistoryEvent]:
    """Changes of one field: (when, new value[, who]); who "integration" marks no person."""
    events, old = [], None
    for place, step in enumerate(steps):
        actor = step[2] if len(step) == 3 else "agent"
        events.append(
            HistoryEvent(
                source=SOURCE,
                number=f"{record}/{field}/{place}",
                record_kind=kind,
                record=record,
                at=at(step[0]),
                sequence=place,
                field=field,
                old=old,
                new=step[1],
                actor=actor,
                is_integration=actor == "integration",
            )
        )
        old = step[1]
    return events


def measure_data(records: Iterable[Record], **more: object) -> MeasureData:
    """Records of any kinds as the data of figures."""
    by_kind: dict[RecordKind, list[Record]] = {}
    for record in records:
        by_kind.setdefault(kind_of(record), []).append(record)
    frames = {kind: frame_of_records(kind, some) for kind, some in by_kind.items()}
    return MeasureData(frames=frames, sources=(SOURCE,), **more)  # type: ignore[arg-type]


def figures_of(
    data: MeasureData, week: ReportingWeek, lag_days: float = 2, n_weeks: int = 26
) -> tuple[FigureResult, ...]:
    """All figures of a week, cut off so many days after its end."""
    return compute(data, week, week.cutoff(timedelta(days=lag_days)), n_weeks=n_weeks)


def pick(results: Iterable[FigureResult], figure_id: str, **dimensions: str) -> FigureResult:
    """The one result with this id and exactly these dimensions."""
    found = [
        one for one in results if one.figure_id == figure_id and dict(one.dimensions) == dimensions
    ]
    assert len(found) == 1, f"{len(found)} results for {figure_id} {dimensions}"
    return found[0]


def figure(results: Iterable[FigureResult], figure_id: str, **dimensions: str) -> Figure:
    """As `pick`, and it is available."""
    found = pick(results, figure_id, **dimensions)
    assert isinstance(found, Figure), str(found)
    return found
