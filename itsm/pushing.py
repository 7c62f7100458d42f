"""What is to be written into ITSM tools: intents.

An intent is appended to the outbox in the transaction of the decision that causes it, and is
delivered later; docs/pushing.md says how, and what is never written.
"""

import hashlib
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum

from itsm.codec import to_bytes
from itsm.errors import TransitionError


class PushKind(StrEnum):
    """What is written to."""

    INCIDENT = "incident"
    PROBLEM = "problem"
    REGISTER_ENTRY = "register_entry"


class PushAction(StrEnum):
    """What is done to a record."""

    CREATE = "create"
    UPDATE = "update"
    LINK = "link"
    UNLINK = "unlink"
    NOTE = "note"
    MOVE = "move"
    """To another state."""


class PushMode(StrEnum):
    """What may be written to a source."""

    OFF = "off"
    DRY_RUN = "dry_run"
    PROBLEMS_ONLY = "problems_only"
    FULL = "full"


class IntentState(StrEnum):
    """What became of an intent."""

    WAITING = "waiting"
    SENDING = "sending"
    """It was begun, and nobody knows yet whether the system has it."""
    DONE = "done"
    CONFLICT = "conflict"
    """A person changed a field meanwhile; both values wait for somebody to choose."""
    REFUSED = "refused"
    UNDONE = "undone"


STATE = "state"
"""The field that `PushAction.MOVE` writes."""
PROBLEM = "problem"
"""The field of an incident that holds the number of its problem."""
MARK = "csi"
"""What every idempotency key begins with."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FieldWrite:
    """A field that is to be written.

    Attributes:
        field: as `itsm.records` and `itsm.register` name it.
        value: what it shall hold, as text; "" empties it.
        seen: what it held when it was last seen; None: what the outbox knows, else nothing.
    """

    field: str
    value: str
    seen: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Intent:
    """One thing to do to one record of one system.

    Attributes:
        source: into which source it is written.
        action: what is done.
        kind: to what.
        subject: what it is about here: a candidate, a register entry.
        key: the idempotency key of the record: what is created carries it and is found by it.
        record: the system's own id of a record that is there already; "" for the one with `key`.
        number: what people call that record, where its id is not known; "" if it is.
        fields: the fields, for create, update and move.
        text: the note; for a move what is said with it.
        needs: the intent that must be done before; a link leads to the problem it wrote.
        undoes: the intent that this one takes back.
        reason: why, in the person's words.
        actor: who decided.
        at: when.
        decision_id: the decision that caused it.
        intent_id: made from the rest by `identified`.
    """

    source: str
    action: PushAction
    kind: PushKind
    subject: str
    key: str
    record: str = ""
    number: str = ""
    fields: tuple[FieldWrite, ...] = ()
    text: str = ""
    needs: str = ""
    undoes: str = ""
    reason: str = ""
    actor: str
    at: datetime
    decision_id: str = ""
    intent_id: str = ""

    @property
    def marker(self) -> str:
        """What a note carries at its end, so that it is not written twice."""
        return f"[{MARK}:{self.intent_id}]"

    @property
    def told(self) -> str:
        """The intent in a few words."""
        to = self.number or self.record or self.subject
        return f"{self.action} {self.kind.replace('_', ' ')} {to} in {self.source}"


def identified(intent: Intent) -> Intent:
    """An intent with the id its content gives; the same intent appended twice is one.

    Raises:
        TransitionError: it lacks what its action needs; says what.
    """
    if lack := _lack(intent):
        raise TransitionError(f"{intent.told}: {lack}")
    bare = replace(intent, intent_id="")
    return replace(bare, intent_id=f"PI-{hashlib.sha256(to_bytes(bare)).hexdigest()[:12]}")


def key_of(kind: PushKind, subject: str) -> str:
    """The idempotency key of the record of a kind that is about a subject."""
    return f"{MARK}:{_SHORT[kind]}:{subject}"


_SHORT = {
    PushKind.INCIDENT: "inc",
    PushKind.PROBLEM: "prb",
    PushKind.REGISTER_ENTRY: "imp",
}


def _lack(intent: Intent) -> str:
    """What an action needs and does not have, "" where nothing is missing."""
    action, names = intent.action, {one.field for one in intent.fields}
    has_record = bool(intent.record or intent.number)
    required = {
        "say by whom": bool(intent.actor.strip()),
        "give an idempotency key": bool(intent.key),
        "say what is written": action not in {PushAction.CREATE, PushAction.UPDATE}
        or bool(intent.fields),
        "an incident is never created": action is not PushAction.CREATE
        or intent.kind is not PushKind.INCIDENT,
        "name the state": action is not PushAction.MOVE or names == {STATE},
        "give the note": action is not PushAction.NOTE or bool(intent.text.strip()),
        "name the incident": intent.kind is not PushKind.INCIDENT or has_record,
        "links lead from incidents": action not in {PushAction.LINK, PushAction.UNLINK}
        or intent.kind is PushKind.INCIDENT,
        "each field once": len(names) == len(intent.fields),
    }
    return next((lack for lack, is_there in required.items() if not is_there), "")
