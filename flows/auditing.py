"""Evidence for whoever audits: samples that can be drawn again, and a bundle with checksums."""

import csv
import hashlib
import json
from collections import Counter
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from importlib.metadata import version
from io import StringIO
from pathlib import Path

from flows.files import write_whole
from flows.register_lists import as_csv
from flows.wiring import Parts
from itsm.findings import Finding, on_time
from itsm.journal import Head, JournalKind, JournalRow
from reports.tables_csv import neutral
from store.journal import told
from store.schema import revisions
from store.unit_of_work import UnitOfWork

CONTROLS: Mapping[JournalKind, str] = {
    JournalKind.DECISION: "ISO/IEC 20000-1 8.6.3 problem management; SOC 2 CC7.3",
    JournalKind.TRANSITION: "ISO/IEC 20000-1 10.2 continual improvement; SOC 2 CC4.2",
    JournalKind.APPROVAL: "ISO/IEC 20000-1 8.5.1 change management; SOC 2 CC8.1, CC5.1",
    JournalKind.SIGNATURE: "ISO/IEC 20000-1 9.1 evaluation; SOC 2 CC5.1 segregation of duties",
    JournalKind.FINDING: "ISO/IEC 20000-1 9.2, 10.1 nonconformity; SOC 2 CC4.2",
    JournalKind.ROLE: "ISO/IEC 20000-1 5.3 roles; SOC 2 CC6.3",
    JournalKind.RELEASE: "ISO/IEC 20000-1 9.4 service reporting",
    JournalKind.ERASURE: "GDPR article 17",
    JournalKind.KEY: "GDPR article 32",
}
"""Which requirement the rows of a kind are evidence for."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Sample:
    """Rows drawn from a population by a seed: the same head and seed draw the same rows."""

    rows: tuple[JournalRow, ...]
    population: int
    seed: str
    head: Head


def sample(
    rows: Sequence[JournalRow], head: Head, n: int, seed: str, kinds: Collection[JournalKind] = ()
) -> Sample:
    """Draw rows: those whose hash under the seed is smallest, which nobody can choose.

    Args:
        rows: all rows of the journal.
        head: its newest row.
        n: how many are drawn.
        seed: any word.
        kinds: only of these kinds; empty for all.
    """
    population = [row for row in rows if not kinds or row.kind in kinds]
    drawn = sorted(
        population, key=lambda row: hashlib.sha256(f"{seed}:{row.hash}".encode()).digest()
    )
    chosen = tuple(sorted(drawn[:n], key=lambda row: row.sequence))
    return Sample(rows=chosen, population=len(population), seed=seed, head=head)


def export(
    parts: Parts, folder: Path, since: datetime | None, *, with_names: bool
) -> tuple[Path, ...]:
    """Write the evidence bundle: who, what, when, on which evidence, with checksums.

    Args:
        parts: from `flows.wiring`.
        folder: where to; files of the same names are replaced.
        since: only rows from this moment on; the population says what was left out.
        with_names: who acted by name, where that was not erased; else by pseudonym.
    """
    with parts.store.begin() as uow:
        files = dict(_bundle(parts, uow, since, with_names=with_names))
    sums = [f"{hashlib.sha256(files[name]).hexdigest()}  {name}\n" for name in sorted(files)]
    files["SHA256SUMS"] = "".join(sums).encode()
    return tuple(write_whole(folder / name, files[name]) for name in sorted(files))


def _bundle(
    parts: Parts, uow: UnitOfWork, since: datetime | None, *, with_names: bool
) -> Iterator[tuple[str, bytes]]:
    rows, findings = uow.journal.rows(), uow.findings.list()
    chosen = [row for row in rows if since is None or row.at >= since]
    names = uow.journal.names() if with_names else {}
    yield "journal.csv", _table(journal_rows(uow, chosen, names))
    yield "population.csv", _table(_population(uow, rows, chosen))
    yield "register.csv", as_csv(uow.register.list()) if with_names else _counts_only(uow)
    yield "findings.csv", _table(_findings(findings, names, with_names=with_names))
    yield "sources.csv", _table(_sources(parts))
    yield "packs.csv", _table(_packs(uow))
    yield "exceptions.csv", _table(_exceptions(chosen, names))
    yield "run.json", json.dumps(_run(parts, uow, since), indent=2).encode()


Cells = Iterator[Sequence[object]]


def journal_rows(uow: UnitOfWork, rows: Sequence[JournalRow], names: Mapping[str, str]) -> Cells:
    """Each row of the journal with who, what, when, why and on which evidence."""
    details = uow.journal.details()
    yield (
        "sequence", "at", "kind", "subject", "who", "role", "facts", "reason", "changes",
        "evidence_for", "previous_hash", "hash",
    )  # fmt: skip
    for row in rows:
        reason, changes = told(details.get(row.sequence)) if names else ("", {})
        facts = {key: names.get(fact, fact) for key, fact in row.facts.items()}
        yield (
            row.sequence,
            row.at.isoformat(),
            row.kind,
            row.subject,
            names.get(row.actor, row.actor),
            row.role,
            json.dumps(facts, ensure_ascii=False, sort_keys=True),
            reason,
            "; ".join(f"{name}: {old!r} -> {new!r}" for name, (old, new) in changes.items()),
            CONTROLS.get(JournalKind(row.kind), ""),
            row.previous_hash,
            row.hash,
        )


def _population(uow: UnitOfWork, rows: Sequence[JournalRow], chosen: Sequence[JournalRow]) -> Cells:
    """How many rows there are of each kind, beside what the tables hold: both must agree."""
    held = {
        JournalKind.DECISION: len(uow.decisions.list()),
        JournalKind.RELEASE: len(uow.packs.lines()),
    }
    versions = sum(len(some) for some in uow.register.all_versions().values())
    counts, within = Counter(row.kind for row in rows), Counter(row.kind for row in chosen)
    yield "kind", "rows_in_the_journal", "rows_in_this_bundle", "held_in_their_table"
    for kind in JournalKind:
        yield kind.value, counts[kind], within[kind], held.get(kind, "")
    told_versions = {(r.subject, r.facts["version"]) for r in rows if _is_of_entry(r)}
    yield "versions of entries", len(told_versions), "", versions


def _is_of_entry(row: JournalRow) -> bool:
    kinds = ("transition", "edit", "approval", "signature", "proof", "task", "mirror")
    return row.kind in kinds and "version" in row.facts


def _findings(findings: Sequence[Finding], names: Mapping[str, str], *, with_names: bool) -> Cells:
    yield "id", "title", "source", "owner", "raised_on", "due_on", "closed_on", "remedy", "entry"
    for one in findings:
        owner = one.owner if with_names else ""
        days = (one.raised_on, one.due_on, one.closed_on or "")
        yield one.finding_id, one.title, one.source, owner, *days, one.remedy, one.entry or ""
    said = on_time(findings, datetime.now(UTC).date())
    yield "on time", f"{said.n_on_time} of {said.n_due} due", "", "", "", "", "", "", ""


def _sources(parts: Parts) -> Cells:
    """Records held beside the systems' own counts."""
    yield "source", "kind", "at", "counted_by_the_system", "held", "deleted", "hidden"
    for one in parts.store.queries.reconciliations():
        counts = (one.n_server, one.n_held, one.n_deleted, one.n_hidden)
        shown = ("not told" if count is None else count for count in counts)
        yield one.source, one.kind, one.at.isoformat(), *shown


def _packs(uow: UnitOfWork) -> Cells:
    yield "week", "edition", "version", "made_at", "content_hash", "sha256"
    for one in uow.packs.list():
        digest = hashlib.sha256(one.content).hexdigest()
        made = one.made_at.isoformat()
        yield one.week, one.edition, one.version, made, one.content_hash, digest
    for line in uow.packs.lines():
        if line.withdrawal is not None:
            told = (line.week, line.edition, line.version, line.made_at.isoformat())
            yield *told, line.content_hash, str(line.withdrawal)


def _exceptions(rows: Sequence[JournalRow], names: Mapping[str, str]) -> Cells:
    """Every use of an exception to a four-eyes rule."""
    yield "sequence", "at", "subject", "who", "exception"
    for row in rows:
        if exception := row.facts.get("exception"):
            who = names.get(row.actor, row.actor)
            yield row.sequence, row.at.isoformat(), row.subject, who, exception


def _run(parts: Parts, uow: UnitOfWork, since: datetime | None) -> dict[str, object]:
    run = uow.mining.latest()
    return {
        "organisation": parts.settings.organisation,
        "made_at": datetime.now(UTC).isoformat(),
        "since": since.isoformat() if since else None,
        "journal_head": str(uow.journal.head()),
        "code_version": version("csi-pipeline"),
        "schema": revisions()[-1],
        "last_mining_run": run.run_id if run else None,
        "mining_version": run.mining_version if run else None,
        "sources": sorted(parts.sources),
        "verified": [str(one) for one in uow.audit.verify()] or "nothing was changed",
    }


def _counts_only(uow: UnitOfWork) -> bytes:
    """The register without any text of people: number, state and version."""
    rows: list[Sequence[object]] = [("number", "state", "origin", "version")]
    rows += [(one.number, one.state, one.origin, one.version) for one in uow.register.list()]
    return _table(iter(rows))


def _table(rows: Cells) -> bytes:
    text = StringIO(newline="")
    writer = csv.writer(text, lineterminator="\r\n")
    writer.writerows([neutral(_text(cell)) for cell in row] for row in rows)
    return text.getvalue().encode()


def _text(cell: object) -> str:
    return cell.isoformat() if isinstance(cell, date) else str(cell)
