"""Feed: what the week shows is proposed to the register, with its evidence; a person accepts."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from itertools import islice
from types import MappingProxyType

from flows.comment_themes import comment_themes
from flows.declared import tag_of
from flows.feeds import of_figures, of_records, of_register
from flows.feeds.material import Given, Material, Missing, entry_of
from flows.figures import contract_of, family_results, measure_data
from flows.wiring import Parts
from itsm.clocks import ReportingWeek
from itsm.register import RegisterEntry

CONTINUITY = "continuity"
"""The tag by which follow-ups of continuity tests are known."""

FEEDS: Mapping[str, Callable[[Material], Given]] = MappingProxyType(
    {
        "problem": of_records.problems,
        "vendor": of_figures.vendors,
        "review": of_records.review_actions,
        "knowledge": of_figures.knowledge,
        "handoff": of_figures.handoffs,
        "sla": of_records.sla_themes,
        "survey": of_records.surveys,
        "comment": of_records.comments,
        "continuity": of_records.continuity,
        "pilot": of_register.pilots,
        "guard": of_register.guards,
    }
)
"""The feeds by name, beside the mined candidates of `flows.stages.propose`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Fed:
    """What the feeds propose, and which could not be asked, and why."""

    entries: tuple[RegisterEntry, ...]
    missing: tuple[Missing, ...]


def feed_week(parts: Parts, week: ReportingWeek, cutoff_at: datetime) -> int:
    """Put what the feeds propose into the register; the same evidence once, ever.

    Returns:
        How many entries are new.
    """
    fed = fed_by(material_of(parts, week, cutoff_at))
    with parts.store.begin() as uow:
        n_new = uow.register.save(fed.entries)
        uow.commit()
    parts.say(f"feed   {n_new} new proposals; {len(fed.missing)} feeds could not be asked")
    return n_new


def fed_by(material: Material, feeds: Sequence[str] = tuple(FEEDS)) -> Fed:
    """What the feeds propose that the register does not have: pure."""
    entries: list[RegisterEntry] = []
    missing = []
    for name in feeds:
        given = FEEDS[name](material)
        if isinstance(given, Missing):
            missing.append(given)
            continue
        made = (entry_of(name, one, material) for one in given)
        new = (one for one in made if not _is_known(name, one, material.register))
        entries += islice(new, _left(name, material))
    return Fed(entries=tuple(entries), missing=tuple(missing))


def material_of(parts: Parts, week: ReportingWeek, cutoff_at: datetime) -> Material:
    """What the feeds look at, for a week of an installation."""
    settings = parts.settings
    with parts.store.begin() as uow:
        run = uow.mining.of_week(week.label)
        candidates = uow.mining.candidates(run.run_id) if run else None
        register = uow.register.list()
    material = Material(
        week=week,
        cutoff_at=cutoff_at,
        data=measure_data(parts, week, cutoff_at, candidates, register),
        candidates=candidates,
        register=register,
        thresholds=settings.improvement.thresholds(),
        pilots=settings.improvement.trials(),
        continuity=(
            tag_of(settings.figures, CONTINUITY) if CONTINUITY in settings.figures.tags else None
        ),
        comments=comment_themes(parts, week, cutoff_at),
    )
    return _with_figures(material)


def _with_figures(material: Material) -> Material:
    contracts = [contract_of(name) for name in of_figures.FIGURES]
    results = tuple(
        result
        for one in contracts
        for result in family_results(material.data, one, material.week, material.cutoff_at)
        if result.figure_id == one.figure_id
    )
    return replace(material, figures=results)


def _left(feed: str, material: Material) -> int:
    """How many entries a feed may still propose in this week: a run made again adds none."""
    proposed = [
        one
        for one in material.register
        if one.number.startswith(f"CSI-{feed}-") and one.raised_at == material.cutoff_at
    ]
    return max(0, material.thresholds.per_feed - len(proposed))


def _is_known(feed: str, entry: RegisterEntry, register: Sequence[RegisterEntry]) -> bool:
    """Whether its evidence was proposed before, or the same subject is still open."""
    subject = _subject(entry)
    return any(
        one.number == entry.number
        or (one.number.startswith(f"CSI-{feed}-") and one.is_open and _subject(one) == subject)
        for one in register
    )


def _subject(entry: RegisterEntry) -> str:
    """What an entry is about, without the quarter in which it was seen."""
    head, _, quarter = (entry.origin_record or "").rpartition(" ")
    return head if head and "-Q" in quarter else entry.origin_record or ""
