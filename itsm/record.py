"""What every record carries, whatever its kind."""

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Record:
    """What every record carries.

    `restricted` marks a record whose text not everyone may see: it is never mined, and no pack
    shows its text.
    """

    source: str
    number: str
    updated_at: datetime | None = None
    restricted: bool = False
