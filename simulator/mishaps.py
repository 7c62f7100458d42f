"""What goes wrong around a request, alike for every practice system; a system says what differs."""

import time
from abc import ABC, abstractmethod

from simulator.faults import Chances, Fault, FaultName, drawn
from simulator.trouble import broken_off, failed, halved
from simulator.web import Answer, Application, Request

_F = FaultName
FAILING = (_F.RATE_LIMIT, _F.SERVER_ERROR, _F.CONNECTION_DROPPED, _F.TRUNCATED_200, _F.HTML_200,
           _F.EXPIRED_TOKEN)  # fmt: skip


class PracticeMishaps(ABC):
    """Applies faults around requests."""

    page = b"<!DOCTYPE html><html><head><title>Maintenance</title></head><body></body></html>"

    @property
    @abstractmethod
    def chances(self) -> Chances:
        """Decides what goes wrong."""

    @abstractmethod
    def table_of(self, request: Request) -> str:
        """What faults call that which a request is about; "" for nothing in particular."""

    @abstractmethod
    def after(self, request: Request, table: str) -> None:
        """What happens once a request was answered well."""

    @abstractmethod
    def limited(self, fault: Fault) -> Answer:
        """What is answered where too much was asked."""

    @abstractmethod
    def expired(self, request: Request) -> Answer:
        """End the life of the token of a request, and say so."""

    def may_fail(self, name: FaultName, request: Request, table: str) -> bool:
        """Whether a failure makes sense for a request."""
        return name is not _F.EXPIRED_TOKEN and (name is not _F.TRUNCATED_200 or bool(table))

    def around(self, request: Request, application: Application) -> Answer:
        """Answer a request, unless something goes wrong; afterwards records may change."""
        table, chances = self.table_of(request), self.chances
        slow = chances.hit(_F.SLOW, table)
        if slow is not None:
            time.sleep(slow[0].seconds)
        possible = [name for name in FAILING if self.may_fail(name, request, table)]
        hit = chances.failing(possible, table)
        answer = self._failed(request, application, *hit) if hit else application(request)
        if answer.status in {200, 206} and table:
            self.after(request, table)
        return answer

    def _failed(
        self, request: Request, application: Application, fault: Fault, ordinal: int
    ) -> Answer:
        chance = drawn(self.chances.faults.seed, "how", fault.name, ordinal)
        if fault.name is _F.RATE_LIMIT:
            return self.limited(fault)
        if fault.name is _F.SERVER_ERROR:
            return failed(chance)
        if fault.name is _F.HTML_200:
            return Answer(200, self.page, content_type="text/html;charset=UTF-8")
        if fault.name is _F.EXPIRED_TOKEN:
            return self.expired(request)
        answer = application(request)
        return halved(answer) if fault.name is _F.TRUNCATED_200 else broken_off(answer, chance)
