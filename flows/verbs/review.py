"""`csi review`: the candidates in a browser, on this machine."""

from pathlib import Path

import click

from flows.verbs.options import config_option, parts_from
from flows.web import address_of, listening, review_parts, serve


@click.command()
@config_option
@click.option("--port", type=click.IntRange(0, 65535), default=8321, show_default=True)
@click.option(
    "--host", default="127.0.0.1", show_default=True, help="127.0.0.1, localhost or ::1, no other."
)
@click.option("--open", "opens", is_flag=True, help="Open the pages in the browser.")
def review(config: Path, port: int, host: str, *, opens: bool) -> None:
    """Look through the problem candidates of a week in a browser; nothing is changed.

    The pages are there until Ctrl-C. They can be reached from this machine only, by everyone who
    is logged in to it.
    """
    with listening(host, port) as listener:
        parts = review_parts(parts_from(config), config)
        click.echo(f"Problem candidates: {address_of(listener)}  (Ctrl-C ends it)")
        try:
            serve(parts, listener, opens=opens)
        except KeyboardInterrupt:
            click.echo("ended", err=True)
