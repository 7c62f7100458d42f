"""`csi users`: who may use the review pages and their API, from the machine they run on.

Whoever can open the database can do all of this; the journal notes it as done by the machine.
"""

from pathlib import Path

import click

from flows.verbs.options import config_option, json_option, parts_from
from itsm.access import ROLE_WORDS, AppRole
from itsm.accounts import roles_from
from review_app.identity.access_review import access_review, as_csv
from review_app.identity.access_review import as_json as json_of
from review_app.identity.administering import ONE_TIME_DAYS, Administering, Given, Wanted
from review_app.identity.browser import utc_now

ROLES = click.Choice([role.value for role in AppRole])
role_option = click.option(
    "--role", "roles", type=ROLES, multiple=True, required=True, help="What they may do; several."
)
name_argument = click.argument("name")


@click.group()
def users() -> None:
    """Say who may use the review app and its API, and make the access review."""


@users.command("list")
@config_option
@json_option
def users_list(config: Path, *, as_json: bool) -> None:
    """Show every account: roles, services, whether it is active, the last log-in."""
    store, now = parts_from(config).store, utc_now()
    rows = access_review(store, now)
    if as_json:
        click.echo(json_of(rows, now), nl=False)
        return
    if not rows:
        click.echo("nobody yet; `csi review` makes the first administrator, or `csi users add`")
    for row in rows:
        services = "" if row.services == "all" else f"; services {row.services}"
        last = row.last_login_at or "never"
        click.echo(f"{row.name}: {row.roles or 'no role'}{services}; {row.state}; last {last}")


@users.command()
@config_option
@name_argument
@role_option
@click.option("--display", default="", help="Their name as pages show it.")
@click.option("--service", "services", multiple=True, help="They see these services alone.")
@click.option("--team", default="", help="The team whose candidates are theirs.")
def add(
    config: Path,
    name: str,
    roles: tuple[str, ...],
    display: str,
    services: tuple[str, ...],
    team: str,
) -> None:
    """Make a local account with a one-time password."""
    wanted = Wanted(
        roles=roles_from(roles), display=display, services=frozenset(services), team=team
    )
    _tell(_desk(config).add(name, wanted))


@users.command()
@config_option
@name_argument
@role_option
@click.option("--service", "services", multiple=True, help="They see these services alone.")
@click.option("--team", default="", help="The team whose candidates are theirs.")
def change(
    config: Path, name: str, roles: tuple[str, ...], services: tuple[str, ...], team: str
) -> None:
    """Give an account other roles, services and team than it has."""
    parts = parts_from(config)
    with parts.store.look() as uow:
        seen = uow.accounts.get(name).version
    wanted = Wanted(roles=roles_from(roles), services=frozenset(services), team=team)
    kept = Administering(parts.store, "", utc_now).change(name, wanted, seen)
    click.echo(f"{kept.name}: {', '.join(sorted(kept.roles))}")


@users.command()
@config_option
@name_argument
def disable(config: Path, name: str) -> None:
    """Let somebody in no more; sessions and tokens end at once."""
    _desk(config).disable(name)
    click.echo(f"{name}: disabled; sessions and tokens have ended")


@users.command()
@config_option
@name_argument
def enable(config: Path, name: str) -> None:
    """Let somebody in again."""
    _desk(config).enable(name)
    click.echo(f"{name}: enabled")


@users.command()
@config_option
@name_argument
def reset(config: Path, name: str) -> None:
    """Make another one-time password; sessions and tokens end at once."""
    _tell(_desk(config).reset(name))


@users.command()
@config_option
@name_argument
def remove(config: Path, name: str) -> None:
    """Take an account away with its sessions and tokens; what it decided stays as it is."""
    _desk(config).remove(name)
    click.echo(f"{name}: removed")


@users.command()
@config_option
@name_argument
@role_option
@click.option("--label", required=True, help="What the token is for.")
@click.option("--days", type=click.IntRange(1, 365), default=90, show_default=True)
def token(config: Path, name: str, roles: tuple[str, ...], label: str, days: int) -> None:
    """Make a token of the API for an account; its text is shown this once."""
    made, text = _desk(config).token(name, label, roles_from(roles), days)
    click.echo(text)
    click.echo(f"good until {made.expires_at:%Y-%m-%d}; kept nowhere, so copy it now", err=True)


@users.command()
@config_option
@click.option("--format", "form", type=click.Choice(["csv", "json"]), default="csv")
def export(config: Path, form: str) -> None:
    """Print the access review: roles, groups, last log-in, what was changed."""
    store, now = parts_from(config).store, utc_now()
    rows = access_review(store, now)
    click.echo(as_csv(rows) if form == "csv" else json_of(rows, now), nl=False)


@users.command("roles")
def role_list() -> None:
    """Show the roles there are, and what each may do."""
    for role, means in ROLE_WORDS.items():
        click.echo(f"{role}: {means}")


def _desk(config: Path) -> Administering:
    return Administering(parts_from(config).store, "", utc_now)


def _tell(given: Given) -> None:
    """Show a one-time password; to people, so it stands alone on its line."""
    click.echo(f"{given.account.name}: one-time password, good for {ONE_TIME_DAYS} days:")
    click.echo(given.secret)
