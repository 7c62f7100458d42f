"""What a pack confesses: missing, late, restated, unreviewed, suppressed, in proxy, set aside."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from itsm.candidates import ProblemCandidate
from itsm.figures import Exactness, Figure
from itsm.quality import QuarantineCount
from itsm.register import RegisterEntry, RegisterState
from reports.language import _, n_
from reports.language import told as said
from reports.lookup import FigureSet, name_of
from reports.model import Column, Missing, Table
from reports.numbers import number
from reports.sections.candidates import open_questions
from reports.sections.quality import n_set_aside
from reports.text import clean
from reports.words import listed

MAX_NAMED = 6
SUPPRESSED = "fewer than"
"""What reasons say that leave a part out to protect the people in it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Confessed:
    """One kind of gap: its name, how many, which, and how the brief counts it."""

    kind: str
    n: int
    which: tuple[str, ...]
    counted: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Gaps:
    """What the gaps of a pack are told from."""

    missing: Sequence[Missing]
    late: Sequence[Missing]
    restatements: Sequence[str]
    candidates: Sequence[ProblemCandidate]
    register: Sequence[RegisterEntry]
    quarantine: Sequence[QuarantineCount]
    figures: FigureSet
    n_restricted: int = 0


def confessed(gaps: Gaps) -> tuple[Confessed, ...]:
    """Every kind of gap, those of which there is none included."""
    return tuple(_kinds(gaps))


def _kinds(gaps: Gaps) -> Iterator[Confessed]:
    missing = tuple(one.what for one in gaps.missing)
    n = len(missing)
    yield Confessed(
        kind=_("Missing"),
        n=n,
        which=missing,
        counted=n_("{n} thing missing", "{n} things missing", n),
    )
    late = tuple(f"{one.what}: {one.why}" for one in gaps.late)
    n = len(late)
    yield Confessed(
        kind=_("Late"), n=n, which=late, counted=n_("{n} late source", "{n} late sources", n)
    )
    n = len(gaps.restatements)
    yield Confessed(
        kind=_("Restated"),
        n=n,
        which=tuple(clean(line) for line in gaps.restatements),
        counted=n_("{n} restated figure", "{n} restated figures", n),
    )
    yield _unreviewed(gaps)
    yield _suppressed(gaps)
    yield from _inexact(gaps.figures)
    n = n_set_aside(gaps.quarantine)
    yield Confessed(
        kind=_("Set aside"),
        n=n,
        which=tuple(dict.fromkeys(said(clean(one.reason, 160)) for one in gaps.quarantine)),
        counted=n_("{n} record set aside", "{n} records set aside", n),
    )


def _unreviewed(gaps: Gaps) -> Confessed:
    waiting = len(open_questions(gaps.candidates))
    proposals = sum(entry.state is RegisterState.NEW for entry in gaps.register)
    which = []
    if waiting:
        which.append(n_("{n} candidate without a decision", "{n} candidates without a decision",
                        waiting))  # fmt: skip
    if proposals:
        which.append(n_("{n} proposal that nobody has taken up",
                        "{n} proposals that nobody has taken up", proposals))  # fmt: skip
    n = waiting + proposals
    return Confessed(
        kind=_("Unreviewed"),
        n=n,
        which=tuple(which),
        counted=n_("{n} item unreviewed", "{n} items unreviewed", n),
    )


def _suppressed(gaps: Gaps) -> Confessed:
    found = [
        (figure, reason, n)
        for figure in gaps.figures.figures
        for reason, n in figure.excluded.items()
        if SUPPRESSED in reason and n
    ]
    which = [f"{name_of(figure)}: {said(reason)} ({number(n)})" for figure, reason, n in found]
    if gaps.n_restricted:
        which.append(
            n_(
                "{n} title of a restricted record",
                "{n} titles of restricted records",
                gaps.n_restricted,
            )
        )
    n = sum(count for *_rest, count in found) + gaps.n_restricted
    return Confessed(
        kind=_("Suppressed"),
        n=n,
        which=tuple(which),
        counted=n_("{n} part suppressed", "{n} parts suppressed", n),
    )


def _inexact(figures: FigureSet) -> Iterator[Confessed]:
    """Figures that are no exact value: stand-ins, and values that may still change."""
    names = _of(figures, Exactness.PROXY)
    n = len(names)
    yield Confessed(
        kind=_("In proxy"),
        n=n,
        which=names,
        counted=n_("{n} figure in proxy", "{n} figures in proxy", n),
    )
    names = _of(figures, Exactness.PRELIMINARY)
    n = len(names)
    yield Confessed(
        kind=_("Preliminary"),
        n=n,
        which=names,
        counted=n_("{n} preliminary figure", "{n} preliminary figures", n),
    )


def _of(figures: FigureSet, exactness: Exactness) -> tuple[str, ...]:
    """The names of the figures that are so; parts of one figure count once, by its title."""
    found: list[Figure] = [one for one in figures.figures if one.exactness is exactness]
    totals = {one.figure_id for i in figures.ids for one in figures.totals(i)}
    names = [
        name_of(one) if one in figures.totals(one.figure_id) else said(one.title)
        for one in found
        if one.figure_id not in totals or one in figures.totals(one.figure_id)
    ]
    return tuple(dict.fromkeys(names))


def confession_line(kinds: Sequence[Confessed]) -> str:
    """All gaps in one sentence: how many of each kind."""
    held = [one.counted for one in kinds if one.n]
    if not held:
        return _("Nothing is known to be missing.")
    return _("Known gaps: {gaps}.", gaps=listed(held))


def confession_table(kinds: Sequence[Confessed]) -> Table:
    """Every kind of gap with its count, and which they are."""
    return Table(
        caption=_("What this pack cannot say, or says with care"),
        columns=(
            Column(title=_("Kind")),
            Column(title=_("Count"), is_number=True),
            Column(title=_("Which")),
        ),
        rows=tuple((one.kind, number(one.n), _which(one.which)) for one in kinds),
        note=_("All that is missing is listed at the end of the pack, each with its remedy."),
    )


def _which(names: Sequence[str]) -> str:
    kept = [clean(name, 200) for name in names[:MAX_NAMED]]
    left = len(names) - len(kept)
    if left > 0:
        kept.append(_("{n} more", n=number(left)))
    return "; ".join(kept) or "–"
