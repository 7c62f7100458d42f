"""`csi`: one verb per stage, and a few beside them. Knows nothing of Prefect."""

import gc
import logging
import os
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from importlib import import_module
from types import MappingProxyType

import click

from flows import logs, telemetry
from itsm.errors import ConfigError, CsiError, FatalSourceError

EXIT_CONFIG = 2
EXIT_NOTHING_READ = 3
_PROCESS = object()
"""Says that a verb is what a process was started for, and its end that of the process."""


@dataclass(frozen=True, slots=True)
class Verb:
    """Where a verb is, and what it does in a few words; whether a second process helps with it."""

    module: str
    command: str
    does: str
    has_second: bool = False


VERBS: Mapping[str, Verb] = MappingProxyType(
    {
        "run": Verb("run", "run", "Run one whole week, on an installation or on an export."),
        "demo": Verb("demo", "demo", "Run the weekly flow on a practice estate."),
        "init": Verb("init", "init", "Write a csi.toml to begin with."),
        "doctor": Verb("doctor", "doctor", "Look whether it would work, before it is pulled."),
        "login": Verb("login", "login", "Log in to a system in a browser, for OAuth."),
        "pull": Verb(
            "pull", "pull", "Read what is new in every source, and land it.", has_second=True
        ),
        "map": Verb("map", "map_verb", "Say which names are of one team, service or vendor."),
        "pairs": Verb("pairs", "pairs", "Say which records of two systems are one incident."),
        "sweep": Verb("sweep", "sweep", "Say whether what is missing in a system was deleted."),
        "reference": Verb("reference", "reference", "Keep what no tool holds: owners, targets."),
        "check": Verb("stages", "check", "Check what is known; say what warns and what stops."),
        "mine": Verb("mining", "mine", "Group repeat incidents, of the store or of any file."),
        "decide": Verb("decide", "decide_verb", "Decide on a candidate; it holds for good."),
        "lineage": Verb("decide", "lineage", "Say what became of candidates between two runs."),
        "themes": Verb("themes", "themes", "Group what low survey answers say."),
        "model": Verb("model", "model", "Install the language model, or take it away."),
        "push": Verb("push", "push", "Propose, and write what was decided into the tools."),
        "pack": Verb("pack", "pack", "Measure a period and write an edition of its pack."),
        "watchlist": Verb("pack", "watchlist", "Write what a team has to look at now."),
        "extract": Verb("extract", "extract", "Write a star schema for dashboards."),
        "backfill": Verb("backfill", "backfill_verb", "Make the packs of the past."),
        "plan": Verb("plan", "plan", "Show what a changed configuration would change."),
        "apply": Verb("apply", "apply_verb", "Let a changed configuration in, and journal it."),
        "packs": Verb("packs", "packs", "List packs, release them, give them out once more."),
        "deliver": Verb("deliver", "deliver", "Send what is released and due, once each."),
        "deliveries": Verb("deliver", "deliveries", "Show what was refused or is unclear."),
        "subscriptions": Verb("subscriptions", "subscriptions", "Say who gets which pack."),
        "figure": Verb("figure", "figure", "Print one figure, its rows, or what differs."),
        "figures": Verb("figures", "figures", "List all figures, or those nobody uses."),
        "targets": Verb("figures", "targets", "Hold the declared targets against their figures."),
        "restatements": Verb("figures", "restatement_list", "List the figures that moved."),
        "forecast": Verb("planning", "forecast", "Print what is expected in the next four weeks."),
        "tradeoff": Verb("planning", "tradeoff", "Print what an ask such as P2 in 4 hours costs."),
        "vendor": Verb("vendor", "vendor", "Print a vendor's dossier, for the review with it."),
        "process": Verb("process", "process", "Map where a process waits, from any log of steps."),
        "review": Verb("review", "review", "Look through the candidates in a browser."),
        "users": Verb("users", "users", "Say who may use the review app and its API."),
        "register": Verb("register_proof", "register", "Keep the register of improvements."),
        "audit": Verb("audit", "audit", "Hold the journal against itself; export evidence."),
        "erase": Verb("erase", "erase", "Erase a person everywhere; counts stay as they are."),
        "hold": Verb("hold", "hold", "Place and release legal holds."),
        "retain": Verb("retain", "retain", "Remove what is kept longer than the settings say."),
        "status": Verb("state", "status", "Show what is late, and what waits for a person."),
        "simulate": Verb("simulate", "simulate", "Make a practice estate to try things on."),
        "blocks": Verb("blocks", "blocks", "Make blocks and automations known to Prefect."),
        "db": Verb("database", "database", "Look after the database: back up, check, restore."),
    }
)
"""The verbs, in the order of the work; a verb is loaded when it is called."""


class Verbs(click.Group):
    """Loads a verb when it is called, so that `csi --help` answers at once."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """The names of the verbs."""
        return list(VERBS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """A verb by its name."""
        verb = VERBS.get(cmd_name)
        if verb is None:
            return None
        stays = ctx.find_root().obj is _PROCESS
        if verb.has_second and stays:
            import_module("flows.second_start").begin()
        with _no_collections(stays=stays):
            command = getattr(import_module(f"flows.verbs.{verb.module}"), verb.command)
        assert isinstance(command, click.Command)
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """The verbs with what they do."""
        with formatter.section("Verbs"):
            formatter.write_dl([(name, verb.does) for name, verb in VERBS.items()])


@contextmanager
def _no_collections(*, stays: bool) -> Iterator[None]:
    """To look for garbage in what is imported takes a fifth of the time of loading.

    Where it `stays` until the process ends, it is never looked through: neither later on, nor at
    the end.
    """
    gc.disable()
    try:
        yield
    finally:
        if stays:
            gc.freeze()
        gc.enable()


@click.group(
    cls=Verbs, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100}
)
@click.version_option(package_name="csi-pipeline", prog_name="csi")
@click.option("-v", "--verbose", is_flag=True, help="Log what every part does, on stderr.")
@click.option(
    "--log-format",
    type=click.Choice(logs.FORMATS),
    help="Logs and progress as text for people, or as JSON, one object a line. [default: text]",
)
def csi(*, verbose: bool, log_format: str | None) -> None:
    """Continual service improvement on the records of your ITSM tools.

    Results go to stdout, progress and logs to stderr. Exit code 0: done (quarantine and findings
    included), 1: what --fail-on asked for was found, 2: wrong use or configuration, 3: nothing
    could be read.
    """
    form = log_format or os.environ.get(logs.VARIABLE) or logs.TEXT
    logs.configure(form, logging.INFO if verbose else logging.WARNING)


def main(arguments: Sequence[str] | None = None) -> None:
    """Run `csi`; ends the process with its exit code."""
    os.environ.setdefault("DO_NOT_TRACK", "1")
    try:
        if arguments is None:
            csi.main(prog_name="csi", obj=_PROCESS)
        else:
            csi.main(args=list(arguments), prog_name="csi")
    except ConfigError as error:
        _end(error, EXIT_CONFIG)
    except FatalSourceError as error:
        _end(error, EXIT_NOTHING_READ)
    except CsiError as error:
        _end(error, 1)
    finally:
        telemetry.flush()


def _end(error: CsiError, code: int) -> None:
    if logs.are_json():
        logging.getLogger("csi").error("%s", error)
    else:
        click.echo(f"csi: {error}", err=True)
    sys.exit(code)
