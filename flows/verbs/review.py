"""`csi review`: the candidates, the register and the packs in a browser."""

from pathlib import Path

import click

from flows.verbs.options import config_option, parts_from
from flows.web import address_of, listening, review_parts, serve, tls_of
from flows.wiring import Parts
from review_app.identity.administering import ONE_TIME_DAYS, Administering
from review_app.identity.browser import utc_now


@click.command()
@config_option
@click.option("--port", type=click.IntRange(0, 65535), default=8321, show_default=True)
@click.option(
    "--host",
    default="127.0.0.1",
    show_default=True,
    help="Where to listen; beyond this machine only with [review] address and TLS.",
)
@click.option("--open", "opens", is_flag=True, help="Open the pages in the browser.")
def review(config: Path, port: int, host: str, *, opens: bool) -> None:
    """Look through the problem candidates of a week in a browser, and decide on them.

    The pages are there until Ctrl-C. The first start makes an administrator and prints the one-time
    password; until somebody has logged in, whoever is logged in to this machine can look, and no
    more. Other people are let in with `csi users`, on the page Users, or by an OpenID provider.
    """
    parts = parts_from(config)
    settings = parts.settings.review
    with listening(host, port, settings.address) as listener:
        tls = tls_of(settings, config.resolve().parent)
        _greet_first(parts)
        served = review_parts(parts, config)
        where = settings.address or address_of(listener)
        click.echo(f"Problem candidates: {where}  (Ctrl-C ends it)")
        try:
            serve(served, listener, tls, opens=opens)
        except KeyboardInterrupt:
            click.echo("ended", err=True)


def _greet_first(parts: Parts) -> None:
    """Make the first administrator and show the one-time password, where nobody has an account.

    It is printed and not logged: a terminal forgets it, a log does not.
    """
    if parts.settings.review.oidc is not None or not parts.settings.review.local_accounts:
        return
    given = Administering(parts.store, "", utc_now).first()
    if given is not None:
        click.echo(
            f"First start. Log in as {given.account.name} with the one-time password "
            f"{given.secret} (good for {ONE_TIME_DAYS} days; you set your own at once)."
        )
