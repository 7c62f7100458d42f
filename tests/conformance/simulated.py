"""What the fakes have in common that stand on a practice server."""

from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from simulator.faults import NONE, Fault, FaultName, Faults
from simulator.practice_server import PracticeServer
from simulator.settings import EstateSettings
from tests.conformance.fakes import PAGE_SIZE, HttpFake, TickingClock, Trouble
from tests.conformance.gateway import gateway_before

_F = FaultName
FAILURES = (
    _F.SERVER_ERROR,
    _F.CONNECTION_DROPPED,
    _F.TRUNCATED_200,
    _F.HTML_200,
    _F.EXPIRED_TOKEN,
)


class SimulatedFake(HttpFake):
    """A practice server behind a gateway.

    Attributes:
        faults: what makes each trouble.
        together: the troubles that are made all at once.
        besides: what else goes wrong then.
        step_s: how far the clock goes each time one looks.
    """

    estate = EstateSettings(n_incidents=150, n_weeks=4, seed=5)
    faults: Mapping[Trouble, tuple[Fault, ...]]
    together: tuple[Trouble, ...] = (Trouble.CHURN, Trouble.TIES, Trouble.SKEW)
    besides: tuple[Fault, ...] = ()
    step_s = 1.0
    served: PracticeServer

    def made(self, clock: TickingClock, folder: Path) -> PracticeServer:
        """The server; not started yet."""
        raise NotImplementedError

    def secrets_of(self) -> tuple[str, ...]:
        """What of the running server must not be told."""
        raise NotImplementedError

    @contextmanager
    def running(self, folder: Path) -> Iterator[None]:
        """Start the server and the gateway."""
        clock = TickingClock(self.estate.export_at, step_s=self.step_s)
        with self.made(clock, folder) as self.served:
            self.secrets = self.secrets_of()
            with gateway_before(self.served.url, self.served.now) as gateway:
                self.gateway = gateway
                yield
        assert self.served.errors == []

    def asked_by(self, secret: Mapping[str, object]) -> dict[str, object]:
        """The source's table, with small pages and no overlap."""
        usual = {"url": self.gateway.url, "page_size": PAGE_SIZE, "overlap_s": 0}
        return {**usual, **secret}

    def misbehave(self, trouble: Trouble | None, seed: int = 0) -> None:
        """Faults of the practice server."""
        chosen: Iterable[Fault] = ()
        if trouble is Trouble.ALL:
            chosen = [fault for one in self.together for fault in self.faults.get(one, ())]
            chosen += [Fault(name=name, share=0.06) for name in FAILURES]
            chosen += self.besides
        elif trouble is not None:
            chosen = self.faults.get(trouble, ())
        self.served.faults = Faults(tuple(chosen), seed) if trouble is not None else NONE

    def is_hidden(self, table: str) -> "frozenset[str]":
        """The keys of the fake's kind that are hidden at present."""
        hides = self.served.held.chances.hidden(table)
        return frozenset(key for key in self.truth(self.kind) if hides(key))
