"""`csi register`: what the whole register says, lists in and out, and what feeds it."""

import json
from datetime import UTC, datetime, time
from pathlib import Path

import click

from flows.declarations import weights_as_of
from flows.files import write_whole
from flows.problem_following import review_lines
from flows.register_lists import RowError, as_csv, as_xlsx, read_list, take_in
from flows.register_text import budget_lines, move_lines, note_lines, programme_lines
from flows.registering import rescore, weighed
from flows.stages.feed import FEEDS, fed_by, feed_week, material_of
from flows.verbs.options import (
    config_option,
    dry_run_option,
    json_option,
    moment,
    parts_from,
    week_and_cutoff,
    week_options,
)
from flows.verbs.register import DAY, acting_options, commit, register
from flows.verbs.register_mirror import hand_over
from flows.wiring import Parts
from itsm.budgeting import budget
from itsm.codec import to_plain
from itsm.demand import DemandNote, Move, NoteKind, reranked
from itsm.journal import JournalKind
from itsm.programme import programme
from itsm.register_care import duplicates, late_notes, stale
from itsm.register_roles import Deed, require_role
from itsm.register_rules import Act
from store.improving import keep_note, note_of
from store.unit_of_work import UnitOfWork

__all__ = ["hand_over", "register"]

MAX_ALIKE = 20
"""So many likenesses are told after a list was taken in."""


@register.command()
@click.option("--since", required=True, metavar="TIME", help="A day or a time to compare with.")
@click.option("--apply", "applies", is_flag=True, help="Score all entries by the present weights.")
@json_option
@acting_options
def rerank(
    since: str,
    config: Path,
    by: str | None,
    reason: str,
    *,
    applies: bool,
    as_json: bool,
    dry_run: bool,
) -> None:
    """Say how every entry moved since a day, and why."""
    at = _instant(since)
    if applies:
        said = "entries scored by the present weights"
        commit(config, by, reason, dry_run, lambda u, p, a: f"{rescore(u, p, a)} {said}")
    parts = parts_from(config)
    with parts.store.begin() as uow:
        then = weights_as_of(uow, at)
        before = uow.register.as_of(at)
        after = [weighed(parts, one) for one in uow.register.list()]
    moves = reranked(before, after, (str(then), str(parts.settings.improvement.weighing())))
    if as_json:
        click.echo(json.dumps(to_plain(moves, tuple[Move, ...]), indent=2, ensure_ascii=False))
        return
    for line in move_lines(moves):
        click.echo(line)


@register.command(name="budget")
@click.option("--limit", type=click.FloatRange(min=0), help="What so much money pays for.")
@config_option
@json_option
def budget_view(config: Path, limit: float | None, *, as_json: bool) -> None:
    """Hold cost against value, the best return first."""
    parts = parts_from(config)
    model = parts.settings.improvement.work_cost(parts.settings.cost.currency)
    with parts.store.begin() as uow:
        found = budget(uow.register.list(), model, limit)
    if as_json:
        click.echo(json.dumps(to_plain(found), indent=2, ensure_ascii=False))
        return
    for line in budget_lines(found):
        click.echo(line)


@register.command()
@config_option
def care(config: Path) -> None:
    """Point out entries that resemble each other, stale ones, and notes whose review is late."""
    parts = parts_from(config)
    improvement, today = parts.settings.improvement, datetime.now(UTC).date()
    with parts.store.begin() as uow:
        entries, notes = uow.register.list(), uow.demand_notes.list()
        solved = list(review_lines(uow))
    alike = duplicates(entries, improvement.alike)
    slow = stale(entries, today, improvement.patient())
    for pair in alike:
        click.echo(pair.told)
    for one in slow:
        click.echo(f"{one.number}: {'; '.join(one.reasons)}")
    for line in solved:
        click.echo(line)
    for note in late_notes(notes, today):
        click.echo(f"{note.note_id}: its review of {note.review_by} is late ({note.owner})")
    if not alike and not slow:
        click.echo("no entry resembles another one, and none is stale")


@register.command(name="programme")
@config_option
@json_option
def programme_view(config: Path, *, as_json: bool) -> None:
    """Say what the programme has proven and returned, and where entries stall."""
    with parts_from(config).store.begin() as uow:
        entries, versions = uow.register.list(), uow.register.all_versions()
    found = programme(entries, versions, datetime.now(UTC))
    if as_json:
        click.echo(json.dumps(to_plain(found), indent=2, ensure_ascii=False))
        return
    for line in programme_lines(found):
        click.echo(line)


@register.command()
@config_option
def notes(config: Path) -> None:
    """List stakeholders' priorities and unstated assumptions."""
    with parts_from(config).store.begin() as uow:
        kept = uow.demand_notes.list()
    for line in note_lines(kept):
        click.echo(line)


@register.command()
@click.argument("text")
@click.option("--as", "kind", type=click.Choice([one.value for one in NoteKind]), required=True)
@click.option("--about", default="", help="An entry or a service; left out for all demand.")
@click.option("--owner", help="Who answers for it; without it, who adds it.")
@click.option("--review-by", type=DAY, required=True, help="When it is looked at again.")
@acting_options
def note(
    text: str,
    kind: str,
    about: str,
    owner: str | None,
    review_by: datetime,
    config: Path,
    by: str | None,
    reason: str,
    *,
    dry_run: bool,
) -> None:
    """Keep a stakeholder's priority, or an assumption behind demand that nobody has said."""

    def added(uow: UnitOfWork, _: Parts, act: Act) -> str:
        made = DemandNote(
            note_id="",
            kind=NoteKind(kind),
            text=text,
            owner=owner or act.by.name,
            on=act.today,
            review_by=review_by.date(),
            about=about,
        )
        return f"{keep_note(uow, made, act).note_id} is kept"

    commit(config, by, reason, dry_run, added)


@register.command(name="review-note")
@click.argument("note_id")
@click.option("--review-by", type=DAY, required=True, help="When it is looked at again.")
@acting_options
def review_note(
    note_id: str, review_by: datetime, config: Path, by: str | None, reason: str, *, dry_run: bool
) -> None:
    """Say with --reason what a look at a priority or assumption has shown."""

    def reviewed(uow: UnitOfWork, _: Parts, act: Act) -> str:
        require_role(act.by, Deed.PRIORITISE)
        told = note_of(act, JournalKind.DEMAND, note_id)
        day = review_by.date()
        uow.demand_notes.review(note_id, act.today, act.reason, day, told)
        return f"{note_id} is due again on {day}"

    commit(config, by, reason, dry_run, reviewed)


@register.command()
@config_option
def people(config: Path) -> None:
    """List who acts in the register, with their roles, and the exceptions to four eyes."""
    settings = parts_from(config).settings
    for name, one in sorted(settings.people.items()):
        click.echo(f"{name:16} {', '.join(sorted(one.roles)):40} {one.full_name}".rstrip())
    if not settings.people:
        click.echo("nobody yet; add [people.NAME] with roles to the configuration")
    for listed in settings.improvement.exceptions():
        click.echo(f"{listed.person} may {listed.rule} until {listed.until}: {listed.reason}")


@register.command(name="export")
@click.argument("file", type=click.Path(path_type=Path))
@config_option
def export_list(file: Path, config: Path) -> None:
    """Write the register to FILE, as CSV or, if its name ends so, as .xlsx."""
    with parts_from(config).store.begin() as uow:
        entries = uow.register.list()
    content = as_xlsx(entries) if file.suffix.lower() == ".xlsx" else as_csv(entries)
    click.echo(f"{write_whole(file, content)}: {len(entries)} entries")


@register.command(name="import")
@click.argument("file", type=click.Path(path_type=Path))
@acting_options
def import_list(file: Path, config: Path, by: str | None, reason: str, *, dry_run: bool) -> None:
    """Take in requests and changes from FILE; rows with errors are named and change nothing."""
    rows = read_list(file)
    failed: list[RowError] = []

    def made(uow: UnitOfWork, parts: Parts, act: Act) -> str:
        found = take_in(uow, parts, rows, act)
        failed.extend(found.errors)
        gaps = sum(bool(one.gaps) for one in found.added)
        lines = [*map(str, found.errors), *found.alike[:MAX_ALIKE]]
        if (more := len(found.alike) - MAX_ALIKE) > 0:
            lines.append(f"{more} more resemble another one; see csi register care")
        lines.append(
            f"{len(found.added)} added ({gaps} with gaps), {len(found.changed)} changed, "
            f"{found.n_same} as they were, {len(found.errors)} with errors"
        )
        return "\n".join(lines)

    commit(config, by, reason, dry_run, made)
    if failed:
        raise SystemExit(1)


@register.command()
@week_options
@click.option("--only", type=click.Choice(sorted(FEEDS)), multiple=True, help="Some feeds only.")
@dry_run_option
def feed(
    config: Path, week: str | None, cutoff: str | None, only: tuple[str, ...], *, dry_run: bool
) -> None:
    """Propose what the week shows, each with its evidence; a person accepts."""
    parts = parts_from(config)
    found, cutoff_at = week_and_cutoff(parts, week, cutoff)
    if not dry_run and not only:
        click.echo(f"{feed_week(parts, found, cutoff_at)} new proposals in the register")
        return
    fed = fed_by(material_of(parts, found, cutoff_at), only or tuple(FEEDS))
    for entry in fed.entries:
        click.echo(f"{'would propose' if dry_run else 'proposed'} {entry.number}: {entry.title}")
    for one in fed.missing:
        click.echo(f"{one.feed}: {one.reason}")
    if not dry_run:
        with parts.store.begin() as uow:
            uow.register.save(fed.entries)
            uow.commit()


def _instant(text: str) -> datetime:
    """A day, to its end, or a time."""
    if len(text) == len("2026-11-23"):
        try:
            return datetime.combine(datetime.fromisoformat(text), time.max, UTC)
        except ValueError:
            pass
    return moment(text, "--since")
