"""`csi register prove`: what entries could prove, and what they have proven."""

import json
from collections.abc import Iterator, Mapping
from datetime import datetime
from pathlib import Path
from typing import TypeVar

import click

from flows.stages.prove import prove_week, week_of_proofs
from flows.verbs.options import (
    dry_run_option,
    json_option,
    parts_from,
    week_and_cutoff,
    week_options,
)
from flows.verbs.register_views import register
from itsm.codec import to_plain
from reports.measures.proof_week import WeekOfProofs

__all__ = ["register"]

T = TypeVar("T")


@register.command()
@click.argument("number", required=False)
@dry_run_option
@json_option
@week_options
def prove(
    number: str | None,
    config: Path,
    week: str | None,
    cutoff: str | None,
    *,
    dry_run: bool,
    as_json: bool,
) -> None:
    """Say what entries could prove, and what they have proven, by the end of a week.

    Without NUMBER, all of them; then new baselines and proofs are kept too, as the weekly run does,
    unless --dry-run.
    """
    parts = parts_from(config)
    found, cutoff_at = week_and_cutoff(parts, week, cutoff)
    if number is None and not dry_run:
        prove_week(parts, found, cutoff_at)
    if number is not None:
        with parts.store.begin() as uow:
            uow.register.get(number)
    told = week_of_proofs(parts, found, cutoff_at)
    if as_json:
        click.echo(json.dumps(to_plain(_of(told, number)), indent=2, ensure_ascii=False))
        return
    lines = list(_lines(_of(told, number), cutoff_at))
    for line in lines or ["nothing is to be proven: no entry has a pattern and a date to go live"]:
        click.echo(line)


def _of(told: WeekOfProofs, number: str | None) -> WeekOfProofs:
    """The part of one entry; all of it without one."""
    if number is None:
        return told
    return WeekOfProofs(
        _only(told.prospects, number),
        _only(told.baselines, number),
        _only(told.proofs, number),
        _only(told.refused, number),
    )


def _only(told: Mapping[str, T], number: str) -> dict[str, T]:
    return {one: value for one, value in told.items() if one == number}


def _lines(told: WeekOfProofs, cutoff_at: datetime) -> Iterator[str]:
    for number, prospect in sorted(told.prospects.items()):
        yield f"{number}, before it goes live: {prospect.text}"
    for number, proof in sorted(told.proofs.items()):
        verdict = proof.verdict or "no verdict yet"
        yield f"{number}, by {cutoff_at:%Y-%m-%d}: {verdict}. {proof.text}"
    for number, why in sorted(told.refused.items()):
        yield f"{number} cannot be measured: {why}"
