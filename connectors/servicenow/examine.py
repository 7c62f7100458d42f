"""Whether an instance can be read, before anything is pulled; it is only asked, never changed."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import partial

from connectors.core.answers import Response, is_page, told_page
from connectors.core.calls import Params
from connectors.core.examining import clock, each, failure, ok, reached, unreached, warning
from connectors.core.source import Finding, Level
from connectors.servicenow.api import Query, TableApi, is_no_table, value_of
from connectors.servicenow.deletes import LOG
from connectors.servicenow.dictionary import Dictionary
from connectors.servicenow.history import HistorySource
from connectors.servicenow.reading import TableReader
from connectors.servicenow.tables import Tables
from itsm.errors import AuthError, FatalSourceError, ForbiddenError, SourceError
from itsm.states import RecordKind

_USERS = "api/now/table/sys_user"
_LOOKED_AT = 50
_ROLES = {
    RecordKind.INCIDENT: "itil, or sn_incident_read",
    RecordKind.PROBLEM: "itil, or sn_problem_read",
    RecordKind.CHANGE: "itil, or sn_change_read",
    RecordKind.CONFIGURATION_ITEM: "cmdb_read",
    RecordKind.SERVICE: "cmdb_read",
}


@dataclass(slots=True)
class Examination:
    """Looks at one instance.

    Attributes:
        api: the instance; should try once only, as a person waits.
        tables: what is to be read.
        history: where history would be read.
        reader: what reads a kind.
    """

    api: TableApi
    tables: Tables
    history: HistorySource
    reader: Callable[[RecordKind], TableReader | None]
    _dictionary: Dictionary = field(init=False)

    def __post_init__(self) -> None:
        self._dictionary = Dictionary(self.api, self.tables)

    def findings(self) -> Iterator[Finding]:
        """What was found, in the order it was looked at; ends at what makes the rest pointless."""
        response, found = self._reached()
        yield from found
        if response is None:
            return
        for kind in self.tables.kinds:
            yield self._asked("permission", kind, partial(self._permission, kind))
        yield from self._not_read()
        yield self._asked("permission", RecordKind.HISTORY, self._told_history)
        yield self._asked("permission", "deletions", self._told_deletions)
        yield clock(response, self.api.around.clock())
        yield self._asked("zone", "", self._zone)
        yield from each(self._dictionary.fields, partial(self._trouble, "fields", ""))
        yield from each(self._dictionary.codes, partial(self._trouble, "codes", ""))

    def _reached(self) -> tuple[Response | None, list[Finding]]:
        """An answer, if the instance can be reached as this user, and what was found on the way."""
        params: Params = {"sysparm_limit": 1, "sysparm_fields": "sys_id"}
        try:
            answer = self.api.client.get(_USERS, params, accept={401, 403})
        except AuthError as error:
            return None, [*reached(self.api.config.url), self._refused(error.message, {})]
        except SourceError as error:
            return None, [unreached(error)]
        if is_page(answer):
            return None, [self._page(answer)]
        if answer.status == 401:
            said = "the instance refuses the credentials (401)"
            return None, [*reached(self.api.config.url), self._refused(said, answer.headers)]
        return answer, [*reached(self.api.config.url), ok("auth", "", self._told_auth())]

    def _page(self, answer: Response) -> Finding:
        told = told_page(answer)
        if "hibernat" in told.lower():
            said, remedy = "the instance is asleep", "wake it in a browser, then try again"
        else:
            said, remedy = "a page for people answers", "look at url, proxy and maintenance windows"
        return failure("network", "", f"{said}: {told}", remedy)

    def _told_auth(self) -> str:
        return f"the credentials are accepted ({self.api.config.auth_kind})"

    def _refused(self, said: str, headers: Mapping[str, str]) -> Finding:
        name = self.api.name.upper()
        if headers.get("X-MFA_TOKEN"):
            said = f"{said}: it wants a second factor"
            remedy = "exempt this user from it, or use auth = 'oauth_client' or an API key"
        elif self.api.config.auth_kind == "api_key":
            remedy = f"check CSI_SOURCES__{name}__API_KEY, and the access policy of the key"
        else:
            remedy = (
                f"check user and CSI_SOURCES__{name}__PASSWORD; the user must be active and, for "
                "OAuth, client_id and client_secret must be those of an active application"
            )
        return failure("auth", "", said, remedy)

    def _permission(self, kind: RecordKind) -> Finding:
        reader = self.reader(kind)
        if reader is None:
            return ok("permission", kind, "not read: the instance has no such columns")
        table = reader.table
        query = Query(table.table, table.filter)
        answer = self.api.whole(query, _LOOKED_AT)
        if answer.total and not answer.rows:
            return failure(
                "permission",
                kind,
                f"{table.table} counts {answer.total:,} rows and shows none of the first "
                f"{_LOOKED_AT}: access rules hide them",
                self._rights(kind, table.table),
            )
        if not answer.rows:
            return warning("permission", kind, f"{table.table} holds no rows for this user", "")
        total = "rows" if answer.total is None else f"{answer.total:,} rows"
        return ok("permission", kind, f"{total} in {table.table}")

    def _rights(self, kind: RecordKind, table: str) -> str:
        return f"give the user {_ROLES.get(kind, f'a read rule on {table} and its columns')}"

    def _not_read(self) -> Iterator[Finding]:
        """The kinds no table is known of."""
        if self.api.config.kinds is not None:
            return
        for kind in RecordKind:
            if kind not in self.tables.kinds and kind is not RecordKind.HISTORY:
                yield Finding(
                    check="permission",
                    level=Level.OK,
                    subject=kind,
                    said="not read: ServiceNow has no table of these by itself",
                    remedy="name yours, or read them from files",
                    line=f'[sources.{self.api.name}.tables]\n{kind} = "u_..."',
                )

    def _told_history(self) -> Finding:
        told = self.history.mode()
        if told == "differences":
            return warning(
                "permission",
                RecordKind.HISTORY,
                "neither sys_audit nor metric_instance shows rows: history is made from what "
                "differs between two pulls, so what happens in between is not seen",
                "give the user a read rule on sys_audit, or pull more often",
            )
        if told == "metric":
            return warning(
                "permission",
                RecordKind.HISTORY,
                "sys_audit shows no rows: history is read from metric_instance, which tells new "
                "values of the fields that metrics are defined for",
                "give the user a read rule on sys_audit",
            )
        return ok("permission", RecordKind.HISTORY, "read from sys_audit")

    def _told_deletions(self) -> Finding:
        self.api.whole(Query(LOG), 1)
        return ok("permission", "deletions", f"read from {LOG}")

    def _zone(self) -> Finding:
        config = self.api.config
        if config.user is None:
            return ok("zone", "", "times are read in UTC, whatever the user's zone")
        query = Query("sys_user", f"user_name={config.user}", columns=("sys_id", "time_zone"))
        rows = self.api.whole(query, 1).rows
        zone = value_of(rows[0], "time_zone") if rows else ""
        shown = f" ({zone})" if zone else ""
        return ok("zone", "", f"times are read in UTC, whatever the user's zone{shown}")

    def _asked(self, check: str, subject: str, find: Callable[[], Finding]) -> Finding:
        try:
            return find()
        except SourceError as error:
            return self._trouble(check, subject, error)

    def _trouble(self, check: str, subject: str, error: SourceError) -> Finding:
        is_needed = subject == RecordKind.INCIDENT
        if isinstance(error, ForbiddenError):
            rights = _ROLES.get(RecordKind(subject)) if subject in list(RecordKind) else None
            remedy = f"give the user {rights or 'a read rule on the table'}"
            return _trouble(is_needed, check, subject, f"may not be read: {error.message}", remedy)
        if isinstance(error, FatalSourceError) and is_no_table(error):
            said = "not read: the instance has no such table"
            return _trouble(is_needed, check, subject, said, "name yours under `tables`")
        return failure(check, subject, error.message, "try again; see whether the instance is ill")


def _trouble(is_needed: bool, check: str, subject: str, said: str, remedy: str) -> Finding:
    return (failure if is_needed else warning)(check, subject, said, remedy)
