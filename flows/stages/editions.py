"""Editions: the packs of an occasion, each narrowed to what it is about, from one load of data."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from functools import cached_property
from importlib.metadata import version

from checks.gate import gate
from flows.figures import all_figures, measure_data
from flows.known_then import (
    counted_then,
    register_then,
    told_afterwards,
    told_not_applied,
)
from flows.stages.pack_facts import (
    Facts,
    comments_of,
    late_sources,
    missing_of,
    names_of_others,
    redacted_titles,
)
from flows.used_configuration import not_applied
from flows.vendor_decisions import DECISIONS, decisions, standings_of
from flows.vendors import review
from flows.watch_lists import watch_list
from flows.wiring import Parts
from itsm.brought import brought
from itsm.clocks import ReportingWeek
from itsm.errors import ConfigError
from itsm.figures import Figure, FigureResult, NotAvailable
from itsm.periods import DayUpTo, Months
from itsm.states import RecordKind
from reports.editions import About, Choice, EditionKind
from reports.layout import plan_of
from reports.measures.data import MeasureData
from reports.measures.narrowing import of_service, of_team, services_of, teams_of
from reports.measures.target_list import judge_targets
from reports.measures.vendor_review import vendor_number
from reports.model import Comment, Pack, RunInfo
from reports.pack import PackInput, build_pack, pack_from_json
from reports.special import vendor_pack, watch_pack

HAND_OFFS = "hand-offs"
"""The section of a team's edition that is cut from the figures of all teams."""
_ABSENT = re.compile(r"^no source provides|clocks? .*(?:provided|due)|none is (?:given|provided)")
"""How reasons say that there is no record of a kind."""
_Narrowed = tuple[MeasureData, tuple[FigureResult, ...]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Occasion:
    """What packs are made for: a period, what is known, the mining run, what is missing."""

    period: ReportingWeek | Months
    cutoff_at: datetime
    run_id: str | None = None
    missing: Mapping[str, str] = field(default_factory=dict)

    @property
    def week(self) -> ReportingWeek:
        """The week, or the last one of a month or quarter."""
        if isinstance(self.period, ReportingWeek):
            return self.period
        return ReportingWeek.of(self.period.end_at, self.period.zone).shifted(-1)


class Editions:
    """The packs of one occasion: data are loaded once, and figures computed once per part."""

    def __init__(self, parts: Parts, occasion: Occasion) -> None:
        self._parts = parts
        self._occasion = occasion
        self._narrowed: dict[tuple[About, str], _Narrowed] = {}

    @property
    def period(self) -> ReportingWeek | Months:
        """What the packs are made for."""
        return self._occasion.period

    def pack(self, choice: Choice, restatements: Sequence[str] = ()) -> Pack:
        """An edition as plain data; nothing is kept.

        Raises:
            ConfigError: there is no such service, team or vendor.
        """
        if choice.kind is EditionKind.VENDOR:
            return self._vendor_pack(choice)
        if choice.kind is EditionKind.WATCH_LIST:
            return self._watch_pack(choice)
        data, figures = self.of(choice)
        given = self._input(choice, data, figures)
        return build_pack(replace(given, restatements=tuple(restatements)))

    def of(self, choice: Choice) -> _Narrowed:
        """The data and figures of what an edition is about."""
        key = (choice.edition.about, choice.name)
        if key not in self._narrowed:
            data = self._data_of(choice)
            self._narrowed[key] = (data, self._figures_of(choice, data))
        return self._narrowed[key]

    @cached_property
    def data(self) -> MeasureData:
        """Everything the store holds."""
        held = self._occasion
        candidates = self.facts.candidates if held.run_id else None
        register = self.facts.register
        return measure_data(self._parts, held.week, held.cutoff_at, candidates, register)

    @cached_property
    def facts(self) -> Facts:
        """What the store holds beside the records."""
        held, parts = self._occasion, self._parts
        with parts.store.begin() as uow:
            candidates = uow.mining.candidates(held.run_id) if held.run_id else ()
            register = register_then(uow, held.week)
            week_run = uow.week_runs.get(held.week.label)
            reports = uow.checks.list(held.week.label)
            ever = uow.mining.ever_seen(until_week=held.week.label)
            made = [one for one in uow.decisions.list() if one.at < held.cutoff_at]
            read_at = uow.watermarks.newest()
            meeting = uow.meetings.actions()
            fell_back = uow.register.fell_back(held.cutoff_at)
        decided = {one.candidate_id for one in made}
        work = parts.settings.improvement.work_cost(parts.settings.cost.model().currency)
        return Facts(
            candidates=candidates,
            register=register,
            checks=gate(reports),
            quarantine=parts.store.queries.quarantine_counts(),
            brought=brought(register, len(ever | decided), len(decided), work, fell_back),
            read_at=read_at,
            meeting=meeting,
            week_run=week_run,
            not_applied=not_applied(parts),
        )

    def _data_of(self, choice: Choice) -> MeasureData:
        about = choice.edition.about
        if about is About.SERVICE:
            _require(choice.name, services_of(self.data), about)
            return of_service(self.data, choice.name)
        if about is About.TEAM:
            _require(choice.name, teams_of(self.data), about)
            return of_team(self.data, choice.name)
        return self.data

    def _figures_of(self, choice: Choice, data: MeasureData) -> tuple[FigureResult, ...]:
        held = self._occasion
        found = all_figures(data, held.period, held.cutoff_at)
        if data is self.data:
            return found
        own = tuple(_own_reason(one, data, self.data, choice.name) for one in found)
        if choice.edition.about is not About.TEAM:
            return own
        rest = tuple(one for one in own if plan_of(one.figure_id).id != HAND_OFFS)
        return (*rest, *_paths_of(self.of(Choice())[1], choice.name))

    def _vendor_pack(self, choice: Choice) -> Pack:
        held, parts = self._occasion, self._parts
        _number, name = vendor_number(self.data, choice.name)
        standings = standings_of(decisions(parts.base / DECISIONS), name)
        found = review(parts, self.data, name, held.period, held.cutoff_at, None, standings)
        given = self._input(choice, self.data, ())
        others = names_of_others(self.data, name, parts.store.people.names)
        return vendor_pack(given, found.dossier, others)

    def _watch_pack(self, choice: Choice) -> Pack:
        at = self._occasion.cutoff_at
        if choice.name:
            _require(choice.name, teams_of(self.data), About.TEAM)
        found = watch_list(self.data, at, choice.name)
        given = self._input(choice, self.data, ())
        moment = DayUpTo(at.astimezone(UTC), self._parts.settings.zone)
        return watch_pack(replace(given, week=moment), found)

    def _input(
        self, choice: Choice, data: MeasureData, figures: Sequence[FigureResult]
    ) -> PackInput:
        held, facts, parts = self._occasion, self.facts, self._parts
        candidates = data.candidates or ()
        earlier, comments = self._said(choice)
        return PackInput(
            organisation=parts.settings.organisation,
            choice=choice,
            week=held.period,
            cutoff_at=held.cutoff_at,
            figures=tuple(figures),
            targets=judge_targets(data, held.period, held.cutoff_at) if figures else (),
            candidates=candidates,
            register=data.register or (),
            checks=facts.checks,
            quarantine=facts.quarantine,
            missing=(
                *missing_of(held.missing),
                *told_afterwards(facts.week_run, self.data.frames.get(RecordKind.INCIDENT)),
                *told_not_applied(facts.not_applied),
            ),
            late=late_sources(facts.read_at, held.period.end_at),
            is_mined=held.run_id is not None,
            member_titles=redacted_titles(
                self.data.frames.get(RecordKind.INCIDENT), candidates, parts.store.people.everyone
            ),
            n_records=counted_then(facts.week_run, data.frames),
            brought=facts.brought,
            decision_page=parts.settings.review.decision_page,
            earlier=earlier,
            comments=comments,
            meeting=facts.meeting,
            run=RunInfo(
                run_id=held.run_id or "none",
                made_at=datetime.now(UTC),
                sources=tuple(sorted(parts.sources)),
                versions={"csi-pipeline": version("csi-pipeline")},
            ),
        )

    def _said(self, choice: Choice) -> tuple[Pack | None, tuple[Comment, ...]]:
        """The pack of the period before, and what people say of sections of this one."""
        before = self._occasion.period.shifted(-1).label
        is_vendor = choice.kind is EditionKind.VENDOR
        label = self._occasion.period.label
        with self._parts.store.begin() as uow:
            kept = uow.packs.get(before, choice.key) or uow.packs.get(before, EditionKind.FULL)
            said = uow.section_comments.of_pack(label, choice.key, leaves_house=is_vendor)
        earlier = pack_from_json(kept.content) if kept else None
        return earlier, comments_of(said, choice, self._occasion.period.zone)


def _require(name: str, there: Sequence[str], about: About) -> None:
    """See that there is such a service or team.

    Raises:
        ConfigError: there is none; names the ones there are.
    """
    if name not in there:
        known = ", ".join(there[:20]) or "none"
        raise ConfigError(f"there is no {about} {name!r}; there are: {known}")


def _own_reason(one: FigureResult, own: MeasureData, whole: MeasureData, name: str) -> FigureResult:
    """A figure of a part; where only the part has no such records, that is the reason."""
    if isinstance(one, Figure):
        return one
    lost = any(own.frame(kind) is None and whole.frame(kind) is not None for kind in whole.frames)
    if lost and _ABSENT.search(one.reason):
        return replace(one, reason=f"no record it needs belongs to {name}")
    return one


def _paths_of(figures: Sequence[FigureResult], team: str) -> Iterator[FigureResult]:
    """The figures on hand-offs that name a team."""
    for one in figures:
        if plan_of(one.figure_id).id == HAND_OFFS and not isinstance(one, NotAvailable):
            ends = {one.dimensions.get(name) for name in ("from", "to", "team", "owner")}
            if team in ends:
                yield one
