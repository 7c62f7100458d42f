"""Examinations of systems that are read kind by kind: what is asked, and in which order."""

from abc import ABC, abstractmethod
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import datetime
from functools import partial
from itertools import islice
from typing import ClassVar, Generic, Protocol, TypeVar

from connectors.core.answers import Response, is_page, told_page
from connectors.core.examining import (
    Unexplained,
    clock,
    each,
    failure,
    ok,
    reached,
    unexplained,
    unreached,
    warning,
)
from connectors.core.kind_source import KindReader
from connectors.core.named_kinds import NamedKinds
from connectors.core.source import Finding, Level, Mapped
from itsm.errors import AuthError, ForbiddenError, SourceError
from itsm.fields import fields_of
from itsm.records import RawRecord
from itsm.states import RecordKind

_UNSAMPLED = frozenset({RecordKind.HISTORY, RecordKind.COMMENT, RecordKind.SURVEY_RESPONSE})


class _Addressed(Protocol):
    @property
    def url(self) -> str: ...


class _Timed(Protocol):
    @property
    def clock(self) -> Callable[[], datetime]: ...


class ExaminedApi(Protocol):
    """What is asked of the API of any system: the source's name, its address, the clock here."""

    @property
    def name(self) -> str:
        """The source's name."""

    @property
    def config(self) -> _Addressed:
        """The source's settings."""

    @property
    def around(self) -> _Timed:
        """What a source is given by who runs it."""


ApiT = TypeVar("ApiT", bound=ExaminedApi)


class KindExamination(ABC, Generic[ApiT]):
    """Looks at one system; a system says how it is reached and what its users need."""

    setting: ClassVar[str] = "kinds"
    """The setting that names where a kind is held."""
    lacks: ClassVar[Mapping[RecordKind, str]] = {}
    """Kinds the system has nothing of, and what could be done."""

    def __init__(
        self,
        api: ApiT,
        tables: NamedKinds,
        reader: Callable[[RecordKind], KindReader | None],
        map_: Callable[[RecordKind, Sequence[RawRecord]], Mapped],
    ) -> None:
        self._api = api
        self._name = api.name
        self._tables = tables
        self._reader = reader
        self._map = map_

    @abstractmethod
    def greet(self) -> Response:
        """The answer to a request that only somebody who is known gets.

        Raises:
            SourceError: there is none; AuthError where the credentials are refused.
        """

    @abstractmethod
    def zone(self) -> Iterator[Finding]:
        """What was found about time zones."""

    def rights(self, kind: RecordKind) -> str:
        """What the user needs to read a kind."""
        return f"let the user read {kind} records"

    def who(self) -> str:
        """What to look at where the credentials are refused."""
        return f"check user and the secret in CSI_SOURCES__{self._name.upper()}__..."

    def findings(self) -> Iterator[Finding]:
        """What was found, in the order it was looked at; ends at what makes the rest pointless."""
        answer, found = self._reached()
        yield from found
        if answer is None:
            return
        for kind in self._tables.kinds:
            yield from each(partial(self._permission, kind), partial(self._trouble, kind))
        yield from self._not_read()
        yield clock(answer, self._api.around.clock())
        yield from each(self.zone, partial(self._trouble, "zone"))
        for kind in self._tables.kinds:
            if kind not in _UNSAMPLED:
                yield from each(partial(self._codes, kind), partial(self._trouble, "codes"))

    def _reached(self) -> tuple[Response | None, list[Finding]]:
        network = list(reached(self._api.config.url))
        try:
            answer = self.greet()
        except AuthError as error:
            return None, [*network, failure("auth", "", error.message, self.who())]
        except SourceError as error:
            return None, [unreached(error)]
        if is_page(answer):
            said = f"a page for people answers: {told_page(answer)}"
            return None, [failure("network", "", said, "look at url, proxy and maintenance")]
        return answer, [*network, ok("auth", "", "the credentials are accepted")]

    def _permission(self, kind: RecordKind) -> Iterator[Finding]:
        reader, table = self._reader(kind), self._tables.kinds[kind]
        if reader is None:
            yield ok("permission", kind, "not read: the system has no such thing")
            return
        told = ", ".join(table.names)
        n = reader.count(None) if told else None
        if n is None:
            page = next(reader.pages(None), None)
            n = len(page.records) if page is not None else 0
            told = f"{told or 'what it hangs on'}, as far as was looked"
        if n:
            yield ok("permission", kind, f"{n:,} in {told}")
        else:
            level = failure if kind is RecordKind.INCIDENT else warning
            said = f"{told}: nothing is there that this user may see"
            yield level("permission", kind, said, self.rights(kind))

    def _not_read(self) -> Iterator[Finding]:
        for kind in RecordKind:
            if kind in self._tables.kinds:
                continue
            if kind in self.lacks:
                yield ok("permission", kind, f"not read: {self.lacks[kind]}")
            else:
                yield Finding(
                    check="permission",
                    level=Level.OK,
                    subject=kind,
                    said="not read: it has no place by itself",
                    remedy="name yours, or read them from files",
                    line=f'[sources.{self._name}.{self.setting}]\n{kind} = "..."',
                )

    def _codes(self, kind: RecordKind) -> Iterator[Finding]:
        """The codes nobody has given a meaning, of the first records of a kind."""
        reader, table = self._reader(kind), self._tables.kinds[kind]
        if reader is None:
            return
        specs = {spec.name: spec for spec in fields_of(kind)}
        raw = [one for page in islice(reader.pages(None), 1) for one in page.records]
        for (field, code), _ in Counter(self._map(kind, raw).unmapped_codes).most_common():
            where = table.preset.code_table(field) or ""
            told = Unexplained(self._name, f"{kind}.{field}", where, code)
            yield unexplained(told, specs[field])

    def _trouble(self, subject: str, error: SourceError) -> Finding:
        level = failure if subject == RecordKind.INCIDENT else warning
        check = subject if subject in {"zone", "codes"} else "permission"
        if isinstance(error, ForbiddenError):
            kind = RecordKind(subject) if subject in list(RecordKind) else RecordKind.INCIDENT
            return level(check, subject, f"may not be read: {error.message}", self.rights(kind))
        return level(check, subject, error.message, "see whether the system is well, and try again")
