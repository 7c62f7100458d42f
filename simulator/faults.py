"""What may go wrong with a practice server, as data: which requests and rows, by seed."""

import hashlib
import threading
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from enum import StrEnum

from itsm.errors import ConfigError


class FaultName(StrEnum):
    """What may go wrong."""

    RATE_LIMIT = "rate_limit"
    SLOW = "slow"
    SERVER_ERROR = "server_error"
    CONNECTION_DROPPED = "connection_dropped"
    TRUNCATED_200 = "truncated_200"
    HTML_200 = "html_200"
    EXPIRED_TOKEN = "expired_token"  # noqa: S105  # the name of a fault
    ACL_ROWS = "acl_rows"
    ACL_FLIP = "acl_flip"
    DENIED = "denied"
    INVALID_CLAUSE_NO_ROWS = "invalid_clause_no_rows"
    ROWS_TOUCHED = "rows_touched"
    ROWS_INSERTED = "rows_inserted"
    ROWS_DELETED = "rows_deleted"
    ROWS_PURGED = "rows_purged"
    SAME_SECOND = "same_second"
    CLOCK_SKEW = "clock_skew"
    INTERNAL_LINKS = "internal_links"
    USER_ZONE = "user_zone"
    SHORT_PAGES = "short_pages"
    INDEX_LAG = "index_lag"
    ANONYMOUS_200 = "anonymous_200"
    CAPTCHA = "captcha"
    LOST_REPLY = "lost_reply"
    LATE_COMMIT = "late_commit"
    PERSON_EDITS = "person_edits"
    WRITE_DENIED = "write_denied"
    FIELD_IGNORED = "field_ignored"
    FIELD_MANDATORY = "field_mandatory"
    MOVE_IGNORED = "move_ignored"


@dataclass(frozen=True, slots=True, kw_only=True)
class Fault:
    """One thing that goes wrong, and when.

    Attributes:
        name: what goes wrong.
        share: share of the requests it could hit.
        ordinals: those hit in any case; the first that it could hit after the faults were set is 1.
        tables: only requests for these; empty for all.
        rows: a share of rows (up to 1), or how many rows.
        seconds: a wait, or the skew of a clock.
        text: a zone, a host, or names of fields apart by blanks.
    """

    name: FaultName
    share: float = 0.0
    ordinals: frozenset[int] = frozenset()
    tables: frozenset[str] = frozenset()
    rows: float = 0.0
    seconds: float = 0.0
    text: str = ""

    def concerns(self, table: str) -> bool:
        """Whether a request for a table can be hit."""
        return not self.tables or table in self.tables


_WORK = frozenset({"incident", "problem", "change_request", "sc_req_item"})
_F = FaultName
USUAL: tuple[Fault, ...] = (
    Fault(name=_F.RATE_LIMIT, share=0.03, seconds=1),
    Fault(name=_F.SLOW, share=0.03, seconds=0.3),
    Fault(name=_F.SERVER_ERROR, share=0.03),
    Fault(name=_F.CONNECTION_DROPPED, share=0.03),
    Fault(name=_F.TRUNCATED_200, share=0.04),
    Fault(name=_F.HTML_200, share=0.02),
    Fault(name=_F.EXPIRED_TOKEN, share=0.02),
    Fault(name=_F.ACL_ROWS, rows=0.02, tables=_WORK),
    Fault(name=_F.ACL_FLIP, share=0.1, rows=0.03, tables=_WORK),
    Fault(name=_F.DENIED, tables=frozenset({"sys_audit"})),
    Fault(name=_F.INVALID_CLAUSE_NO_ROWS),
    Fault(name=_F.ROWS_TOUCHED, share=0.3, rows=3, tables=_WORK),
    Fault(name=_F.ROWS_INSERTED, share=0.2, rows=2, tables=_WORK),
    Fault(name=_F.ROWS_DELETED, share=0.2, rows=1, tables=_WORK),
    Fault(name=_F.ROWS_PURGED, share=0.1, rows=1, tables=_WORK),
    Fault(name=_F.SAME_SECOND, rows=1_200, tables=frozenset({"incident"})),
    Fault(name=_F.CLOCK_SKEW, seconds=90),
    Fault(name=_F.INTERNAL_LINKS, text="https://node-a.internal.example:16001"),
    Fault(name=_F.USER_ZONE, text="US/Pacific"),
)
"""Each fault of ServiceNow as it is when only its name is given."""
_INSTEAD = {"sys_audit": frozenset({"metric_instance"})}
"""What is denied when everything goes wrong, so that history can be read."""
_GROUPS = {
    "rows_change": (_F.ROWS_TOUCHED, _F.ROWS_INSERTED, _F.ROWS_DELETED, _F.ROWS_PURGED),
}
_NOT_IN_ALL = frozenset({_F.INVALID_CLAUSE_NO_ROWS})


@dataclass(frozen=True, slots=True)
class Faults:
    """All that goes wrong with a server; the same seed hits the same requests.

    After `most_in_a_row` failures one behind the other the next request is spared, so that who
    tries again gets through.
    """

    faults: tuple[Fault, ...] = ()
    seed: int = 0
    most_in_a_row: int = 2

    @staticmethod
    def all(seed: int, known: Sequence[Fault] = USUAL) -> "Faults":
        """Everything at once, of what may go wrong with a system."""
        kept = [fault for fault in known if fault.name not in _NOT_IN_ALL]
        return Faults(tuple(map(_in_all, kept)), seed)

    @staticmethod
    def named(names: Iterable[str], seed: int = 0, known: Sequence[Fault] = USUAL) -> "Faults":
        """Faults by name; `all` stands for everything, `rows_change` for all changes of rows.

        Args:
            names: what is to go wrong.
            seed: which requests are hit.
            known: what may go wrong with the system.

        Raises:
            ConfigError: a name is not known.
        """
        chosen = tuple(names)
        if "all" in chosen:
            return Faults.all(seed, known)
        usual = {fault.name.value: fault for fault in known}
        wanted: list[str] = []
        for name in chosen:
            wanted += _GROUPS.get(name, (name,))
        unknown = [name for name in wanted if name not in usual]
        if unknown:
            told = ", ".join([*usual, *_GROUPS, "all"])
            raise ConfigError(f"no fault is called {unknown[0]!r}; known are {told}")
        return Faults(tuple(usual[name] for name in dict.fromkeys(wanted)), seed)

    def of(self, name: FaultName) -> Iterator[Fault]:
        """The faults of one name."""
        return (fault for fault in self.faults if fault.name is name)

    def first(self, name: FaultName) -> Fault | None:
        """The first fault of a name, if any."""
        return next(self.of(name), None)


def _in_all(fault: Fault) -> Fault:
    """A fault as it is when everything goes wrong."""
    denied = next(iter(fault.tables), "") if fault.name is _F.DENIED else ""
    return replace(fault, tables=_INSTEAD[denied]) if denied in _INSTEAD else fault


NONE = Faults()
"""Nothing goes wrong."""


def drawn(*parts: object) -> float:
    """A number from 0 to 1 that belongs to these words."""
    text = "/".join(map(str, parts)).encode()
    return int.from_bytes(hashlib.blake2b(text, digest_size=6).digest(), "big") / 2.0**48


@dataclass(slots=True)
class Chances:
    """Decides request by request; counts what each fault could have hit."""

    faults: Faults
    _counts: dict[Fault, int] = field(default_factory=dict)
    _in_a_row: int = 0
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def hit(self, name: FaultName, table: str = "") -> tuple[Fault, int] | None:
        """The fault that hits the request at hand, and its ordinal; None if none does."""
        with self._lock:
            for fault in self.faults.of(name):
                if fault.concerns(table):
                    ordinal = self._counts[fault] = self._counts.get(fault, 0) + 1
                    by_chance = drawn(self.faults.seed, name, table, ordinal) < fault.share
                    if ordinal in fault.ordinals or by_chance:
                        return fault, ordinal
        return None

    def failing(self, names: Iterable[FaultName], table: str) -> tuple[Fault, int] | None:
        """The first of some failures that hits the request, unless it is to be spared."""
        found = None
        for name in names:
            hit = self.hit(name, table)
            found = found or hit
        with self._lock:
            if found is not None and self._in_a_row >= self.faults.most_in_a_row:
                planned = found[1] in found[0].ordinals
                found = found if planned else None
            self._in_a_row = self._in_a_row + 1 if found is not None else 0
        return found

    def hidden(self, table: str) -> Callable[[str], bool]:
        """Which rows, by key, the request at hand does not get to see."""
        seed = self.faults.seed
        shares = [
            (f"{seed}", fault.rows)
            for fault in self.faults.of(FaultName.ACL_ROWS)
            if fault.concerns(table)
        ]
        flipped = self.hit(FaultName.ACL_FLIP, table)
        if flipped is not None:
            shares.append((f"{seed}/{flipped[1]}", flipped[0].rows))
        return lambda key: any(drawn(salt, key) < share for salt, share in shares)

    @property
    def hides_rows(self) -> bool:
        """Whether any row may be hidden."""
        hiding = (FaultName.ACL_ROWS, FaultName.ACL_FLIP)
        return any(fault.name in hiding for fault in self.faults.faults)
