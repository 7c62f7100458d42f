"""The events that runs emit, for automations of a Prefect server or Cloud to listen to.

An event says what happened in ids and counts, never in the words of a record; its resource is
`csi.KIND.ID`. docs/observability.md lists each with its payload, and a test holds the list to this.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from types import MappingProxyType

from prefect.events import emit_event

from flows.delivering import Round
from flows.stages.counts import PullCount
from itsm.candidates import Life, ProblemCandidate
from itsm.quality import GateReport
from store.backups import Backup
from store.holdings import DECISIONS, RECORDS

PAYLOADS: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {
        "csi.source.pulled": ("source", "read", "landed", "quarantined"),
        "csi.source.failed": ("source", "error", "may_pass"),
        "csi.gate.stopped": ("week", "stops", "warnings"),
        "csi.candidate.created": ("candidate", "week", "run", "members", "avoidable_hours"),
        "csi.candidate.recurred": ("candidate", "week", "run", "members", "avoidable_hours"),
        "csi.improvement.regressed": ("improvement", "week"),
        "csi.pack.made": ("week", "version", "missing"),
        "csi.pack.delivered": ("sent", "refused", "unclear", "closed"),
        "csi.push.ended": ("run", "numbers", "given_up"),
        "csi.database.backed_up": ("file", "bytes", "records", "decisions"),
    }
)
"""The keys of each event's payload."""


def emit(event: str, of: str, payload: Mapping[str, object]) -> None:
    """Emit an event.

    Args:
        event: its name, one of `PAYLOADS`.
        of: the id of what it happened to.
        payload: what `PAYLOADS` says, in plain values.
    """
    assert set(payload) == set(PAYLOADS[event]), f"{event} carries {PAYLOADS[event]}"
    kind = event.split(".")[1]
    resource = {"prefect.resource.id": f"csi.{kind}.{of}", "prefect.resource.name": of}
    emit_event(event=event, resource=resource, payload=dict(payload))


def pulled(count: PullCount) -> None:
    """A source was read."""
    told = {"landed": count.landed, "quarantined": count.quarantined}
    read = sum(count.read.values())
    emit("csi.source.pulled", count.source, {"source": count.source, "read": read, **told})


def source_failed(source: str, error: Exception, *, may_pass: bool) -> None:
    """A source could not be read; `may_pass` where trying again may help."""
    told = {"source": source, "error": type(error).__name__, "may_pass": may_pass}
    emit("csi.source.failed", source, told)


def pushed(run_id: str, numbers: Mapping[str, int], given_up: Iterable[str]) -> None:
    """The outbox was worked through."""
    told = {"run": run_id, "numbers": dict(numbers), "given_up": sorted(given_up)}
    emit("csi.push.ended", run_id, told)


def backed_up(made: Backup) -> None:
    """The database was copied, and the copy verified."""
    counts = {name: made.holdings.counts[name] for name in (RECORDS, DECISIONS)}
    emit(
        "csi.database.backed_up", "database", {"file": str(made.file), "bytes": made.size} | counts
    )


def gate_judged(week: str, report: GateReport) -> None:
    """The checks found data that is not fit to be mined; an open gate emits nothing."""
    if report.stops:
        told = {"week": week, "stops": len(report.stops), "warnings": len(report.warnings)}
        emit("csi.gate.stopped", week, told)


def mined(
    week: str,
    run_id: str,
    before: Collection[tuple[str, Life]],
    candidates: Iterable[ProblemCandidate],
) -> None:
    """Candidates that the run before did not have, and those that have come back since.

    Args:
        week: that was mined.
        run_id: of the mining run.
        before: id and life of each candidate of the run before, so that a run made again emits
            nothing.
        candidates: of this run.
    """
    known = {candidate_id for candidate_id, _ in before}
    for one in candidates:
        told: dict[str, object] = {
            "candidate": one.candidate_id,
            "week": week,
            "run": run_id,
            "members": one.n_members,
            "avoidable_hours": one.avoidable_hours.value,
        }
        if one.candidate_id not in known:
            emit("csi.candidate.created", one.candidate_id, told)
        elif one.life is Life.RECURRED and (one.candidate_id, one.life) not in before:
            emit("csi.candidate.recurred", one.candidate_id, told)


def regressed(week: str, improvements: Iterable[str]) -> None:
    """Closed improvements whose measure has fallen back."""
    for number in sorted(improvements):
        emit("csi.improvement.regressed", number, {"improvement": number, "week": week})


def pack_made(week: str, version: int, missing: Sequence[str]) -> None:
    """A pack was written; what it had to do without is named by source or part."""
    told = {"week": week, "version": version, "missing": sorted(missing)}
    emit("csi.pack.made", week, told)


def delivered(done: Round) -> None:
    """Packs went out, or could not; nothing is emitted where nothing was due."""
    numbers = {state.value: n for state, n in done.sent.numbers.items()}
    if numbers or done.sent.flagged or done.sent.troubles:
        unclear = numbers.get("unclear", 0) + len(done.sent.flagged)
        told = {"sent": numbers.get("sent", 0), "refused": numbers.get("refused", 0)}
        closed = sorted(done.sent.troubles)
        emit("csi.pack.delivered", "all", told | {"unclear": unclear, "closed": closed})
