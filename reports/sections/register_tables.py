"""Tables of the register: why the first stand where they do, what moved, waits, was proven."""

from collections.abc import Iterator, Sequence
from datetime import date, timedelta

from itsm.demand import rank
from itsm.figures import Unit
from itsm.proof import ProofVerdict
from itsm.register import RegisterEntry, RegisterState
from reports.language import _, n_
from reports.language import told as said
from reports.lookup import words
from reports.model import Column, Table
from reports.numbers import day, number, shown
from reports.text import clean
from reports.words import upper_first

N_RANKED = 5
"""So many entries are told with the reason for their place."""
MAX_ROWS = 20


def story_tables(entries: Sequence[RegisterEntry], today: date) -> Iterator[Table]:
    """What there is to tell beside the lists of entries; tables without rows are left out.

    Args:
        entries: all entries.
        today: the last day of the week.
    """
    for table in (_ranked(entries), _moved(entries, today), _waiting(entries), _proven(entries)):
        if table.rows:
            yield table


def return_note(entries: Sequence[RegisterEntry]) -> str | None:
    """What was promised and what is shown, over the entries with a signed proof."""
    proven = [one for one in entries if one.has_verified_benefit and one.proof]
    benefits = [one.proof.benefit.value for one in proven if one.proof and one.proof.benefit]
    promised = [one.value_per_year for one in proven if one.value_per_year is not None]
    if not benefits:
        return None
    shown_so_far = n_(
        "{n} improvement with a signed proof: a benefit of {benefit} is shown so far",
        "{n} improvements with a signed proof: a benefit of {benefit} is shown so far",
        len(proven),
        benefit=number(sum(benefits)),
    )
    if not promised:
        return f"{shown_so_far}."
    return _(
        "{shown}; promised were {promised} a year.",
        shown=shown_so_far,
        promised=number(sum(promised)),
    )


def _ranked(entries: Sequence[RegisterEntry]) -> Table:
    return Table(
        caption=_("Demand in order, and why"),
        columns=(
            Column(title=_("Place"), is_number=True),
            Column(title=_("Entry")),
            Column(title=_("Why it stands there")),
        ),
        rows=tuple(
            (number(one.place), clean(one.entry.number, 60), upper_first(said(clean(one.why, 300))))
            for one in rank(entries)[:N_RANKED]
        ),
    )


def _moved(entries: Sequence[RegisterEntry], today: date) -> Table:
    first = today - timedelta(days=6)
    moved = [
        one
        for one in entries
        if one.state_since_at is not None
        and one.state is not RegisterState.NEW
        and first <= one.state_since_at.date() <= today
    ]
    return Table(
        caption=_("Moved this week"),
        columns=(Column(title=_("Entry")), Column(title=_("Title")), Column(title=_("Now"))),
        rows=tuple((*_name(one), upper_first(words(one.state))) for one in _some(moved)),
    )


def _waiting(entries: Sequence[RegisterEntry]) -> Table:
    waiting = [
        (one, reason)
        for one in sorted(entries, key=lambda one: one.number)
        if one.is_open and (reason := one.on_hold_reason or one.not_yet_reason)
    ]
    return Table(
        caption=_("On hold, and not yet"),
        columns=(
            Column(title=_("Entry")),
            Column(title=_("Title")),
            Column(title=_("Why it waits")),
        ),
        rows=tuple((*_name(one), clean(reason, 300)) for one, reason in waiting[:MAX_ROWS]),
    )


def _proven(entries: Sequence[RegisterEntry]) -> Table:
    told = [one for one in entries if one.proof is not None and one.proof.verdict is not None]
    return Table(
        caption=_("Proven, and not"),
        columns=(
            Column(title=_("Entry")),
            Column(title=_("Title")),
            Column(title=_("Verdict")),
            Column(title=_("Left of the rate, with interval")),
            Column(title=_("Signed by")),
        ),
        rows=tuple((*_name(one), _verdict(one), _effect(one), _signed(one)) for one in _some(told)),
    )


def _verdict(entry: RegisterEntry) -> str:
    verdict = entry.proof.verdict if entry.proof else None
    return "–" if verdict is None else upper_first(words(ProofVerdict(verdict)))


def _effect(entry: RegisterEntry) -> str:
    effect = entry.proof.effect if entry.proof else None
    if effect is None:
        return "–"
    ratio, low, high = (shown(v, Unit.SHARE) for v in (effect.ratio, effect.low, effect.high))
    return _("{ratio} ({low} to {high})", ratio=ratio, low=low, high=high)


def _signed(entry: RegisterEntry) -> str:
    signed = entry.signature
    return (
        _("nobody yet")
        if signed is None
        else f"{clean(signed.signed_by, 80)}, {day(signed.at.date())}"
    )


def _name(entry: RegisterEntry) -> tuple[str, str]:
    return clean(entry.number, 60), clean(entry.title, 160)


def _some(entries: Sequence[RegisterEntry]) -> list[RegisterEntry]:
    """The first entries by number; the rest is in register.csv."""
    return sorted(entries, key=lambda one: one.number)[:MAX_ROWS]
