"""What became of an intent: records as systems show them, differences, conflicts, outcomes."""

import hashlib
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from enum import StrEnum

from itsm.codec import to_bytes
from itsm.pushing import STATE, Intent, IntentState, PushAction, PushKind


@dataclass(frozen=True, slots=True, kw_only=True)
class Remote:
    """A record as a system shows it, in our words.

    Attributes:
        kind: what it is.
        key: the system's own id; never changes.
        number: what people call it.
        link: where people open it, "" if not known.
        version: changes with every change of the record, as far as the system tells: a
            modification count, an ETag, a time.
        fields: our fields as plain text, references by the name or number people know; a field
            that is empty is "".
        state: as `itsm.states` or `itsm.register` name it.
        is_closed: whether people consider it closed for good.
        problems: the numbers of the problems an incident is linked to.
    """

    kind: PushKind
    key: str
    number: str
    link: str = ""
    version: str = ""
    fields: Mapping[str, str] = field(default_factory=dict)
    state: str = ""
    is_closed: bool = False
    problems: tuple[str, ...] = ()

    def value(self, name: str) -> str:
        """What a field holds; the state is one of them."""
        return self.state if name == STATE else self.fields.get(name, "")


@dataclass(frozen=True, slots=True, kw_only=True)
class Known:
    """What the outbox knows of a record: how it was last seen, by us or by a person's choice.

    Attributes:
        source: in which source.
        kind: what it is.
        key: the idempotency key.
        subject: what it is about here.
        remote: the record as it was last seen.
        is_ours: whether the pipeline created it.
    """

    source: str
    kind: PushKind
    key: str
    subject: str
    remote: Remote
    is_ours: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Difference:
    """One line of the diff: a field, what it held when last seen, what it holds, what we want."""

    field: str
    seen: str
    theirs: str
    ours: str

    @property
    def is_conflict(self) -> bool:
        """Whether somebody has changed it since it was last seen, to something else than we."""
        return self.theirs not in (self.seen, self.ours)

    @property
    def is_to_write(self) -> bool:
        """Whether it may and has to be written."""
        return self.theirs == self.seen != self.ours


class Standing(StrEnum):
    """Whose value the system holds while a conflict is open."""

    THEIRS = "theirs"
    OURS = "ours"


class Choice(StrEnum):
    """How a conflict was resolved."""

    KEEP_THEIRS = "keep_theirs"
    WRITE_OURS = "write_ours"
    WRITE_OTHER = "write_other"
    """A third value, which the person who chooses writes."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Conflict:
    """A field that a person and the pipeline wanted to hold different values.

    Attributes:
        intent_id: of which intent.
        field: which field.
        seen: what it held when it was last seen.
        theirs: the person's value; None where the system does not tell it any more.
        ours: the pipeline's value.
        standing: whose value the system holds.
        by: who changed it, "" where the system does not say.
        conflict_id: made from the rest by `conflict_of`.
    """

    intent_id: str
    field: str
    seen: str
    theirs: str | None
    ours: str
    standing: Standing
    by: str = ""
    conflict_id: str = ""


def conflict_of(conflict: Conflict) -> Conflict:
    """A conflict with the id its content gives."""
    bare = replace(conflict, conflict_id="")
    return replace(bare, conflict_id=f"CF-{hashlib.sha256(to_bytes(bare)).hexdigest()[:12]}")


def standing_conflict(intent_id: str, one: Difference) -> Conflict:
    """The conflict of a field that a person has changed, and whose value stands."""
    return conflict_of(
        Conflict(
            intent_id=intent_id,
            field=one.field,
            seen=one.seen,
            theirs=one.theirs,
            ours=one.ours,
            standing=Standing.THEIRS,
        )
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """What delivering an intent would do now; kept before anything is sent.

    Attributes:
        remote: the record as it is compared with, None if there is none yet.
        differences: the diff, field by field.
        is_needed: whether anything has to be sent.
        refused: why it will not be delivered, "" if it may.
        conflicts: the fields a person has changed meanwhile.
        others: further records that carry the same key; there should be none.
        is_adopted: whether a record that was created earlier was found by its key.
    """

    intent_id: str
    remote: Remote | None = None
    differences: tuple[Difference, ...] = ()
    is_needed: bool = True
    refused: str = ""
    conflicts: tuple[Conflict, ...] = ()
    others: tuple[str, ...] = ()
    is_adopted: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Written:
    """One thing that was written: `field` is "" for what is no field, such as a note."""

    action: PushAction
    field: str = ""
    before: str = ""
    after: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """What became of an intent when it was delivered.

    Attributes:
        state: where it stands now; SENDING: nobody knows, ask again after `unsure_until`.
        remote: the record as it is now.
        written: what was written.
        conflicts: what a person has to choose.
        said: what else there is to know, in a sentence; for REFUSED the reason.
        n_writes: requests that changed something, or may have.
        unsure_until: where nobody knows: from then on a search tells.
        is_created: whether the record was created by this intent.
        seen: the fields that are known to hold our value, or were read right after creation.
    """

    state: IntentState
    remote: Remote | None = None
    written: tuple[Written, ...] = ()
    conflicts: tuple[Conflict, ...] = ()
    said: str = ""
    n_writes: int = 0
    unsure_until: datetime | None = None
    is_created: bool = False
    seen: Mapping[str, str] = field(default_factory=dict)


def known_after(known: Known | None, intent: Intent, outcome: Outcome) -> Known | None:
    """What is known of a record after an outcome; None if there is none.

    A field that a person has changed stays as it was seen before, until somebody chooses: so that
    a later write is compared with what the pipeline saw, not with what it never looked at.
    """
    remote = outcome.remote
    if remote is None:
        return known
    before = remote if known is None else known.remote
    fields = {name: before.fields.get(name, value) for name, value in remote.fields.items()}
    state = before.state
    changed = {one.field: one.seen for one in outcome.conflicts} if known is None else {}
    for name, value in {**changed, **outcome.seen}.items():
        if name == STATE:
            state = value
        elif name in fields:
            fields[name] = value
    return Known(
        source=intent.source,
        kind=intent.kind,
        key=intent.key,
        subject=intent.subject if known is None else known.subject,
        remote=replace(remote, fields=fields, state=state),
        is_ours=outcome.is_created or (known is not None and known.is_ours),
    )


def taken_over(known: Known, remote: Remote, fields: Collection[str]) -> Known:
    """What is known of a record once somebody's changes of some fields were taken over here.

    Args:
        known: as it was last seen.
        remote: as it was read.
        fields: the fields whose values were taken over, "state" for the state.
    """
    values = {name: remote.fields[name] for name in fields if name in remote.fields}
    state = remote.state if STATE in fields else known.remote.state
    seen = replace(remote, fields={**known.remote.fields, **values}, state=state)
    return replace(known, remote=seen)
