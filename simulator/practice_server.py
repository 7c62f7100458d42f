"""What all practice servers are: started and stopped, with a log of requests and faults at will."""

import hashlib
from abc import ABC, abstractmethod
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from types import TracebackType
from typing import Protocol, Self

from simulator.faults import Chances, Faults
from simulator.web import Answer, Logged, Request, WebServer


@dataclass(frozen=True)
class Access:
    """How a server is reached, and by whom.

    Attributes:
        user: who may log in.
        secret: password or token; without one it follows from the seed.
        host: the address to listen on; others than this machine's are not meant.
        certificate: a PEM file with key and certificate, for https.
    """

    user: str = "csi.reader"
    secret: str = ""
    host: str = "127.0.0.1"
    certificate: Path | None = None


USUAL_ACCESS = Access()
"""A user whose secret follows from the seed, on this machine."""


class Holder(Protocol):
    """What a server serves, and what goes wrong with it."""

    chances: Chances

    def now(self) -> datetime:
        """What time it is there."""
        ...


class PracticeServer(ABC):
    """A server on this machine until it is left.

    A subclass enters what it needs, and answers requests.
    """

    def __init__(self, faults: Faults, port: int, access: Access) -> None:
        self._first_faults = faults
        self._web = WebServer(self._answer, port, access.host, access.certificate)
        self._kept = ExitStack()

    @property
    @abstractmethod
    def held(self) -> Holder:
        """What is served."""

    @abstractmethod
    def _start(self, stack: ExitStack) -> None:
        """Make what is served; the stack takes what has to be closed."""

    @abstractmethod
    def _prepare(self) -> None:
        """Bring what is served into the state that the faults ask for."""

    @abstractmethod
    def _answer(self, request: Request) -> Answer:
        """The answer to a request."""

    def __enter__(self) -> Self:
        """Make what is served, and listen."""
        with ExitStack() as stack:
            self._start(stack)
            self._web.clock = self.now
            self.faults = self._first_faults
            stack.enter_context(self._web)
            self._kept = stack.pop_all()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Stop, and throw away what was made."""
        self._kept.__exit__(kind, error, trace)

    @property
    def url(self) -> str:
        """Where the server can be reached."""
        return self._web.url

    @property
    def port(self) -> int:
        """The port it listens on."""
        return self._web.port

    @property
    def requests(self) -> list[Logged]:
        """Every request that was answered, in order; may be cleared."""
        return self._web.requests

    @property
    def errors(self) -> list[Exception]:
        """Defects of the server itself: always empty, one hopes."""
        return self._web.errors

    @property
    def faults(self) -> Faults:
        """What goes wrong; may be set anew while it runs."""
        return self.held.chances.faults

    @faults.setter
    def faults(self, faults: Faults) -> None:
        self.held.chances = Chances(faults)
        self._prepare()

    def now(self) -> datetime:
        """What time it is on the server."""
        return self.held.now()


def practice_word(seed: int, what: str) -> str:
    """A password, secret or key of a practice server; it follows from the seed."""
    return hashlib.blake2b(f"{seed}/{what}".encode(), digest_size=9).hexdigest()
