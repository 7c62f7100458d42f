"""Times of systems that tell and read them without a zone: what the clock on some wall shows.

In the hour that comes twice, when summer time ends, nobody can tell which of the two a system
means. So what is asked for begins, or ends, outside of it, and whoever asks looks at the rows.
"""

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from itsm.errors import ConfigError

_AROUND = timedelta(hours=2)
FORM = "%Y-%m-%d %H:%M:%S"


@dataclass(frozen=True, slots=True)
class LocalTimes:
    """Reads and writes the times of one zone.

    Attributes:
        zone: its IANA name, such as Europe/Paris.
    """

    zone: str
    _zone: ZoneInfo = field(init=False, repr=False)

    def __post_init__(self) -> None:
        """Look the zone up.

        Raises:
            ConfigError: there is no such zone.
        """
        try:
            object.__setattr__(self, "_zone", ZoneInfo(self.zone))
        except (ZoneInfoNotFoundError, ValueError):
            raise ConfigError(f"zone: there is no time zone {self.zone!r}") from None

    @property
    def is_exact(self) -> bool:
        """Whether no hour comes twice, so that rows are those that were asked for."""
        return self.zone == "UTC"

    def since(self, at: datetime) -> str:
        """A time to ask from, that is surely not behind a moment."""
        return self._written(at, at - _AROUND)

    def until(self, at: datetime) -> str:
        """A time to ask up to, that is surely not before a moment."""
        return self._written(at, at + _AROUND)

    def read(self, text: str) -> datetime | None:
        """The moment a time means, in UTC; None where it is none.

        Of an hour that comes twice the first is meant.
        """
        try:
            naive = datetime.fromisoformat(text.strip())
        except ValueError:
            return None
        aware = naive if naive.tzinfo is not None else naive.replace(tzinfo=self._zone)
        return aware.astimezone(UTC)

    def shift_at(self, wall: datetime) -> timedelta | None:
        """How far the clock on the wall is from UTC; the later of two where an hour comes twice."""
        return wall.replace(tzinfo=self._zone, fold=1).utcoffset()

    def _written(self, at: datetime, otherwise: datetime) -> str:
        local = at.astimezone(self._zone)
        if self._is_twice(local):
            local = otherwise.astimezone(self._zone)
        return local.strftime(FORM)

    def _is_twice(self, local: datetime) -> bool:
        naive = local.replace(tzinfo=self._zone, fold=0)
        return naive.utcoffset() != naive.replace(fold=1).utcoffset()
