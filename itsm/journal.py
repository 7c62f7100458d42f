"""The journal: one append-only chain of hashes for everything that was decided, changed or sent.

A row names people by pseudonyms alone. What people wrote lies beside the chain with a salt of its
own; the chain holds a digest of it. So a person or a text can be erased, and the chain stays whole;
docs/audit.md says how.
"""

import hashlib
import hmac
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from enum import StrEnum

from itsm.codec import dump
from itsm.errors import ConfigError

FIRST_HASH = "0" * 64
"""What the first row has for the hash of the one before."""

SYSTEM = "system"
"""The actor of a row where the pipeline acted by itself."""

MIN_PREFIX = 12
"""A head may be given with its hash cut to so many characters at least."""


class JournalKind(StrEnum):
    """What a row is about."""

    DECISION = "decision"
    """On a problem candidate."""
    TRANSITION = "transition"
    """Of a register entry, its proposal included."""
    EDIT = "edit"
    APPROVAL = "approval"
    SIGNATURE = "signature"
    """Under a waiver, or under a proof."""
    PROOF = "proof"
    TASK = "task"
    DEMAND = "demand"
    """A stakeholder's priority or an assumption."""
    MIRROR = "mirror"
    """What came back of an entry from another system."""
    PUSH = "push"
    DELIVERY = "delivery"
    CONFIGURATION = "configuration"
    """A configuration was applied, after a plan of what it changes."""
    MAPPING = "mapping"
    FORMULA = "formula"
    WEIGHTS = "weights"
    COST_MODEL = "cost_model"
    MODEL = "model"
    ROLE = "role"
    QUARANTINE = "quarantine"
    """A record that was let through in spite of a check, or set aside by hand."""
    PAIR = "pair"
    """Whether two records of different systems are one incident."""
    SWEEP = "sweep"
    """Whether what a system no longer shows was deleted there."""
    RELEASE = "release"
    """Of a pack."""
    COMMENT = "comment"
    """An owner's signed remark on a section of a pack."""
    SUBSCRIPTION = "subscription"
    """Who gets which pack."""
    ERASURE = "erasure"
    KEY = "key"
    """The key of names was changed."""
    HOLD = "hold"
    """A legal hold, placed or released."""
    RETENTION = "retention"
    """What was removed because its time was over."""
    FINDING = "finding"
    """Of an audit."""
    MEETING = "meeting"
    """What a weekly review decided, and the actions it gave."""
    JOINED = "joined"
    """An older journal, with the hash it ended in."""


@dataclass(frozen=True, slots=True, kw_only=True)
class JournalNote:
    """What is to be written into the journal.

    Attributes:
        kind: what it is about.
        subject: the entry, candidate, figure, source or week; never a person.
        actor: the name of who did it; "" for the pipeline itself.
        role: in which role.
        at: when.
        facts: what happened, without any person and without free text; they stay for good.
        people: further people, by what they are to it; each becomes a pseudonym among the facts.
        reason: why, in the person's words; it can be erased.
        changes: fields with what they held before and after, as text; they can be erased.
        content: what the row vouches for, such as a version of an entry; only its digest is kept.
    """

    kind: JournalKind
    subject: str
    at: datetime
    actor: str = ""
    role: str = ""
    facts: Mapping[str, str] = field(default_factory=dict)
    people: Mapping[str, str] = field(default_factory=dict)
    reason: str = ""
    changes: Mapping[str, tuple[str, str]] = field(default_factory=dict)
    content: bytes | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class JournalRow:
    """A row of the chain; `actor` is a pseudonym, `digest` that of what lies beside it."""

    sequence: int
    at: datetime
    kind: str
    subject: str
    actor: str
    role: str
    facts: Mapping[str, str]
    digest: str
    previous_hash: str
    hash: str


@dataclass(frozen=True, slots=True, kw_only=True)
class JournalDetail:
    """What lies beside a row and can be erased: `text` is JSON of reason and changes."""

    sequence: int
    salt: str
    text: str


@dataclass(frozen=True, slots=True, order=True)
class Head:
    """The newest row at some moment; who keeps it can tell later that nothing before changed."""

    sequence: int
    hash: str

    def __str__(self) -> str:
        return f"{self.sequence}:{self.hash}"


EMPTY = Head(0, FIRST_HASH)
"""The head of a journal without rows."""


def head_from(text: str) -> Head:
    """A head as it is printed; its hash may be cut to 12 characters or more.

    Raises:
        ConfigError: it is none.
    """
    sequence, colon, digest = text.strip().partition(":")
    is_hex = bool(digest) and set(digest) <= set("0123456789abcdef")
    if not colon or not sequence.isdigit() or not is_hex or not MIN_PREFIX <= len(digest) <= 64:
        raise ConfigError(
            f"{text[:90]!r} is no head of the journal; write it as it is printed, 17:4be1..., with "
            f"{MIN_PREFIX} characters of its hash at least"
        )
    return Head(int(sequence), digest)


def chained(row: JournalRow) -> str:
    """The hash of a row after the one before."""
    said = {
        "sequence": row.sequence,
        "at": row.at.astimezone(UTC).isoformat(),
        "kind": row.kind,
        "subject": row.subject,
        "actor": row.actor,
        "role": row.role,
        "facts": dict(row.facts),
        "digest": row.digest,
    }
    return hashlib.sha256(row.previous_hash.encode() + dump(said)).hexdigest()


def keyed(key: str, content: bytes) -> str:
    """The digest of something under a key; without the key nobody can tell what it was by guessing.

    Source:
        RFC 2104, HMAC, with SHA-256.
    """
    return hmac.new(key.encode(), content, hashlib.sha256).hexdigest()


def pseudonym_of(key: str, name: str) -> str:
    """What a person is called in the chain."""
    return f"P-{keyed(key, name.encode())[:16]}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Tampering:
    """Something that does not fit: at which row, and what."""

    sequence: int
    what: str

    def __str__(self) -> str:
        return f"row {self.sequence}: {self.what}"


def broken_links(rows: Iterable[JournalRow]) -> Iterator[Tampering]:
    """The rows that were changed, and where rows were removed, added or put in another order.

    Args:
        rows: all rows, as they lie in the journal.
    """
    before, expected = FIRST_HASH, 1
    for row in rows:
        if row.sequence != expected:
            yield Tampering(
                sequence=row.sequence, what=f"row {expected} should be here: removed or reordered"
            )
        elif row.previous_hash != before:
            yield Tampering(
                sequence=row.sequence, what="it does not follow the row before it: one was replaced"
            )
        if row.hash != chained(row):
            yield Tampering(sequence=row.sequence, what="it was changed")
        before, expected = row.hash, row.sequence + 1


def missed_heads(rows: Sequence[JournalRow], heads: Mapping[str, Head]) -> Iterator[Tampering]:
    """The kept heads that the journal does not lead to: its end was cut, or all of it rewritten.

    Args:
        rows: all rows.
        heads: kept heads, by who keeps them.
    """
    by_sequence = {row.sequence: row.hash for row in rows} | {0: FIRST_HASH}
    for keeper, head in sorted(heads.items()):
        found = by_sequence.get(head.sequence)
        if found is None:
            what = f"{keeper} holds its hash, and it is not there: the end was cut off"
            yield Tampering(sequence=head.sequence, what=what)
        elif not found.startswith(head.hash):
            what = f"{keeper} holds another hash ({head.hash[:MIN_PREFIX]}...): it was rewritten"
            yield Tampering(sequence=head.sequence, what=what)
