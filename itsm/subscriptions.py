"""Who gets which edition of the pack, where, in what form, and when."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from enum import StrEnum

from itsm.clocks import zone_of
from itsm.errors import ConfigError

_ADDRESS = re.compile(
    r"(?=.{6,254}\Z)[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+(?:\.[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+)*"
    r"@(?:[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?\.)+[A-Za-z0-9-]{2,63}"
)


class Rhythm(StrEnum):
    """How long a stretch of time a pack tells of."""

    WEEK = "week"
    MONTH = "month"
    QUARTER = "quarter"

    @classmethod
    def of(cls, label: str) -> "Rhythm | None":
        """That of a period's label: 2026-W34, 2026-08, 2026-Q3; None where it is none of these."""
        for rhythm, pattern in _LABELS.items():
            if pattern.fullmatch(label):
                return cls(rhythm)
        return None


_LABELS = {
    "week": re.compile(r"\d{4}-W\d{2}"),
    "month": re.compile(r"\d{4}-\d{2}"),
    "quarter": re.compile(r"\d{4}-Q[1-4]"),
}


class Channel(StrEnum):
    """How a pack travels."""

    MAIL = "mail"
    CHAT = "chat"
    """To a webhook of the settings; the address is its name there."""
    FOLDER = "folder"
    """To a folder, share or object store of the settings; the address is its name there."""


def mail_address(text: str) -> str:
    """A mail address that may stand in a header and on an envelope.

    A domain with other letters than ASCII becomes what mail servers know it by.

    Raises:
        ConfigError: it is none, or its part before the @ has other letters than ASCII.
    """
    local, _, domain = text.strip().rpartition("@")
    try:
        known = domain.encode("idna").decode() if not domain.isascii() else domain
    except UnicodeError:
        known = ""
    address = f"{local}@{known}"
    if not _ADDRESS.fullmatch(address):
        raise ConfigError(f"{text[:60]!r} is no mail address; write it as anna@example.com")
    return address


def scope_of(services: Sequence[str] = (), vendor: str = "", team: str = "") -> str:
    """What a pack is limited to, as one text; "" for nothing.

    The order of services does not matter.
    """
    parts = (("services", ", ".join(sorted(set(services)))), ("vendor", vendor), ("team", team))
    return "; ".join(f"{name}: {value}" for name, value in parts if value)


def as_compared(channel: Channel, address: str) -> str:
    """An address as it is compared: two mail addresses that differ in case alone are one."""
    return address.casefold() if channel is Channel.MAIL else address


@dataclass(frozen=True, slots=True, kw_only=True)
class Subscription:
    """An edition of the pack for somebody.

    Attributes:
        subscription_id: given by the store, such as SUB-0001; no part of it tells of the person.
        name: the person or list, as a letter greets them.
        channel: how it travels.
        address: the mail address, or the name of a chat or folder of the settings.
        edition: the kind of edition, such as executive.
        rhythm: whether packs of weeks, of months or of quarters.
        services: a pack for each of these services.
        vendor: only this vendor.
        team: only this team.
        language: such as en.
        zone: IANA name; day and hour are meant there.
        formats: what is attached; empty for the edition's own.
        day: ISO weekday, 1 for Monday, from which a pack is sent; every day for a daily letter.
        hour: of that day, 0 to 23.
        is_active: whether anything is sent.
        since: packs that fell due before are not sent.
        version: of this subscription, from 1.
        seed: the entry of the configuration it came from, as JSON; "" where a person made it.
    """

    subscription_id: str = ""
    name: str
    channel: Channel = Channel.MAIL
    address: str
    edition: str
    rhythm: Rhythm = Rhythm.WEEK
    services: tuple[str, ...] = ()
    vendor: str = ""
    team: str = ""
    language: str = "en"
    zone: str = "UTC"
    formats: tuple[str, ...] = ()
    day: int = 1
    hour: int = 8
    is_active: bool = True
    since: datetime
    version: int = 1
    seed: str = ""

    @property
    def scope(self) -> str:
        """What its packs are limited to."""
        return scope_of(self.services, self.vendor, self.team)

    @property
    def recipient(self) -> str:
        """The address as it is compared."""
        return as_compared(self.channel, self.address)

    def due_at(self, end: date) -> datetime:
        """When a pack is due: the first of its days and hours from a date on, in UTC.

        An hour that clocks skip counts from the hour after it.

        Args:
            end: the first day after the pack's period, or any later day to start from.
        """
        ahead = (self.day - end.isoweekday()) % 7
        return self.on(end + timedelta(days=ahead))

    def on(self, day: date) -> datetime:
        """Its hour on a day, in UTC."""
        return datetime.combine(day, time(self.hour), zone_of(self.zone)).astimezone(UTC)
