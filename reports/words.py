"""Plain sentences from figures: what happened, whether it is a signal, what is asked.

Rules for every sentence: counts agree with their nouns, a value is written exactly as in the table
beside it, nobody is blamed, and only a control chart may call something better or worse.
"""

from collections.abc import Iterable, Sequence

from itsm.figures import Exactness, Figure, Verdict
from itsm.statistics import SpecialCause
from reports.lookup import name_of
from reports.numbers import difference, number, shown

SIGNALS = frozenset({Verdict.IMPROVEMENT, Verdict.DETERIORATION, Verdict.SHIFT})
"""The verdicts that call for a look."""

_VERDICTS = {
    Verdict.IMPROVEMENT: "Signal: better than usual",
    Verdict.DETERIORATION: "Signal: worse than usual",
    Verdict.SHIFT: "Signal: a shift",
    Verdict.NORMAL: "Within normal variation",
    Verdict.TOO_FEW_WEEKS: "Too few weeks to tell",
}
_FINDINGS = {
    Verdict.IMPROVEMENT: "better than usual",
    Verdict.DETERIORATION: "worse than usual",
    Verdict.SHIFT: "a shift from the usual",
    Verdict.NORMAL: "within normal variation",
    Verdict.TOO_FEW_WEEKS: "too few weeks to tell a signal",
}
_EXACTNESS = {
    Exactness.EXACT: "exact",
    Exactness.COMPUTED: "computed by us, not the source’s own clock",
    Exactness.PROXY: "proxy: a stand-in for a value the source does not hold",
    Exactness.PRELIMINARY: "preliminary: may still change",
}
_CAUSES = {
    SpecialCause.OUTSIDE: "outside its usual range",
    SpecialCause.RUN: "7 weeks in a row on one side of the mean",
    SpecialCause.TREND: "6 weeks in a row rising or falling",
    SpecialCause.OUTER_THIRD: "2 of the last 3 weeks close to a limit",
}
TONES = {
    Verdict.IMPROVEMENT: "better",
    Verdict.DETERIORATION: "worse",
    Verdict.SHIFT: "shift",
    Verdict.NORMAL: "normal",
    Verdict.TOO_FEW_WEEKS: "unknown",
}
"""The verdict as a renderer's class name."""


def plural(n: int, one: str, many: str | None = None) -> str:
    """A count with its noun: 1 incident, 1,204 incidents."""
    return f"{number(n)} {one if n == 1 else many or one + 's'}"


def noun(n: int, one: str, many: str | None = None) -> str:
    """The noun alone, in the form a count asks for."""
    return one if n == 1 else many or one + "s"


def listed(parts: Sequence[str], last: str = "and") -> str:
    """A list in a sentence: a, b and c."""
    if len(parts) < 2:
        return "".join(parts)
    return f"{', '.join(parts[:-1])} {last} {parts[-1]}"


def lower_first(text: str) -> str:
    """A title inside a sentence; abbreviations such as SLA keep their capitals."""
    head = text.split(" ", 1)[0]
    is_word = (len(head) > 1 and head[1:].islower()) or head == "A"
    return text[:1].lower() + text[1:] if is_word else text


def upper_first(text: str) -> str:
    """The same text with a capital first."""
    return text[:1].upper() + text[1:]


def verdict_of(figure: Figure) -> Verdict | None:
    """What the control chart of a figure says, if it has one."""
    return figure.signal.verdict if figure.signal else None


def verdict_words(figure: Figure) -> str:
    """The verdict as a card shows it."""
    verdict = verdict_of(figure)
    if verdict:
        return _VERDICTS[verdict]
    return "Too few records this week to tell" if figure.series else "No weekly series"


def exactness_words(exactness: Exactness) -> str:
    """How far a value may be trusted to be what its title says."""
    return _EXACTNESS[exactness]


def finding(figure: Figure) -> str:
    """The title of a control chart: the newest value and what it means."""
    verdict = verdict_of(figure) or Verdict.TOO_FEW_WEEKS
    return f"{name_of(figure)}: {shown(figure.value, figure.unit)}, {_FINDINGS[verdict]}"


def step_words(figure: Figure) -> str | None:
    """How the newest week compares with the week before, or None where either has no value."""
    values = figure.series.values if figure.series else ()
    if len(values) < 2 or values[-1] is None or values[-2] is None:
        return None
    moved = difference(values[-1], values[-2], figure.unit)
    return f"{moved} on the week before" if moved != "unchanged" else "the same as the week before"


def signal_phrase(figure: Figure) -> str:
    """A signal as a line of the brief: what moved, to what, by which rule."""
    verdict = verdict_of(figure) or Verdict.NORMAL
    rules = cause_words(figure)
    because = f" ({rules})" if rules else ""
    return f"{name_of(figure)}: {shown(figure.value, figure.unit)}, {_FINDINGS[verdict]}{because}."


def cause_words(figure: Figure) -> str:
    """The rules that make a figure a signal, in plain words; empty where it is none."""
    return listed([_CAUSES[cause] for cause in figure.signal.causes]) if figure.signal else ""


def signal_clause(figures: Iterable[Figure]) -> str:
    """The second half of an opening sentence: which of the figures are signals."""
    charted = [figure for figure in figures if figure.signal]
    signals = [figure for figure in charted if verdict_of(figure) in SIGNALS]
    if signals:
        names = [lower_first(name_of(figure)) for figure in signals[:3]]
        names += ["others"] if len(signals) > 3 else []
        return f"{'signals show' if len(names) > 1 else 'a signal shows'} in {listed(names)}"
    if not charted:
        return "there is no weekly series to tell a signal by"
    if all(verdict_of(figure) is Verdict.TOO_FEW_WEEKS for figure in charted):
        return "there are too few weeks to tell a signal from chance"
    return "nothing here differs from normal variation"


def ask_of(figures: Iterable[Figure]) -> str | None:
    """What a reader is asked to do about the signals among some figures, if there are any."""
    groups = {
        verdict: [lower_first(name_of(f)) for f in figures_of]
        for verdict, figures_of in _by_verdict(figures).items()
    }
    worse = groups.get(Verdict.DETERIORATION, [])
    shifted = groups.get(Verdict.SHIFT, [])
    better = groups.get(Verdict.IMPROVEMENT, [])
    if worse:
        return f"Find what is behind {listed(worse[:3])} before you change anything else."
    if shifted:
        return f"Ask what changed behind {listed(shifted[:3])}."
    if better:
        return f"Find what helped {listed(better[:3])}, and keep doing it."
    return None


def _by_verdict(figures: Iterable[Figure]) -> dict[Verdict, list[Figure]]:
    found: dict[Verdict, list[Figure]] = {}
    for figure in figures:
        verdict = verdict_of(figure)
        if verdict is not None:
            found.setdefault(verdict, []).append(figure)
    return found
