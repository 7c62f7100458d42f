"""Whether a Cherwell CSM can be read, before anything is pulled; it is only asked."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from connectors.cherwell.api import REC_ID, V1, CherwellApi, Search
from connectors.cherwell.tables import LACKS
from connectors.core.answers import Response
from connectors.core.examination import KindExamination
from connectors.core.examining import failure, ok, warning
from connectors.core.source import Finding, Level
from itsm.errors import FatalSourceError
from itsm.states import RecordKind


class Examination(KindExamination[CherwellApi]):
    """Looks at one instance."""

    setting = "objects"
    lacks = LACKS

    def greet(self) -> Response:
        """A summary, as whoever has a token may ask for."""
        name = self._tables.kinds[RecordKind.INCIDENT].names[0]
        return self._api.client.get(f"{V1}/getbusinessobjectsummary/busobname/{name}")

    def zone(self) -> Iterator[Finding]:
        """The zone and the order that are configured, held against the instance; then fields."""
        yield self._zone()
        yield self._order()
        yield from self._fields()
        is_told = self._reader(RecordKind.HISTORY) if self._reads_history else None
        where = "the journal" if is_told is not None else "what differs between two pulls"
        yield ok("history", RecordKind.HISTORY, f"history is made of {where}")

    @property
    def _reads_history(self) -> bool:
        return RecordKind.HISTORY in self._tables.kinds

    def rights(self, kind: RecordKind) -> str:
        """The right in Cherwell's words."""
        return "let the user's security group view the business object"

    def who(self) -> str:
        """Client, user, password."""
        name = self._name.upper()
        return (
            f"check client_id (CSM Administrator, REST API client settings), user, auth_mode and "
            f"CSI_SOURCES__{name}__PASSWORD"
        )

    def _zone(self) -> Finding:
        zone = self._api.config.zone
        try:
            told = self._api.client.json(f"{V1}/serviceinfo").value
        except FatalSourceError:
            told = None
        text = str(told.get("systemUtcOffset") or "") if isinstance(told, dict) else ""
        theirs = _offset(text)
        ours = datetime.now(UTC).astimezone(ZoneInfo(zone)).utcoffset()
        if theirs is None:
            said = f"times are read in {zone}; the instance does not tell its zone"
            return warning("zone", "", said, "see that `zone` is that of the server's clock")
        if theirs != ours:
            said = f"the server's clock is {text} from UTC, and `zone` is {zone}"
            return failure("zone", "", said, "name the zone of the server's clock as `zone`")
        return ok("zone", "", f"times are read in {zone}, as the server's clock goes")

    def _order(self) -> Finding:
        name = self._tables.kinds[RecordKind.INCIDENT].names[0]
        of = self._api.object_named(name)
        if of is None:
            return failure("order", name, f"there is no object {name}", "name yours: `objects`")
        records = self._api.again(Search(of, (REC_ID,), (), (REC_ID,)), 50).records
        keys = [one[REC_ID] for one in records]
        if keys == sorted(keys):
            return ok("order", "", "records come in ascending order")
        other = 1 - self._api.config.ascending
        return Finding(
            check="order",
            level=Level.FAILURE,
            subject="",
            said="records do not come in ascending order",
            remedy="turn the order around",
            line=f"[sources.{self._name}]\nascending = {other}",
        )

    def _fields(self) -> Iterator[Finding]:
        """The fields that no object has."""
        for kind, table in self._tables.kinds.items():
            of = next(filter(None, map(self._api.object_named, table.names)), None)
            if of is None:
                continue
            made = set(table.given.get("made", {}))
            lacking = [
                rule.field
                for rule in table.preset.rules
                if rule.columns and not (of.fields.keys() | made) & set(rule.columns)
            ]
            if lacking:
                yield Finding(
                    check="fields",
                    level=Level.OK,
                    subject=kind,
                    said=f"no field of {of.name} holds {', '.join(lacking)}",
                    remedy="name yours where there is one",
                    line=f'[sources.{self._name}.fields.{kind}]\n{lacking[0]} = "..."',
                )


def _offset(text: str) -> timedelta | None:
    """How far a clock is from UTC, as in -07:00:00; None where it is not told."""
    sign = -1 if text.startswith("-") else 1
    parts = text.lstrip("+-").split(":")
    if len(parts) < 2 or not all(part.isdecimal() for part in parts[:2]):
        return None
    return sign * timedelta(hours=int(parts[0]), minutes=int(parts[1]))
