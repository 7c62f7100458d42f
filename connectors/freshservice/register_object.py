"""The register as records of a custom object: an object of the company's own, with plain fields.

Source:
    Freshworks, https://api.freshservice.com: custom objects.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from urllib.parse import parse_qsl, urlsplit

import orjson

from connectors.core.write_words import ENDED
from connectors.core.writing import send
from connectors.freshservice.api import MOST, FreshserviceApi, Row
from connectors.freshservice.push_settings import FreshservicePush
from connectors.freshservice.write_words import held
from itsm.errors import CutAnswerError, FatalSourceError, TransientSourceError
from itsm.pushed import Remote
from itsm.pushing import PushKind
from itsm.register import RegisterState

FIELDS = (
    "title", "description", "service", "coordinator", "expected_benefit", "origin_record",
)  # fmt: skip
STATES: Mapping[str, str] = MappingProxyType(
    {
        one.value: one.value.replace("_", " ").capitalize()
        for one in RegisterState
        if one is not RegisterState.REGRESSED
    }
)
"""The words in the field of the state, by our states."""
STATUS = "status"
_ID, _UPDATED, _BY = "bo_display_id", "bo_updated_at", "bo_updated_by"


@dataclass(frozen=True, slots=True)
class RegisterObject:
    """The records of the object that the settings name."""

    api: FreshserviceApi
    push: FreshservicePush

    def carrying(self, key: str) -> list[Remote]:
        """The records that hold our key, oldest first."""
        rows = [row for row in self._rows() if str(row.get(self.push.key_field) or "") == key]
        return [self._remote(row) for row in sorted(rows, key=lambda row: int(str(row[_ID])))]

    def read(self, record: str) -> Remote | None:
        """A record by its number; None if it is not there."""
        found = (row for row in self._rows() if str(row[_ID]) == record)
        row = next(found, None)
        return None if row is None else self._remote(row)

    def saved_by(self, record: str) -> str:
        """The number of whoever saved a record last; "" where that is not told."""
        row = next((row for row in self._rows() if str(row[_ID]) == record), {})
        told = row.get(_BY)
        return str((told.get("id") if isinstance(told, dict) else told) or "")

    def create(self, key: str, values: Mapping[str, str]) -> str:
        """Add a record with the key; its number."""
        new = STATES[RegisterState.NEW]
        data = {**self._named(values), STATUS: new, self.push.key_field: key}
        answer = send(self.api.client, "POST", self._path, {"data": data})
        try:
            return str(orjson.loads(answer.body)["custom_object"]["data"][_ID])
        except (orjson.JSONDecodeError, KeyError, TypeError):
            raise TransientSourceError(
                self.api.name, f"{self._path}: added, and the answer does not say which"
            ) from None

    def write(self, record: str, values: Mapping[str, str]) -> None:
        """Put some fields."""
        self._put(record, self._named(values))

    def move(self, record: str, state: str) -> None:
        """Put the state."""
        self._put(record, {STATUS: STATES[state]})

    def _put(self, record: str, data: Mapping[str, str]) -> None:
        send(self.api.client, "PUT", f"{self._path}/{record}", {"data": dict(data)})

    @property
    def _path(self) -> str:
        if self.push.register_object_id is None:
            raise FatalSourceError(
                self.api.name, "no object for register entries: name it as push.register_object_id"
            )
        return f"objects/{self.push.register_object_id}/records"

    def _column(self, name: str) -> str:
        return self.push.register_fields.get(name, name)

    def _named(self, values: Mapping[str, str]) -> dict[str, str]:
        return {self._column(name): text for name, text in values.items()}

    def _rows(self) -> Iterator[Row]:
        """All records; the last page leads nowhere."""
        asked: dict[str, str | int] = {"page_size": MOST}
        seen: set[str] = set()
        while True:
            value = self.api.whole(self._path, asked).value
            rows = value.get("records") if isinstance(value, dict) else None
            if not isinstance(rows, list):
                raise CutAnswerError(self.api.name, f"{self._path}: the answer holds no records")
            yield from (row["data"] for row in rows)
            link = str(value.get("next_page_link") or "")
            if not link or link in seen:
                return
            seen.add(link)
            asked = dict(parse_qsl(urlsplit(link).query))

    def _remote(self, row: Row) -> Remote:
        record, word = str(row[_ID]), str(row.get(STATUS) or "")
        state = next((own for own, theirs in STATES.items() if theirs == word), word)
        fields = held({name: str(row.get(self._column(name)) or "") for name in FIELDS})
        return Remote(
            kind=PushKind.REGISTER_ENTRY,
            key=record,
            number=record,
            version=str(row.get(_UPDATED) or ""),
            fields=fields,
            state=state,
            is_closed=state in ENDED,
        )
