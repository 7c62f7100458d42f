"""Tables of figures: the parts of one figure, and every charted figure at a glance."""

from collections.abc import Sequence

from itsm.figures import Exactness, Figure, Unit
from reports.language import _, known, mark, n_
from reports.language import told as said
from reports.lookup import FigureSet, evidence_of, is_time, name_of, natural_key, value_words, words
from reports.model import Column, Table
from reports.numbers import bare, number, percent, shown, span, unit_name
from reports.words import SIGNALS, listed, upper_first, verdict_of, verdict_words

MAX_ROWS = 12
"""A table of slices shows at most so many rows; the rest is in the evidence list."""
_SAME_UNIT = frozenset({"p10", "p90", "median", "mean", "oldest", "total", "max", "min", "longest"})
"""Companions in the unit of their figure; every other one tells its own, or is a count."""
_SAME_UNIT_TOO = (
    *("low", "high", "weeks before", "as it was", "usual", "before our", "difference"),
    *("of it the mix", "hours late before"),
)
"""The beginnings of the names of further companions in the unit of their figure."""
_LISTED = ("risk of ", "20")
"""The beginnings of the names of companions that are lines of a table: changes, coming weeks."""
_SUMMED = frozenset({"sla_legs"})
"""Figures whose parts sum to the whole: all of them are told, the largest first."""
_VALUES = {
    "vendor_missed": mark("Hours late"),
    "vendor_dossier": mark("Hours late, our part taken out"),
}
"""What the values of parts are called where the name of their unit would not tell."""
_TOLD_AS_ZERO = frozenset({"running but breached", "still waiting"})
_COMPANION_NAMES = {
    "p90": mark("90th percentile"),
    "median": mark("median"),
    "mean": mark("mean"),
    "oldest": mark("oldest"),
}


def slice_table(names: Sequence[str], group: Sequence[Figure], max_rows: int = MAX_ROWS) -> Table:
    """The parts of a figure as a table, the largest first where there are many."""
    first = group[0]
    kept = sorted(group, key=lambda f: [natural_key(f.dimensions[name]) for name in names])
    note = None
    if first.figure_id in _SUMMED:
        kept.sort(key=lambda f: -abs(f.value))
    elif len(kept) > max_rows:
        kept = sorted(kept, key=lambda f: -f.value if _is_total(f) else -f.n)[:max_rows]
        note = _(
            "The {kept} largest of {all}; the records of all of them are in the list of evidence.",
            kept=number(max_rows),
            all=n_("{n} row", "{n} rows", len(group)),
        )
    companions = list(dict.fromkeys(key for figure in kept for key in beside(figure)))
    columns = [Column(title=_column_title(name, kept)) for name in names]
    columns.append(Column(title=_value_title(first), is_number=True))
    columns += [
        Column(title=upper_first(companion_name(key)), is_number=True) for key in companions
    ]
    columns += [Column(title=_("Records (n)"), is_number=True)] if _tells_n(kept) else []
    return Table(
        caption=_(
            "{title} by {parts}, {period}",
            title=said(first.title),
            parts=_cut_by(names),
            period=first.period,
        )
        + exactness_note(first),
        columns=tuple(columns),
        rows=tuple(
            (*_row(figure, names, companions), number(figure.n))
            if _tells_n(kept)
            else _row(figure, names, companions)
            for figure in kept
        ),
        note=note,
        anchors=tuple(map(evidence_of, kept)),
    )


def glance_table(figures: FigureSet) -> list[Table]:
    """Every charted figure in one table: the value, its usual range, what the chart says."""
    charted = [f for i in figures.ids for f in figures.totals(i) if has_chart(f)]
    if not charted:
        return []
    charted.sort(key=lambda figure: verdict_of(figure) not in SIGNALS)
    table = Table(
        caption=_("Signal or normal variation: every figure with a series"),
        columns=(
            Column(title=_("Figure")),
            Column(title=_("Newest value"), is_number=True),
            Column(title=_("Usual range"), is_number=True),
            Column(title=_("What the chart says")),
        ),
        rows=tuple(
            (name_of(f), shown(f.value, f.unit), usual_range(f), verdict_words(f)) for f in charted
        ),
        note=_(
            "The usual range is the mean of the periods shown, plus and minus 2.66 times the mean "
            "step from one to the next. Only a signal is called better or worse."
        ),
        anchors=tuple(map(evidence_of, charted)),
    )
    return [table]


def _cut_by(names: Sequence[str]) -> str:
    """What a table is cut by, in words."""
    if set(names) == {"from", "to"}:
        return _("path between teams")
    return listed([*map(words, names)])


def usual_range(figure: Figure) -> str:
    """The limits of a figure's series in words, kept to what its unit can be."""
    limits = figure.series.limits if figure.series else None
    if limits is None:
        return _("not known yet")
    floor = max(limits.lower, 0.0) if figure.unit is not Unit.POINTS else limits.lower
    ceiling = min(limits.upper, 1.0) if figure.unit is Unit.SHARE else limits.upper
    return span(floor, ceiling, figure.unit)


def _row(figure: Figure, names: Sequence[str], companions: Sequence[str]) -> tuple[str, ...]:
    cells = [value_words(figure.dimensions[name]) for name in names]
    cells.append(bare(figure.value, figure.unit))
    for key in companions:
        value = figure.companions.get(key)
        cells.append("" if value is None else companion_value(key, value, figure.unit))
    return tuple(cells)


def _tells_n(group: Sequence[Figure]) -> bool:
    """Whether the number of records differs from the value and from one per row."""
    is_count = all(figure.unit is Unit.COUNT and figure.value == figure.n for figure in group)
    return not is_count and any(figure.n != 1 for figure in group)


def _value_title(figure: Figure) -> str:
    named = _VALUES.get(figure.figure_id)
    return _(named) if named else upper_first(unit_name(figure.unit))


def _column_title(name: str, group: Sequence[Figure]) -> str:
    in_utc = any(is_time(figure.dimensions[name]) for figure in group)
    return upper_first(words(name)) + (" (UTC)" if in_utc else "")


def beside(figure: Figure) -> dict[str, float]:
    """The values that stand beside a figure, without one that only repeats it."""
    repeats = {"median", "mean"}
    return {
        key: value
        for key, value in figure.companions.items()
        if not (key in repeats and value == figure.value)
    }


def told(figure: Figure) -> dict[str, float]:
    """The values a card tells beside its figure: counts of nothing only where silence misleads."""
    return {
        key: value
        for key, value in beside(figure).items()
        if value or key in _SAME_UNIT or key in _TOLD_AS_ZERO
    }


def beside_words(figure: Figure) -> str:
    """What stands beside a figure, in one line; parts that have a table of their own left out."""
    values = [(key, value) for key, value in told(figure).items() if not key.startswith(_LISTED)]
    return ", ".join(companion_words(key, value, figure.unit) for key, value in values[:4])


def companion_name(key: str) -> str:
    """What stands beside a figure, as a reader calls it."""
    return _(_COMPANION_NAMES[key]) if key in _COMPANION_NAMES else words(key)


def companion_value(key: str, value: float, unit: Unit) -> str:
    """A value beside a figure for a column: in the unit that its name tells."""
    if key in _SAME_UNIT or key.endswith((", low", ", high")) or key.startswith(_SAME_UNIT_TOO):
        return bare(value, unit)
    if _is_share(key):
        return percent(number(value * 100, 1))
    return number(value, 0 if value == round(value) else 1 if abs(value) >= 1 else 2)


def companion_words(key: str, value: float, unit: Unit) -> str:
    """A value beside a figure in words: "90th percentile 61.2 h", "14 running but breached"."""
    if key in _SAME_UNIT:
        return f"{companion_name(key)} {shown(value, unit)}"
    if value == round(value) and not _is_measured(key):
        return f"{number(value)} {known(key)}"
    return f"{known(key)}: {companion_value(key, value, unit)}"


def _is_share(key: str) -> bool:
    """Whether a value beside a figure is a share, as its name tells."""
    return key.startswith("share") or key.endswith((" share", "same fix"))


def _is_measured(key: str) -> bool:
    """Whether a value beside a figure is measured, and no count of records."""
    is_unit = any(unit in key for unit in ("hours", "days", "error", "score", "low", "high"))
    return is_unit or "," in key or _is_share(key)


def exactness_note(figure: Figure) -> str:
    """How a figure was had, behind its title; nothing where it is exact."""
    return "" if figure.exactness is Exactness.EXACT else f" ({known(figure.exactness.value)})"


def has_chart(figure: Figure) -> bool:
    """Whether a figure has at least two weeks with a value, and they are not all 0."""
    known = [value for value in figure.series.values if value is not None] if figure.series else []
    return len(known) >= 2 and any(known)


def _is_total(figure: Figure) -> bool:
    return figure.unit is Unit.COUNT
