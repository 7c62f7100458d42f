"""What the pages that change something are handed beside the store: rules, people, what follows."""

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Protocol

from itsm.demand import Weights
from itsm.register_care import ALIKE, Patience
from itsm.register_roles import FourEyesException, Person
from itsm.states import RecordKind
from itsm.subscriptions import Subscription
from reports.archive import Archive
from store.conflicts import Resolution
from store.improving import Weighing
from store.outbox_rows import Fate
from store.stage_runs import StageRun
from store.unit_of_work import UnitOfWork

EDITABLE = 5_000
"""Characters of one field of a form that are looked at; the rules refuse less."""


Retry = Callable[[str, RecordKind, Collection[str]], tuple[int, int]]
"""Given a source, a kind and raw keys; how many landed, and how many did not."""


class StageStanding(Protocol):
    """How a stage stands: its newest run, and whether it is late."""

    @property
    def stage(self) -> str:
        """Its name."""

    @property
    def source(self) -> str:
        """Whose, where it is per source; else ""."""

    @property
    def run(self) -> StageRun | None:
        """Its newest run; None where it was never begun."""

    @property
    def expected_within_h(self) -> float | None:
        """It should have ended well within so many hours; None: it is not expected."""

    @property
    def is_late(self) -> bool:
        """It has not."""


class Settle(Protocol):
    """Settles a conflict on both sides, in one transaction."""

    def __call__(
        self, uow: UnitOfWork, conflict_id: str, by: Resolution, person: Person, /
    ) -> Fate:
        """Choose one of two values; gives the intent as it stands now."""


def settle_here(uow: UnitOfWork, conflict_id: str, by: Resolution, _person: Person, /) -> Fate:
    """As the outbox has it; the register is not told."""
    return uow.conflicts.resolve(conflict_id, by)


def nothing_follows(_uow: UnitOfWork, /) -> None:
    """No other system mirrors the register."""


def as_given(subscription: Subscription, /) -> Subscription:
    """A subscription, whatever it asks for."""
    return subscription


def now() -> datetime:
    """The time, in UTC."""
    return datetime.now(UTC)


PLAIN = Weighing(weights=Weights(), alike=ALIKE)
PATIENT = Patience()


@dataclass(frozen=True, slots=True, kw_only=True)
class Works:
    """What the pages need to act, from the settings of an installation.

    Attributes:
        weighing: how demand is scored.
        exceptions: to the four-eyes rules, as the settings list them.
        patience: how long an entry may stand in a state before it is called stale.
        people: whom the settings name, with their full names.
        before: noted in the journal before a change, such as other weights.
        after: put into the outbox after a change, before it is committed.
        settle: settles a conflict, in the register too where it is about an entry.
        acceptable: the rules, by kind of record, that a person may set aside for a record.
        retry: tries records in quarantine once more, with the mapping of today; gives how many
            landed and how many did not. None: the next pull does.
        archive: where the files of packs lie; None: they can only be made anew.
        check_subscription: sees that what a subscription asks for is there.
        standings: how every stage of the work stands at a time; None: only what ran is told.
        prefect: where the runs of the flows are shown, "" for nowhere.
        clock: tells the time.
    """

    weighing: Weighing = PLAIN
    exceptions: tuple[FourEyesException, ...] = ()
    patience: Patience = PATIENT
    people: Mapping[str, str] = field(default_factory=dict)
    before: Callable[[UnitOfWork], object] = nothing_follows
    after: Callable[[UnitOfWork], object] = nothing_follows
    settle: Settle = settle_here
    acceptable: Mapping[str, frozenset[str]] = field(default_factory=dict)
    retry: Retry | None = None
    archive: Archive | None = None
    check_subscription: Callable[[Subscription], Subscription] = as_given
    standings: Callable[[datetime], Sequence[StageStanding]] | None = None
    prefect: str = ""
    clock: Callable[[], datetime] = now

    def name(self, short: str) -> str:
        """A person as people call them."""
        return self.people.get(short) or short
