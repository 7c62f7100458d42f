"""How a practice GLPI writes its rows: local times without a zone, texts with entities."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

from simulator.glpi.database import Cell, Row
from simulator.glpi.schema import HTML, ITEMTYPES, TEXT, TIME

_ENTITIES = {"&": "&#38;", "<": "&#60;", ">": "&#62;"}
_TABLE = str.maketrans(_ENTITIES)


@dataclass(frozen=True, slots=True)
class Renderer:
    """Writes values for one request.

    Attributes:
        zone: the zone of the session; it is not told.
        sanitized: whether texts come with entities, as they do unless one asks otherwise.
    """

    zone: ZoneInfo
    sanitized: bool

    def time(self, at: int | None) -> str | None:
        """A time of the session's zone."""
        if at is None:
            return None
        return f"{datetime.fromtimestamp(at, UTC).astimezone(self.zone):%Y-%m-%d %H:%M:%S}"

    def moment(self, told: str) -> int | None:
        """The moment that a time of the session's zone means; a zone at its end is not read."""
        try:
            at = datetime.fromisoformat(told.strip().removesuffix("Z").strip())
        except ValueError:
            return None
        return int(at.replace(tzinfo=self.zone).timestamp())

    def text(self, value: Cell) -> Cell:
        """A text; anything else as it is."""
        return value.translate(_TABLE) if self.sanitized and isinstance(value, str) else value

    def of(self, value: Cell, form: str) -> Cell:
        """A value of a column with a form."""
        if form in {TIME, "datetime"}:
            return self.time(value)
        return self.text(value)

    def row(self, itemtype: str, row: Row) -> dict[str, Any]:
        """All columns of a row."""
        blank: Mapping[str, Any] = {TEXT: "", HTML: "", TIME: None}
        return {
            column: self.of(row.get(column, blank.get(form, 0)), form)
            for column, form in ITEMTYPES[itemtype].columns.items()
        }
