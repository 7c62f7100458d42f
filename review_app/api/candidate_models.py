"""Candidates and decisions as the API shows and takes them."""

from datetime import date, datetime
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

from itsm.decisions import Action, RejectedAs
from review_app.wishes import MAX_FIELD, MAX_REASON, MAX_REFS

Text = Annotated[str, Field(max_length=MAX_REASON)]
Name = Annotated[str, Field(max_length=200)]
Refs = Annotated[list[Name], Field(max_length=MAX_REFS)]


class Which(BaseModel):
    """Which candidates are listed."""

    show: Literal["week", "open", "mine", "decided", "all"] = Field(
        "open", description="The week's session, all that is open, one's own, what was decided."
    )
    q: Name = Field("", description="Words that must be in it.")
    service: Name = ""
    team: Name = ""
    source: Name = ""
    week: Name = Field("", description="As 2026-W46; the newest where it is left out.")


class Candidate(BaseModel):
    """A candidate as the queue lists it."""

    candidate_id: str
    rank: int
    statement: str
    decision: str = Field(description="As of now: undecided, accepted, linked, rejected ...")
    is_open: bool = Field(description="Whether it waits for a decision.")
    life: str
    flags: list[str]
    n_members: int
    avoidable_hours: float = Field(description="Expected in the next 90 days.")
    avoidable_low: float
    avoidable_high: float
    confidence: float
    service: str
    team: str
    sources: list[str]
    first_seen_at: datetime
    last_seen_at: datetime
    weekly_counts: list[int]
    known_problems: list[str]
    assignee: str
    suggested: str = Field(description="The action that the page suggests.")
    suggested_why: str


class MemberOut(BaseModel):
    """An incident of a candidate; one that the token does not show has no number."""

    source: str
    number: str | None
    score: float
    title: str | None
    opened_at: datetime | None
    state: str | None


class Record(BaseModel):
    """The problem record that accepting would write, and what it would set off."""

    fields: dict[str, str] = Field(
        description="Without quotes where they may hold a restricted record you are not shown."
    )
    home: str
    links: list[str]
    n_hidden: int = Field(description="Incidents that are linked, too, and not shown to you.")
    n_writes: int


class Push(BaseModel):
    """A write that a decision caused, and where it stands."""

    action: str
    kind: str
    source: str
    state: str
    number: str
    link: str
    said: str


class DecisionOut(BaseModel):
    """A decision as it was kept."""

    decision_id: str
    action: str
    candidate_id: str
    actor: str
    at: datetime
    reason: str
    other: str | None
    until: date | None
    until_new: int | None
    rejected_as: str | None
    withdraws: str | None
    pushes: list[Push]


class DecisionIn(BaseModel):
    """A decision to be made."""

    model_config = ConfigDict(extra="forbid")

    action: Action = Field(description="What is done; to take one back, POST to its undo.")
    reason: Text = ""
    rejected_as: RejectedAs | None = None
    others: list[Name] = Field(
        default_factory=list,
        max_length=60,
        description="Other candidates of a merge, the one it repeats; the problem, person, vendor.",
    )
    until: date | None = None
    until_new: int | None = Field(None, ge=1, le=1_000_000)
    statement: Annotated[str, Field(max_length=300)] = ""
    incidents: Refs = Field(
        default_factory=list, description="SOURCE/NUMBER: pinned, removed, or split off."
    )
    split_by: Name = Field("", description="The field by which it is split.")
    apart: list[Name] = Field(default_factory=list, max_length=60)
    is_grouping_right: bool | None = None
    record: dict[Name, Annotated[str, Field(max_length=MAX_FIELD)]] | None = Field(
        None, description="The problem record, as it should be written; left out: as proposed."
    )
    links: Refs | None = Field(None, description="SOURCE/NUMBER of what is linked to it.")
    home: Name = ""
    with_entry: bool = Field(False, description="Open an entry in the register, too.")


class Made(BaseModel):
    """What came of a decision."""

    decisions: list[DecisionOut]
    n_writes: int = Field(description="Writes that were put into the outbox.")
    entry: str = Field(description="The entry of the register, where one was asked for.")
