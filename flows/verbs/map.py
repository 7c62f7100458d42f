"""`csi map`: names that stand for others, proposed by the program and confirmed by a person."""

import getpass
import json
import textwrap
from collections.abc import Iterable, Iterator
from dataclasses import replace
from datetime import UTC, date, datetime
from pathlib import Path

import click

from flows.mapping_aliases import aliases_of, forget, keep
from flows.mapping_aliases_found import MOST_SHOWN, Proposal, proposals
from flows.reading import as_it_came
from flows.verbs.options import config_option, json_option, parts_from
from flows.wiring import Parts
from itsm.errors import ConfigError
from itsm.naming import Alias, NameKind
from itsm.pairs import ONE_INCIDENT
from itsm.states import RecordKind

DAY = click.DateTime(["%Y-%m-%d"])
WIDTH = 79
by_option = click.option(
    "--by", metavar="NAME", help="Who says so, as named under [people]; else the machine's user."
)
why_option = click.option("--why", default="", help="Why, in your own words.")
from_option = click.option("--from", "since", type=DAY, help="The first day that it holds.")
until_option = click.option("--until", type=DAY, help="The first day that it no longer holds.")


@click.group(name="map", invoke_without_command=True)
@config_option
@json_option
@click.pass_context
def map_verb(context: click.Context, config: Path, *, as_json: bool) -> None:
    """Say which names are of one team, service, vendor or item.

    Without a command it lists what may be one, the surest first, and what was said before. Nothing
    is taken for one before a person has said so; then every figure, every mining run and every
    pack that is made from now on tells one name.
    """
    context.obj = config
    if context.invoked_subcommand is None:
        parts = parts_from(config)
        found, held = _found(parts)
        told = _json(found, held) if as_json else "\n".join(_lines(found, held))
        click.echo(told)


@map_verb.command()
@click.argument("alias_id", metavar="ID")
@from_option
@until_option
@click.option("--always", is_flag=True, help="It holds for every day, whatever was proposed.")
@click.option("--swap", is_flag=True, help="The other of the two names is the one that counts.")
@by_option
@why_option
@click.pass_obj
def accept(
    config: Path,
    alias_id: str,
    since: datetime | None,
    until: datetime | None,
    by: str | None,
    why: str,
    *,
    always: bool,
    swap: bool,
) -> None:
    """Confirm a proposal: the first name stands for the second."""
    parts = parts_from(config)
    alias = _named(parts, alias_id)
    if swap:
        alias = replace(alias, name=alias.stands_for, stands_for=alias.name, source="", until=None)
    if always:
        alias = replace(alias, since=None, until=None)
    first, last = _day(since) or alias.since, _day(until) or alias.until
    _keep(parts, replace(alias, is_rejected=False, why=why, since=first, until=last), by)


@map_verb.command()
@click.argument("alias_id", metavar="ID")
@by_option
@why_option
@click.pass_obj
def reject(config: Path, alias_id: str, by: str | None, why: str) -> None:
    """Say that two names are of two things; they are not proposed again."""
    parts = parts_from(config)
    _keep(parts, replace(_named(parts, alias_id), is_rejected=True, why=why), by)


@map_verb.command()
@click.argument("kind", type=click.Choice([one.value for one in NameKind]))
@click.argument("name")
@click.argument("stands_for", metavar="NAME_THAT_COUNTS")
@click.option("--source", default="", help="Only in this source; else in every one.")
@from_option
@until_option
@by_option
@why_option
@click.pass_obj
def add(
    config: Path,
    kind: str,
    name: str,
    stands_for: str,
    source: str,
    since: datetime | None,
    until: datetime | None,
    by: str | None,
    why: str,
) -> None:
    """Say that a NAME stands for another, though nobody proposed it."""
    parts = parts_from(config)
    if source and source not in parts.settings.sources:
        known = ", ".join(parts.settings.sources)
        raise ConfigError(f"--source {source}: no such source; choose from: {known}")
    alias = Alias(
        kind=NameKind(kind),
        source=source,
        name=name,
        stands_for=stands_for,
        since=_day(since),
        until=_day(until),
        why=why,
    )
    _keep(parts, alias, by)


@map_verb.command()
@click.argument("alias_id", metavar="ID")
@click.pass_obj
def undo(config: Path, alias_id: str) -> None:
    """Take back what was said of two names."""
    with parts_from(config).store.begin() as uow:
        gone = forget(uow, alias_id, datetime.now(UTC))
        uow.commit()
    if gone is None:
        raise ConfigError(f"{alias_id}: nothing was said of it; `csi map` lists what was")
    click.echo(f"{gone.alias_id}: {gone.name!r} and {gone.stands_for!r} are two names again")


def _day(at: datetime | None) -> date | None:
    return None if at is None else at.date()


def _keep(parts: Parts, alias: Alias, by: str | None) -> None:
    with parts.store.begin() as uow:
        who = uow.journal.pseudonym(by or getpass.getuser())
        kept = keep(uow, replace(alias, by=who), datetime.now(UTC))
        uow.commit()
    click.echo("\n".join(_told(kept)))


def _named(parts: Parts, alias_id: str) -> Alias:
    """What was proposed or said before, by its id.

    Raises:
        ConfigError: there is no such thing.
    """
    found, held = _found(parts)
    for one in (*(proposal.alias for proposal in found), *held):
        if one.alias_id == alias_id:
            return one
    raise ConfigError(f"{alias_id}: there is no such proposal; `csi map` lists them")


def _found(parts: Parts) -> tuple[list[Proposal], list[Alias]]:
    now = datetime.now(UTC)
    kinds = (RecordKind.INCIDENT, RecordKind.VENDOR_CASE)
    frames = {kind: as_it_came(parts.store, kind, now) for kind in kinds}
    with parts.store.look() as uow:
        held, pairs = aliases_of(uow), uow.pairs.list(*ONE_INCIDENT)
    return proposals(frames, held, pairs), held


def _lines(found: Iterable[Proposal], held: Iterable[Alias]) -> Iterator[str]:
    listed, said = list(found), list(held)
    if not listed:
        yield "No two names look like one that nobody has spoken of."
    for one in listed[:MOST_SHOWN]:
        alias = one.alias
        yield f"{alias.alias_id}  {one.score:.0%} sure  {alias.kind}  {one.n:,} records"
        yield from _names(alias)
        yield from textwrap.wrap(one.said, WIDTH, initial_indent="    ", subsequent_indent="    ")
    if len(listed) > MOST_SHOWN:
        yield f"... and {len(listed) - MOST_SHOWN:,} more; answer these first"
    if listed:
        yield "Say: csi map accept ID, or csi map reject ID"
    if said:
        yield ""
        yield "Said before:"
        for alias in said:
            yield from _told(alias)


def _told(alias: Alias) -> Iterator[str]:
    word = "are two" if alias.is_rejected else "stands for the other"
    yield f"{alias.alias_id}  {alias.kind}: {word}{f' ({alias.why})' if alias.why else ''}"
    yield from _names(alias)


def _names(alias: Alias) -> Iterator[str]:
    where = f" in {alias.source}" if alias.source else ""
    days = [f"{word} {day}" for word, day in (("from", alias.since), ("until", alias.until)) if day]
    yield f"    {alias.name}{where}{', ' if days else ''}{' '.join(days)}"
    yield f"    -> {alias.stands_for}"


def _json(found: Iterable[Proposal], held: Iterable[Alias]) -> str:
    told = {
        "proposals": [
            {**_plain(one.alias), "score": one.score, "said": one.said, "records": one.n}
            for one in found
        ],
        "said": [{**_plain(one), "is_rejected": one.is_rejected, "why": one.why} for one in held],
    }
    return json.dumps(told, indent=2, ensure_ascii=False)


def _plain(alias: Alias) -> dict[str, object]:
    return {
        "id": alias.alias_id,
        "kind": alias.kind.value,
        "source": alias.source,
        "name": alias.name,
        "stands_for": alias.stands_for,
        "from": None if alias.since is None else alias.since.isoformat(),
        "until": None if alias.until is None else alias.until.isoformat(),
    }
