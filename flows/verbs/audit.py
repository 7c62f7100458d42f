"""`csi audit`: the journal held against itself and kept heads, samples, evidence, findings."""

import json
import secrets
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import click

from flows.auditing import export as export_bundle
from flows.auditing import journal_rows, sample
from flows.keeping import kept_heads, send_head
from flows.verbs.erase import erase
from flows.verbs.options import config_option, json_option, moment, parts_from
from flows.verbs.register import DAY, acting_options, commit
from flows.wiring import Parts
from itsm.errors import ConfigError
from itsm.findings import Finding, on_time
from itsm.journal import JournalKind, head_from
from itsm.register_roles import Deed, require_role
from itsm.register_rules import Act
from store.improving import note_of
from store.unit_of_work import UnitOfWork

KIND = click.Choice([kind.value for kind in JournalKind])
kind_option = click.option("--kind", "kinds", type=KIND, multiple=True, help="Only such rows.")


@click.group()
def audit() -> None:
    """Hold the journal against itself; draw samples, export evidence, follow findings."""


@audit.command()
@config_option
@click.option("--head", "given", metavar="HEAD", multiple=True, help="A head you have kept.")
def verify(config: Path, given: tuple[str, ...]) -> None:
    """Find any changed, removed or reordered row; exit code 1 if there is one.

    Beside the heads you give, those printed in packs and kept by the second keeper are looked at.
    """
    parts = parts_from(config)
    with parts.store.begin() as uow:
        heads = kept_heads(parts, uow)
        heads |= {f"the head you gave ({one[:24]}...)": head_from(one) for one in given}
        found, head = uow.audit.verify(heads), uow.journal.head()
    for one in found:
        click.echo(str(one))
    if found:
        click.echo(f"{len(found)} things do not fit; compare with a copy from before")
        raise SystemExit(1)
    click.echo(f"all {head.sequence} rows are as they were written; {len(heads)} kept heads fit")
    click.echo(f"head: {head}")


@audit.command()
@config_option
@click.option("--send", is_flag=True, help="Send it to the second keeper, too.")
def head(config: Path, *, send: bool) -> None:
    """Print the head of the journal; who keeps it can tell later that nothing before changed."""
    parts = parts_from(config)
    if send and not send_head(parts):
        raise ConfigError("no keeper is set; set keeper_file or keeper_command under [audit]")
    with parts.store.begin() as uow:
        click.echo(str(uow.journal.head()))


@audit.command()
@click.argument("subject", required=False)
@config_option
@json_option
@kind_option
def log(subject: str | None, config: Path, kinds: tuple[str, ...], *, as_json: bool) -> None:
    """Print the journal, or what it tells of one SUBJECT: an entry, a candidate, a week."""
    with parts_from(config).store.begin() as uow:
        rows = uow.journal.rows(subject=subject, kinds=[JournalKind(one) for one in kinds])
        told = list(journal_rows(uow, rows, uow.journal.names()))
    _print(told, as_json)


@audit.command(name="sample")
@config_option
@json_option
@kind_option
@click.option("--n", type=click.IntRange(1), default=25, show_default=True)
@click.option("--seed", help="Any word; without it, one is made and printed.")
def sample_rows(
    config: Path, kinds: tuple[str, ...], n: int, seed: str | None, *, as_json: bool
) -> None:
    """Draw rows at random; the same seed draws the same rows again."""
    with parts_from(config).store.begin() as uow:
        wanted = [JournalKind(one) for one in kinds]
        made = sample(
            uow.journal.rows(), uow.journal.head(), n, seed or secrets.token_hex(4), wanted
        )
        told = list(journal_rows(uow, made.rows, uow.journal.names()))
    _print(told, as_json)
    click.echo(
        f"{len(made.rows)} of {made.population} rows, seed {made.seed}, head {made.head}",
        err=as_json,
    )


@audit.command()
@click.argument("folder", type=click.Path(path_type=Path))
@config_option
@click.option("--since", metavar="TIME", help="Only rows from this moment on.")
@click.option("--without-names", is_flag=True, help="Pseudonyms instead of names, and no texts.")
def export(folder: Path, config: Path, since: str | None, *, without_names: bool) -> None:
    """Write the evidence bundle to FOLDER, with checksums."""
    parts = parts_from(config)
    at = moment(since, "--since") if since else None
    for path in export_bundle(parts, folder, at, with_names=not without_names):
        click.echo(str(path))


@audit.command()
@config_option
@json_option
def findings(config: Path, *, as_json: bool) -> None:
    """List the findings of audits, and how many were remedied in time."""
    today = datetime.now(UTC).date()
    with parts_from(config).store.begin() as uow:
        kept = uow.findings.list()
    told: list[tuple[object, ...]] = [("id", "standing", "due", "owner", "title", "remedy")]
    for one in kept:
        late = "late" if one.is_late(today) else "in time"
        standing = f"closed {late}" if one.closed_on else f"open, {late}"
        told.append((one.finding_id, standing, one.due_on, one.owner, one.title, one.remedy))
    _print(told, as_json)
    said = on_time(kept, today)
    share = "no finding was due yet" if said.share is None else f"{said.share:.0%} in time"
    click.echo(f"{said.n_due} were due: {share}; {said.n_not_due} are not due yet", err=as_json)


@audit.command()
@click.argument("title")
@click.option("--from", "source", required=True, help="Which audit found it.")
@click.option("--owner", required=True, help="Who remedies it.")
@click.option("--due", type=DAY, required=True, help="Until when.")
@click.option("--entry", help="The register entry it led to.")
@acting_options
def find(
    title: str,
    source: str,
    owner: str,
    due: datetime,
    entry: str | None,
    config: Path,
    by: str | None,
    reason: str,
    *,
    dry_run: bool,
) -> None:
    """Note a finding."""

    def made(uow: UnitOfWork, _: Parts, act: Act) -> str:
        require_role(act.by, Deed.FIND)
        if entry is not None:
            uow.register.get(entry)
        finding = Finding(
            finding_id="",
            title=title,
            source=source,
            owner=owner,
            raised_on=act.today,
            due_on=due.date(),
            entry=entry,
        )
        kept = uow.findings.add(finding, note_of(act, JournalKind.FINDING, source))
        return f"{kept.finding_id} is kept, due on {kept.due_on}"

    commit(config, by, reason, dry_run, made)


@audit.command()
@click.argument("finding_id")
@click.option("--remedy", required=True, help="What was done.")
@acting_options
def close(
    finding_id: str, remedy: str, config: Path, by: str | None, reason: str, *, dry_run: bool
) -> None:
    """Say that a finding is remedied."""

    def made(uow: UnitOfWork, _: Parts, act: Act) -> str:
        require_role(act.by, Deed.FIND)
        finding = uow.findings.get(finding_id)
        if finding.closed_on is not None:
            raise ConfigError(f"{finding_id} was closed on {finding.closed_on} already")
        closed = replace(finding, closed_on=act.today, remedy=remedy)
        uow.findings.put(closed, note_of(act, JournalKind.FINDING, finding.source))
        return f"{finding_id} is closed, {'late' if closed.is_late(act.today) else 'in time'}"

    commit(config, by, reason, dry_run, made)


audit.add_command(erase)


def _print(rows: Sequence[Sequence[object]], as_json: bool) -> None:
    """Rows under their head: as JSON, or one line each."""
    head, *rest = [[str(cell) for cell in row] for row in rows]
    if as_json:
        objects = [dict(zip(head, row, strict=True)) for row in rest]
        click.echo(json.dumps(objects, indent=2, ensure_ascii=False))
        return
    for row in rest:
        click.echo("  ".join(cell for cell in row if cell))
