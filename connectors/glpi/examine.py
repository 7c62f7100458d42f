"""Whether a GLPI can be read, before anything is pulled; it is only asked, never changed."""

from collections.abc import Callable, Iterator, Sequence
from datetime import timedelta

import orjson

from connectors.core.answers import Response
from connectors.core.examination import KindExamination
from connectors.core.examining import each, failure, ok, warning
from connectors.core.kind_source import KindReader
from connectors.core.named_kinds import NamedKinds
from connectors.core.source import Finding, Level, Mapped
from connectors.core.waits import told_time
from connectors.glpi.api import GlpiApi
from connectors.glpi.rows import ITEMS, LINKED, number_of
from connectors.glpi.tables import LACKS, SEARCHED
from itsm.errors import FatalSourceError, ForbiddenError
from itsm.records import RawRecord
from itsm.states import RecordKind

_CLOSE = timedelta(minutes=10)


class Examination(KindExamination[GlpiApi]):
    """Looks at one GLPI."""

    setting = "itemtypes"
    lacks = LACKS

    def __init__(
        self,
        api: GlpiApi,
        tables: NamedKinds,
        reader: Callable[[RecordKind], KindReader | None],
        map_: Callable[[RecordKind, Sequence[RawRecord]], Mapped],
    ) -> None:
        super().__init__(api, tables, reader, map_)
        self._greeted: Response | None = None

    def greet(self) -> Response:
        """What the server says of our session."""
        self._greeted = self._api.client.get("getFullSession")
        return self._greeted

    def findings(self) -> Iterator[Finding]:
        """What was found, the historical and the columns last."""
        yield from super().findings()
        if self._greeted is not None:
            yield from each(self._log, lambda error: self._trouble(RecordKind.HISTORY, error))
            yield from each(self._columns, lambda error: self._trouble("fields", error))

    def zone(self) -> Iterator[Finding]:
        """Whether times are in the zone that is configured, by the time the session tells."""
        answer = self._greeted
        said = _session_time(answer) if answer is not None else None
        now = told_time(answer.headers) if answer is not None else None
        name = self._api.config.zone
        if said is None or now is None:
            remedy = "see that the time zone of the API user is that of `zone`"
            yield warning("zone", "", "the session does not tell its time", remedy)
            return
        off = self._api.times.read(said) or now
        hours = (off - now).total_seconds() / 3600
        if abs(off - now) <= _CLOSE:
            yield ok("zone", "", f"times are those of {name}")
            return
        yield failure(
            "zone",
            "",
            f"times of the session are {hours:+.2g} h from those of {name}",
            "set the time zone of the API user to UTC, or `zone` to that of the server",
        )

    def rights(self, kind: RecordKind) -> str:
        """The rights in GLPI."""
        return f"give the user a profile that sees all {kind} records, in all entities"

    def who(self) -> str:
        """Token, password, and what the API has to be told of us."""
        name = self._name.upper()
        if self._api.config.auth_kind == "user_token":
            return f"make a new API token in the user's settings: CSI_SOURCES__{name}__USER_TOKEN"
        return f"check user and CSI_SOURCES__{name}__PASSWORD; logins may be off for the API"

    def _log(self) -> Iterator[Finding]:
        if RecordKind.HISTORY not in self._tables.kinds:
            return
        try:
            self._api.listed("Log", 1)
        except ForbiddenError:
            yield warning(
                "permission",
                RecordKind.HISTORY,
                "the historical may not be read: history is made of what differs between two pulls",
                "give the user's profile the right to read logs",
            )

    def _columns(self) -> Iterator[Finding]:
        """The fields that the server has no column for."""
        for itemtype, kinds in SEARCHED.items():
            options = self._api.options(itemtype)
            for kind in kinds.keys() & self._tables.kinds.keys():
                rules = self._tables.kinds[kind].preset.rules
                lacking = [
                    rule.field
                    for rule in rules
                    if rule.columns
                    and not any(
                        name in ITEMS | LINKED or number_of(name, options) for name in rule.columns
                    )
                ]
                if lacking:
                    yield Finding(
                        check="fields",
                        level=Level.OK,
                        subject=kind,
                        said=f"no column of the server holds {', '.join(lacking)}",
                        remedy="name yours where there is one",
                        line=f'[sources.{self._name}.fields.{kind}]\n{lacking[0]} = "..."',
                    )


def _session_time(answer: Response) -> str | None:
    """The time it is for a session, as it writes it."""
    try:
        session = orjson.loads(answer.body).get("session")
    except (orjson.JSONDecodeError, AttributeError):
        return None
    told = session.get("glpi_currenttime") if isinstance(session, dict) else None
    return told if isinstance(told, str) else None


def is_no_itemtype(error: FatalSourceError) -> bool:
    """Whether a refusal says that the server has no such itemtype."""
    return "ERROR_RESOURCE_NOT_FOUND" in error.message
