"""What `csi push` prints: the diff, what became of intents, conflicts side by side, runs."""

from collections.abc import Iterable, Iterator, Sequence

from flows.stages.deliver import Shown
from itsm.pushed import Conflict, Difference, Standing
from itsm.pushing import Intent, PushAction
from store.conflicts import Queued
from store.outbox_rows import Fate
from store.push_runs import PushRun

_CUT = 60


def told_preview(shown: Iterable[Shown]) -> Iterator[str]:
    """The diff of each intent: field, what was seen, what we want; and why one would not go out."""
    for one in shown:
        plan = one.plan
        what = _named(one.intent, plan.remote.number if plan and plan.remote else "")
        if plan is None:
            yield f"{what}: {one.held_back}"
            continue
        if plan.refused:
            yield f"{what}: would be refused: {plan.refused}"
            continue
        if not plan.is_needed:
            why = "in conflict" if plan.conflicts else "the system has it already"
            yield f"{what}: nothing to write, {why}"
        else:
            yield what + (f"   (held back: {one.held_back})" if one.held_back else "")
        if one.intent.action is PushAction.NOTE and plan.is_needed:
            yield f"    note: {_cut(one.intent.text)}"
        yield from map(_difference, plan.differences)


def told_fates(fates: Sequence[Fate]) -> Iterator[str]:
    """What became of intents, one a line."""
    for one in fates:
        said = f"   {one.said}" if one.said else ""
        link = f"   {one.link}" if one.link else ""
        yield f"{one.state:<8} {_named(one.intent, one.number)}{link}{said}"


def told_conflicts(queued: Sequence[Queued]) -> Iterator[str]:
    """Conflicts with both values, and whose the system holds."""
    for one in queued:
        conflict, intent = one.conflict, one.fate.intent
        yield f"{conflict.conflict_id}  {_named(intent, one.fate.number)}  {conflict.field}"
        yield f"    seen    {_cut(conflict.seen)!r}"
        yield f"    theirs  {_theirs(conflict)}"
        yield f"    ours    {_cut(conflict.ours)!r}{_mark(conflict, Standing.OURS)}"


def told_runs(runs: Sequence[PushRun]) -> Iterator[str]:
    """Runs with what became of their intents, the newest first."""
    for one in runs:
        counts = ", ".join(f"{n:,} {name}" for name, n in sorted(one.numbers.items()))
        ended = "" if one.finished_at else "  (did not end)"
        yield f"{one.run_id}  {one.started_at:%Y-%m-%d %H:%M}  {counts or 'nothing'}{ended}"


def told_run(run: PushRun) -> str:
    """A run in a line."""
    names = ("done", "conflict", "refused", "sending", "waiting", "undone")
    counts = [f"{run.numbers[name]:,} {name}" for name in names if run.numbers.get(name)]
    return f"{run.run_id}: {', '.join(counts) or 'nothing to write'}"


def _named(intent: Intent, number: str) -> str:
    to = number or intent.number or intent.record or "new"
    kind = intent.kind.replace("_", " ")
    return f"{intent.source}  {intent.action} {kind} {to} for {intent.subject}"


def _difference(one: Difference) -> str:
    if one.is_conflict:
        told = f"theirs {_cut(one.theirs)!r}, ours {_cut(one.ours)!r}: conflict, not written"
        return f"    {one.field}: seen {_cut(one.seen)!r}, {told}"
    if one.theirs == one.ours:
        return f"    {one.field}: {_cut(one.ours)!r} already"
    return f"    {one.field}: {_cut(one.theirs)!r} -> {_cut(one.ours)!r}"


def _theirs(one: Conflict) -> str:
    if one.theirs is None:
        return "written over, and not told by the system any more; see its history"
    by = f"  by {one.by}" if one.by else ""
    return f"{_cut(one.theirs)!r}{by}{_mark(one, Standing.THEIRS)}"


def _mark(one: Conflict, side: Standing) -> str:
    return "  <- in the system" if one.standing is side else ""


def _cut(text: str) -> str:
    line = " ".join(text.split())
    return line if len(line) <= _CUT else line[: _CUT - 1] + "…"
