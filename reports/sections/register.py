"""The register of improvements: entries by state, proposals, gaps named."""

from collections import Counter
from collections.abc import Sequence
from datetime import date

from itsm.demand import rank
from itsm.register import RegisterEntry, RegisterState
from reports.lookup import words
from reports.model import Column, Opening, RegisterRow, Section, Table
from reports.numbers import day, number
from reports.sections.register_tables import regressed, return_note, story_tables
from reports.text import clean
from reports.words import listed, noun, plural, upper_first

MAX_ENTRIES = 20
"""A table of entries shows at most so many; the rest is in register.csv."""
_DONE = frozenset({RegisterState.CLOSED, RegisterState.CANCELED})


def register_section(entries: Sequence[RegisterEntry], today: date) -> Section | None:
    """The section on the register, or None where it is empty.

    Args:
        entries: all entries.
        today: the last day of the week, to tell which reviews are late.
    """
    if not entries:
        return None
    proposals = [entry for entry in entries if entry.state is RegisterState.NEW]
    running = [e for e in entries if e.state not in _DONE and e.state is not RegisterState.NEW]
    tables = [_states(entries)]
    tables += [_entries("Proposals, highest score first", proposals)] if proposals else []
    tables += [_entries("Accepted and running", running, today)] if running else []
    tables += story_tables(entries, today)
    return Section(
        id="register",
        title="Register of improvements",
        opening=_opening(entries, proposals, running, today),
        tables=tuple(tables),
        notes=(*_notes(proposals), *filter(None, [return_note(entries)])),
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
            why=clean(places[entry.number].why, 400) if entry.number in places else "",
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
    sentence = (
        f"The register holds {plural(len(entries), 'entry', 'entries')}: "
        f"{plural(len(proposals), 'proposal')}, {number(len(running))} under way and "
        f"{number(len(entries) - len(proposals) - len(running))} ended"
    )
    sentence += (
        f"; {plural(overdue, 'review')} {noun(overdue, 'is', 'are')} late." if overdue else "."
    )
    ask = "Hold the late reviews." if overdue else None
    if back := regressed(entries):
        names = listed([clean(one.number, 60) for one in back[:3]])
        sentence += f" The benefit of {names} is gone again."
        return Opening(sentence=sentence, ask=f"Decide what follows for {names}.")
    if proposals:
        ask = f"Accept {noun(len(proposals), 'the proposal', 'the proposals')}, or say why not yet."
    return Opening(sentence=sentence, ask=ask)


def _states(entries: Sequence[RegisterEntry]) -> Table:
    counts = Counter(entry.state for entry in entries)
    return Table(
        caption="Entries by state",
        columns=(Column(title="State"), Column(title="Entries", is_number=True)),
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
            Column(title="Entry"),
            Column(title="Title"),
            Column(title="State"),
            Column(title="Score", is_number=True),
            Column(title="Still to be given"),
            Column(title="Next review"),
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
        note=f"{plural(left, 'more entry', 'more entries')} in register.csv." if left else None,
    )


def _gaps(entry: RegisterEntry) -> str:
    gaps = list(entry.gaps)
    gaps += ["owner"] if not entry.coordinator else []
    return listed(gaps) or "nothing"


def _review(entry: RegisterEntry, today: date | None) -> str:
    if entry.next_review_on is None:
        return "not set"
    is_late = today is not None and entry.next_review_on < today
    return day(entry.next_review_on) + (" (late)" if is_late else "")


def _notes(proposals: Sequence[RegisterEntry]) -> tuple[str, ...]:
    unscored = sum(entry.score is None for entry in proposals)
    if not unscored:
        return ()
    return (
        f"{plural(unscored, 'proposal')} {noun(unscored, 'has', 'have')} no score yet: a person "
        "gives impact, urgency, risk and effort, and nothing is guessed.",
    )
