"""`csi register`: the register of improvements; who changes it acts as a person of the settings."""

import json
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import Any, TypeVar

import click

from flows.declarations import note_declarations
from flows.mirroring import queue_mirrors
from flows.register_text import entry_lines, list_lines
from flows.registering import act_of, acting, add, edit
from flows.verbs.options import config_option, dry_run_option, json_option, parts_from
from flows.wiring import Parts
from itsm.codec import to_plain
from itsm.errors import ConfigError
from itsm.register import Origin, RegisterEntry, RegisterState
from itsm.register_forms import FIELDS
from itsm.register_parts import Answer, ClosureCode, TaskStatus
from itsm.register_rules import Act
from store.improving import add_task, answer, end_task, move, sign, wait
from store.unit_of_work import UnitOfWork

F = TypeVar("F", bound=Callable[..., Any])
DAY = click.DateTime(["%Y-%m-%d"])
MOVES = [state.value for state in RegisterState if state not in {"new", "regressed"}]

by_option = click.option(
    "--by", metavar="NAME", help="Who acts, as named under [people]; else the machine's user."
)
seen_option = click.option(
    "--seen", type=click.IntRange(1), help="The version you looked at; refused if it is another."
)
reason_option = click.option("--reason", default="", help="Why, in your own words.")
set_option = click.option(
    "--set",
    "fields",
    metavar="FIELD=VALUE",
    multiple=True,
    help="A field and its value; may be repeated. An empty value empties it.",
)


def acting_options(command: F) -> F:
    """The options of a verb with which a person changes the register."""
    for option in (dry_run_option, reason_option, by_option, config_option):
        command = option(command)
    return command


@click.group(invoke_without_command=True)
@config_option
@json_option
@click.pass_context
def register(context: click.Context, config: Path, *, as_json: bool) -> None:
    """Keep the register of improvements; without a verb, list it."""
    if context.invoked_subcommand is None:
        _list(config, as_json)


@register.command(name="list")
@config_option
@json_option
@click.option("--state", type=click.Choice([state.value for state in RegisterState]))
@click.option("--owner", metavar="NAME", help="Only those of one coordinator.")
def list_entries(config: Path, state: str | None, owner: str | None, *, as_json: bool) -> None:
    """List entries by rank, each with the reason for its place."""
    _list(config, as_json, state, owner)


def _list(config: Path, as_json: bool, state: str | None = None, owner: str | None = None) -> None:
    with parts_from(config).store.begin() as uow:
        chosen = [
            one
            for one in uow.register.list()
            if state in (None, one.state) and owner in (None, one.coordinator)
        ]
    if as_json:
        click.echo(json.dumps(to_plain(chosen, list[RegisterEntry]), indent=2, ensure_ascii=False))
        return
    for line in list_lines(chosen):
        click.echo(line)


@register.command()
@click.argument("number")
@config_option
@json_option
def show(number: str, config: Path, *, as_json: bool) -> None:
    """Show an entry with all it holds."""
    with parts_from(config).store.begin() as uow:
        entry = uow.register.get(number)
    if as_json:
        click.echo(json.dumps(to_plain(entry), indent=2, ensure_ascii=False))
        return
    for line in entry_lines(entry):
        click.echo(line)


@register.command(name="add")
@click.argument("title")
@set_option
@click.option("--origin", type=click.Choice([one.value for one in Origin]), default="demand")
@acting_options
def add_entry(
    title: str,
    fields: tuple[str, ...],
    origin: str,
    config: Path,
    by: str | None,
    reason: str,
    *,
    dry_run: bool,
) -> None:
    """Add a request; impact, urgency, risk and effort that are left out are named as gaps."""
    form = {"title": title, **pairs(fields)}

    def made(uow: UnitOfWork, parts: Parts, act: Act) -> str:
        added = add(uow, parts, form, act, Origin(origin))
        lines = [f"{added.entry.number}: {added.intake.told}", *added.alike]
        return "\n".join(lines)

    commit(config, by, reason, dry_run, made)


@register.command(name="edit")
@click.argument("number")
@set_option
@seen_option
@acting_options
def edit_entry(
    number: str,
    fields: tuple[str, ...],
    seen: int | None,
    config: Path,
    by: str | None,
    reason: str,
    *,
    dry_run: bool,
) -> None:
    """Give fields of an entry other values."""
    texts = pairs(fields)
    if not texts:
        raise ConfigError(f"say what to change with --set FIELD=VALUE; fields: {', '.join(FIELDS)}")
    commit(
        config, by, reason, dry_run, lambda u, p, act: told(edit(u, p, number, texts, act, seen))
    )


@register.command(name="move")
@click.argument("number")
@click.argument("state", type=click.Choice(MOVES))
@click.option("--as", "closure", type=click.Choice([c.value for c in ClosureCode]))
@seen_option
@acting_options
def move_entry(
    number: str,
    state: str,
    closure: str | None,
    seen: int | None,
    config: Path,
    by: str | None,
    reason: str,
    *,
    dry_run: bool,
) -> None:
    """Bring an entry into another state; every transition takes its reason."""
    code = ClosureCode(closure) if closure else None

    def made(uow: UnitOfWork, _: Parts, act: Act) -> str:
        return told(move(uow, number, RegisterState(state), act, closure=code, seen=seen))

    commit(config, by, reason, dry_run, made)


@register.command(name="answer")
@click.argument("number")
@click.argument("said", type=click.Choice([one.value for one in Answer]))
@acting_options
def answer_entry(
    number: str, said: str, config: Path, by: str | None, reason: str, *, dry_run: bool
) -> None:
    """Approve or refuse an entry in assess; the reason is the comment."""
    commit(config, by, reason, dry_run, lambda u, _, a: told(answer(u, number, Answer(said), a)))


@register.command(name="sign")
@click.argument("number")
@click.argument("what", type=click.Choice(["waiver", "verification"]))
@acting_options
def sign_entry(
    number: str, what: str, config: Path, by: str | None, reason: str, *, dry_run: bool
) -> None:
    """Sign a waiver, or the verification of a proof, of an entry in review."""
    commit(config, by, reason, dry_run, lambda u, _, a: told(sign(u, number, what, a)))


@register.command(name="not-yet")
@click.argument("number")
@click.option("--review-on", type=DAY, required=True, help="When it is looked at again.")
@acting_options
def not_yet_entry(
    number: str, review_on: datetime, config: Path, by: str | None, reason: str, *, dry_run: bool
) -> None:
    """Say why an entry is not taken up yet, and when it is looked at again."""
    day = review_on.date()
    commit(config, by, reason, dry_run, lambda u, _, act: told(wait(u, number, act, day)))


@register.command(name="task")
@click.argument("number")
@click.argument("task_id", required=False)
@click.option("--title", help="What a new task is about.")
@click.option("--owner", help="Who does it.")
@click.option("--due", type=DAY, help="Until when.")
@click.option("--is", "status", type=click.Choice([one.value for one in TaskStatus]))
@acting_options
def task_entry(
    number: str,
    task_id: str | None,
    title: str | None,
    owner: str | None,
    due: datetime | None,
    status: str | None,
    config: Path,
    by: str | None,
    reason: str,
    *,
    dry_run: bool,
) -> None:
    """Give an entry a task, or say that one is done, dropped or open again."""
    if task_id and status:
        new = TaskStatus(status)
        commit(
            config, by, reason, dry_run, lambda u, _, a: told(end_task(u, number, task_id, new, a))
        )
    elif title and owner and due:
        day = due.date()
        commit(
            config,
            by,
            reason,
            dry_run,
            lambda u, _, a: told(add_task(u, number, title, owner, day, a)),
        )
    else:
        raise ConfigError("give --title, --owner and --due for a new task, or TASK and --is")


def commit(
    config: Path,
    by: str | None,
    reason: str,
    dry_run: bool,
    made: Callable[[UnitOfWork, Parts, Act], str],
) -> None:
    """Do something as a person, in one transaction, and say what came of it."""
    parts = parts_from(config)
    act = act_of(parts, acting(parts, by), reason)
    with parts.store.begin() as uow:
        note_declarations(uow, parts, act.at)
        said = made(uow, parts, act)
        queue_mirrors(uow, parts)
        if not dry_run:
            uow.commit()
    click.echo(f"nothing was written; it would be: {said}" if dry_run else said)


def told(entry: RegisterEntry) -> str:
    """An entry after a change, in a line."""
    return f"{entry.number}: {entry.state}, version {entry.version}: {entry.title}"


def pairs(fields: tuple[str, ...]) -> dict[str, str]:
    """Fields as they were typed.

    Raises:
        ConfigError: one has no equals sign.
    """
    found = {}
    for typed in fields:
        name, equals, value = typed.partition("=")
        if not equals:
            raise ConfigError(f"--set {typed!r}: write it as FIELD=VALUE")
        found[name.strip()] = value
    return found
