"""Plain sentences from figures: what happened, whether it is a signal, what is asked.

Rules for every sentence: counts agree with their nouns, a value is written exactly as in the table
beside it, nobody is blamed, and only a control chart may call something better or worse.
"""

from collections.abc import Iterable, Sequence

from itsm.figures import Exactness, Figure, Verdict
from itsm.statistics import SpecialCause
from reports.language import _, mark, n_, spoken
from reports.lookup import name_of
from reports.numbers import difference, number, shown

SIGNALS = frozenset({Verdict.IMPROVEMENT, Verdict.DETERIORATION, Verdict.SHIFT})
"""The verdicts that call for a look."""

_VERDICTS = {
    Verdict.IMPROVEMENT: mark("Signal: better than usual"),
    Verdict.DETERIORATION: mark("Signal: worse than usual"),
    Verdict.SHIFT: mark("Signal: a shift"),
    Verdict.NORMAL: mark("Within normal variation"),
    Verdict.TOO_FEW_WEEKS: mark("Too few weeks to tell"),
}
_FINDINGS = {
    Verdict.IMPROVEMENT: mark("better than usual"),
    Verdict.DETERIORATION: mark("worse than usual"),
    Verdict.SHIFT: mark("a shift from the usual"),
    Verdict.NORMAL: mark("within normal variation"),
    Verdict.TOO_FEW_WEEKS: mark("too few weeks to tell a signal"),
}
_EXACTNESS = {
    Exactness.EXACT: mark("exact"),
    Exactness.COMPUTED: mark("computed by us, not the source’s own clock"),
    Exactness.PROXY: mark("proxy: a stand-in for a value the source does not hold"),
    Exactness.PRELIMINARY: mark("preliminary: may still change"),
}
_CAUSES = {
    SpecialCause.OUTSIDE: mark("outside its usual range"),
    SpecialCause.RUN: mark("7 weeks in a row on one side of the mean"),
    SpecialCause.TREND: mark("6 weeks in a row rising or falling"),
    SpecialCause.OUTER_THIRD: mark("2 of the last 3 weeks close to a limit"),
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


def listed(parts: Sequence[str]) -> str:
    """A list in a sentence: a, b and c."""
    if len(parts) < 2:
        return "".join(parts)
    return _("{first} and {last}", first=", ".join(parts[:-1]), last=parts[-1])


def lower_first(text: str) -> str:
    """A title inside a sentence; abbreviations such as SLA keep their capitals.

    Only English writes its nouns small; elsewhere a title stands in quotation marks.
    """
    if not spoken().is_source:
        return _("“{title}”", title=text)
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
        return _(_VERDICTS[verdict])
    return _("Too few records this week to tell") if figure.series else _("No weekly series")


def exactness_words(exactness: Exactness) -> str:
    """How far a value may be trusted to be what its title says."""
    return _(_EXACTNESS[exactness])


def finding(figure: Figure) -> str:
    """The title of a control chart: the newest value and what it means."""
    verdict = verdict_of(figure)
    said = _(_FINDINGS[verdict]) if verdict else _("too few records this week to tell")
    return f"{name_of(figure)}: {shown(figure.value, figure.unit)}, {said}"


def step_words(figure: Figure) -> str | None:
    """How the newest week compares with the week before, or None where either has no value."""
    values = figure.series.values if figure.series else ()
    if len(values) < 2 or values[-1] is None or values[-2] is None:
        return None
    moved = difference(values[-1], values[-2], figure.unit)
    if moved == _("unchanged"):
        return _("the same as the week before")
    return _("{moved} on the week before", moved=moved)


def signal_phrase(figure: Figure) -> str:
    """A signal as a line of the brief: what moved, to what, by which rule."""
    rules = cause_words(figure)
    return f"{finding(figure)} ({rules})." if rules else f"{finding(figure)}."


def cause_words(figure: Figure) -> str:
    """The rules that make a figure a signal, in plain words; empty where it is none."""
    return listed([_(_CAUSES[cause]) for cause in figure.signal.causes]) if figure.signal else ""


def signal_clause(figures: Iterable[Figure]) -> str:
    """The second half of an opening sentence: which of the figures are signals."""
    charted = [figure for figure in figures if figure.signal]
    signals = [figure for figure in charted if verdict_of(figure) in SIGNALS]
    if signals:
        names = [lower_first(name_of(figure)) for figure in signals[:3]]
        names += [_("others")] if len(signals) > 3 else []
        if len(names) == 1:
            return _("a signal shows in {names}", names=names[0])
        return _("signals show in {names}", names=listed(names))
    if not charted:
        return _("there is no weekly series to tell a signal by")
    if all(verdict_of(figure) is Verdict.TOO_FEW_WEEKS for figure in charted):
        return _("there are too few weeks to tell a signal from chance")
    return _("nothing here differs from normal variation")


def nothing_asked() -> str:
    """What a section asks that needs nothing of its reader."""
    return _("Nothing; this is for your information.")


def ask_of(figures: Iterable[Figure]) -> str | None:
    """What a reader is asked to do about the signals among some figures, if there are any."""
    groups = {
        verdict: listed([lower_first(name_of(f)) for f in figures_of[:3]])
        for verdict, figures_of in _by_verdict(figures).items()
    }
    if worse := groups.get(Verdict.DETERIORATION):
        return _("Find what is behind {names} before you change anything else.", names=worse)
    if shifted := groups.get(Verdict.SHIFT):
        return _("Ask what changed behind {names}.", names=shifted)
    if better := groups.get(Verdict.IMPROVEMENT):
        return _("Find what helped {names}, and keep doing it.", names=better)
    return None


def records_counted(n: int) -> str:
    """How many records there are."""
    return n_("{n} record", "{n} records", n)


def _by_verdict(figures: Iterable[Figure]) -> dict[Verdict, list[Figure]]:
    found: dict[Verdict, list[Figure]] = {}
    for figure in figures:
        verdict = verdict_of(figure)
        if verdict is not None:
            found.setdefault(verdict, []).append(figure)
    return found
