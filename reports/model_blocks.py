"""The blocks that sections of a pack are made of: tables, cards, charts, candidates."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Opening:
    """How a section opens: what happened and whether it is a signal, and what is asked."""

    sentence: str
    ask: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Column:
    """One column of a table; numbers are set flush right with the same decimals throughout."""

    title: str
    is_number: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Table:
    """A table whose caption says what it shows; the first column names the row.

    `anchors`, where given, name for each row the evidence of its figure, None where it has none.
    """

    caption: str
    columns: tuple[Column, ...]
    rows: tuple[tuple[str, ...], ...]
    note: str | None = None
    anchors: tuple[str | None, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Card:
    """A headline figure with what a reader needs to trust it."""

    figure_id: str
    title: str
    value: str
    verdict: str
    tone: str
    facts: tuple[str, ...]
    partner: str | None = None
    note: str | None = None
    n_rows: int = 0
    anchor: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ChartMark:
    """A known event, or an improvement that went live, at the places of its weeks in a chart."""

    key: str
    name: str
    first: int
    last: int
    is_step: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class ControlChart:
    """A weekly series as a control chart; `title` states the finding.

    The limits hold from the week at place `limits_from` on; weeks before it are not judged.
    `anchor` names the evidence of its newest value.
    """

    figure_id: str
    title: str
    subtitle: str
    unit: str
    weeks: tuple[str, ...]
    values: tuple[float | None, ...]
    decimals: int
    is_share: bool
    lower: float | None
    centre: float | None
    upper: float | None
    tone: str
    why: str | None = None
    marks: tuple[ChartMark, ...] = ()
    limits_from: int = 0
    anchor: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class BarChart:
    """Bars of one measure over ordered groups; `title` states the finding."""

    figure_id: str
    title: str
    subtitle: str
    group: str
    measure: str
    labels: tuple[str, ...]
    values: tuple[float, ...]
    texts: tuple[str, ...]
    anchors: tuple[str | None, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class HandOffPath:
    """What one team hands to another: the hours that wait in all, how many hand-offs, in words."""

    giver: str
    taker: str
    hours: float
    text: str
    n: int
    anchor: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class HandOffMap:
    """Who hands work to whom, and how long it waits; `title` states the finding. Never a person."""

    figure_id: str
    title: str
    subtitle: str
    paths: tuple[HandOffPath, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class MemberLine:
    """An incident of a candidate as the card lists it; no title where its text is not shown."""

    number: str
    source: str
    score: str
    title: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Reason:
    """One line of why incidents were grouped; `share` is its part of all the weight, 0-1."""

    kind: str
    text: str
    weight: str
    share: float
    contributes: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class CandidateCard:
    """A problem candidate as a reader decides on it."""

    candidate_id: str
    anchor: str
    rank: int
    statement: str
    life: str
    movement: str
    decision: str
    facts: tuple[tuple[str, str], ...]
    weekly_counts: tuple[int, ...]
    spark_title: str
    reasons: tuple[Reason, ...]
    purity: tuple[str, ...]
    closest: tuple[MemberLine, ...]
    edge: tuple[MemberLine, ...]
    text_note: str | None = None
    known_problems: tuple[str, ...] = ()
