"""The register of improvements: entries by state, proposals, gaps named."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from datetime import date

from itsm.demand import rank
from itsm.register import RegisterEntry, RegisterState
from reports.language import _, n_
from reports.language import told as said
from reports.lookup import words
from reports.model import Column, Opening, RegisterRow, Section, Table
from reports.numbers import day, number
from reports.sections.fallen_back import regressed
from reports.sections.lists import in_short
from reports.sections.register_tables import return_note, story_tables
from reports.text import clean
from reports.words import listed, nothing_asked, upper_first

MAX_ENTRIES = 20
"""A table of entries shows at most so many; the rest is in register.csv."""
_DONE = frozenset({RegisterState.CLOSED, RegisterState.CANCELED})


def register_section(base: Section, entries: Sequence[RegisterEntry], today: date) -> Section:
    """The section on the register; without entries it says so.

    Args:
        base: the section with the figures on the register.
        entries: all entries.
        today: the last day of the period, to tell which reviews are late.
    """
    if not entries:
        empty = _("The register holds no entry yet.")
        return replace(base, opening=Opening(sentence=empty, ask=nothing_asked()))
    proposals = [entry for entry in entries if entry.state is RegisterState.NEW]
    running = [e for e in entries if e.state not in _DONE and e.state is not RegisterState.NEW]
    tables = [_short(entries, proposals, running, today), _states(entries)]
    tables += [_entries(_("Proposals, highest score first"), proposals)] if proposals else []
    tables += [_entries(_("Accepted and running"), running, today)] if running else []
    tables += story_tables(entries, today)
    return replace(
        base,
        opening=_opening(entries, proposals, running, today),
        tables=(*tables, *base.tables),
        notes=(*base.notes, *_notes(proposals), *filter(None, [return_note(entries)])),
    )


def _short(
    entries: Sequence[RegisterEntry],
    proposals: Sequence[RegisterEntry],
    running: Sequence[RegisterEntry],
    today: date,
) -> Table:
    """The counts that the section's sentences tell."""
    ended = len(entries) - len(proposals) - len(running)
    return in_short(
        (
            (_("Entries"), len(entries)),
            (_("Proposals"), len(proposals)),
            (_("Under way"), len(running)),
            (_("Ended"), ended),
            (_("Reviews late"), len(late(running, today))),
            (_("Proposals without a score"), sum(one.score is None for one in proposals)),
        )
    )


def register_rows(entries: Sequence[RegisterEntry]) -> tuple[RegisterRow, ...]:
    """Every entry as a line of the list, in order of number."""
    places = {one.entry.number: one for one in rank(entries)}
    return tuple(
        RegisterRow(
            number=clean(entry.number, 80),
            title=clean(entry.title, 300),
            state=entry.state.value,
            origin=entry.origin.value,
            origin_record=clean(entry.origin_record, 80),
            service=clean(entry.service, 120),
            coordinator=clean(entry.coordinator, 120),
            next_review_on=entry.next_review_on.isoformat() if entry.next_review_on else "",
            score=entry.score,
            gaps=", ".join(entry.gaps),
            expected_benefit=clean(entry.expected_benefit, 300),
            not_yet_reason=clean(entry.not_yet_reason, 300),
            raised_at=entry.raised_at,
            raised_by=clean(entry.raised_by, 120),
            place=places[entry.number].place if entry.number in places else None,
            why=said(clean(places[entry.number].why, 400)) if entry.number in places else "",
            verdict=clean(entry.proof.verdict if entry.proof else None, 40),
        )
        for entry in sorted(entries, key=lambda item: item.number)
    )


def late(entries: Sequence[RegisterEntry], today: date) -> list[RegisterEntry]:
    """The entries whose review date has passed."""
    return [e for e in entries if e.next_review_on and e.next_review_on < today]


def _opening(
    entries: Sequence[RegisterEntry],
    proposals: Sequence[RegisterEntry],
    running: Sequence[RegisterEntry],
    today: date,
) -> Opening:
    overdue = len(late(running, today))
    sentence = _(
        "{held}: {proposals}, {running} under way and {ended} ended",
        held=n_("The register holds {n} entry", "The register holds {n} entries", len(entries)),
        proposals=n_("{n} proposal", "{n} proposals", len(proposals)),
        running=number(len(running)),
        ended=number(len(entries) - len(proposals) - len(running)),
    )
    if overdue:
        sentence += "; " + n_("{n} review is late", "{n} reviews are late", overdue)
    sentence += "."
    if back := regressed(entries):
        names = listed([clean(one.number, 60) for one in back[:3]])
        sentence += " " + _("The benefit of {names} is gone again.", names=names)
        return Opening(sentence=sentence, ask=_("Decide what follows for {names}.", names=names))
    ask = _("Hold the late reviews.") if overdue else nothing_asked()
    if proposals:
        ask = n_(
            "Accept the proposal, or say why not yet.",
            "Accept the proposals, or say why not yet.",
            len(proposals),
        )
    return Opening(sentence=sentence, ask=ask)


def _states(entries: Sequence[RegisterEntry]) -> Table:
    counts = Counter(entry.state for entry in entries)
    return Table(
        caption=_("Entries by state"),
        columns=(Column(title=_("State")), Column(title=_("Entries"), is_number=True)),
        rows=tuple(
            (upper_first(words(state)), number(counts[state]))
            for state in RegisterState
            if counts[state]
        ),
    )


def _entries(caption: str, entries: Sequence[RegisterEntry], today: date | None = None) -> Table:
    kept = sorted(entries, key=lambda e: (-(e.score or 0.0), e.number))[:MAX_ENTRIES]
    left = len(entries) - len(kept)
    return Table(
        caption=caption,
        columns=(
            Column(title=_("Entry")),
            Column(title=_("Title")),
            Column(title=_("State")),
            Column(title=_("Score"), is_number=True),
            Column(title=_("Still to be given")),
            Column(title=_("Next review")),
        ),
        rows=tuple(
            (
                clean(entry.number, 60),
                clean(entry.title, 160),
                upper_first(words(entry.state)),
                number(entry.score, 1) if entry.score is not None else "–",
                _gaps(entry),
                _review(entry, today),
            )
            for entry in kept
        ),
        note=n_("{n} more entry in register.csv.", "{n} more entries in register.csv.", left)
        if left
        else None,
    )


def _gaps(entry: RegisterEntry) -> str:
    gaps = [words(gap) for gap in entry.gaps]
    gaps += [_("owner")] if not entry.coordinator else []
    return listed(gaps) or _("nothing")


def _review(entry: RegisterEntry, today: date | None) -> str:
    if entry.next_review_on is None:
        return _("not set")
    is_late = today is not None and entry.next_review_on < today
    on = day(entry.next_review_on)
    return _("{day} (late)", day=on) if is_late else on


def _notes(proposals: Sequence[RegisterEntry]) -> tuple[str, ...]:
    unscored = sum(entry.score is None for entry in proposals)
    if not unscored:
        return ()
    return (
        n_(
            "{n} proposal has no score yet: a person gives impact, urgency, risk and effort, and "
            "nothing is guessed.",
            "{n} proposals have no score yet: a person gives impact, urgency, risk and effort, and "
            "nothing is guessed.",
            unscored,
        ),
    )
