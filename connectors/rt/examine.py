"""Whether a tracker can be read, before anything is pulled; it is only asked, never changed."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import datetime

from connectors.core.answers import Response
from connectors.core.examination import KindExamination
from connectors.core.examining import ok
from connectors.core.kind_source import KindReader
from connectors.core.named_kinds import NamedKinds
from connectors.core.source import Finding, Mapped
from connectors.rt.api import ROOT, RtApi
from connectors.rt.tables import LACKS
from itsm.records import RawRecord
from itsm.states import RecordKind


class Examination(KindExamination):
    """Looks at one tracker."""

    setting = "queues"

    def __init__(
        self,
        api: RtApi,
        tables: NamedKinds,
        reader: Callable[[RecordKind], KindReader | None],
        map_: Callable[[RecordKind, Sequence[RawRecord]], Mapped],
    ) -> None:
        super().__init__(api.name, tables, reader, map_)
        self._api = api

    @property
    def url(self) -> str:
        """The tracker's address."""
        return self._api.config.url

    @property
    def lacks(self) -> Mapping[RecordKind, str]:
        """What is not read."""
        return LACKS

    def greet(self) -> Response:
        """The tracker's version."""
        return self._api.client.get(f"{ROOT}/rt")

    def now(self) -> datetime:
        """This machine's time."""
        return self._api.around.clock()

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
