"""Feeds that read records: problems, actions from reviews, surveys, missed SLAs, continuity."""

from collections.abc import Iterator, Sequence

import numpy as np
import pandas as pd

from flows.comment_themes import CommentTheme
from flows.feeds.material import Given, Material, Missing, Proposed
from itsm.register import Origin
from itsm.register_parts import Dimension
from itsm.states import ClockTarget, ClockType, ProblemState, RecordKind, TaskState
from reports.measures.tags import has_tag

LOOKBACK_WEEKS = 13
"""Themes are looked for in so many weeks."""
LOW = 2
"""A score of 5 from which down somebody was not served well."""


def problems(material: Material) -> Given:
    """An open problem without a workaround and without a known cause, for too long."""
    frame = material.data.frame(RecordKind.PROBLEM)
    if frame is None:
        return Missing(feed="problem", reason="no source provides problems")
    since = _moment(material) - pd.Timedelta(days=material.thresholds.problem_age_days)
    is_open = frame["resolved_at"].isna() & frame["closed_at"].isna()
    is_open &= ~frame["state"].isin(_SOLVED)
    is_bare = frame["workaround"].isna() & frame["root_cause"].isna()
    old = frame[is_open & is_bare & (frame["opened_at"] < since)]
    return (_problem(row, material) for row in _rows(old.sort_values(["opened_at", "number"])))


_SOLVED = [ProblemState.RESOLVED, ProblemState.CLOSED, ProblemState.CANCELED]


def _problem(row: dict[str, object], material: Material) -> Proposed:
    name = f"{row['source']}/{row['number']}"
    return Proposed(
        key=(name,),
        title=f"Find a fix for: {_said(row['title'], name)}",
        description=(
            f"{name} is open since {row['opened_at']:%Y-%m-%d}, without a workaround and without a "
            "root cause."
        ),
        origin=Origin.PROBLEM,
        origin_record=name,
        evidence=(name,),
        service=_text(row["service"]),
        dimension=Dimension.TECHNOLOGY,
    )


def review_actions(material: Material) -> Given:
    """An action from a post-incident review that is late."""
    frame = material.data.frame(RecordKind.REVIEW_ACTION)
    if frame is None:
        return Missing(feed="review", reason="no source provides actions from reviews")
    bar = _moment(material) - pd.Timedelta(days=material.thresholds.action_late_days)
    is_open = frame["closed_at"].isna() & ~frame["state"].isin(_DONE)
    late = frame[is_open & (frame["due_at"] <= bar)]
    return (_action(row) for row in _rows(late.sort_values(["due_at", "number"])))


_DONE = [TaskState.DONE, TaskState.DROPPED]


def _action(row: dict[str, object]) -> Proposed:
    name = f"{row['source']}/{row['number']}"
    return Proposed(
        key=(name,),
        title=f"Overdue action from a review: {_said(row['title'], name)}",
        description=f"{name} of {row['review']} was due on {row['due_at']:%Y-%m-%d}.",
        origin=Origin.POST_INCIDENT_REVIEW,
        origin_record=name,
        evidence=(name, f"{row['source']}/{row['review']}"),
        measure_id="review_actions_closed",
        dimension=Dimension.PROCESS,
    )


def surveys(material: Material) -> Given:
    """A service on which many answers of the last weeks were low."""
    answers = material.data.frame(RecordKind.SURVEY_RESPONSE)
    incidents = material.data.frame(RecordKind.INCIDENT)
    if answers is None or incidents is None:
        return Missing(feed="survey", reason="no source provides survey answers with incidents")
    recent = answers[_within(answers["answered_at"], material) & (answers["score"] <= LOW)]
    served = recent[recent["record_kind"] == RecordKind.INCIDENT].merge(
        incidents[["source", "number", "service"]],
        left_on=["source", "record"],
        right_on=["source", "number"],
        suffixes=("", "_of"),
    )
    groups = _large(served, ["service"], material.thresholds.unhappy)
    return (_survey(str(key[0]), rows, material) for key, rows in groups)


def _survey(service: str, rows: pd.DataFrame, material: Material) -> Proposed:
    return Proposed(
        key=(service, material.quarter),
        title=f"Answer what users of {service} say: {len(rows)} low scores",
        description=(
            f"{len(rows)} answers of {LOW} or less out of 5 in {LOOKBACK_WEEKS} weeks. Read them, "
            "and answer with an action, or with an explicit no."
        ),
        origin=Origin.SURVEY,
        origin_record=f"{service} {material.quarter}",
        evidence=_names(rows, "number"),
        service=service,
        measure_id="csat",
        dimension=Dimension.PEOPLE,
    )


def comments(material: Material) -> Given:
    """What low answers say again and again, in comments."""
    if material.comments is None:
        return Missing(feed="comment", reason="no source provides survey answers")
    bar = material.thresholds.unhappy
    return (_comment(one) for one in material.comments if len(one.answers) >= bar)


def _comment(one: CommentTheme) -> Proposed:
    score = "" if one.mean_score is None else f", {one.mean_score:.1f} of 5 in the mean"
    return Proposed(
        key=(one.statement,),
        title=f"Answer what users say: {one.statement}",
        description=(
            f"{len(one.answers)} comments of low answers say so{score}. Answer with an action, or "
            "cancel the entry with the reason for the no."
        ),
        origin=Origin.SURVEY,
        origin_record=f"theme: {one.statement}",
        evidence=one.answers,
        measure_id="csat",
        dimension=Dimension.PEOPLE,
    )


def sla_themes(material: Material) -> Given:
    """A service and category whose resolution clocks were missed again and again."""
    clocks = material.data.frame(RecordKind.SLA_CLOCK)
    incidents = material.data.frame(RecordKind.INCIDENT)
    if clocks is None or incidents is None:
        return Missing(feed="sla", reason="no source provides SLA clocks with incidents")
    chosen = clocks[
        (clocks["record_kind"] == RecordKind.INCIDENT)
        & (clocks["type"] == ClockType.SLA)
        & (clocks["target"] == ClockTarget.RESOLUTION)
        & clocks["is_breached"].fillna(False).astype(bool)
        & ~clocks["is_canceled"].astype(bool)
        & _within(clocks["ended_at"], material)
    ]
    named = chosen[["source", "record"]].merge(
        incidents[["source", "number", "service", "category"]],
        left_on=["source", "record"],
        right_on=["source", "number"],
    )
    groups = _large(named, ["service", "category"], material.thresholds.breaches)
    return (_theme(str(key[0]), str(key[1]), rows, material) for key, rows in groups)


def _theme(service: str, category: str, rows: pd.DataFrame, material: Material) -> Proposed:
    return Proposed(
        key=(service, category, material.quarter),
        title=f"Keep the SLA of {service}: {category} misses it",
        description=(
            f"{len(rows)} resolution clocks of {category} on {service} ended breached in "
            f"{LOOKBACK_WEEKS} weeks. `csi figure sla_legs` tells where their time went."
        ),
        origin=Origin.MANUAL,
        origin_record=f"{service}/{category} {material.quarter}",
        evidence=_names(rows, "number"),
        service=service,
        measure_id="sla_compliance",
        dimension=Dimension.PROCESS,
    )


def continuity(material: Material) -> Given:
    """A follow-up of a continuity test that is open: a problem or change with that tag."""
    tag = material.continuity
    if tag is None:
        reason = "no tag `continuity` is declared under [figures.tags]"
        return Missing(feed="continuity", reason=reason)
    kinds = (RecordKind.PROBLEM, RecordKind.CHANGE)
    frames = [(kind, frame) for kind in kinds if (frame := material.data.frame(kind)) is not None]
    if not frames:
        return Missing(feed="continuity", reason="no source provides problems or changes")
    found = []
    for kind, frame in frames:
        is_open = frame["closed_at"].isna() & (frame["opened_at"] < _moment(material))
        found += [(kind, row) for row in _rows(frame[has_tag(frame, tag) & is_open])]
    return (_follow_up(kind, row) for kind, row in found)


def _follow_up(kind: RecordKind, row: dict[str, object]) -> Proposed:
    name = f"{row['source']}/{row['number']}"
    return Proposed(
        key=(name,),
        title=f"Follow up the continuity test: {_said(row['title'], name)}",
        description=f"{kind} {name}, opened on {row['opened_at']:%Y-%m-%d}, is not closed.",
        origin=Origin.AUDIT,
        origin_record=name,
        evidence=(name,),
        service=_text(row["service"]),
        dimension=Dimension.TECHNOLOGY,
    )


def _large(
    frame: pd.DataFrame, by: Sequence[str], bar: int
) -> list[tuple[tuple[object, ...], pd.DataFrame]]:
    """The groups of at least so many rows, the largest first."""
    named = frame.dropna(subset=list(by))
    groups = [(key, rows) for key, rows in named.groupby(list(by), sort=True) if len(rows) >= bar]
    return sorted(groups, key=lambda pair: (-len(pair[1]), pair[0]))


def _within(times: pd.Series, material: Material) -> pd.Series:
    end = _moment(material)
    return (times >= end - pd.Timedelta(weeks=LOOKBACK_WEEKS)) & (times < end)


def _moment(material: Material) -> pd.Timestamp:
    return pd.Timestamp(material.week.end_at)


def _rows(frame: pd.DataFrame) -> Iterator[dict[str, object]]:
    for row in frame.to_dict("records"):
        yield {str(name): value for name, value in row.items()}


def _names(rows: pd.DataFrame, column: str) -> tuple[str, ...]:
    pairs = zip(rows["source"], rows[column], strict=True)
    return tuple(f"{source}/{number}" for source, number in pairs)


def _said(title: object, name: str) -> str:
    return _text(title) or name


def _text(value: object) -> str | None:
    is_missing = value is None or (isinstance(value, float) and np.isnan(value))
    return None if is_missing else str(value)
