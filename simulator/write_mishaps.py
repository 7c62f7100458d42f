"""What goes wrong with writes, alike for every practice system; a system says what differs.

- `lost_reply`: the write is done, and the connection breaks before the answer.
- `late_commit`: the connection breaks at once, and the write is done after so many (`rows`) more
  requests.
- `person_edits`: right before a write to a record is done, somebody changes one of the fields that
  `text` names: after whatever the writer compared with, and before what it writes.
- `write_denied`, `field_ignored`, `field_mandatory`, `move_ignored`: the system's own handlers ask
  `Refusals` for them.
"""

import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from simulator.faults import Chances, Fault, FaultName, drawn
from simulator.web import Answer, Application, Request

_F = FaultName


@dataclass(frozen=True, slots=True)
class Touched:
    """What a write is about: what faults call its table, and its id, "" for a new record."""

    table: str
    key: str = ""


@dataclass(frozen=True, slots=True)
class PersonEdit:
    """What somebody changed by hand; values as the system keeps them."""

    table: str
    key: str
    field: str
    before: str
    after: str


@dataclass(slots=True)
class WriteMishaps:
    """Carries writes out, unless something goes wrong.

    Attributes:
        chances: what goes wrong, asked for anew with each request.
        touched: the record a request writes to; None for one that only reads.
        edit: changes a field of a record as somebody else, to a value that belongs to a number;
            what was changed, None where the record is not there.
        edits: all that was changed so, in order.
    """

    chances: Callable[[], Chances]
    touched: Callable[[Request], Touched | None]
    edit: Callable[[Touched, str, int], PersonEdit | None]
    edits: list[PersonEdit] = field(default_factory=list)
    _late: list[tuple[int, Request, Application]] = field(default_factory=list)
    _lock: threading.RLock = field(default_factory=threading.RLock)

    def carry_out(self, request: Request, application: Application) -> Answer:
        """The answer to a request, or none of it."""
        self._catch_up()
        touched = self.touched(request)
        if touched is None:
            return application(request)
        late = self.chances().hit(_F.LATE_COMMIT, touched.table)
        if late is not None:
            with self._lock:
                self._late.append((int(late[0].rows), request, application))
            return Answer(cut_at=0)
        self._disturb(touched)
        answer = application(request)
        lost = self.chances().hit(_F.LOST_REPLY, touched.table)
        return answer if lost is None else Answer(answer.status, answer.body, cut_at=0)

    def _disturb(self, touched: Touched) -> None:
        hit = self.chances().hit(_F.PERSON_EDITS, touched.table) if touched.key else None
        if hit is None:
            return
        fault, ordinal = hit
        names = fault.text.split()
        name = names[int(drawn(self.chances().faults.seed, "field", ordinal) * len(names))]
        edited = self.edit(touched, name, len(self.edits) + 1)
        if edited is not None:
            self.edits.append(edited)

    def _catch_up(self) -> None:
        """Do what was late; one request more has come."""
        with self._lock:
            due = [one for one in self._late if one[0] <= 0]
            self._late = [(n - 1, asked, do) for n, asked, do in self._late if n > 0]
        for _, asked, do in due:
            do(asked)


@dataclass(frozen=True, slots=True)
class Refusals:
    """What a system does not let one write."""

    chances: Chances

    def is_denied(self, table: str) -> bool:
        """Whether this user may not write to a table at all."""
        return any(fault.concerns(table) for fault in self.chances.faults.of(_F.WRITE_DENIED))

    def ignored(self, table: str) -> frozenset[str]:
        """Fields that are taken without a word, and not kept."""
        return self._fields(_F.FIELD_IGNORED, table)

    def missing(self, table: str, given: Mapping[str, object], *, is_new: bool) -> str:
        """A field that a policy demands and that is left empty, "" where none is."""
        wanted = sorted(self._fields(_F.FIELD_MANDATORY, table))
        empty = [name for name in wanted if (is_new or name in given) and not given.get(name)]
        return next(iter(empty), "")

    def ignores_moves(self, table: str) -> bool:
        """Whether states are not moved by plain writes."""
        return any(fault.concerns(table) for fault in self.chances.faults.of(_F.MOVE_IGNORED))

    def _fields(self, name: FaultName, table: str) -> frozenset[str]:
        faults = [fault for fault in self.chances.faults.of(name) if fault.concerns(table)]
        return frozenset(word for fault in faults for word in fault.text.split())


WRITE_FAULTS: tuple[Fault, ...] = (
    Fault(name=_F.LOST_REPLY, share=0.1),
    Fault(name=_F.LATE_COMMIT, share=0.05, rows=1),
    Fault(name=_F.PERSON_EDITS, share=0.2, text="short_description description"),
    Fault(name=_F.WRITE_DENIED),
    Fault(name=_F.FIELD_IGNORED, text="impact"),
    Fault(name=_F.FIELD_MANDATORY, text="assignment_group"),
    Fault(name=_F.MOVE_IGNORED),
)
"""Each fault of writes as it is when only its name is given."""
