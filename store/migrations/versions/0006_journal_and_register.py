"""One journal for everything, joined by the decisions; every version of every register entry.

What is hashed, and how, is written out here: a step never changes once it was given out. The
decisions keep the hashes they had; the journal vouches for each of them from now on.
"""

import hashlib
import hmac
import json
import secrets
from collections.abc import Mapping
from datetime import UTC, date, datetime, timedelta
from typing import Any

import sqlalchemy as sa
from alembic import op
from sqlalchemy.types import TypeEngine

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None

TEXT = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")
TIME = sa.BigInteger().with_variant(sa.TIMESTAMP(timezone=True), "postgresql")
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
PIPELINE = "CSI pipeline"
ENTRY_COLUMNS: Mapping[str, TypeEngine[Any]] = {
    "number": TEXT, "title": TEXT, "description": TEXT, "origin": TEXT, "origin_record": TEXT,
    "evidence_hash": TEXT, "raised_at": TIME, "raised_by": TEXT, "state": TEXT, "service": TEXT,
    "justification": TEXT, "expected_benefit": TEXT, "impact": sa.BigInteger(),
    "urgency": sa.BigInteger(), "risk": sa.BigInteger(), "effort": sa.BigInteger(),
    "measure_id": TEXT, "base_value": sa.Double(), "coordinator": TEXT,
    "next_review_on": sa.Date(), "not_yet_reason": TEXT,
}  # fmt: skip
REQUIRED = frozenset(
    "number title description origin raised_at raised_by state version entry".split()
)


def upgrade() -> None:
    """Make the tables, and bring decisions and entries into the journal."""
    entries = [dict(row._mapping) for row in _all("SELECT * FROM register_entries ORDER BY number")]
    _create_journal()
    _create_beside()
    op.drop_table("register_entries")
    op.create_table(
        "register_entries",
        *(
            sa.Column(name, kind, nullable=name not in REQUIRED)
            for name, kind in {
                **ENTRY_COLUMNS, "version": sa.BigInteger(), "entry": TEXT
            }.items()
        ),
        sa.PrimaryKeyConstraint("number", name="pk_register_entries"),
    )  # fmt: skip
    chain = _Chain()
    _join_decisions(chain)
    for entry in entries:
        _join_entry(chain, entry)


def _create_journal() -> None:
    op.create_table(
        "journal",
        sa.Column("sequence", sa.BigInteger(), nullable=False, autoincrement=False),
        sa.Column("at", TIME, nullable=False),
        *(
            sa.Column(name, TEXT, nullable=False)
            for name in "kind subject actor role facts digest previous_hash hash".split()
        ),
        sa.PrimaryKeyConstraint("sequence", name="pk_journal"),
    )
    op.create_index("ix_journal_subject", "journal", ["subject"])
    op.create_table(
        "journal_details",
        sa.Column("sequence", sa.BigInteger(), nullable=False, autoincrement=False),
        sa.Column("salt", TEXT, nullable=False),
        sa.Column("text", TEXT, nullable=False),
        sa.PrimaryKeyConstraint("sequence", name="pk_journal_details"),
        sa.ForeignKeyConstraint(
            ["sequence"], ["journal.sequence"], name="fk_journal_details_journal"
        ),
    )
    op.create_table(
        "journal_keys",
        *(sa.Column(name, TEXT, nullable=False) for name in ("pseudonym", "key", "name")),
        sa.PrimaryKeyConstraint("pseudonym", name="pk_journal_keys"),
    )


def _create_beside() -> None:
    """Versions of entries, notes on demand, declarations, findings."""
    op.create_table(
        "register_versions",
        sa.Column("number", TEXT, nullable=False),
        sa.Column("version", sa.BigInteger(), nullable=False, autoincrement=False),
        sa.Column("at", TIME, nullable=False),
        sa.Column("entry", TEXT, nullable=False),
        sa.PrimaryKeyConstraint("number", "version", name="pk_register_versions"),
    )
    op.create_table(
        "demand_notes",
        *(sa.Column(name, TEXT, nullable=False) for name in "note_id kind text owner".split()),
        sa.Column("on", sa.Date(), nullable=False),
        sa.Column("review_by", sa.Date(), nullable=False),
        sa.Column("about", TEXT, nullable=False),
        sa.Column("reviewed_on", sa.Date(), nullable=True),
        sa.Column("finding", TEXT, nullable=False),
        sa.PrimaryKeyConstraint("note_id", name="pk_demand_notes"),
    )
    op.create_table(
        "declarations",
        sa.Column("kind", TEXT, nullable=False),
        sa.Column("name", TEXT, nullable=False),
        sa.Column("version", sa.BigInteger(), nullable=False, autoincrement=False),
        sa.Column("since_at", TIME, nullable=False),
        sa.Column("content", TEXT, nullable=False),
        sa.PrimaryKeyConstraint("kind", "name", "version", name="pk_declarations"),
    )
    op.create_table(
        "audit_findings",
        *(sa.Column(n, TEXT, nullable=False) for n in "finding_id title source owner".split()),
        sa.Column("raised_on", sa.Date(), nullable=False),
        sa.Column("due_on", sa.Date(), nullable=False),
        sa.Column("closed_on", sa.Date(), nullable=True),
        sa.Column("remedy", TEXT, nullable=False),
        sa.Column("entry", TEXT, nullable=True),
        sa.PrimaryKeyConstraint("finding_id", name="pk_audit_findings"),
    )


class _Chain:
    """Rows appended one after another."""

    def __init__(self) -> None:
        self.sequence = 0
        self.hash = "0" * 64
        self._pseudonyms: dict[str, str] = {}

    def append(self, row: dict[str, Any], content: bytes | None, reason: str = "") -> None:
        """Add a row: at, kind, subject, actor (a name or ""), role, facts."""
        self.sequence += 1
        salt, facts, name = secrets.token_hex(16), dict(row["facts"]), row["actor"]
        text = _dump({"reason": reason, "changes": {}}) if reason else ""
        if content is not None:
            facts["content"] = _keyed(salt, content)
        at = _instant(row["at"])
        said = {
            "sequence": self.sequence,
            "at": at.isoformat(),
            "kind": row["kind"],
            "subject": row["subject"],
            "actor": self._pseudonym(name) if name else "system",
            "role": row["role"] if name else "system",
            "facts": facts,
            "digest": _keyed(salt, text.encode()) if text else "",
        }
        digest = hashlib.sha256((self.hash + _dump(said)).encode()).hexdigest()
        kept = {**said, "at": _kept(at), "facts": _dump(facts)}
        _insert("journal", {**kept, "previous_hash": self.hash, "hash": digest})
        if text or content is not None:
            _insert("journal_details", {"sequence": self.sequence, "salt": salt, "text": text})
        self.hash = digest

    def _pseudonym(self, name: str) -> str:
        if name not in self._pseudonyms:
            key = secrets.token_hex(32)
            made = f"P-{_keyed(key, name.encode())[:16]}"
            _insert("journal_keys", {"pseudonym": made, "key": key, "name": name})
            self._pseudonyms[name] = made
        return self._pseudonyms[name]


def _join_decisions(chain: _Chain) -> None:
    """A row for every decision, and one for the chain they had."""
    parts: dict[int, list[list[object]]] = {}
    for row in _all("SELECT * FROM decided_incidents ORDER BY sequence, part, source, number"):
        parts.setdefault(row.sequence, []).append([row.part, row.source, row.number])
    decisions = _all("SELECT * FROM review_decisions ORDER BY sequence")
    for row in decisions:
        content = f"{row.decision}\n{_dump(parts.get(row.sequence, []))}".encode()
        facts = {"decision": row.decision_id, "action": row.action, "run": row.run_id}
        told = {
            "at": row.at,
            "kind": "decision",
            "subject": row.candidate_id,
            "actor": row.actor,
            "role": "reviewer",
            "facts": facts,
        }
        chain.append(told, content)
    if decisions:
        last = decisions[-1]
        facts = {"journal": "review_decisions", "rows": str(len(decisions)), "hash": last.hash}
        told = {"at": datetime.now(UTC), "kind": "joined", "subject": "review_decisions"}
        chain.append({**told, "actor": "", "role": "", "facts": facts}, None)


def _join_entry(chain: _Chain, entry: Mapping[str, Any]) -> None:
    """An entry as its first version, with its row."""
    plain = {**entry, "raised_at": _instant(entry["raised_at"]).isoformat(), "version": 1}
    if (day := entry["next_review_on"]) is not None:
        plain["next_review_on"] = day.isoformat() if isinstance(day, date) else day
    if plain["base_value"] is not None:
        plain["base_value"] = float(plain["base_value"])
    text = _dump(plain)
    _insert("register_entries", {**entry, "version": 1, "entry": text})
    kept = {"number": entry["number"], "version": 1, "at": entry["raised_at"], "entry": text}
    _insert("register_versions", kept)
    by_pipeline = entry["raised_by"] == PIPELINE
    facts = {
        "to": entry["state"],
        "version": "1",
        "origin": entry["origin"],
        "record": entry["origin_record"] or "",
        "evidence": entry["evidence_hash"] or "",
    }
    told = {
        "at": entry["raised_at"],
        "kind": "transition",
        "subject": entry["number"],
        "actor": "" if by_pipeline else entry["raised_by"],
        "role": "proposer",
        "facts": facts,
    }
    chain.append(told, text.encode(), entry["justification"] or "")


def _all(query: str) -> list[Any]:
    return list(op.get_bind().execute(sa.text(query)))


def _insert(table: str, values: Mapping[str, Any]) -> None:
    names = sa.table(table, *(sa.column(name) for name in values))
    op.get_bind().execute(sa.insert(names).values(dict(values)))


def _instant(value: datetime | int) -> datetime:
    """A time as both databases keep it: SQLite in microseconds."""
    return (
        EPOCH + timedelta(microseconds=value) if isinstance(value, int) else value.astimezone(UTC)
    )


def _kept(at: datetime) -> datetime | int:
    if op.get_bind().dialect.name == "postgresql":
        return at
    return (at - EPOCH) // timedelta(microseconds=1)


def _keyed(key: str, content: bytes) -> str:
    return hmac.new(key.encode(), content, hashlib.sha256).hexdigest()


def _dump(plain: object) -> str:
    return json.dumps(plain, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
