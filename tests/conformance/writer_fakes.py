"""What a system needs so that its writer can be put to the test: `WriterFake`.

A new writer adds its fake to `known_writers.py`; the suite then runs what its abilities say.
"""

from abc import ABC, abstractmethod
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from connectors.core.comparing import Rules
from connectors.core.delivering import Delivery
from connectors.core.surroundings import Surroundings
from connectors.core.writing import Writer
from connectors.registry import REGISTRY
from itsm.pushing import PushKind, PushMode
from simulator.faults import Fault
from simulator.settings import EstateSettings
from simulator.write_mishaps import PersonEdit
from tests.connectors.scripted_server import SteppedTime


class WriterFake(ABC):
    """A practice system that is written to.

    Attributes:
        system: its name in the registry.
        tables: what its faults call each kind.
        columns: what its faults and edits call the fields that the suite changes by hand: "title"
            and "description" of a problem, and "problem" of an incident where it has one at most.
        policy: the field that can be made mandatory or ignored, in its own words and in ours.
        ignores_fields: whether it may take a field without a word, and not keep it.
    """

    system: str
    tables: Mapping[PushKind, str]
    columns: Mapping[str, str]
    policy: tuple[str, str] | None = None
    ignores_fields = True
    estate = EstateSettings(n_incidents=150, n_weeks=4, seed=5)

    def __init__(self) -> None:
        self.time = SteppedTime()

    @property
    def instance(self) -> str:
        """What it calls itself."""
        return "practice"

    @contextmanager
    @abstractmethod
    def running(self, folder: Path) -> Iterator[None]:
        """While it runs; files may be put into the folder."""

    @abstractmethod
    def settings(self) -> dict[str, object]:
        """The source's table in the configuration, `push.instance` included."""

    @abstractmethod
    def misbehave(self, *faults: Fault, seed: int = 0) -> None:
        """What goes wrong from now on; nothing if nothing is given."""

    @abstractmethod
    def incidents(self) -> list[tuple[str, str]]:
        """Ids and numbers of incidents that are not closed and have no problem."""

    @abstractmethod
    def carrying(self, kind: PushKind, key: str) -> list[str]:
        """The ids of all records that carry an idempotency key, as an administrator sees them."""

    @abstractmethod
    def shown(self, kind: PushKind, record: str, field: str) -> str:
        """What a field holds, in our words, as an administrator sees it."""

    @abstractmethod
    def edit(self, kind: PushKind, record: str, field: str, value: str) -> None:
        """Somebody changes a field by hand: "title", "description" or "problem"."""

    def edit_entry(self, record: str, field: str, value: str) -> None:
        """Somebody changes "title" or "state" of a register entry by hand, the state by our name.

        Systems that keep no register entries have no such form.
        """
        raise AssertionError(f"{self.system} keeps no register entries")

    @abstractmethod
    def close(self, kind: PushKind, record: str) -> None:
        """Somebody closes a record for good."""

    @abstractmethod
    def notes(self, record: str) -> list[tuple[str, bool]]:
        """Every note and comment on a record, and whether customers do not see it."""

    @abstractmethod
    def edits(self) -> list[PersonEdit]:
        """What people changed while PERSON_EDITS went wrong."""

    @abstractmethod
    def n_requests(self, method: str) -> int:
        """How many requests with a method came so far."""

    def in_our_words(self, value: str) -> str:
        """A value of a `PersonEdit` as `Remote.fields` shows it."""
        return value

    def around(self) -> Surroundings:
        """Waits that cost no time."""
        return Surroundings(sleep=self.time.sleep, clock=self.time.clock)

    def writer(self, **settings: object) -> Writer:
        """The connector's writer."""
        return REGISTRY[self.system].writer("ours", {**self.settings(), **settings}, self.around())

    def delivery(self, rules: Rules | None = None, **settings: object) -> Delivery:
        """The engine before it."""
        usual = Rules(mode=PushMode.FULL, instance=self.instance)
        return Delivery(self.writer(**settings), rules or usual, self.time.clock)
