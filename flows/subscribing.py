"""Subscriptions as the settings declare them, and what each of them asks for."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime

from flows.delivery_settings import DAYS, SubscriptionSettings
from flows.settings import Settings
from flows.wiring import Parts
from itsm.clocks import zone_of
from itsm.codec import dump
from itsm.errors import ConfigError
from itsm.subscriptions import Channel, Subscription, mail_address
from reports.editions import EDITIONS as KINDS
from reports.editions import Choice, EditionKind, choice

WHAT_WAITS = "what-waits"
"""A daily letter that is no edition of the pack: what waits for a person in the review pages."""
FORMATS = ("pdf", "html", "mail", "workbook", "slides", "json")


def is_daily(edition: str) -> bool:
    """Whether it is a letter of a day rather than a pack of a period."""
    return edition == WHAT_WAITS or KINDS[EditionKind(edition)].is_daily


def declared(settings: Settings, at: datetime) -> tuple[Subscription, ...]:
    """The subscriptions of the settings.

    Raises:
        ConfigError: one asks for something there is not; names it.
    """
    return tuple(_made(settings, one, at) for one in settings.subscriptions)


def seed_subscriptions(parts: Parts, at: datetime | None = None) -> tuple[str, ...]:
    """Take over into the store what the settings declare and it has not yet.

    Returns:
        What was done, a line each.

    Raises:
        ConfigError: one asks for something there is not.
    """
    now = at or datetime.now(UTC)
    wanted = declared(parts.settings, now)
    with parts.store.begin() as uow:
        said = uow.subscriptions.seed(wanted, now)
        uow.commit()
    return said


def checked(settings: Settings, one: Subscription) -> Subscription:
    """A subscription whose edition, place, zone and formats there are.

    Raises:
        ConfigError: one of them there is not.
    """
    zone_of(one.zone)
    if strange := [name for name in one.formats if name not in FORMATS]:
        raise ConfigError(f"format {strange[0]!r}: there are {', '.join(FORMATS)}")
    if one.edition != WHAT_WAITS:
        tuple(choices_of(settings, one))
    if one.channel is Channel.MAIL:
        return replace(one, address=mail_address(one.address))
    known = settings.delivery.chats if one.channel is Channel.CHAT else settings.delivery.folders
    if one.address not in known:
        there = ", ".join(known) or "none yet"
        raise ConfigError(
            f"there is no {one.channel} {one.address!r} (there are: {there}); add it under "
            f"[delivery.{one.channel}s]"
        )
    return one


def choices_of(settings: Settings, one: Subscription) -> Iterator[Choice]:
    """The editions a subscription asks for: one, or one for each of its services.

    Raises:
        ConfigError: there is no such edition or language, or what it is about is not said.
    """
    zone = "" if one.zone == settings.zone else one.zone
    for service in one.services or (None,):
        yield choice(
            one.edition,
            service=service,
            vendor=one.vendor or None,
            team=one.team or None,
            language=one.language,
            zone=zone,
        )


def formats_of(one: Subscription) -> tuple[str, ...]:
    """What a subscription gets: what it asks for, else the edition's own format."""
    if one.formats:
        return one.formats
    return (KINDS[EditionKind(one.edition)].format,)


def _made(settings: Settings, given: SubscriptionSettings, at: datetime) -> Subscription:
    channel = given.channel or _usual_channel(given.edition)
    key = (channel.value, given.address.casefold(), given.edition, given.rhythm.value)
    about = [given.vendor, given.team, sorted(given.services)]
    seed = (dump([*key, *about]), dump(given.model_dump(mode="json")))
    made = Subscription(
        name=given.name,
        channel=channel,
        address=given.address,
        edition=given.edition,
        rhythm=given.rhythm,
        services=given.services,
        vendor=given.vendor,
        team=given.team,
        language=given.language,
        zone=given.zone or settings.zone,
        formats=given.formats,
        day=DAYS.index(given.day) + 1,
        hour=given.hour,
        since=at,
        seed="\n".join(one.decode() for one in seed),
    )
    try:
        return checked(settings, made)
    except ConfigError as error:
        raise ConfigError(f"subscriptions: {given.name}: {error}") from None


def _usual_channel(edition: str) -> Channel:
    if edition in {kind.value for kind in KINDS}:
        return Channel(KINDS[EditionKind(edition)].channel)
    return Channel.MAIL
