"""What the practice servers of `csi simulate` share: their options, what they tell, their end."""

import gc
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from functools import reduce
from pathlib import Path

import click

from simulator.faults import Fault, Faults
from simulator.practice_server import Access, PracticeServer
from simulator.settings import EstateSettings

_SIZE = click.IntRange(100, 1_000_000)


@dataclass(frozen=True)
class Wanted:
    """What was asked for: the estate, what goes wrong, and how the server is reached."""

    estate: EstateSettings
    faults: tuple[str, ...]
    port: int
    access: Access

    def chosen(self, usual: tuple[Fault, ...], more: tuple[Fault, ...] = ()) -> Faults:
        """The faults that were named; those in `more` only where they are named themselves."""
        named = [one.name.value for one in more if one.name.value in self.faults]
        known = (*usual, *more) if named else usual
        return Faults.named(self.faults, self.estate.seed, known)


def served(port: int) -> Callable[[Callable[..., None]], Callable[..., None]]:
    """The options of a practice server; the command is handed a `Wanted` and what else it takes."""
    options = (
        click.option("--port", default=port, show_default=True, type=click.IntRange(0, 65535)),
        click.option("--incidents", default=2000, show_default=True, type=_SIZE),
        click.option("--weeks", default=26, show_default=True, type=click.IntRange(2, 520)),
        click.option("--seed", default=1, show_default=True, type=click.IntRange(0)),
        click.option("--end-week", metavar="YYYY-Www", help="The last week of the estate."),
        click.option("--fault", "faults", multiple=True, metavar="NAME", help="Repeatable."),
        click.option("--faults", "faults", multiple=True, metavar="all", help="Everything."),
        click.option("--user", default=Access.user, show_default=True),
        click.option("--secret", default="", help="Without one it follows from the seed."),
        click.option("--host", default=Access.host, show_default=True, help="Where it listens."),
        click.option("--certificate", type=click.Path(path_type=Path, exists=True), help="PEM."),
    )

    def decorate(command: Callable[..., None]) -> Callable[..., None]:
        def run(
            port: int,
            incidents: int,
            weeks: int,
            seed: int,
            end_week: str | None,
            faults: tuple[str, ...],
            user: str,
            secret: str,
            host: str,
            certificate: Path | None,
            **more: object,
        ) -> None:
            estate = settings_of(incidents, weeks, seed, end_week)
            access = Access(user, secret, host, certificate)
            command(Wanted(estate, faults, port, access), **more)

        run.__name__, run.__doc__ = command.__name__, command.__doc__
        run.__dict__.update(command.__dict__)
        return reduce(lambda made, option: option(made), reversed(options), run)

    return decorate


def serve(server: PracticeServer, told: Callable[[], Mapping[str, str]], *notes: str) -> None:
    """Start a server, tell how a source is configured for it, and serve until Ctrl-C."""
    click.echo("making the estate and all that hangs on it ...", err=True)
    with server:
        settings = told()
        for name, value in settings.items():
            variable = f"CSI_SOURCES__{settings['kind']}__{name}".upper()
            click.echo(f"export {variable}={value}")
        for note in notes:
            click.echo(f"# {note}")
        click.echo("serving until Ctrl-C", err=True)
        until_stopped()


def until_stopped() -> None:
    """Wait; pages are short-lived and hold no cycles, so that looking for these is put off."""
    gc.freeze()
    gc.set_threshold(200_000)
    try:
        threading.Event().wait()
    except KeyboardInterrupt:
        click.echo("stopped", err=True)


def settings_of(incidents: int, weeks: int, seed: int, end_week: str | None) -> EstateSettings:
    """The settings of an estate, as they were asked for."""
    settings = EstateSettings(n_incidents=incidents, n_weeks=weeks, seed=seed)
    return settings if end_week is None else replace(settings, end_week=end_week)
