"""`csi pairs`: records of two systems that are one incident, or look like it."""

import getpass
import json
from collections.abc import Mapping
from pathlib import Path

import click

from flows.links import record_links
from flows.pairing import join_pairs, say_pair
from flows.verbs.options import config_option, json_option, parts_from
from flows.wiring import Parts
from itsm.codec import to_plain
from itsm.decisions import IncidentRef
from itsm.errors import ConfigError
from itsm.pairs import PairState

_SIDE = 44


@click.group(invoke_without_command=True)
@click.pass_context
def pairs(context: click.Context) -> None:
    """Show what looks like one incident in two systems, and say whether it is.

    Without a command it lists the pairs that wait for a person.
    """
    if context.invoked_subcommand is None:
        context.invoke(listed)


@pairs.command("list")
@config_option
@click.option("--all", "everything", is_flag=True, help="Also what is joined, and what was said.")
@json_option
def listed(config: Path, *, everything: bool = False, as_json: bool = False) -> None:
    """List the pairs that wait for a person, or all."""
    parts = parts_from(config)
    join_pairs(parts)
    with parts.store.look() as uow:
        found = uow.pairs.list() if everything else uow.pairs.list(PairState.PROPOSED)
    if as_json:
        click.echo(json.dumps(to_plain(found), indent=2))
        return
    links = _Links(parts)
    for pair in found:
        click.echo(f"{_name(pair.one)} = {_name(pair.other)}  {pair.state}: {pair.said}")
        for link in filter(None, map(links.of, pair.refs)):
            click.echo(f"  {link}")
    if not found:
        click.echo("no pair waits for a person")


@pairs.command()
@click.argument("one", metavar="SOURCE/NUMBER")
@click.argument("other", metavar="SOURCE/NUMBER")
@config_option
def show(one: str, other: str, config: Path) -> None:
    """Show two records side by side, field by field."""
    parts = parts_from(config)
    refs = _ref(one), _ref(other)
    with parts.store.look() as uow:
        left, right = (uow.pairs.of(ref) for ref in refs)
    links = _Links(parts)
    click.echo(_row("", *map(_name, refs)))
    for name, values in _differing(left, right):
        click.echo(_row(name, *values))
    for link in filter(None, map(links.of, refs)):
        click.echo(link)


def _decision(state: PairState, does: str) -> click.Command:
    """The command by which a person says what a pair is."""

    @click.argument("one", metavar="SOURCE/NUMBER")
    @click.argument("other", metavar="SOURCE/NUMBER")
    @config_option
    @click.option("--reason", required=True, help="Why, in your own words.")
    @click.option("--by", "actor", help="Who decides; without it the user of this machine.")
    def decide(one: str, other: str, config: Path, reason: str, actor: str | None) -> None:
        parts = parts_from(config)
        refs = _ref(one), _ref(other)
        say_pair(parts, refs, state, actor or getpass.getuser(), reason)
        click.echo(f"{one} = {other}  {state}")

    return click.command(help=does)(decide)


pairs.add_command(_decision(PairState.ACCEPTED, "Say that two records are one incident."), "accept")
pairs.add_command(_decision(PairState.REJECTED, "Say that they are two incidents."), "reject")


class _Links:
    """Where records can be opened."""

    def __init__(self, parts: Parts) -> None:
        self._links = record_links(parts.settings)

    def of(self, ref: IncidentRef) -> str | None:
        """The address of a record; None where it has none."""
        link = self._links.get(ref.source)
        return None if link is None else link(ref.number)


def _ref(text: str) -> IncidentRef:
    source, slash, number = text.partition("/")
    if not (source and slash and number):
        raise ConfigError(
            f"{text!r}: name a record as SOURCE/NUMBER, such as servicenow/INC0012345"
        )
    return IncidentRef(source=source, number=number)


def _name(ref: IncidentRef) -> str:
    return f"{ref.source}/{ref.number}"


def _differing(
    left: Mapping[str, object], right: Mapping[str, object]
) -> list[tuple[str, tuple[str, str]]]:
    """The fields that one of both fills, with an equals sign where they agree."""
    rows = []
    for name in left:
        if name in {"source", "number"} or (left[name] is None and right[name] is None):
            continue
        one, other = (_cell(side[name]) for side in (left, right))
        rows.append((name, (one, "=" if one == other else other)))
    return rows


def _cell(value: object) -> str:
    return "-" if value is None else str(value).replace("\n", " ")[:_SIDE]


def _row(name: str, one: str, other: str) -> str:
    return f"{name:20} {one:{_SIDE}} {other}".rstrip()
