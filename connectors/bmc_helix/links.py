"""Links between records, which are entries of a form of their own.

There is no link in the record itself, and making one need not change the record. So the form for
links is read whole, once a pull: it is short beside those of records.
"""

import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from connectors.bmc_helix.api import ArApi, Asked, Values, both, moment, quoted
from connectors.bmc_helix.api import is_missing as is_no_form
from itsm.errors import FatalSourceError, ForbiddenError

LOGGER = logging.getLogger(__name__)

LINKED = "Associated "
"""What the names of columns begin with that are links."""
_RELATED, _TYPE, _OWNER, _LABEL = (
    "Request ID01",
    "Request Type01",
    "Request ID02",
    "Association Type01",
)
_AT_ONCE = 1000


@dataclass(slots=True)
class Links:
    """The links of the records of one kind.

    Attributes:
        api: the server.
        form: where links are; "" where the kind has none.
        key: its name of field 1.
        updated: its name of field 6.
        seen_from: the type of the records, where they are on the other side of the entries.
        to: what the records are linked with, where they are.
    """

    api: ArApi
    form: str
    key: str
    updated: str
    seen_from: str = ""
    to: str = ""
    _read: Mapping[str, Mapping[str, str]] | None = field(default=None, init=False, repr=False)
    _stamps: dict[str, datetime] = field(default_factory=dict, init=False, repr=False)

    def of(self, number: str) -> Mapping[str, str]:
        """The numbers of the records one is linked with, by column."""
        return self._all().get(number, {})

    def linked_since(self, at: datetime) -> list[str]:
        """The numbers of the records that links were made to since a moment."""
        self._all()
        return sorted(number for number, stamp in self._stamps.items() if stamp >= at)

    def _all(self) -> Mapping[str, Mapping[str, str]]:
        if self._read is None:
            try:
                self._read = self._made(self._entries()) if self.form else {}
            except FatalSourceError as error:
                if not isinstance(error, ForbiddenError) and not is_no_form(error):
                    raise
                LOGGER.warning("%s: no links: %s", self.api.name, error.message)
                self._read = {}
        return self._read

    def _entries(self) -> list[Values]:
        """All links, by key, so that none is passed over while others are made."""
        fields = (self.key, self.updated, _RELATED, _TYPE, _OWNER, _LABEL)
        kept = f"'{_TYPE}' = {quoted(self.seen_from)}" if self.seen_from else ""
        found: list[Values] = []
        while True:
            after = f"'1' > {quoted(str(found[-1].get(self.key)))}" if found else ""
            asked = Asked(self.form, fields, both(kept, after), (self.key,))
            rows = self.api.first(asked, _AT_ONCE)
            found += rows.entries
            if not rows.has_more or not rows.entries:
                return found

    def _made(self, entries: Sequence[Values]) -> Mapping[str, Mapping[str, str]]:
        found: dict[str, dict[str, str]] = {}
        for one in entries:
            owner, related = str(one.get(_OWNER) or ""), str(one.get(_RELATED) or "")
            type_, label = str(one.get(_TYPE) or ""), str(one.get(_LABEL) or "")
            if self.seen_from:
                owner, related, type_ = related, owner, self.to
            if not owner or not related:
                continue
            own = found.setdefault(owner, {})
            own.setdefault(f"{LINKED}{type_}", related)
            own.setdefault(f"{LINKED}{type_} ({label})", related)
            at = moment(one.get(self.updated))
            if at is not None:
                self._stamps[owner] = max(at, self._stamps.get(owner, at))
        return found
