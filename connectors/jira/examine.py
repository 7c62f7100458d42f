"""Whether a site can be read, before anything is pulled; it is only asked, never changed."""

from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial

import orjson

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
from connectors.core.source import Finding, Level, Mapped
from connectors.jira.api import JiraApi
from connectors.jira.reading import IssueReader
from connectors.jira.rows import CATEGORY, LINK
from connectors.jira.tables import HANGING, NOT_THERE, OBJECTS, KindTable, Tables
from itsm.errors import AuthError, ForbiddenError, SourceError
from itsm.fields import fields_of
from itsm.records import RawRecord
from itsm.states import RecordKind

_SAMPLE = 50
_NO_FIELDS = frozenset({"key", "parent", CATEGORY})


@dataclass(slots=True)
class Examination:
    """Looks at one site.

    Attributes:
        api: the site; should try once only, as a person waits.
        tables: what is to be read.
        reader: what reads a kind.
        map: makes records of raw ones.
    """

    api: JiraApi
    tables: Tables
    reader: Callable[[RecordKind], KindReader | None]
    map: Callable[[RecordKind, Sequence[RawRecord]], Mapped]

    def findings(self) -> Iterator[Finding]:
        """What was found, in the order it was looked at; ends at what makes the rest pointless."""
        answer, found = self._reached()
        yield from found
        if answer is None:
            return
        for kind in self.tables.kinds:
            yield from each(partial(self._permission, kind), partial(self._trouble, kind))
        yield from self._not_read()
        yield clock(answer, self.api.around.clock())
        yield self._zone(answer)
        yield from each(self._fields, partial(self._trouble, "fields"))
        yield from each(self._codes, partial(self._trouble, "codes"))

    def _reached(self) -> tuple[Response | None, list[Finding]]:
        """The answer to who we are, if there is one, and what was found on the way."""
        network = list(reached(self.api.config.url))
        try:
            answer = self.api.unchecked().get(f"{self.api.root}/myself", accept={401, 403})
            if is_page(answer) and answer.status == 200:
                remedy = "look at url, proxy and maintenance windows"
                said = f"a page for people answers: {told_page(answer)}"
                return None, [failure("network", "", said, remedy)]
            if answer.status == 401:
                raise AuthError(self.api.name, "the site refuses the credentials (401)")
            _ = self.api.client
        except AuthError as error:
            return None, [*network, failure("auth", "", error.message, self._who())]
        except SourceError as error:
            return None, [unreached(error)]
        said = f"the credentials are accepted ({self.api.config.auth_kind})"
        return answer, [*network, ok("auth", "", said)]

    def _who(self) -> str:
        name = self.api.name.upper()
        if self.api.config.is_cloud:
            return (
                f"check user (the e-mail address) and CSI_SOURCES__{name}__TOKEN: an API token "
                "lasts a year at most, and a password is refused"
            )
        return f"check user and CSI_SOURCES__{name}__TOKEN, and log in once in a browser"

    def _permission(self, kind: RecordKind) -> Iterator[Finding]:
        reader, table = self.reader(kind), self.tables.kinds[kind]
        if reader is None:
            yield self._no_type(table)
            return
        if kind in HANGING:
            yield ok("permission", kind, "read with the records it hangs on")
            return
        n = reader.count(None)
        told = ", ".join(table.types)
        if n:
            yield ok("permission", kind, f"{n:,} in {told}")
        else:
            level = failure if kind is RecordKind.INCIDENT else warning
            yield level(
                "permission",
                kind,
                f"{told}: nothing is there that this user may see",
                "give the user the permission Browse projects, and a licence as an agent",
            )

    def _no_type(self, table: KindTable) -> Finding:
        if table.kind in HANGING:
            return ok("permission", table.kind, "not read: the site has no such field")
        said = f"not read: the site has no issue type {' or '.join(table.types)}"
        remedy = f'name yours: [sources.{self.api.name}.issue_types] {table.kind} = "..."'
        level = failure if table.kind is RecordKind.INCIDENT else warning
        return level("permission", table.kind, said, remedy)

    def _not_read(self) -> Iterator[Finding]:
        """The kinds that are not read, and what would do it."""
        if self.api.config.kinds is not None:
            return
        for kind in RecordKind:
            if kind in self.tables.kinds:
                continue
            if kind in NOT_THERE:
                yield ok("permission", kind, "not read: Jira Service Management has none")
            elif kind in OBJECTS:
                yield Finding(
                    check="permission",
                    level=Level.OK,
                    subject=kind,
                    said="not read: objects of Assets could be",
                    remedy="name their object type, or read them from files",
                    line=f'[sources.{self.api.name}.assets]\n{kind} = "..."',
                )

    def _zone(self, answer: Response) -> Finding:
        try:
            told = orjson.loads(answer.body).get("timeZone", "")
        except (orjson.JSONDecodeError, AttributeError):
            told = ""
        shown = f" ({told})" if told else ""
        return ok("zone", "", f"times are asked for in UTC, whatever the user's zone{shown}")

    def _fields(self) -> Iterator[Finding]:
        """The fields that the site does not have."""
        facts = self.api.facts()
        for kind, table in self.tables.kinds.items():
            reader = self.reader(kind)
            if not isinstance(reader, IssueReader) or kind in HANGING:
                continue
            lacking = [
                rule.field
                for rule in table.preset.rules
                if not any(_is_there(name, facts.ids) for name in rule.columns)
            ]
            if lacking:
                known = f'[sources.{self.api.name}.fields.{kind}]\n{lacking[0]} = "..."'
                yield Finding(
                    check="fields",
                    level=Level.OK,
                    subject=kind,
                    said=f"no field of the site holds {', '.join(lacking)}",
                    remedy="name yours where there is one",
                    line=known,
                )

    def _codes(self) -> Iterator[Finding]:
        """The codes nobody has given a meaning, of the newest records of each kind."""
        for kind, table in self.tables.kinds.items():
            reader = self.reader(kind)
            if not isinstance(reader, IssueReader) or kind in _UNSAMPLED:
                continue
            specs = {spec.name: spec for spec in fields_of(kind)}
            order = f"{reader.base} ORDER BY {reader.wanted.time} DESC"
            issues = self.api.search(order, reader.wanted.fields, _SAMPLE).issues
            found = Counter(self.map(kind, reader.make(issues)).unmapped_codes)
            for (field, code), _ in found.most_common():
                where = table.preset.code_table(field) or ""
                told = Unexplained(self.api.name, f"{kind}.{field}", where, code)
                yield unexplained(told, specs[field])

    def _trouble(self, subject: str, error: SourceError) -> Finding:
        level = failure if subject == RecordKind.INCIDENT else warning
        if isinstance(error, ForbiddenError):
            said = f"may not be read: {error.message}"
            return level("permission", subject, said, "give the user the permission to browse it")
        check = subject if subject in {"fields", "codes"} else "permission"
        return level(check, subject, error.message, "try again; see whether the site is ill")


_UNSAMPLED = frozenset({RecordKind.HISTORY, RecordKind.COMMENT, RecordKind.APPROVAL,
                        RecordKind.SURVEY_RESPONSE})  # fmt: skip


def _is_there(column: str, ids: Mapping[str, object]) -> bool:
    is_made = column in _NO_FIELDS or LINK.fullmatch(column) is not None
    return is_made or column.casefold() in ids
