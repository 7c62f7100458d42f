"""What the review pages are handed; they read no settings and build nothing themselves."""

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field
from zoneinfo import ZoneInfo

from starlette.requests import HTTPConnection

from itsm.candidates import CostModel
from itsm.states import RecordKind
from review_app.board import Boards
from review_app.desk import Desk
from review_app.identity.actors import Known
from review_app.identity.browser import Access
from review_app.identity.machine import known_by_machine
from review_app.session import Budget
from review_app.works import Works
from store.reviewing import Reviewing
from store.standing import Watching

Redact = Callable[[str, Collection[str]], str]
"""Takes what is personal out of a title; also given the names in the incident's own fields."""
RecordLink = Callable[[str], str | None]
"""The address of an incident in its own tool, by its number; None where there is none."""
KindLink = Callable[[RecordKind, str], str | None]
"""The address of a record of any kind, by its number; None where there is none."""
Identify = Callable[[HTTPConnection], Known]
"""Finds out who is asking."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ReviewParts:
    """What the pages need.

    Attributes:
        reviewing: the reads of the store.
        redact: applied to every title before it is shown.
        zone: the zone of days, times and reporting weeks.
        organisation: the name in the head of every page.
        cost: what a repeat costs, as it is configured now.
        links: where the incidents of a source can be opened, by source.
        record_links: where other records of a source can be opened, by source.
        language: the language of the pages.
        config: the configuration file, as commands that help should name it.
        identify: finds out who is asking.
        access: what lets people in; None: nobody can log in here.
        watching: what health and figures are read from; None: there are none.
        desk: what decisions are written with; None: nothing can be decided here.
        budget: the time there is for the weekly session.
        works: what the pages of the register, of conflicts and of packs act with.
        boards: what everybody has before the eyes, kept between requests.
    """

    reviewing: Reviewing
    redact: Redact
    zone: ZoneInfo
    organisation: str
    cost: CostModel
    links: Mapping[str, RecordLink] = field(default_factory=dict)
    record_links: Mapping[str, KindLink] = field(default_factory=dict)
    language: str = "en"
    config: str = "csi.toml"
    identify: Identify = known_by_machine
    access: Access | None = None
    watching: Watching | None = None
    desk: Desk | None = None
    budget: Budget = field(default_factory=Budget)
    works: Works = field(default_factory=Works)
    boards: Boards = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "boards", Boards(self.reviewing, self.budget))
