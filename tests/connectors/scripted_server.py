"""A server that gives the answers it was told to give, and a time that passes only by waiting."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from connectors.core.auth import Auth, NoAuth
from connectors.core.budget import Budget, NoBudget
from connectors.core.client import HttpClient
from connectors.core.settings import HttpSettings
from simulator.web import Answer, Request, WebServer, json_answer

START = datetime(2026, 3, 2, 8, 0, tzinfo=UTC)

Told = Answer | Callable[[Request], Answer]


@dataclass(slots=True)
class SteppedTime:
    """A clock that stands still until somebody waits."""

    now: datetime = START
    waits_s: list[float] = field(default_factory=list)

    def sleep(self, seconds: float) -> None:
        """Let time pass."""
        self.waits_s.append(seconds)
        self.now += timedelta(seconds=seconds)

    def clock(self) -> datetime:
        """The time."""
        return self.now


@dataclass(slots=True)
class Script:
    """What a server answers, in order; the last answer is given from then on."""

    url: str
    time: SteppedTime
    answers: list[Told]
    asked: list[Request] = field(default_factory=list)

    def answer(self, request: Request) -> Answer:
        """The next answer."""
        self.asked.append(request)
        told = self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]
        return told if isinstance(told, Answer) else told(request)

    def client(
        self, auth: Auth | None = None, budget: Budget | None = None, **settings: Any
    ) -> HttpClient:
        """A client of this server, whose waits cost no time."""
        return HttpClient(
            "ours",
            f"{self.url}/base",
            auth or NoAuth(),
            budget or NoBudget(),
            HttpSettings(**settings),
            self.time.sleep,
            self.time.clock,
        )


@contextmanager
def scripted(*answers: Told) -> Iterator[Script]:
    """A server on this machine that gives these answers."""
    script = Script("", SteppedTime(), list(answers))
    with WebServer(script.answer, clock=script.time.clock) as server:
        script.url = server.url
        yield script
    assert server.errors == []


def rows(*keys: str) -> Answer:
    """A good answer."""
    return json_answer({"result": list(keys)})


def page(title: str, *, content_type: str = "text/html;charset=UTF-8") -> Answer:
    """An answer for people."""
    body = f"<html><head><title>{title}</title></head></html>".encode()
    return Answer(200, body, content_type=content_type)


def status(number: int, *headers: tuple[str, str], message: str = "") -> Answer:
    """An answer with a status, and what the system says of it."""
    told = {"error": {"message": message, "detail": None}, "status": "failure"}
    return json_answer(told, number, *headers)
