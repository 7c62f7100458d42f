"""Whether a Freshservice can be read, before anything is pulled; nothing is changed."""

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from itertools import islice

from connectors.core.answers import Response
from connectors.core.examination import KindExamination
from connectors.core.examining import each, ok, warning
from connectors.core.kind_source import KindReader
from connectors.core.named_kinds import NamedKinds
from connectors.core.source import Finding, Mapped
from connectors.freshservice.api import FreshserviceApi
from connectors.freshservice.making import below
from connectors.freshservice.tables import LACKS
from itsm.records import RawRecord
from itsm.states import HistoryField, RecordKind

_LOOKED_AT = 20
_RECENT = "2000-01-01T00:00:00Z"


class Examination(KindExamination[FreshserviceApi]):
    """Looks at one account."""

    setting = "fields"
    lacks = LACKS

    def __init__(
        self,
        api: FreshserviceApi,
        tables: NamedKinds,
        reader: Callable[[RecordKind], KindReader | None],
        map_: Callable[[RecordKind, Sequence[RawRecord]], Mapped],
    ) -> None:
        super().__init__(api, tables, reader, map_)
        self._patterns: Mapping[HistoryField, re.Pattern[str]] = {}
        self._greeted: Response | None = None

    def with_activities(self, patterns: Mapping[HistoryField, re.Pattern[str]]) -> "Examination":
        """The same, with what activities are read by."""
        self._patterns = patterns
        return self

    def greet(self) -> Response:
        """The fields of the ticket form, which every agent may see."""
        self._greeted = self._api.client.get("ticket_form_fields")
        return self._greeted

    def zone(self) -> Iterator[Finding]:
        """Times have their zone."""
        yield ok("zone", "", "times are told in UTC, whatever the agent's zone")

    def findings(self) -> Iterator[Finding]:
        """What was found, rate limit and activities last."""
        yield from super().findings()
        if self._greeted is None:
            return
        total = self._greeted.headers.get("X-Ratelimit-Total", "")
        if total:
            yield ok("limit", "", f"{total} credits a minute, for all that use the account")
        if RecordKind.HISTORY in self._tables.kinds and self._patterns:
            yield from each(self._activities, lambda e: self._trouble(RecordKind.HISTORY, e))

    def rights(self, kind: RecordKind) -> str:
        """The role in Freshservice."""
        return f"give the agent a role with global scope that may view {kind} records"

    def who(self) -> str:
        """The key."""
        name = self._name.upper()
        return f"copy the agent's key anew: CSI_SOURCES__{name}__API_KEY; a lost agent loses it"

    def _activities(self) -> Iterator[Finding]:
        """Whether activities are worded as is expected: they are in the account's language."""
        params: dict[str, str | int] = {"updated_since": _RECENT, "order_type": "desc",
                                        "per_page": _LOOKED_AT}  # fmt: skip
        rows = self._api.page("tickets", "tickets", params).rows
        told = [str(one.get("content")) for row in rows
                for one in islice(below(self._api, f"tickets/{row['id']}/activities",
                                        "activities"), _LOOKED_AT)]  # fmt: skip
        is_read = any(pattern.search(text) for text in told for pattern in self._patterns.values())
        if told and not is_read:
            yield Finding(
                check="codes",
                level=warning("", "", "").level,
                subject=RecordKind.HISTORY,
                said="no activity says what was set in the words that are expected",
                remedy="say how the account words it, with one group for what was set",
                line=f"[sources.{self._name}.activities]\nstate = 'set Status as (.+)'",
            )
