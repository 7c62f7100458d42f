"""A gateway before a practice server: passes requests on, and can answer them otherwise."""

import http.client
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from urllib.parse import urlsplit

from simulator.web import Answer, Request, WebServer

Pass = Callable[[Request], Answer]
Meddle = Callable[[Request, Pass], Answer]

_OWN = {"connection", "content-length", "content-type", "date", "host", "transfer-encoding"}


def unmeddled(request: Request, pass_on: Pass) -> Answer:
    """The answer of the server behind."""
    return pass_on(request)


@dataclass(slots=True)
class Gateway:
    """Stands before a server.

    Attributes:
        behind: the URL of the server.
        meddle: answers a request, by passing it on or otherwise.
        asked: every request that came, in order.
    """

    behind: str
    meddle: Meddle = unmeddled
    asked: list[Request] = field(default_factory=list)
    url: str = ""

    def answer(self, request: Request) -> Answer:
        """The answer to a request."""
        self.asked.append(request)
        return self.meddle(request, self.pass_on)

    def pass_on(self, request: Request) -> Answer:
        """What the server behind answers; if it breaks the connection off, so do we."""
        connection = http.client.HTTPConnection(urlsplit(self.behind).netloc, timeout=60)
        headers = {name: value for name, value in request.headers.items() if name not in _OWN}
        if "content-type" in request.headers:
            headers["content-type"] = request.headers["content-type"]
        try:
            connection.request(request.method, request.target, request.body or None, headers)
            answer = connection.getresponse()
            told = [(n, v) for n, v in answer.getheaders() if n.lower() not in _OWN]
            kind = answer.getheader("Content-Type", "")
            body, cut_at = _read(answer)
            return Answer(answer.status, body, tuple(told), kind, cut_at)
        except http.client.RemoteDisconnected:
            return Answer(cut_at=0)
        finally:
            connection.close()


def _read(answer: http.client.HTTPResponse) -> tuple[bytes, int | None]:
    """The body, and where it breaks off if it does."""
    try:
        return answer.read(), None
    except http.client.IncompleteRead as error:
        return error.partial + bytes(error.expected or 0), len(error.partial)


@contextmanager
def gateway_before(
    behind: str, clock: Callable[[], datetime] = lambda: datetime.now(UTC)
) -> Iterator[Gateway]:
    """A gateway on this machine; its clock is that of the server behind."""
    gateway = Gateway(behind)
    with WebServer(gateway.answer, clock=clock) as server:
        gateway.url = server.url
        yield gateway
    assert server.errors == []


@dataclass(slots=True)
class Sometimes:
    """Answers some requests otherwise: those whose ordinal is named, or all."""

    otherwise: Answer
    ordinals: frozenset[int] | None = None
    n_asked: int = 0

    def __call__(self, request: Request, pass_on: Pass) -> Answer:
        """The answer to a request."""
        self.n_asked += 1
        is_hit = self.ordinals is None or self.n_asked in self.ordinals
        return self.otherwise if is_hit else pass_on(request)
