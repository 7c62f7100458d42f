"""Whether an instance can be read, before anything is pulled; it is only asked, never changed."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import partial
from urllib.parse import urlsplit

from connectors.core.answers import Response, is_page, told_page
from connectors.core.calls import Params
from connectors.core.source import Finding, Level
from connectors.core.waits import told_time
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
_SKEW_S = 60.0
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
        yield self._clock(response)
        yield self._asked("zone", "", self._zone)
        yield from self._each("fields", self._dictionary.fields)
        yield from self._each("codes", self._dictionary.codes)

    def _reached(self) -> tuple[Response | None, list[Finding]]:
        """An answer, if the instance can be reached as this user, and what was found on the way."""
        params: Params = {"sysparm_limit": 1, "sysparm_fields": "sys_id"}
        try:
            answer = self.api.client.get(_USERS, params, accept={401, 403})
        except AuthError as error:
            return None, [*self._network(), self._refused(error.message, {})]
        except FatalSourceError as error:
            check = "tls" if "certificate" in error.message else "network"
            return None, [_failure(check, "", error.message, "look at url and http.ca_bundle")]
        except SourceError as error:
            return None, [_failure("network", "", error.message, "look at url, proxy and firewall")]
        if is_page(answer):
            return None, [self._page(answer)]
        if answer.status == 401:
            said = "the instance refuses the credentials (401)"
            return None, [*self._network(), self._refused(said, answer.headers)]
        return answer, [*self._network(), _ok("auth", "", self._told_auth())]

    def _network(self) -> Iterator[Finding]:
        parts = urlsplit(self.api.config.url)
        yield _ok("network", "", f"{parts.netloc} answers")
        if parts.scheme == "https":
            yield _ok("tls", "", "the certificate is trusted")
        elif parts.hostname in {"localhost", "127.0.0.1", "::1"}:
            yield _ok("tls", "", "not needed: the instance is on this machine")
        else:
            yield Finding(
                check="tls",
                level=Level.WARNING,
                subject="",
                said="the connection is not encrypted: passwords and tickets can be read on it",
                remedy="write the url with https://",
            )

    def _page(self, answer: Response) -> Finding:
        told = told_page(answer)
        if "hibernat" in told.lower():
            said, remedy = "the instance is asleep", "wake it in a browser, then try again"
        else:
            said, remedy = "a page for people answers", "look at url, proxy and maintenance windows"
        return _failure("network", "", f"{said}: {told}", remedy)

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
        return _failure("auth", "", said, remedy)

    def _permission(self, kind: RecordKind) -> Finding:
        reader = self.reader(kind)
        if reader is None:
            return _ok("permission", kind, "not read: the instance has no such columns")
        table = reader.table
        query = Query(table.table, table.filter)
        answer = self.api.whole(query, _LOOKED_AT)
        if answer.total and not answer.rows:
            return _failure(
                "permission",
                kind,
                f"{table.table} counts {answer.total:,} rows and shows none of the first "
                f"{_LOOKED_AT}: access rules hide them",
                self._rights(kind, table.table),
            )
        if not answer.rows:
            return _warning("permission", kind, f"{table.table} holds no rows for this user", "")
        total = "rows" if answer.total is None else f"{answer.total:,} rows"
        return _ok("permission", kind, f"{total} in {table.table}")

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
            return _warning(
                "permission",
                RecordKind.HISTORY,
                "neither sys_audit nor metric_instance shows rows: history is made from what "
                "differs between two pulls, so what happens in between is not seen",
                "give the user a read rule on sys_audit, or pull more often",
            )
        if told == "metric":
            return _warning(
                "permission",
                RecordKind.HISTORY,
                "sys_audit shows no rows: history is read from metric_instance, which tells new "
                "values of the fields that metrics are defined for",
                "give the user a read rule on sys_audit",
            )
        return _ok("permission", RecordKind.HISTORY, "read from sys_audit")

    def _told_deletions(self) -> Finding:
        self.api.whole(Query(LOG), 1)
        return _ok("permission", "deletions", f"read from {LOG}")

    def _clock(self, response: Response) -> Finding:
        theirs = told_time(response.headers)
        if theirs is None:
            return _warning("clock", "", "the instance does not tell the time", "")
        ahead_s = (theirs - self.api.around.clock()).total_seconds()
        if abs(ahead_s) <= _SKEW_S:
            return _ok("clock", "", f"differs by {abs(ahead_s):.0f} s from this machine's")
        word = "ahead of" if ahead_s > 0 else "behind"
        return _warning(
            "clock",
            "",
            f"the instance's clock is {abs(ahead_s):,.0f} s {word} this machine's",
            "set this machine's clock by NTP; nothing is lost, as the instance's own times count",
        )

    def _zone(self) -> Finding:
        config = self.api.config
        if config.user is None:
            return _ok("zone", "", "times are read in UTC, whatever the user's zone")
        query = Query("sys_user", f"user_name={config.user}", columns=("sys_id", "time_zone"))
        rows = self.api.whole(query, 1).rows
        zone = value_of(rows[0], "time_zone") if rows else ""
        shown = f" ({zone})" if zone else ""
        return _ok("zone", "", f"times are read in UTC, whatever the user's zone{shown}")

    def _each(self, check: str, find: Callable[[], Iterator[Finding]]) -> Iterator[Finding]:
        try:
            yield from find()
        except SourceError as error:
            yield self._trouble(check, "", error)

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
        return _failure(check, subject, error.message, "try again; see whether the instance is ill")


def _trouble(is_needed: bool, check: str, subject: str, said: str, remedy: str) -> Finding:
    return (_failure if is_needed else _warning)(check, subject, said, remedy)


def _ok(check: str, subject: str, said: str) -> Finding:
    return Finding(check=check, level=Level.OK, subject=subject, said=said)


def _warning(check: str, subject: str, said: str, remedy: str) -> Finding:
    return Finding(
        check=check, level=Level.WARNING, subject=subject, said=said, remedy=remedy or None
    )


def _failure(check: str, subject: str, said: str, remedy: str) -> Finding:
    return Finding(check=check, level=Level.FAILURE, subject=subject, said=said, remedy=remedy)
