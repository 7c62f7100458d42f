"""Themes of survey comments: what is said again and again, and nothing of anybody's person."""

from collections.abc import Mapping
from datetime import timedelta

import pandas as pd
import pytest

from checks.known_names import KnownNames
from flows.comment_themes import LOOKBACK_WEEKS, themes_of
from flows.frames import frame_of_records
from itsm.clocks import ReportingWeek
from itsm.states import RecordKind
from itsm.surroundings import SurveyResponse

WEEK = ReportingWeek.parse("2026-W46", "UTC")
LATE = [
    "Took far too long to get a new laptop",
    "It took far too long until the laptop came",
    "The new laptop took too long",
    "far too long for a new laptop",
    "Laptop took far too long",
]
FRIENDLY = ["Very friendly on the phone", "Friendly and fast"]
PARKING = ["No parking space near the office"]


def answers(
    texts: Mapping[str, float | None], *, days_ago: float = 3, nps: int | None = None
) -> pd.DataFrame:
    records = [
        SurveyResponse(
            source="desk",
            number=f"S{n}",
            record_kind=RecordKind.INCIDENT,
            record=f"INC{n}",
            answered_at=WEEK.end_at - timedelta(days=days_ago),
            score=score,
            nps=nps,
            text=text,
        )
        for n, (text, score) in enumerate(texts.items())
    ]
    return frame_of_records(RecordKind.SURVEY_RESPONSE, records)


def found(frame: pd.DataFrame, **given: frozenset[str]) -> list[tuple[int, str]]:
    names = KnownNames.of(given.get("names", frozenset()))
    restricted = given.get("restricted", frozenset())
    return [(len(one.answers), one.statement) for one in themes_of(frame, WEEK, names, restricted)]


def test_what_low_answers_say_again_is_a_theme() -> None:
    texts = dict.fromkeys([*LATE, *PARKING], 1.0) | dict.fromkeys(FRIENDLY, 5.0)
    ((n, statement),) = found(answers(texts))
    assert n == len(LATE)
    assert "laptop" in statement.casefold()


def test_praise_is_no_theme() -> None:
    assert found(answers(dict.fromkeys([*LATE, *FRIENDLY], 5.0))) == []


@pytest.mark.parametrize(("nps", "n"), [(3, 1), (9, 0)])
def test_where_there_is_no_score_the_recommendation_counts(nps: int, n: int) -> None:
    assert len(found(answers(dict.fromkeys(LATE, None), nps=nps))) == n


def test_old_answers_do_not_count() -> None:
    old = answers(dict.fromkeys(LATE, 1.0), days_ago=7 * LOOKBACK_WEEKS + 1)
    assert found(old) == []


def test_people_are_taken_out_and_restricted_records_left_out() -> None:
    named = [f"{text}, said Gwenda Harper" for text in LATE]
    frame = answers(dict.fromkeys(named, 1.0))
    (theme,) = themes_of(frame, WEEK, KnownNames.of({"Gwenda Harper"}), frozenset({"desk/INC0"}))
    assert len(theme.answers) == len(LATE) - 1
    assert "Harper" not in str(theme)


def test_the_order_of_answers_changes_nothing() -> None:
    frame = answers(dict.fromkeys([*LATE, *PARKING], 1.0))
    assert found(frame.sample(frac=1, random_state=4)) == found(frame)
