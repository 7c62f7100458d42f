"""Whether a BMC Helix ITSM can be read, before anything is pulled; it is only asked."""

from collections.abc import Iterator, Mapping

from connectors.bmc_helix.api import ArApi, Asked, address
from connectors.bmc_helix.tables import LACKS, form_fields
from connectors.core.answers import Response
from connectors.core.examination import KindExamination
from connectors.core.examining import ok
from connectors.core.source import Finding, Level
from itsm.states import RecordKind

_RIGHTS: Mapping[RecordKind, str] = {
    RecordKind.INCIDENT: "Incident Viewer or Incident User",
    RecordKind.PROBLEM: "Problem Viewer or Problem User",
    RecordKind.CHANGE: "Infrastructure Change Viewer",
    RecordKind.CONFIGURATION_ITEM: "Asset Viewer",
    RecordKind.SERVICE: "Asset Viewer",
    RecordKind.SLA_CLOCK: "SLM Unrestricted Manager or SLM Customer",
}


class Examination(KindExamination[ArApi]):
    """Looks at one server."""

    setting = "forms"
    lacks = LACKS

    def greet(self) -> Response:
        """One incident, as whoever has a token may ask for."""
        form = self._tables.kinds[RecordKind.INCIDENT].names[0]
        own = form_fields(self._api.config, form)
        params: dict[str, str | int] = {"fields": f"values({own.key})", "limit": 1}
        return self._api.client.get(address(form), params)

    def zone(self) -> Iterator[Finding]:
        """Times carry their zone; then which fields the forms do not have, and history."""
        yield ok("zone", "", "times are told with their zone, and asked for in seconds since 1970")
        yield from self._fields()
        yield self._history()

    def rights(self, kind: RecordKind) -> str:
        """The permissions in BMC's words."""
        group = _RIGHTS.get(kind, "read access to the form")
        return f"give the user {group}, and access to the companies (Unrestricted Access for all)"

    def who(self) -> str:
        """Password, licence."""
        name = self._name.upper()
        return f"check user and CSI_SOURCES__{name}__PASSWORD; the user needs an AR licence"

    def _fields(self) -> Iterator[Finding]:
        """The fields that forms turned out not to have when they were asked just now."""
        for kind, table in self._tables.kinds.items():
            lacking = sorted(
                name for form in table.names for name in self._api.lacking.get(form, ())
            )
            if lacking:
                yield Finding(
                    check="fields",
                    level=Level.OK,
                    subject=kind,
                    said=f"{', '.join(table.names)} has no field {', '.join(lacking)}",
                    remedy="name yours where there is one",
                    line=f'[sources.{self._name}.fields.{kind}]\nFIELD = "..."',
                )

    def _history(self) -> Finding:
        table = self._tables.kinds.get(RecordKind.HISTORY)
        if table is None or self._reader(RecordKind.HISTORY) is None:
            said = "history is made of what differs between two pulls"
        else:
            asked = Asked(table.names[0], ("Request ID",))
            n = len(self._api.first(asked, 1).entries)
            said = f"history is read from {table.names[0]}" + ("" if n else ", which is empty")
        return ok("history", RecordKind.HISTORY, said)
