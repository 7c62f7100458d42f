"""Whether an iTop can be read, before anything is pulled; it is only asked, never changed."""

from collections.abc import Callable, Iterator, Sequence
from datetime import timedelta

import orjson

from connectors.core.answers import Response
from connectors.core.calls import Call
from connectors.core.examination import KindExamination
from connectors.core.examining import failure, ok, warning
from connectors.core.kind_source import KindReader
from connectors.core.local_times import FORM
from connectors.core.named_kinds import NamedKinds
from connectors.core.source import Finding, Mapped
from connectors.itop.api import PATH, VERSION, ItopApi, checked
from connectors.itop.pointing import POINTERS, pointers_of
from connectors.itop.tables import LACKS
from itsm.errors import FatalSourceError
from itsm.records import RawRecord
from itsm.states import RecordKind

_LATER = timedelta(minutes=5)


class Examination(KindExamination[ItopApi]):
    """Looks at one iTop."""

    setting = "classes"
    lacks = LACKS

    def __init__(
        self,
        api: ItopApi,
        tables: NamedKinds,
        reader: Callable[[RecordKind], KindReader | None],
        map_: Callable[[RecordKind, Sequence[RawRecord]], Mapped],
        is_log_told: Callable[[], bool],
    ) -> None:
        super().__init__(api, tables, reader, map_)
        self._is_log_told = is_log_told

    def greet(self) -> Response:
        """The list of operations, which every user of the service may see."""
        given = orjson.dumps({"operation": "list_operations"}).decode()
        form = {"version": VERSION, "json_data": given, **self._api.who}
        client = self._api.client
        url = client.origin.url(PATH)
        call = Call("POST", url, form=form, hidden=self._api.hidden)
        answer = client.call(call)
        if answer.body[:1] == b"{":
            checked(self._api.name, orjson.loads(answer.body))
        return answer

    def zone(self) -> Iterator[Finding]:
        """Whether the newest incident lies in the future, were the zone the right one."""
        config = self._api.config
        table = self._tables.kinds.get(RecordKind.INCIDENT)
        line = 'zone = "..."'
        if table is None:
            return
        until = (self._api.around.clock() - timedelta(days=400)).strftime(FORM)
        oql = f"SELECT {table.names[0]} AS o WHERE o.last_update >= '{until}'"
        rows = self._api.again(table.names[0], oql, ("last_update",), 200).rows
        times = [self._api.times.read(str(row.get("last_update"))) for row in rows]
        newest = max((at for at in times if at is not None), default=None)
        if newest is not None and newest > self._api.around.clock() + _LATER:
            said = f"the newest incident would lie in the future, were the server in {config.zone}"
            remedy = f"write the zone of the server into the configuration: {line}"
            yield failure("zone", "", said, remedy)
        else:
            said = f"times are taken to be those of {config.zone}; no answer of iTop says so"
            yield warning("zone", "", said, f"compare `timezone` in iTop's configuration: {line}")
        yield from self._pointed()
        if self._is_log_told():
            yield ok("permission", RecordKind.HISTORY, "read from the log of changes")
        else:
            said = "the log of changes may not be read: history is made of what differs"
            remedy = "give the user a profile that reads CMDBChangeOp, or pull more often"
            yield warning("permission", RecordKind.HISTORY, said, remedy)

    def _pointed(self) -> Iterator[Finding]:
        """Whether what tickets point to may be read."""
        mappings = self._tables.mappings("")
        for kind in (RecordKind.INCIDENT, RecordKind.PROBLEM):
            for name in pointers_of(mappings[kind].columns if kind in mappings else ()):
                cls, told = POINTERS[name].cls, POINTERS[name].told
                try:
                    self._api.again(cls, f"SELECT {cls}", (told,), 1)
                except FatalSourceError as error:
                    said = f"{name}: {told} of {cls} cannot be read: {error.message}"
                    remedy = f"give the user a profile that reads {cls}, or name other columns"
                    yield warning("permission", kind, said, f"{remedy} under fields.{kind}")

    def rights(self, kind: RecordKind) -> str:
        """The profiles in iTop."""
        return "give the user the profile REST Services User, and one that reads the class"

    def who(self) -> str:
        """Password or token."""
        secret = "TOKEN" if self._api.config.auth_kind == "token" else "PASSWORD"  # a name
        name = self._name.upper()
        return (
            f"check user and CSI_SOURCES__{name}__{secret}; the user needs the profile REST "
            "Services User"
        )
