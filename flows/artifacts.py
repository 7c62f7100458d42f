"""What a run tells in Prefect's pages: short texts and tables, made of plain counts.

No ticket text and no person gets into them, for whoever sees the Prefect server sees these.
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from flows.stages.counts import KindCount, PullCount
from itsm.quality import GateReport
from itsm.states import RecordKind
from store.backups import Backup
from store.holdings import COUNTED
from store.push_runs import PushRun

MAX_CODES = 50
"""Codes without a meaning that are listed; the rest are counted."""

_MARKS = re.compile(r"([\\|`*<>\[\]])")


@dataclass(frozen=True, slots=True)
class Artifact:
    """A text of Markdown under a key that stays the same from run to run."""

    key: str
    description: str
    markdown: str


@dataclass(frozen=True, slots=True, kw_only=True)
class UnmappedCode:
    """A code without a meaning, how often it came, and the line that would give it one."""

    field: str
    code: str
    n: int
    line: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class StageTime:
    """How one stage of a run went, and how long it took."""

    stage: str
    took_s: float
    ended: str
    said: str = ""


def artifact_key(*words: str) -> str:
    """A key as Prefect takes it: small letters, digits and dashes."""
    return re.sub(r"[^a-z0-9]+", "-", "-".join(("csi", *words)).casefold()).strip("-")


def pull_artifact(count: PullCount, unmapped: Sequence[UnmappedCode], took_s: float) -> Artifact:
    """What a pull read, landed and set aside, beside the system's own count."""
    lines = [
        f"{sum(count.read.values()):,} records read, {count.landed:,} landed, "
        f"{count.quarantined:,} in quarantine, in {took_s:,.1f} s.",
        "",
        *_reconciled(count.kinds),
        "",
        *_table(
            (
                *("kind", "read", "new", "changed", "landed", "quarantine"),
                *("system", "held", "deleted", "hidden"),
            ),
            [
                (_words(one.kind), one.read, one.new, one.changed, one.landed, one.quarantined,
                 one.on_server, one.held, one.deleted, one.hidden)
                for one in count.kinds
            ],
        ),
        *_codes(unmapped),
    ]  # fmt: skip
    said = f"{count.source}: {count.landed:,} landed, {count.quarantined:,} in quarantine"
    return Artifact(
        artifact_key("pull", count.source), said, _page(f"Pull of {count.source}", lines)
    )


def failed_pull_artifact(source: str, reason: str, took_s: float) -> Artifact:
    """That a source could not be read, and why; what was read before it stopped is kept."""
    lines = [
        f"**Failed** after {took_s:,.1f} s: {_text(reason)}",
        "",
        "What was read before is kept; the next pull goes on from there. To see what is wrong "
        "from this machine: `csi doctor`.",
    ]
    return Artifact(
        artifact_key("pull", source), f"{source}: failed", _page(f"Pull of {source}", lines)
    )


def check_artifact(week: str, report: GateReport) -> Artifact:
    """Whether the gate is open, and every expectation that was not met."""
    word = "closed" if report.stops else "open"
    failed = [
        (of_kind.source, _words(of_kind.kind), result.title, result.severity, result.n_failed,
         result.n_checked, result.remedy or "")
        for of_kind in report.reports
        for result in of_kind.failed
    ]  # fmt: skip
    lines = [
        f"The gate is **{word}**: {len(report.stops)} findings stop mining, "
        f"{len(report.warnings)} warn."
    ]
    if report.stops:
        lines += ["", *(f"- stops mining: {_text(stop)}" for stop in report.stops)]
    if failed:
        columns = ("source", "kind", "expectation", "severity", "failed", "checked", "remedy")
        lines += ["", *_table(columns, failed)]
    said = f"{week}: gate {word}, {len(report.warnings)} warnings"
    return Artifact(artifact_key("check"), said, _page(f"Checks for {week}", lines))


def mining_artifact(
    week: str, run_id: str, n_incidents: int, movements: Mapping[str, int], hours: float
) -> Artifact:
    """How many incidents were mined, and what came of it.

    Args:
        week: label of the reporting week.
        run_id: of the mining run.
        n_incidents: incidents of the look-back that were mined.
        movements: candidates by how they compare with the week before.
        hours: hours that the candidates cost in 90 days and that could be avoided.
    """
    n = sum(movements.values())
    lines = [
        f"{n_incidents:,} incidents, {n:,} candidates, about {hours:,.0f} h in 90 days.",
        "",
        *_table(("candidates", "count"), sorted(movements.items())),
        "",
        f"Mining run `{run_id}`.",
    ]
    said = f"{week}: {n:,} candidates from {n_incidents:,} incidents"
    return Artifact(artifact_key("mine"), said, _page(f"Mining for {week}", lines))


def pack_artifact(
    week: str, version: int, files: Sequence[Path], missing: Mapping[str, str], no_pdf: str | None
) -> Artifact:
    """Where the pack is, and what it has to do without."""
    lines = [f"Version {version} is in `{files[0].parent}` on the machine of the worker:", ""]
    lines += [f"- `{file.name}`" for file in files]
    if no_pdf:
        lines += ["", f"No PDF: {_text(no_pdf)}"]
    if missing:
        lines += ["", *_table(("missing", "why"), sorted(missing.items()))]
    said = f"{week}: version {version}" + (f", {len(missing)} missing" if missing else "")
    return Artifact(artifact_key("pack"), said, _page(f"Pack of {week}", lines))


def push_artifact(run: PushRun, troubles: Mapping[str, str]) -> Artifact:
    """What became of the intents of a push, and which sources were given up; no text of a record.

    Args:
        run: as it ended.
        troubles: why a source was given up, by its name.
    """
    counts = sorted(run.numbers.items())
    lines = [
        *_table(("intents", "n"), [(name, n) for name, n in counts]),
        *(f"{name} was given up: {_text(why)}" for name, why in sorted(troubles.items())),
    ]
    said = ", ".join(f"{n:,} {name}" for name, n in counts) or "nothing to write"
    return Artifact(artifact_key("push"), said, _page(f"Push {run.run_id}", lines))


def delivery_artifact(told: str, waits: Mapping[str, str], troubles: Mapping[str, str]) -> Artifact:
    """What was sent, which packs wait and why, and which way out was closed; names no reader.

    Args:
        told: what became of the deliveries, in numbers.
        waits: why packs that are due do not go out, by pack.
        troubles: why a way out was closed, by channel and place.
    """
    lines = [f"{_text(told)}."]
    if waits:
        lines += ["", *_table(("pack", "waits because"), sorted(waits.items()))]
    if troubles:
        lines += ["", *_table(("way out", "closed because"), sorted(troubles.items()))]
    return Artifact(artifact_key("deliver"), told, _page("Delivery of packs", lines))


def backup_artifact(made: Backup, n_removed: int) -> Artifact:
    """Where the backup is, what it holds, and the command that goes back to it."""
    held = [(what, made.holdings.counts.get(what)) for what in COUNTED]
    lines = [
        f"`{made.file}`, {made.size / 1e6:,.1f} MB, verified; {n_removed} older removed.",
        "",
        *_table(("holds", "count"), held),
        "",
        f"To go back to it: `csi db restore {made.file}`.",
    ]
    said = f"{made.file.name}: {made.size / 1e6:,.1f} MB"
    return Artifact(artifact_key("backup"), said, _page("Backup of the database", lines))


def run_artifact(flow: str, label: str, stages: Sequence[StageTime]) -> Artifact:
    """How every stage of a run went, and how long it took."""
    bad = [stage.stage for stage in stages if stage.ended != "done"]
    took_s = sum(stage.took_s for stage in stages)
    said = f"{label}: " + (f"failed: {', '.join(bad)}" if bad else f"done in {took_s:,.0f} s")
    rows = [(one.stage, one.ended, f"{one.took_s:,.1f} s", one.said) for one in stages]
    lines = [*_table(("stage", "ended", "took", "said"), rows)]
    return Artifact(artifact_key("run", flow), said, _page(f"Run of {flow}, {label}", lines))


def _reconciled(counts: Sequence[KindCount]) -> list[str]:
    """Whether our counts and the system's agree, in a sentence."""
    if all(count.unexplained is None for count in counts):
        return ["The source does not count its records itself."]
    off = [
        f"{_words(count.kind)} ({count.unexplained:+,})" for count in counts if count.unexplained
    ]
    if not off:
        return ["Every count agrees with the system's own."]
    return [
        f"**Counts differ from the system's own**: {', '.join(off)}. Records may have changed "
        "while they were read; the next pull reads them again. If it stays, see `csi doctor`."
    ]


def _codes(unmapped: Sequence[UnmappedCode]) -> list[str]:
    """The codes without a meaning, with the line that would give them one."""
    if not unmapped:
        return []
    shown = sorted(unmapped, key=lambda one: (-one.n, one.field, one.code))[:MAX_CODES]
    n_more = len(unmapped) - len(shown)
    lines = [
        "",
        "## Codes without a meaning",
        "",
        "Their records are kept as unmapped. Add a line for each to `csi.toml`:",
        "",
        *_table(
            ("field", "code", "records", "line to add"),
            [(one.field, one.code, one.n, one.line or "") for one in shown],
        ),
    ]
    return [*lines, "", f"and {n_more:,} more"] if n_more else lines


def _page(title: str, lines: Iterable[str]) -> str:
    return "\n".join([f"# {title}", "", *lines]) + "\n"


def _table(columns: Sequence[str], rows: Iterable[Sequence[object]]) -> list[str]:
    """A table of Markdown; numbers with thousands and to the right, None as a dash."""
    body = [tuple(row) for row in rows]
    are_numbers = [
        bool(body) and all(row[i] is None or isinstance(row[i], int) for row in body)
        for i in range(len(columns))
    ]
    return [
        f"| {' | '.join(columns)} |",
        f"| {' | '.join('---:' if right else '---' for right in are_numbers)} |",
        *(f"| {' | '.join(map(_cell, row))} |" for row in body),
    ]


def _words(kind: RecordKind) -> str:
    return kind.value.replace("_", " ").replace("ci relation", "CI relation")


def _cell(value: object) -> str:
    if value is None:
        return "-"
    return f"{value:,}" if isinstance(value, int) else _text(str(value))


def _text(text: str) -> str:
    """A text whose signs mean nothing in Markdown, in one line."""
    return _MARKS.sub(r"\\\1", " ".join(text.split()))
