"""A figure as a card: its value, what its chart says, and what a reader needs to trust it."""

from collections.abc import Sequence

from itsm.figures import Figure, Unit
from reports.definitions import partner_of, title_of
from reports.language import _, numbers_said
from reports.language import told as said
from reports.lookup import FigureSet, evidence_of, name_of
from reports.measures.targets import Judged
from reports.model import Card
from reports.numbers import number, shown
from reports.sections.tables import (
    companion_words,
    told,
)
from reports.text import clean
from reports.words import (
    TONES,
    exactness_words,
    step_words,
    upper_first,
    verdict_of,
    verdict_words,
)


def headline_card(figure: Figure, figures: FigureSet) -> Card:
    """A figure as a card: value, verdict, and what a reader needs to trust it."""
    verdict = verdict_of(figure)
    return Card(
        figure_id=figure.figure_id,
        title=name_of(figure),
        value=shown(figure.value, figure.unit),
        verdict=verdict_words(figure),
        tone=TONES[verdict] if verdict else "unknown",
        facts=(*_facts(figure), *(_target(one, figure.unit) for one in figures.targets(figure))),
        partner=partner_words(figure, figures),
        note=said(clean(figure.note)) or None,
        n_rows=len(figure.rows or figure.base_rows),
        anchor=evidence_of(figure),
    )


def _facts(figure: Figure) -> tuple[str, ...]:
    facts = [f"n = {number(figure.n)}, {figure.period}, {exactness_words(figure.exactness)}"]
    step = step_words(figure)
    if step:
        facts.append(upper_first(step))
    others = [companion_words(key, v, figure.unit) for key, v in told(figure).items()]
    if others:
        facts.append(upper_first(", ".join(others)))
    if figure.interval:
        low, high = (shown(bound, figure.unit) for bound in figure.interval)
        facts.append(_("95% interval {low} to {high}", low=low, high=high))
    left_out = left_out_words(figure)
    if left_out:
        facts.append(_("Left out: {what}", what=left_out))
    return tuple(facts)


def left_out_words(figure: Figure) -> str:
    """What a figure leaves out, with how many records each reason holds."""
    return ", ".join(
        f"{said(reason.replace('_', ' '))} ({number(n)})"
        for reason, n in figure.excluded.items()
        if n
    )


def _target(judged: Judged, unit: Unit) -> str:
    """A target and whether it is met, as a fact of a card."""
    target = judged.target
    said_so = numbers_said(said(clean(judged.sentence())))
    value = shown(target.value, unit)
    now = "" if judged.value is None else _(", now {value}", value=shown(judged.value, unit))
    if target.service:
        where = clean(target.service, 60)
        return _(
            "Target of {service} {value}{now}. {said}",
            service=where,
            value=value,
            now=now,
            said=said_so,
        )
    return _("Target {value}{now}. {said}", value=value, now=now, said=said_so)


def partner_words(figure: Figure, figures: FigureSet) -> str | None:
    """The figure that is always read beside another one, with its value; None without one."""
    partner = partner_of(figure.figure_id)
    if partner is None:
        return None
    found = figures.partner(partner)
    if isinstance(found, Figure):
        return f"{name_of(found)}: {shown(found.value, found.unit)}"
    return _("{title} not available", title=said(found.title if found else title_of(partner)))


def beside_parts(group: Sequence[Figure], figures: FigureSet) -> str | None:
    """The partner of a figure that is shown by its parts only, and so has no card to tell it."""
    partner = partner_words(group[0], figures)
    return _("Beside it: {partner}.", partner=partner) if partner else None
