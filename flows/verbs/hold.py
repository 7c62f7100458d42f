"""`csi hold`: what must neither be erased nor removed by retention."""

import json
from datetime import UTC, datetime
from pathlib import Path

import click

from flows.registering import acting
from flows.verbs.options import config_option, json_option, parts_from
from itsm.errors import ConfigError
from itsm.holds import HoldScope, LegalHold
from itsm.register_roles import Deed, require_role

_by = click.option(
    "--by", metavar="NAME", help="Who acts, as named under [people]; else the machine's user."
)
_reason = click.option("--reason", required=True, help="Why, in your own words.")
_SCOPES = click.Choice([scope.value for scope in HoldScope])


@click.group()
def hold() -> None:
    """Place and release legal holds; they go before retention and before erasing."""


@hold.command()
@click.argument("scope", type=_SCOPES)
@click.argument("about", nargs=-1)
@config_option
@_by
@_reason
def add(scope: str, about: tuple[str, ...], config: Path, by: str | None, reason: str) -> None:
    """Put on hold: person NAME..., incident NUMBER, candidate ID, service NAME, period A..B, all.

    A person is named with all names they are written with; a period by its first and last day, as
    2025-01-01..2025-06-30.
    """
    kind = HoldScope(scope)
    if len(about) > 1 and kind is not HoldScope.PERSON:
        raise ConfigError(
            f"{scope}: name one; a hold of its own for each can be released by itself"
        )
    if about and kind is HoldScope.ALL:
        raise ConfigError("all: is about everything; leave out what follows")
    parts = parts_from(config)
    person = acting(parts, by)
    require_role(person, Deed.KEEP, "legal holds")
    with parts.store.begin() as uow:
        placed = uow.holds.place(
            kind,
            "\n".join(about),
            by=person.name,
            role=person.role_text,
            reason=reason,
            at=datetime.now(UTC),
        )
        uow.commit()
    click.echo(str(placed))
    click.echo("nothing of it is removed by retention or erased until it is released")


@hold.command(name="list")
@config_option
@click.option("--all", "is_all", is_flag=True, help="Those that were released, too.")
@json_option
def list_holds(config: Path, *, is_all: bool, as_json: bool) -> None:
    """List what is on hold."""
    with parts_from(config).store.look() as uow:
        found = [one for one in uow.holds.list() if is_all or one.is_active]
    if as_json:
        click.echo(json.dumps([_plain(one) for one in found], indent=2, ensure_ascii=False))
        return
    for one in found:
        click.echo(str(one))
    if not found:
        click.echo("nothing is on hold")


@hold.command()
@click.argument("hold_id")
@config_option
@_by
@_reason
def release(hold_id: str, config: Path, by: str | None, reason: str) -> None:
    """Release a hold: what it was about may be removed and erased again."""
    parts = parts_from(config)
    person = acting(parts, by)
    require_role(person, Deed.KEEP, "legal holds")
    with parts.store.begin() as uow:
        done = uow.holds.release(
            hold_id, by=person.name, role=person.role_text, reason=reason, at=datetime.now(UTC)
        )
        uow.commit()
    click.echo(str(done))


def _plain(one: LegalHold) -> dict[str, object]:
    return {
        "hold": one.hold_id,
        "scope": one.scope.value,
        "about": one.about.splitlines(),
        "reason": one.reason,
        "placed_by": one.placed_by,
        "placed_at": one.placed_at.isoformat(),
        "released_by": one.released_by,
        "released_at": one.released_at.isoformat() if one.released_at else None,
        "why_released": one.why_released,
    }
