"""What a run found, in five lines a person reads at the end."""

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass

from flows.cycle import Cycle
from flows.wiring import Parts
from itsm.candidates import Movement, ProblemCandidate
from itsm.figures import Figure, FigureResult, Verdict
from itsm.quality import GateReport, QuarantineCount
from itsm.states import RecordKind
from reports.words import lower_first

HEADLINES = ("opened", "resolved", "backlog")
"""The figures named in the second line."""


@dataclass(frozen=True, slots=True)
class Found:
    """The five lines, by what they tell of."""

    read: str
    week: str
    candidates: str
    register: str
    pack: str

    def lines(self) -> list[str]:
        """The lines with their names, aligned."""
        return [f"{name.capitalize():<11}{text}" for name, text in asdict(self).items()]

    def as_json(self) -> str:
        """The lines as one JSON object."""
        return json.dumps(asdict(self), indent=2, ensure_ascii=False)


def found(parts: Parts, cycle: Cycle) -> Found:
    """What a cycle found."""
    with parts.store.begin() as uow:
        candidates = uow.mining.candidates(cycle.run_id) if cycle.run_id else ()
        n_entries = len(uow.register.list())
    return Found(
        read=_read(parts),
        week=f"{cycle.week}: {_week(cycle.files.figures)}",
        candidates=_candidates(candidates, cycle.missing.get("candidates")),
        register=(
            f"{n_entries:,} entries, {cycle.n_proposals:,} proposed now: {cycle.files.register}"
        ),
        pack=_pack(cycle),
    )


def found_in_checks(report: GateReport) -> list[str]:
    """The findings of a check, what stops mining first."""
    stops = [f"stops mining: {line}" for line in report.stops]
    return [*stops, *(f"warning: {line}" for line in report.warnings)] or ["nothing found"]


def _read(parts: Parts) -> str:
    counts = parts.store.queries.counts()
    n_incidents = counts.get(RecordKind.INCIDENT, 0)
    n_others = sum(counts.values()) - n_incidents
    aside = parts.store.queries.quarantine_counts()
    return f"{n_incidents:,} incidents and {n_others:,} other records; {_aside(aside)}"


def _aside(quarantine: tuple[QuarantineCount, ...]) -> str:
    if not quarantine:
        return "nothing in quarantine"
    n = sum(one.n for one in quarantine)
    most = max(quarantine, key=lambda one: one.n)
    return f"{n:,} in quarantine, mostly: {most.reason} ({most.n:,} x {most.kind})"


def _week(figures: tuple[FigureResult, ...]) -> str:
    whole = {f.figure_id: f for f in figures if isinstance(f, Figure) and not f.dimensions}
    counts = [f"{whole[name].value:,.0f} {name}" for name in HEADLINES if name in whole]
    return f"{', '.join(counts)}; {_signals(whole)}"


def _signals(whole: Mapping[str, Figure]) -> str:
    """Which figures differ from normal variation, where there are weeks enough to tell."""
    told = {lower_first(f.title): f.signal.verdict for f in whole.values() if f.signal}
    judged = {title: v for title, v in told.items() if v is not Verdict.TOO_FEW_WEEKS}
    signals = [f"{title} ({v})" for title, v in judged.items() if v is not Verdict.NORMAL]
    if not judged:
        return "too few weeks to tell a signal"
    return f"signals: {', '.join(signals)}" if signals else "no signal beyond normal variation"


def _candidates(candidates: tuple[ProblemCandidate, ...], why_none: str | None) -> str:
    if why_none:
        return why_none
    if not candidates:
        return "none: no group of repeats passes the bar"
    n_new = sum(candidate.movement is Movement.NEW for candidate in candidates)
    first = candidates[0]
    return (
        f"{len(candidates):,} ({n_new:,} new); dearest: {first.statement} "
        f"({first.n_members:,} incidents, about {first.avoidable_hours.value:,.0f} h in 90 days)"
    )


def _pack(cycle: Cycle) -> str:
    files = cycle.files
    paths = f"{files.html}" + (f" and {files.pdf.name}" if files.pdf else f"; {files.no_pdf}")
    gone = [name for name in cycle.missing if name != "candidates"]
    return paths + (f"; missing: {', '.join(gone)}" if gone else "")
