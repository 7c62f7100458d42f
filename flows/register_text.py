"""The register in lines for a terminal."""

from collections.abc import Iterator, Sequence

from itsm.budgeting import Budget
from itsm.demand import DemandNote, Move, rank, why
from itsm.programme import Programme
from itsm.register import RegisterEntry
from itsm.register_forms import FIELDS, as_text

_SHOWN = (
    "state", "origin", "origin_record", "raised_by", "raised_at", *FIELDS, "state_since_at",
    "actual_start_on", "actual_end_on", "on_hold_reason", "not_yet_reason", "round", "closure_code",
    "outcome", "closed_on", "live_at", "evidence_hash", "version",
)  # fmt: skip


def list_lines(entries: Sequence[RegisterEntry]) -> Iterator[str]:
    """The entries that compete by rank, then the others by number."""
    ranked = rank(entries)
    placed = {one.entry.number for one in ranked}
    for one in ranked:
        yield f"{one.place:>3}. {_head(one.entry)}"
        yield f"     {one.why}"
    others = [one for one in entries if one.number not in placed]
    for entry in sorted(others, key=lambda one: one.number):
        yield f"   - {_head(entry)}"
    if not entries:
        yield "the register is empty"


def _head(entry: RegisterEntry) -> str:
    owner = f"  ({entry.coordinator})" if entry.coordinator else ""
    return f"{entry.number}  {entry.state:12} {entry.title}{owner}"


def entry_lines(entry: RegisterEntry) -> Iterator[str]:
    """Everything an entry holds that is not empty."""
    yield f"{entry.number}  {entry.title}"
    for name in _SHOWN:
        if (
            name not in {"title", "is_regulatory", "blocks_critical"}
            or getattr(entry, name) is True
        ):
            text = as_text(getattr(entry, name))
            if text and name != "title":
                yield f"  {name:18} {text}"
    yield f"  {'rank':18} {why(entry)}"
    if entry.percent is not None:
        yield f"  {'percent':18} {entry.percent}"
    yield from _parts(entry)


def _parts(entry: RegisterEntry) -> Iterator[str]:
    for task in entry.tasks:
        yield f"  task {task.task_id}: {task.status}, {task.owner}, due {task.due_on}: {task.title}"
    for one in entry.approvals:
        rests = f" [{one.exception}]" if one.exception else ""
        said = f": {one.comment}" if one.comment else ""
        yield f"  round {one.round}: {one.answer} by {one.approver}, {one.at:%Y-%m-%d}{said}{rests}"
    for what, signed in (("waiver", entry.waiver), ("verification", entry.signature)):
        if signed:
            yield f"  {what} signed by {signed.signed_by}, {signed.at:%Y-%m-%d}: {signed.reason}"
    if entry.proof:
        verdict = entry.proof.verdict or "no verdict yet"
        yield f"  proof: {verdict}, as of {entry.proof.as_of:%Y-%m-%d}. {entry.proof.text}"
    for mirror in entry.mirrors:
        waits = f"; conflicts: {', '.join(mirror.conflicts)}" if mirror.conflicts else ""
        yield f"  mirrored in {mirror.source} as {mirror.number or mirror.record}{waits}"


def move_lines(moves: Sequence[Move]) -> Iterator[str]:
    """Every entry's place before and after, and why."""
    for one in moves:
        before, after = (place if place else "-" for place in (one.before, one.after))
        yield f"{before:>4} -> {after:<4} {one.number}  {one.title}"
        yield f"              {one.why}"
    if not moves:
        yield "nothing had or has a place"


def budget_lines(budget: Budget) -> Iterator[str]:
    """Cost against value, the best return first."""
    yield str(budget.model)
    yield f"{'number':18} {'cost':>12} {'expected':>12} {'verified':>12} {'return':>8}  title"
    for one in budget.lines:
        gain = f"{one.expected_return:.0%}" if one.expected_return is not None else "-"
        money = " ".join(f"{_money(v):>12}" for v in (one.cost, one.expected, one.verified))
        gaps = f"  [not known: {', '.join(one.gaps)}]" if one.gaps else ""
        yield f"{one.number:18} {money} {gain:>8}  {one.title}{gaps}"
    sums = " ".join(f"{_money(v):>12}" for v in (budget.cost, budget.expected, budget.verified))
    yield f"{'all':18} {sums}"
    yield (
        f"{budget.n_without_cost} without a cost and {budget.n_without_value} without a value are "
        "in no sum"
    )


def _money(value: float | None) -> str:
    return "-" if value is None else f"{value:,.0f}"


def note_lines(notes: Sequence[DemandNote]) -> Iterator[str]:
    """Priorities and assumptions."""
    for one in notes:
        about = f" about {one.about}" if one.about else ""
        when = f"{one.on}, review by {one.review_by}"
        yield f"{one.note_id:5} {one.kind:11} {one.owner}{about}, {when}"
        yield f"      {one.text}"
        if one.reviewed_on:
            yield f"      reviewed on {one.reviewed_on}: {one.finding}"
    if not notes:
        yield "no priority and no assumption is kept yet"


def programme_lines(told: Programme) -> Iterator[str]:
    """What the programme has brought, and where it stalls."""
    if told.verified_share is None:
        yield "no improvement was closed yet, so the programme has no success rate"
    else:
        yield (
            f"{told.n_verified} of {told.n_closed} closed improvements have a verified benefit "
            f"({told.verified_share:.0%}); {told.n_waived} on a waiver, {told.n_unsuccessful} not "
            f"successful, {told.n_regressed} regressed"
        )
        yield f"of those verified: expected {_money(told.expected)}, shown {_money(told.verified)}"
        yield f"incidents avoided: {_money(told.avoided)}; hours avoided: {_money(told.hours)}"
    heads = ("stays ended", "median d", "longest d", "there now")
    yield f"{'state':12} {heads[0]:>11} {heads[1]:>9} {heads[2]:>9} {heads[3]:>9}  longest there"
    for one in told.times:
        median, longest = (_days(value) for value in (one.median_days, one.longest_days))
        stall = f"{one.longest_there} ({_days(one.longest_there_days)} d)" if one.n_there else ""
        yield f"{one.state:12} {one.n_ended:>11} {median:>9} {longest:>9} {one.n_there:>9}  {stall}"


def _days(value: float | None) -> str:
    return "-" if value is None else f"{value:.1f}"
