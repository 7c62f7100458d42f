"""`csi subscriptions`: who gets which edition, where, in what form, and when."""

import json
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import click

from flows.delivery_settings import DAYS
from flows.registering import acting
from flows.subscribing import checked, formats_of, is_daily, seed_subscriptions
from flows.verbs.options import config_option, dry_run_option, json_option, parts_from
from flows.verbs.packs import by_option
from flows.wiring import Parts
from itsm.codec import to_plain
from itsm.errors import ConfigError
from itsm.register_roles import Deed, require_role
from itsm.subscriptions import Channel, Rhythm, Subscription

FIELDS = (
    *("name", "address", "channel", "edition", "rhythm", "services", "vendor", "team"),
    *("language", "zone", "formats", "day", "hour"),
)
"""What of a subscription can be set."""
set_option = click.option(
    "--set",
    "fields",
    metavar="FIELD=VALUE",
    multiple=True,
    help=f"A field and its value, of {' '.join(FIELDS)}; services and formats with commas between.",
)


@click.group()
def subscriptions() -> None:
    """Say who gets which edition of the pack; csi.toml seeds them, this changes them."""


@subscriptions.command(name="list")
@config_option
@click.option("--all", "all_of_them", is_flag=True, help="Also those that have ended.")
@json_option
def list_subscriptions(config: Path, *, all_of_them: bool, as_json: bool) -> None:
    """List subscriptions, after taking over what the configuration declares."""
    parts = parts_from(config)
    for line in seed_subscriptions(parts):
        click.echo(line, err=True)
    with parts.store.look() as uow:
        found = uow.subscriptions.list(all_of_them=all_of_them)
    if as_json:
        plain = [to_plain(replace(one, seed="")) for one in found]
        click.echo(json.dumps(plain, indent=2, ensure_ascii=False))
        return
    for one in found:
        click.echo(told(one))
    if not found:
        click.echo("nobody is subscribed; see docs/delivery.md")


@subscriptions.command()
@set_option
@by_option
@dry_run_option
@config_option
def add(fields: tuple[str, ...], by: str | None, config: Path, *, dry_run: bool) -> None:
    """Add a subscription; name, address and edition are needed."""
    parts, given = parts_from(config), _values(fields)
    person, now = acting(parts, by), datetime.now(UTC)
    require_role(person, Deed.PUBLISH)
    if lacking := [one for one in ("name", "address", "edition") if one not in given]:
        raise ConfigError(f"--set {lacking[0]}=... is needed")
    made = Subscription(**{"zone": parts.settings.zone, "day": 2, **given, "since": now})
    _keep(parts, checked(parts.settings, made), person.name, dry_run=dry_run)


@subscriptions.command()
@click.argument("subscription_id")
@set_option
@by_option
@dry_run_option
@config_option
def change(
    subscription_id: str, fields: tuple[str, ...], by: str | None, config: Path, *, dry_run: bool
) -> None:
    """Change fields of a subscription."""
    parts = parts_from(config)
    person = acting(parts, by)
    require_role(person, Deed.PUBLISH)
    with parts.store.look() as uow:
        before = uow.subscriptions.get(subscription_id)
    made = replace(before, **_values(fields))
    _keep(parts, checked(parts.settings, made), person.name, dry_run=dry_run)


@subscriptions.command()
@click.argument("subscription_id")
@by_option
@dry_run_option
@config_option
def end(subscription_id: str, by: str | None, config: Path, *, dry_run: bool) -> None:
    """End a subscription: nothing more is sent for it."""
    _switch(config, subscription_id, by, is_active=False, dry_run=dry_run)


@subscriptions.command()
@click.argument("subscription_id")
@by_option
@dry_run_option
@config_option
def resume(subscription_id: str, by: str | None, config: Path, *, dry_run: bool) -> None:
    """Take up a subscription that ended; what fell due meanwhile is not sent."""
    _switch(config, subscription_id, by, is_active=True, dry_run=dry_run)


def _switch(
    config: Path, subscription_id: str, by: str | None, *, is_active: bool, dry_run: bool
) -> None:
    parts = parts_from(config)
    person = acting(parts, by)
    require_role(person, Deed.PUBLISH)
    with parts.store.look() as uow:
        before = uow.subscriptions.get(subscription_id)
    since = before.since if before.is_active else datetime.now(UTC)
    made = replace(before, is_active=is_active, since=since)
    _keep(parts, made, person.name, dry_run=dry_run)


def _keep(parts: Parts, made: Subscription, actor: str, *, dry_run: bool) -> None:
    now = datetime.now(UTC)
    with parts.store.begin() as uow:
        if made.subscription_id:
            kept = uow.subscriptions.put(made, actor, now, seen=made.version)
        else:
            kept = uow.subscriptions.add(made, actor, now)
        if not dry_run:
            uow.commit()
    click.echo(told(kept))


def _values(fields: tuple[str, ...]) -> dict[str, Any]:
    """The fields of --set.

    Raises:
        ConfigError: one is none, or its value does not fit.
    """
    made: dict[str, Any] = {}
    for field in fields:
        name, equals, value = field.partition("=")
        if not equals or name not in FIELDS:
            raise ConfigError(f"--set {field!r}: write FIELD=VALUE, with one of {' '.join(FIELDS)}")
        made[name] = _value(name, value.strip())
    return made


def _value(name: str, text: str) -> object:
    try:
        match name:
            case "services" | "formats":
                return tuple(part.strip() for part in text.split(",") if part.strip())
            case "channel":
                return Channel(text)
            case "rhythm":
                return Rhythm(text)
            case "day":
                return DAYS.index(text.lower()) + 1
            case "hour":
                return range(24).index(int(text))
    except ValueError:
        known = {"day": ", ".join(DAYS), "hour": "0 to 23", "channel": ", ".join(Channel)}
        known["rhythm"] = ", ".join(Rhythm)
        raise ConfigError(f"--set {name}={text}: allowed are {known[name]}") from None
    return text


def told(one: Subscription) -> str:
    """A subscription as a line."""
    when = "daily" if is_daily(one.edition) else f"each {one.rhythm.value}, {DAYS[one.day - 1]}"
    about = f" ({one.scope})" if one.scope else ""
    formats = "" if is_daily(one.edition) else f", {'+'.join(formats_of(one))}"
    ended = "" if one.is_active else "  ended"
    return (
        f"{one.subscription_id}  {one.name}: {one.edition}{about} in {one.language} by "
        f"{one.channel.value} to {one.address}, {when} {one.hour:02d}:00 {one.zone}{formats}{ended}"
    )
