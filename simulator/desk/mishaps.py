"""What goes wrong with practice systems that stand on a desk and give out tokens."""

from abc import abstractmethod
from dataclasses import dataclass, field
from typing import ClassVar, Protocol

from simulator.desk.churn import Churn
from simulator.desk.desk import Desk
from simulator.faults import Chances, FaultName
from simulator.mishaps import PracticeMishaps
from simulator.web import Answer, Application, Request
from simulator.write_mishaps import PersonEdit, Touched, WriteMishaps


class OnDesk(Protocol):
    """A system with a desk."""

    @property
    def desk(self) -> Desk:
        """Its records."""
        ...


@dataclass(slots=True)
class DeskMishaps(PracticeMishaps):
    """Applies faults around requests, writes among them, and to records between requests."""

    on: OnDesk
    writes: WriteMishaps = field(init=False)
    root: ClassVar[str]
    """Where the addresses begin that want a token."""

    def __post_init__(self) -> None:
        """Meddle with writes, too."""
        self.writes = WriteMishaps(lambda: self.chances, self.touched, self.edit)

    @abstractmethod
    def touched(self, request: Request) -> Touched | None:
        """The record that a request writes to; None for one that only reads."""

    @abstractmethod
    def edit(self, one: Touched, name: str, ordinal: int) -> PersonEdit | None:
        """Change a field of a record as somebody else."""

    @property
    def chances(self) -> Chances:
        """Decides what goes wrong."""
        return self.on.desk.chances

    @property
    def churn(self) -> Churn:
        """Changes incidents; nothing remembers those that are deleted."""
        desk = self.on.desk
        return Churn(desk, "incident", lambda one: desk.remove(one, is_told=False))

    def carry_out(self, request: Request, application: Application) -> Answer:
        """Answer a request, unless something goes wrong, with writes above all."""
        return self.around(request, lambda asked: self.writes.carry_out(asked, application))

    def may_fail(self, name: FaultName, request: Request, table: str) -> bool:
        """A token ends where one is used, and only lists are cut."""
        if name is FaultName.EXPIRED_TOKEN:
            return request.path.startswith(self.root)
        return PracticeMishaps.may_fail(self, name, request, table)

    def after(self, request: Request, table: str) -> None:
        """Incidents change once a page of them was read."""
        if table == "incident":
            self.churn.after()
