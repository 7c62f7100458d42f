"""The practice ServiceNow that the story plays in: its clock, the way to it, what is in it."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from flows.mirror_settling import settle
from flows.pushing import come_back, deliveries
from flows.stages.deliver import Deliveries
from flows.story.cast import MANAGER, NAMES
from flows.wiring import Parts
from itsm.errors import StoreError
from itsm.pushed import Choice
from itsm.pushing import PushKind, key_of
from simulator.servicenow.home import Home, Note, keep_note
from simulator.servicenow.server import ServiceNowServer
from simulator.settings import EstateSettings
from simulator.story import STORY_WEEKS
from store.conflicts import Resolution

SOURCE = "practice"
"""What the instance is called among the sources."""
COLLEAGUE = "Gwen Harper"
"""Who works in ServiceNow, and never opens anything of ours."""
_TABLES = {PushKind.PROBLEM: "problem", PushKind.REGISTER_ENTRY: "sn_cim_register"}


@dataclass(slots=True)
class StoryClock:
    """What time it is in the story."""

    at: datetime

    def __call__(self) -> datetime:
        """The time."""
        return self.at


@dataclass(frozen=True, slots=True)
class Entered:
    """A record that the pipeline has entered there: where it is, and the code of its state."""

    table: str
    key: str
    number: str
    state: str


@dataclass(frozen=True, slots=True)
class StoryInstance:
    """The instance while it runs.

    Attributes:
        settings: of its estate.
        server: the practice ServiceNow.
        clock: of the story; the server's, and that of the pushes.
    """

    settings: EstateSettings
    server: ServiceNowServer
    clock: StoryClock

    def reads_back(self, parts: Parts, at: datetime) -> list[str]:
        """What colleagues changed there is taken over; a line for each.

        Raises:
            StoreError: the instance could not be read.
        """
        self.clock.at = at
        lines, troubles = come_back(parts, self._run(parts))
        if troubles:
            raise StoreError("; ".join(troubles.values()))
        return lines

    def delivers(self, parts: Parts, at: datetime) -> str:
        """Write what waits in the outbox; returns how much was written.

        Raises:
            StoreError: the instance could not be written to.
        """
        self.clock.at = at
        run = self._run(parts)
        done = run.run(f"PUSH-{at.astimezone(UTC):%Y%m%dT%H%M%S}")
        if run.troubles:
            raise StoreError("; ".join(run.troubles.values()))
        return ", ".join(f"{n} {state}" for state, n in sorted(done.numbers.items())) or "nothing"

    def _run(self, parts: Parts) -> Deliveries:
        run = deliveries(parts)
        run.clock = self.clock
        return run

    def settles(self, parts: Parts, at: datetime) -> int:
        """The manager chooses what a colleague wrote, wherever both sides did; how often."""
        with parts.store.begin() as uow:
            queued = uow.conflicts.list()
            for one in queued:
                by = Resolution(
                    choice=Choice.KEEP_THEIRS,
                    actor=MANAGER,
                    at=at,
                    reason="they were closer to it",
                )
                settle(uow, parts, one.conflict.conflict_id, by)
            uow.commit()
        return len(queued)

    def record(self, kind: PushKind, subject: str) -> Entered | None:
        """The record that stands for a candidate or an entry; None if there is none."""
        table, wanted = _TABLES[kind], key_of(kind, subject)
        for row in self.server.truth(table):
            if _value(row, "correlation_id") == wanted:
                key, number, state = (_value(row, x) for x in ("sys_id", "number", "state"))
                return Entered(table, key, number, state)
        return None


def _value(row: Mapping[str, object], name: str) -> str:
    cell = row.get(name, "")
    return str(cell["value"]) if isinstance(cell, dict) else str(cell)


@contextmanager
def serving(settings: EstateSettings, out: Path) -> Iterator[StoryInstance]:
    """The instance, with everybody of the story in it; what is written stays in `out`."""
    begins_at = settings.last_week.shifted(1 - STORY_WEEKS).start_at
    clock = StoryClock(settings.export_at)
    home = Home(out / "servicenow", earliest=begins_at)
    with ServiceNowServer(settings, home=home, clock=clock) as server:
        keep_note(home, Note(settings, server.port))
        clock.at = begins_at
        for name in (*NAMES.values(), COLLEAGUE):
            server.enter_person(name)
        clock.at = settings.export_at
        yield StoryInstance(settings, server, clock)


def begun_anew(out: Path) -> None:
    """Remove what an earlier story has left in its folder: its database, and its instance."""
    for left in (*out.glob("csi.sqlite*"), *(out / "servicenow").glob("*")):
        left.unlink()
