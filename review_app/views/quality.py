"""The data quality page: what was set aside and why, what was accepted, findings, coverage."""

from collections.abc import Sequence
from dataclasses import dataclass

from itsm.clocks import ReportingWeek
from itsm.quality import CheckReport, QuarantineCount, Severity
from itsm.states import RecordKind
from reports.lookup import words
from reports.numbers import local_time, number, week_name
from reports.text import clean
from review_app.listing import Columns, Filter, Listing, Part, filter_of, part_of
from review_app.parts import ReviewParts
from store.landing import Override
from store.runs import QuarantineRow, Reconciliation
from store.unit_of_work import Store

PER_PAGE = 50
COLUMNS = Columns(path="/quality", names=("record",))
FILTERS = ("q", "source", "kind", "rule")


@dataclass(frozen=True, slots=True, kw_only=True)
class ReasonLine:
    """Why records are set aside, and how many."""

    source: str
    kind: str
    kind_key: str
    rule: str
    reason: str
    remedy: str
    n: str
    address: str
    can_be_accepted: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class AsideLine:
    """A record in quarantine, or one that was accepted."""

    source: str
    kind: str
    kind_key: str
    key: str
    number: str
    rule: str
    field: str
    reason: str
    since: str
    tried: str
    can_be_accepted: bool
    accepted: str


@dataclass(frozen=True, slots=True, kw_only=True)
class QualityView:
    """The state of the data, as far as a reader may see it."""

    asked: Listing
    n_aside: int
    reasons: tuple[ReasonLine, ...]
    filters: tuple[Filter, ...]
    part: Part
    accepted: tuple[AsideLine, ...]
    week: str
    findings: tuple[tuple[str, str, str, str, str], ...]
    n_met: int
    coverage: tuple[tuple[str, str, str, str, str, str, str], ...]
    codes: tuple[tuple[str, str, str, str, str], ...]
    clear: str


def quality_view(
    parts: ReviewParts, store: Store, asked: Listing, *, with_records: bool
) -> QualityView:
    """What the page shows; numbers of records only to those who act on them."""
    counts = store.queries.quarantine_counts()
    rows = store.queries.quarantine_rows() if with_records else ()
    with store.look() as uow:
        overrides = uow.quarantine.overrides()
        label = uow.checks.newest_week()
        reports = uow.checks.list(label) if label else ()
    held = {(o.source, o.kind.value, o.key, o.rule): o for o in overrides}
    lines = [_aside(row, held, parts) for row in rows]
    found = [line for line in lines if _is_chosen(line, asked)]
    return QualityView(
        asked=asked,
        n_aside=sum(one.n for one in counts),
        reasons=tuple(_reason(one, asked, parts) for one in counts),
        filters=_filters(counts, asked),
        part=part_of(found, asked, len(lines), PER_PAGE, "set aside"),
        accepted=tuple(_accepted(one, parts) for one in overrides) if with_records else (),
        week=_week(label, parts),
        findings=tuple(_findings(reports)),
        n_met=sum(result.is_met for report in reports for result in report.results),
        coverage=tuple(_coverage(one, parts) for one in store.queries.reconciliations()),
        codes=tuple(
            (clean(c.source, 60), words(c.kind), words(c.field), clean(c.code, 60), number(c.n))
            for c in store.queries.unmapped_codes()[:200]
        ),
        clear=asked.without_filters().address,
    )


def _week(label: str | None, parts: ReviewParts) -> str:
    return week_name(ReportingWeek.parse(label, parts.zone.key)) if label else ""


def _reason(one: QuarantineCount, asked: Listing, parts: ReviewParts) -> ReasonLine:
    kinds = {"source": one.source, "kind": one.kind.value, "rule": one.rule}
    return ReasonLine(
        source=clean(one.source, 60),
        kind=words(one.kind),
        kind_key=one.kind.value,
        rule=clean(one.rule, 80),
        reason=clean(f"{words(one.field)}: {one.reason}", 300),
        remedy=clean(one.remedy.replace("`", ""), 300),
        n=number(one.n),
        address=f"{asked.with_filter(**kinds).address}#records",
        can_be_accepted=_acceptable(parts, one.kind.value, one.rule),
    )


def _acceptable(parts: ReviewParts, kind: str, rule: str) -> bool:
    return rule in parts.works.acceptable.get(kind, frozenset())


def _aside(
    row: QuarantineRow, held: dict[tuple[str, str, str, str], Override], parts: ReviewParts
) -> AsideLine:
    override = held.get((row.source, row.kind, row.key, row.rule))
    return AsideLine(
        source=clean(row.source, 60),
        kind=words(row.kind),
        kind_key=row.kind,
        key=row.key,
        number=clean(row.number or row.key, 80),
        rule=row.rule,
        field=words(row.field),
        reason=clean(row.reason, 300),
        since=local_time(row.first_seen_at, parts.zone).partition(" (")[0],
        tried=local_time(row.last_seen_at, parts.zone).partition(" (")[0],
        can_be_accepted=_acceptable(parts, row.kind, row.rule),
        accepted=_told(override, parts) if override else "",
    )


def _accepted(one: Override, parts: ReviewParts) -> AsideLine:
    return AsideLine(
        source=clean(one.source, 60),
        kind=words(one.kind),
        kind_key=one.kind.value,
        key=one.key,
        number=clean(one.key, 80),
        rule=one.rule,
        field="",
        reason=clean(one.reason, 400),
        since=local_time(one.at, parts.zone).partition(" (")[0],
        tried="",
        can_be_accepted=True,
        accepted=_told(one, parts),
    )


def _told(one: Override, parts: ReviewParts) -> str:
    at = local_time(one.at, parts.zone).partition(" (")[0]
    return f"accepted by {clean(parts.works.name(one.actor), 60)}, {at}: {clean(one.reason, 300)}"


def _is_chosen(line: AsideLine, asked: Listing) -> bool:
    said = f"{line.number} {line.key} {line.reason} {line.field} {line.source}".casefold()
    return (
        (not asked["source"] or line.source == asked["source"])
        and (not asked["kind"] or line.kind_key == asked["kind"])
        and (not asked["rule"] or line.rule == asked["rule"])
        and all(word in said for word in asked["q"].casefold().split())
    )


def _filters(counts: Sequence[QuarantineCount], asked: Listing) -> tuple[Filter, ...]:
    named = (
        ("source", "Source", {one.source: one.source for one in counts}),
        ("kind", "Kind", {one.kind.value: words(one.kind) for one in counts}),
        ("rule", "Rule", {one.rule: words(one.rule) for one in counts}),
    )
    return tuple(
        filter_of(asked, name, title, {"": "All"} | dict(sorted(options.items())))
        for name, title, options in named
    )


def _findings(reports: Sequence[CheckReport]) -> list[tuple[str, str, str, str, str]]:
    """What the checks of the newest week found: severity, where, what, how many, remedy."""
    order = {Severity.CRITICAL: 0, Severity.WARNING: 1, Severity.QUARANTINE: 2}
    found = [(result, report) for report in reports for result in report.failed]
    found.sort(key=lambda pair: (order[pair[0].severity], -pair[0].n_failed))
    return [
        (
            words(result.severity),
            f"{clean(report.source, 60)} {words(report.kind)}",
            clean(f"{result.title}{': ' + result.observed if result.observed else ''}", 400),
            number(result.n_failed) if result.n_failed else "",
            clean((result.remedy or "").replace("`", ""), 300),
        )
        for result, report in found
    ]


def _coverage(one: Reconciliation, parts: ReviewParts) -> tuple[str, str, str, str, str, str, str]:
    """Source, kind, the system's count, held, deleted, hidden, when."""
    lacks = one.n_server is not None and one.n_server != one.n_held + (one.n_hidden or 0)
    said = "" if one.n_server is None else ("differs" if lacks else "agrees")
    return (
        clean(one.source, 60),
        words(RecordKind(one.kind)),
        "not told" if one.n_server is None else number(one.n_server),
        number(one.n_held),
        " ".join(
            filter(
                None,
                (
                    f"{number(one.n_deleted)} deleted" if one.n_deleted else "",
                    f"{number(one.n_hidden)} hidden" if one.n_hidden else "",
                ),
            )
        ),
        said,
        local_time(one.at, parts.zone).partition(" (")[0],
    )
