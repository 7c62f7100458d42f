"""How sections of figures open: what happened, whether it is a signal, what is asked of the reader.

Every number in these sentences stands in a card or a table of the same section.
"""

from collections.abc import Callable, Mapping, Sequence

from itsm.figures import Exactness, Figure
from reports.language import _, n_
from reports.language import told as said
from reports.layout import PLAN_OF, SectionPlan, plan_of
from reports.lookup import FigureSet, name_of
from reports.model import Opening
from reports.numbers import number, shown, span
from reports.text import clean
from reports.words import ask_of, listed, lower_first, nothing_asked, signal_clause, upper_first

MAX_NAMED = 3


def opening_of(plan: SectionPlan, ids: Sequence[str], figures: FigureSet) -> Opening:
    """The opening of a section; where it has no figure it says why."""
    own = [figure for i in ids for figure in figures.totals(i)]
    parts = [group for i in ids for group in figures.slices(i).values()]
    if not own and not parts:
        return Opening(sentence=_not_available(ids, figures), ask=nothing_asked())
    compose = _COMPOSED.get(plan.id)
    found = compose(figures) if compose else None
    happened, ask = found or (_generic(own, parts), None)
    verdict = signal_clause(_headlines(plan, figures))
    sentence = f"{upper_first(happened)}; {verdict}."
    return Opening(sentence=sentence, ask=ask or ask_of(own) or nothing_asked())


def _headlines(plan: SectionPlan, figures: FigureSet) -> list[Figure]:
    own = [f for i in figures.ids if plan_of(i) is plan for f in figures.totals(i)]
    backlog = figures.total("backlog") if plan.id == "service-health" else None
    return [*own, *([backlog] if backlog else [])]


def _not_available(ids: Sequence[str], figures: FigureSet) -> str:
    """Why nothing is told, by the first reason there is."""
    gone = [one for one in figures.unavailable if one.figure_id in ids]
    if not gone:
        return _("There is nothing to tell here.")
    reason = said(clean(gone[0].reason, 200)).rstrip(".")
    return _("Nothing can be told here: {reason}.", reason=reason)


def _generic(own: Sequence[Figure], parts: Sequence[tuple[Figure, ...]]) -> str:
    final = [figure for figure in own if figure.exactness is not Exactness.PRELIMINARY]
    chosen = final[:2] or list(own[:2])
    if chosen:
        return listed([_stood(figure) for figure in chosen])
    rows = n_("{n} row", "{n} rows", len(parts[0]))
    return _("{title} is shown in {rows}", title=said(parts[0][0].title), rows=rows)


def _stood(figure: Figure) -> str:
    title, value = lower_first(name_of(figure)), shown(figure.value, figure.unit)
    return _("{title} stood at {value}", title=title, value=value)


_Said = tuple[str, str | None]


def _health(figures: FigureSet) -> _Said | None:
    opened, resolved = figures.total("opened"), figures.total("resolved")
    if opened is None or resolved is None:
        return None
    backlog = figures.total("backlog")
    came = n_("{n} incident was opened", "{n} incidents were opened", round(opened.value))
    went = n_("{n} was resolved", "{n} were resolved", round(resolved.value))
    happened = listed([came, went])
    if backlog:
        left = number(round(backlog.value))
        happened = _("{flow}, with {n} open at the end of the period", flow=happened, n=left)
    return happened, None


def _majors(figures: FigureSet) -> _Said | None:
    majors, clock = figures.total("majors"), figures.total("major_review_clock")
    if majors is None:
        return None
    n = round(majors.value)
    happened = _("there was no major incident")
    if n:
        happened = n_("there was {n} major incident", "there were {n} major incidents", n)
    if clock is None or not clock.value:
        return happened, None
    waiting = n_(
        "{n} review is still to be held", "{n} reviews are still to be held", round(clock.value)
    )
    names = listed([clean(row, 40) for row in clock.rows[:MAX_NAMED]])
    return listed([happened, waiting]), _(
        "Hold the review of {names}; 72 hours after restoration is the limit.", names=names
    )


def _agreements(figures: FigureSet) -> _Said | None:
    met = figures.totals("sla_compliance")
    if not met:
        return None
    return listed([_stood(figure) for figure in met[:2]]), None


def _changes(figures: FigureSet) -> _Said | None:
    closed, success = figures.total("changes_closed"), figures.total("change_success")
    if closed is None:
        return None
    n = round(closed.value)
    happened = n_("{n} change was closed", "{n} changes were closed", n)
    if success:
        worked = shown(success.value, success.unit)
        happened = _("{closed}, and {share} of them worked", closed=happened, share=worked)
    risk = figures.total("change_risk")
    planned = round(risk.companions.get("changes planned", 0.0)) if risk else 0
    if risk is None or not planned:
        return happened, None
    coming = n_("{n} change is planned next", "{n} changes are planned next", planned)
    return _("{happened}; {coming}", happened=happened, coming=coming), _first_change(risk)


def _first_change(risk: Figure) -> str | None:
    """The change to look at first; none where past risks came true no better than the average."""
    first = max(_risks(risk), key=lambda pair: pair[1], default=None)
    error, usual = (risk.companions.get(key) for key in ("Brier score", "of the base rate"))
    if error is not None and usual is not None and error >= usual:
        return _("Judge each planned change by itself: past risks told no more than the average.")
    return (
        _("Look at {change} first: it carries the highest risk.", change=first[0])
        if first
        else None
    )


def _risks(figure: Figure) -> list[tuple[str, float]]:
    """The changes of the coming week with their risk."""
    start = "risk of "
    return [
        (clean(key.removeprefix(start), 40), value)
        for key, value in figure.companions.items()
        if key.startswith(start)
    ]


def _backlog(figures: FigureSet) -> _Said | None:
    backlog, age = figures.total("backlog"), figures.total("backlog_age")
    if backlog is None:
        return None
    n = round(backlog.value)
    happened = n_(
        "{n} incident was open at the end of the period",
        "{n} incidents were open at the end of the period",
        n,
    )
    if age and n > 1:
        half = shown(age.value, age.unit)
        happened = _("{open}, half of them for more than {age}", open=happened, age=half)
    return happened, None


def _hand_offs(figures: FigureSet) -> _Said | None:
    delay = figures.total("handoff_delay")
    if delay is None:
        return None
    n = delay.n
    wait = shown(delay.value, delay.unit)
    happened = n_(
        "{n} hand-off between teams took {wait} until somebody acted",
        "half of the {n} hand-offs between teams took more than {wait} until somebody acted",
        n,
        wait=wait,
    )
    return happened, None


def _vendors(figures: FigureSet) -> _Said | None:
    missed, net = figures.total("vendor_missed"), figures.total("vendor_net_commitments")
    if missed is None:
        return None
    n = missed.n
    happened = _("vendors missed no commitment")
    if n:
        happened = n_("{n} vendor commitment was missed", "{n} vendor commitments were missed", n)
    ours = round(net.companions.get("late because of us", 0.0)) if net else 0
    if ours:
        happened = listed(
            [happened, n_("{n} was late because of us", "{n} were late because of us", ours)]
        )
    ask = _("Settle our own share first, then take the rest to the vendors.") if n else None
    return happened, ask


def _knowledge(figures: FigureSet) -> _Said | None:
    use, gaps = figures.total("knowledge_use"), figures.total("knowledge_gaps")
    if use is None:
        return None
    share = shown(use.value, use.unit)
    happened = _("{share} of the resolved incidents used an article", share=share)
    n = round(gaps.value) if gaps else 0
    if not n:
        return happened, None
    lacking = n_(
        "{n} group of repeats has no article yet", "{n} groups of repeats have no article yet", n
    )
    return listed([happened, lacking]), _("Have the fix of the largest gap written down.")


def _forecast(figures: FigureSet) -> _Said | None:
    volume, staff = figures.total("workload_forecast"), figures.total("staff_needed")
    if volume is None:
        return None
    n = round(volume.value)
    happened = n_("{n} incident is expected next", "{n} incidents are expected next", n)
    if volume.companions:
        low, high = (_bound(volume, name) for name in ("low", "high"))
        if low is not None and high is not None:
            happened = _(
                "{expected} ({range})", expected=happened, range=span(low, high, volume.unit)
            )
    if staff is None:
        return happened, _("Plan the coming weeks with the whole range in mind.")
    people = n_("which takes {n} person", "which takes {n} people", round(staff.value))
    return f"{happened}, {people}", _("Plan the coming weeks with the whole range in mind.")


def _bound(figure: Figure, name: str) -> float | None:
    """The bound of the first coming week."""
    found = [value for key, value in figure.companions.items() if key.endswith(f", {name}")]
    return found[0] if found else None


_COMPOSED: Mapping[str, Callable[[FigureSet], _Said | None]] = {
    "service-health": _health,
    "major-incidents": _majors,
    "agreements": _agreements,
    "changes": _changes,
    "backlog": _backlog,
    "hand-offs": _hand_offs,
    "vendors": _vendors,
    "knowledge": _knowledge,
    "forecast": _forecast,
}
assert set(_COMPOSED) <= set(PLAN_OF)
