"""Whether a tracker can be read, before anything is pulled; it is only asked, never changed."""

from collections.abc import Iterator

from connectors.core.answers import Response
from connectors.core.examination import KindExamination
from connectors.core.examining import ok
from connectors.core.source import Finding
from connectors.rt.api import ROOT, RtApi
from connectors.rt.tables import LACKS
from itsm.states import RecordKind


class Examination(KindExamination[RtApi]):
    """Looks at one tracker."""

    setting = "queues"
    lacks = LACKS

    def greet(self) -> Response:
        """The tracker's version."""
        return self._api.client.get(f"{ROOT}/rt")

    def zone(self) -> Iterator[Finding]:
        """The zone that queries are read in, tried out."""
        times = self._api.times()
        said = f"times in queries are read in {times.zone}, as a ticket proves"
        yield ok("zone", "", said)

    def rights(self, kind: RecordKind) -> str:
        """The rights in RT."""
        rights = "SeeQueue, ShowTicket, ShowTicketComments and SeeCustomField"
        return f"give the user {rights} for its queue"

    def who(self) -> str:
        """Token or password."""
        name = self._name.upper()
        if self._api.config.auth_kind == "token":
            return f"check CSI_SOURCES__{name}__TOKEN; it may have ended or been revoked"
        return f"check user and CSI_SOURCES__{name}__PASSWORD; the user must be privileged"
