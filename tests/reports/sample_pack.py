"""Practice input for packs: a busy week with every kind of block, and weeks that are harder."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import numpy as np

from itsm.candidates import (
    Decision,
    Estimate,
    Evidence,
    Life,
    Member,
    Movement,
    ProblemCandidate,
    Purity,
)
from itsm.clocks import ReportingWeek
from itsm.figures import (
    Direction,
    Exactness,
    Figure,
    FigureResult,
    NotAvailable,
    Series,
    Signal,
    Unit,
    Verdict,
)
from itsm.quality import (
    CheckReport,
    ExpectationResult,
    GateReport,
    QuarantineCount,
    Severity,
)
from itsm.register import Origin, RegisterEntry, RegisterState
from itsm.states import RecordKind
from itsm.statistics import MIN_WEEKS, Limits, special_causes, xmr_limits
from reports.model import Section
from reports.pack import Missing, Pack, PackInput, RunInfo

WEEK = ReportingWeek(2026, 34, "Europe/London")
CUTOFF = WEEK.cutoff(timedelta(days=1))
SOURCE = "servicenow_prod"
RUN = RunInfo(
    run_id="7f3c1c9e-run",
    made_at=datetime(2026, 8, 25, 6, 12, 44, tzinfo=UTC),
    sources=(SOURCE, "jira_emea"),
    versions={"csi-pipeline": "0.1.0", "mining": "2026-11-21"},
)
HOSTILE = (
    '=HYPERLINK("http://evil.example","x") <script>alert(\'x\')</script> \u202egnp.exe\u202c '
    "\x00\x1b[31m{{ 7*7 }} </style><img src=x onerror=alert(1)> "
    "&amp; \u2028 a\u0300\u0301\u0302\u0303\u0304\u0305\u0306\u0307 " + "W" * 400
)


def section_of(pack: Pack, section_id: str) -> Section:
    """The section of a pack by its id."""
    return next(section for section in pack.sections if section.id == section_id)


def numbers(n: int, first: int = 1) -> tuple[str, ...]:
    """Record numbers in order."""
    return tuple(f"INC{first + i:07d}" for i in range(n))


def weekly(values: np.ndarray, unit: Unit, direction: Direction) -> tuple[Series, Signal]:
    """A series over the weeks up to the sample week, with limits and verdict."""
    weeks = tuple(week.label for week in WEEK.last(len(values)))
    kept = tuple(float(v) for v in values)
    if len(values) < MIN_WEEKS:
        return Series(weeks=weeks, values=kept), Signal(verdict=Verdict.TOO_FEW_WEEKS)
    limits = xmr_limits(values)
    causes = special_causes(values, limits)
    limits = Limits(max(limits.lower, 0.0), limits.centre, limits.upper)
    verdict = Verdict.NORMAL
    if causes:
        is_good = (values[-1] > limits.centre) == (direction is Direction.UP)
        verdict = Verdict.IMPROVEMENT if is_good else Verdict.DETERIORATION
        verdict = Verdict.SHIFT if direction is Direction.NEITHER else verdict
    series = Series(weeks=weeks, values=kept, limits=limits)
    return series, Signal(verdict=verdict, causes=causes)


def figure(
    figure_id: str, title: str, unit: Unit, direction: Direction, values: np.ndarray, n: int
) -> Figure:
    """A headline figure with its weekly series."""
    series, signal = weekly(values, unit, direction)
    return Figure(
        figure_id=figure_id,
        version=1,
        title=title,
        unit=unit,
        period=WEEK.label,
        value=float(values[-1]),
        n=n,
        sources=(SOURCE,),
        rows=numbers(min(n, 400)),
        series=series,
        signal=signal,
    )


def steady(seed: int, level: float, spread: float, last: float | None = None) -> np.ndarray:
    """26 weeks around a level; `last` replaces the newest."""
    values = np.random.default_rng(seed).normal(level, spread, 26).round(3)
    if last is not None:
        values[-1] = last
    return values


def sample_figures() -> tuple[FigureResult, ...]:
    """A week with two signals, slices, a proxy, a preliminary value and gaps."""
    whole = [
        figure(
            "opened",
            "Incidents opened",
            Unit.COUNT,
            Direction.DOWN,
            steady(1, 1150, 60, 1502).round(),
            1502,
        ),
        figure(
            "resolved",
            "Incidents resolved",
            Unit.COUNT,
            Direction.NEITHER,
            steady(2, 1140, 55).round(),
            1135,
        ),
        figure(
            "backlog",
            "Open incidents",
            Unit.COUNT,
            Direction.DOWN,
            np.linspace(240, 612, 26).round(),
            612,
        ),
        replace(
            figure(
                "resolution_time",
                "Time to resolve",
                Unit.HOURS,
                Direction.DOWN,
                steady(4, 9, 1.2),
                1135,
            ),
            companions={"p90": 61.25, "mean": 22.4},
        ),
        replace(
            figure(
                "fcr",
                "Resolved at first contact",
                Unit.SHARE,
                Direction.UP,
                steady(5, 0.61, 0.02, 0.72),
                1135,
            ),
            exactness=Exactness.PROXY,
            note="No flag in the source: no reassignment, no reopen, first assigned group.",
            interval=(0.69, 0.745),
        ),
        replace(
            figure(
                "sla_compliance",
                "SLA compliance of incidents",
                Unit.SHARE,
                Direction.UP,
                steady(6, 0.94, 0.01),
                1080,
            ),
            dimensions={"target": "resolution"},
            companions={"running but breached": 14.0},
            excluded={"clock without an end": 55},
        ),
        replace(
            figure(
                "reopen_rate",
                "Reopen rate",
                Unit.SHARE,
                Direction.DOWN,
                steady(7, 0.04, 0.006),
                1120,
            ),
            dimensions={"status": "final"},
            period="2026-W32",
        ),
        replace(
            figure(
                "reopen_rate",
                "Reopen rate",
                Unit.SHARE,
                Direction.DOWN,
                steady(7, 0.02, 0.006),
                1135,
            ),
            dimensions={"status": "preliminary"},
            exactness=Exactness.PRELIMINARY,
            series=None,
            signal=None,
        ),
        figure(
            "handoff_delay",
            "Hand-off delay",
            Unit.HOURS,
            Direction.DOWN,
            steady(8, 3.4, 0.4)[-6:],
            310,
        ),
    ]
    return (*whole, *_slices(), *_unavailable())


def _slices() -> list[Figure]:
    base = Figure(
        figure_id="backlog_ageing",
        version=1,
        title="Backlog by age",
        unit=Unit.COUNT,
        period=WEEK.label,
        value=0.0,
        n=0,
    )
    ages = {"31-90": 61, "<1": 118, "1-3": 160, "4-7": 104, "8-14": 88, "15-30": 73, ">90": 8}
    found = [
        replace(base, value=float(n), n=n, rows=numbers(n, 5000), dimensions={"age in days": age})
        for age, n in ages.items()
    ]
    sla = replace(
        base, figure_id="sla_compliance", title="SLA compliance of incidents", unit=Unit.SHARE
    )
    for priority, share, n in (("1", 0.8, 10), ("2", 0.9133, 104), ("3", 0.95, 641), ("4", 1.0, 9)):
        found.append(
            replace(
                sla,
                value=share,
                n=n,
                rows=numbers(round(share * n)),
                dimensions={"target": "resolution", "priority": priority},
                companions={"running but breached": float(len(priority))},
            )
        )
    paths = [
        (f"Team {a}", f"Team {b}", float(1 + a * 2.5 + b), 400.0 - a * 31 - b * 7, 40 - a - b)
        for a in range(4)
        for b in range(5)
        if a != b
    ]
    delay = replace(base, figure_id="handoff_delay", title="Hand-off delay", unit=Unit.HOURS)
    found += [
        replace(
            delay,
            value=hours,
            n=n,
            rows=numbers(n, 7000),
            dimensions={"from": a, "to": b},
            companions={"p90": hours * 4.2, "total": total},
        )
        for a, b, hours, total, n in paths
    ]
    return found


def _unavailable() -> list[NotAvailable]:
    gone = [
        ("csat", "Satisfaction (CSAT)", "no survey responses are provided"),
        ("nps", "Net promoter score", "no survey responses are provided"),
        ("vendor_response", "Vendor response commitments met", "no vendor cases are provided"),
        ("change_success_rate", "Change success rate", "no changes are provided"),
    ]
    return [
        NotAvailable(
            figure_id=figure_id,
            version=1,
            title=title,
            unit=Unit.SHARE,
            period=WEEK.label,
            reason=reason,
            sources=(SOURCE,),
        )
        for figure_id, title, reason in gone
    ]


STATEMENTS = (
    "Outlook asks for the password again and again after the laptop wakes up",
    "VPN client drops after 20 minutes on the Leeds gateway",
    "Label printer in the warehouse prints blank pages",
    "Night batch for invoices stops with ORA-01555",
    "Card reader at gate 4 rejects valid badges",
)


def candidate(index: int, statement: str | None = None, n: int | None = None) -> ProblemCandidate:
    """A candidate; a higher index is cheaper."""
    n = n or 64 - index
    rng = np.random.default_rng(100 + index)
    counts = tuple(int(c) for c in rng.poisson(max(n, 1) / 13, 26))
    members = tuple(
        Member(source=SOURCE, number=number, score=round(0.97 - 0.6 * i / max(n, 1), 3))
        for i, number in enumerate(numbers(n, 10_000 + 100 * index))
    )
    hours = 310.0 / (index + 1)
    return ProblemCandidate(
        candidate_id=f"PC-{index:04d}-9f2c",
        statement=statement or STATEMENTS[index % len(STATEMENTS)],
        members=members,
        score=0.8,
        first_seen_at=WEEK.start_at - timedelta(weeks=20, days=index % 5),
        last_seen_at=WEEK.end_at - timedelta(hours=3 + index),
        weekly_counts=counts,
        life=(Life.ACTIVE, Life.EMERGING, Life.RECURRED)[index % 3],
        evidence=(
            Evidence(kind="shared_terms", text="password, prompt, outlook, wake", weight=2.31),
            Evidence(kind="ci", text="same configuration item: exch-leeds-02", weight=1.1),
            Evidence(kind="time", text="64% between 08:00 and 09:00", weight=0.42),
            Evidence(kind="team", text="four different teams", weight=-0.35, contributes=False),
        ),
        purity=(
            Purity(field="category", value="E-mail", share=0.92, n=n),
            Purity(field="ci", value="exch-leeds-02", share=0.61, n=max(n - 7, 1)),
        ),
        avoidable_hours=Estimate(
            value=hours,
            low=hours * 0.7,
            high=hours * 1.4,
            unit="hours",
            assumed=("handling_h", "lost_h_per_user"),
        ),
        movement=(Movement.GROWN, Movement.NEW, Movement.UNCHANGED)[index % 3],
        decision=Decision.ACCEPTED if index == 2 else Decision.UNDECIDED,
        known_problems=("PRB0040021",) if index == 1 else (),
    )


def titles(candidates: Sequence[ProblemCandidate]) -> dict[tuple[str, str], str]:
    """Redacted titles; every ninth member is restricted and has none."""
    return {
        (member.source, member.number): f"{item.statement.lower()} - user <name> at desk {i}"
        for item in candidates
        for i, member in enumerate(item.members)
        if i % 9
    }


def sample_register() -> tuple[RegisterEntry, ...]:
    """Two proposals, one of them without values, and one entry under way that is late."""
    base = RegisterEntry(
        number="CSI0001",
        title="Stop the password prompts after wake-up",
        description="Proposed from a mined candidate.",
        origin=Origin.MINED_CANDIDATE,
        origin_record="PC-0000-9f2c",
        evidence_hash="ab12",
        raised_at=WEEK.end_at,
        raised_by="csi",
    )
    return (
        base,
        replace(
            base,
            number="CSI0002",
            title="Replace the Leeds gateway",
            impact=4,
            urgency=3,
            risk=2,
            effort=3,
        ),
        replace(
            base,
            number="CSI0003",
            title="Watch the invoice batch",
            impact=3,
            urgency=3,
            risk=3,
            effort=2,
            state=RegisterState.IN_PROGRESS,
            coordinator="Service owner ERP",
            next_review_on=date(2026, 8, 3),
        ),
    )


def sample_checks() -> GateReport:
    """A gate that is open, with one rule that sets records aside and one warning."""
    report = CheckReport(
        source=SOURCE,
        kind=RecordKind.INCIDENT,
        n_records=24918,
        results=(
            ExpectationResult(
                rule="number_unique",
                title="Each number occurs once",
                severity=Severity.CRITICAL,
                is_met=True,
                n_checked=24918,
                n_failed=0,
            ),
            ExpectationResult(
                rule="time_order",
                title="Resolved not before opened",
                severity=Severity.QUARANTINE,
                is_met=False,
                n_checked=24918,
                n_failed=31,
                failed=numbers(31),
                remedy="Correct resolved_at in the source.",
            ),
            ExpectationResult(
                rule="ci_filled",
                title="At least half of the incidents name a CI",
                severity=Severity.WARNING,
                is_met=False,
                n_checked=24918,
                n_failed=17600,
                observed="29% have one",
                remedy="Make the field mandatory when resolving.",
            ),
        ),
    )
    return GateReport(reports=(report,), warnings=("ci_filled",))


def sample_quarantine() -> tuple[QuarantineCount, ...]:
    """Two reasons, with examples."""
    return (
        QuarantineCount(
            source=SOURCE,
            kind=RecordKind.INCIDENT,
            rule="time_order",
            field="resolved_at",
            reason="resolved before it was opened",
            remedy="Correct resolved_at in the source.",
            n=31,
            examples=numbers(4),
        ),
        QuarantineCount(
            source=SOURCE,
            kind=RecordKind.INCIDENT,
            rule="unknown_code",
            field="state",
            reason="the state -100 has no meaning",
            remedy="Add it to [sources.codes.state].",
            n=5,
            examples=numbers(2, 50),
        ),
    )


def sample_input(n_candidates: int = 12) -> PackInput:
    """A busy week."""
    candidates = tuple(candidate(i) for i in range(n_candidates))
    return PackInput(
        week=WEEK,
        cutoff_at=CUTOFF,
        figures=sample_figures(),
        candidates=candidates,
        register=sample_register(),
        checks=sample_checks(),
        quarantine=sample_quarantine(),
        missing=(
            Missing(
                what="Source jira_emea",
                why="The source refused the credentials, so its records are not in this week.",
                remedy="Renew the token of jira_emea and run the week again.",
            ),
        ),
        run=RUN,
        member_titles=titles(candidates),
        n_records={RecordKind.INCIDENT: 24882, RecordKind.HISTORY: 141_712, RecordKind.TEAM: 14},
        organisation="Harbour Rail IT",
    )


def quiet_input() -> PackInput:
    """A week in which nothing happened: no candidate, no signal, no gap."""
    figures = (
        figure(
            "opened",
            "Incidents opened",
            Unit.COUNT,
            Direction.DOWN,
            steady(1, 40, 4, 40).round(),
            40,
        ),
        figure(
            "resolved",
            "Incidents resolved",
            Unit.COUNT,
            Direction.NEITHER,
            steady(2, 2, 0.8, 1).round(),
            1,
        ),
    )
    return PackInput(week=WEEK, cutoff_at=CUTOFF, figures=figures, run=RUN)


def empty_input() -> PackInput:
    """A week of which no figure can be had."""
    figures = tuple(
        NotAvailable(
            figure_id=item.figure_id,
            version=1,
            title=item.title,
            unit=item.unit,
            period=item.period,
            reason="the source could not be read",
            sources=(SOURCE,),
            dimensions=item.dimensions,
        )
        for item in sample_figures()
    )
    return PackInput(week=WEEK, cutoff_at=CUTOFF, figures=figures, run=RUN)


def hostile_input() -> PackInput:
    """Every text from elsewhere is an attack."""
    given = sample_input(3)
    bad = tuple(
        replace(
            item,
            statement=HOSTILE,
            evidence=(Evidence(kind=HOSTILE, text=HOSTILE, weight=1.0),),
            purity=(Purity(field="category", value=HOSTILE, share=0.5, n=4),),
            known_problems=(HOSTILE,),
        )
        for item in given.candidates
    )
    slices = tuple(
        replace(
            item,
            dimensions={name: value + HOSTILE for name, value in item.dimensions.items()},
            note=HOSTILE,
            rows=(HOSTILE,),
        )
        for item in given.figures
        if isinstance(item, Figure)
    )
    return replace(
        given,
        figures=slices,
        candidates=bad,
        member_titles=dict.fromkeys(titles(given.candidates), HOSTILE),
        register=tuple(
            replace(e, title=HOSTILE, number=HOSTILE[:40], service=HOSTILE, coordinator=HOSTILE)
            for e in given.register
        ),
        quarantine=tuple(
            replace(q, reason=HOSTILE, remedy=HOSTILE, field=HOSTILE, examples=(HOSTILE,))
            for q in given.quarantine
        ),
        missing=(Missing(what=HOSTILE, why=HOSTILE, remedy=HOSTILE),),
        organisation=HOSTILE,
    )
