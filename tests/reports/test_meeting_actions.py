"""What weekly reviews asked of people stands in the next pack: done, late, dropped."""

from datetime import UTC, date, datetime

import pytest

from itsm.clocks import ReportingWeek
from itsm.meetings import ActionStatus, MeetingAction
from reports.pack import PackInput, RunInfo, build_pack

WEEK = ReportingWeek.parse("2026-W47")
AT = datetime(2026, 11, 24, tzinfo=UTC)


def action(**fields: object) -> MeetingAction:
    plain = {
        "action_id": "A1",
        "week": "2026-W46",
        "section": "changes",
        "text": "Ask the vendor",
        "owner": "vera",
        "due_on": date(2026, 11, 20),
        "raised_by": "anna",
        "raised_at": AT,
    }
    return MeetingAction(**{**plain, **fields})  # type: ignore[arg-type]  # each field fits


def rows(*meeting: MeetingAction) -> list[tuple[str, ...]]:
    """The table of what was to be done."""
    run = RunInfo(run_id="M-1", made_at=AT, sources=("desk",))
    given = PackInput(week=WEEK, cutoff_at=AT, figures=(), run=run, meeting=meeting)
    pack = build_pack(given)
    section = next(one for one in pack.sections if one.id == "actions")
    tables = [table for table in section.tables if len(table.columns) == 5]
    return [row for table in tables for row in table.rows]


@pytest.mark.parametrize(
    ("fields", "now"),
    [
        ({}, "late"),
        ({"status": ActionStatus.DONE, "closed_on": date(2026, 11, 19)}, "done"),
        ({"status": ActionStatus.DONE, "closed_on": date(2026, 11, 21)}, "late"),
        (
            {"status": ActionStatus.DROPPED, "closed_on": date(2026, 11, 19), "said": "no use"},
            "dropped · no use",
        ),
    ],
)
def test_what_became_of_it_is_told(fields: dict[str, object], now: str) -> None:
    (row,) = rows(action(**fields))
    assert row[0] == "Ask the vendor"
    assert row[1] == "Action, 2026-W46"
    assert row[2] == "vera"
    assert row[4] == now


def test_what_is_not_due_yet_tells_nothing() -> None:
    assert rows(action(due_on=date(2026, 12, 24))) == []


def test_what_this_very_review_gives_is_for_the_next_pack() -> None:
    assert rows(action(week="2026-W47")) == []


def test_what_was_closed_weeks_ago_is_no_longer_told() -> None:
    old = action(week="2026-W40", status=ActionStatus.DONE, closed_on=date(2026, 10, 5))
    assert [row[0] for row in rows(old, action(text="Newer"))] == ["Newer"]
