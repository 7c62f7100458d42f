"""`csi login`: a person logs in to a system in a browser, once, for all pulls that follow."""

import webbrowser
from datetime import UTC, datetime
from pathlib import Path

import click

from flows.verbs.options import config_option
from itsm.errors import ConfigError


@click.command()
@click.argument("source")
@config_option
@click.option("--no-browser", is_flag=True, help="Print the address instead of opening it.")
@click.option("--wait", default=300, show_default=True, help="Seconds the person has.")
def login(source: str, config: Path, wait: int, *, no_browser: bool) -> None:
    """Log in to SOURCE in a browser, where auth = "oauth_code".

    The browser comes back to this machine. The tokens go into a file that only this user may read,
    or into a block of Prefect where login.block is set; they are renewed from then on, and
    csi doctor says when they end.
    """
    from connectors.core.surroundings import Surroundings
    from connectors.logins import LOGINS, login_ask
    from flows.logging_in import log_in
    from flows.settings import load_settings
    from flows.wiring import given_of, logins_of

    settings, base = load_settings(config), config.resolve().parent
    around = Surroundings(logins=logins_of(settings, base))
    if source not in settings.sources:
        known = ", ".join(settings.sources) or "none is configured"
        raise ConfigError(f"{source}: no such source; choose from: {known}")
    kind = settings.sources[source].kind
    ask = login_ask(kind, source, given_of(settings, source, base), around)
    if ask is None:
        can = ", ".join(LOGINS)
        told = f'set auth = "oauth_code" in [sources.{source}]; it is known by {can}'
        raise ConfigError(f"{source}: nobody logs in to it in a browser; {told}")

    def show(url: str) -> None:
        click.echo(f"Open this address, and agree:\n{url}", err=True)
        if not no_browser:
            webbrowser.open(url)

    login = log_in(ask, show, lambda: datetime.now(UTC), float(wait))
    click.echo(f"logged in to {source}; the tokens are in {ask.place.where}")
    if login.good_until is not None:
        click.echo(f"the first is good until {login.good_until:%Y-%m-%d %H:%M} UTC, then renewed")
