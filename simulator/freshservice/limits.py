"""The rate limits of an account: so many credits a minute, by plan, and fewer for some requests."""

import threading
from collections.abc import Mapping
from dataclasses import dataclass, field

from simulator.desk.desk import Desk
from simulator.trouble import with_headers
from simulator.web import Answer, Request

PLANS: Mapping[str, tuple[int, int, int]] = {
    "starter": (100, 40, 50),
    "growth": (200, 70, 80),
    "pro": (400, 120, 140),
    "enterprise": (500, 140, 160),
}
"""By plan: credits a minute in all, for lists of tickets, and for viewing or writing one."""
UNLIMITED = 5_000
_MINUTE = 60


@dataclass(slots=True)
class Limits:
    """Counts credits; without a plan nothing is refused."""

    desk: Desk
    plan: str = ""
    _minute: int = 0
    _used: dict[str, int] = field(default_factory=dict)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def refusal(self, request: Request) -> Answer | None:
        """What is answered where the limit is reached; each request counts, refused or not."""
        credits, what = self.cost(request), _what(request)
        with self._lock:
            minute = self.desk.now_s() // _MINUTE
            if minute != self._minute:
                self._minute, self._used = minute, {}
            for name in {"all", what}:
                self._used[name] = self._used.get(name, 0) + credits
            if not self.plan or not self._is_over(what):
                return None
        left = _MINUTE - self.desk.now_s() % _MINUTE
        return with_headers(Answer(429), ("Retry-After", str(left)))

    def told(self, request: Request, answer: Answer) -> Answer:
        """An answer with what is left."""
        total = PLANS[self.plan][0] if self.plan else UNLIMITED
        used = self._used.get("all", 0)
        return with_headers(
            answer,
            ("X-Ratelimit-Total", str(total)),
            ("X-Ratelimit-Remaining", str(max(0, total - used))),
            ("X-Ratelimit-Used-CurrentRequest", str(self.cost(request))),
        )

    def cost(self, request: Request) -> int:
        """The credits of a request: what is included costs, too, up to three for a list."""
        included = [one for one in request.parameters.get("include", "").split(",") if one]
        return 1 + min(2, len(included))

    def _is_over(self, what: str) -> bool:
        total, listed, one = PLANS[self.plan]
        allowed = {"list": listed, "one": one}.get(what, total)
        return self._used["all"] > total or self._used[what] > allowed


def _what(request: Request) -> str:
    """Which limit of its own a request has."""
    parts = request.path.removeprefix("/api/v2/").split("/")
    if parts[0] != "tickets":
        return "other"
    return "list" if len(parts) == 1 and request.method == "GET" else "one"
