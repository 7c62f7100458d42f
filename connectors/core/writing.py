"""The interface of a writer: what a connector gives so that `delivering.py` can push through it.

A writer knows one system's requests and words, and nothing of intents, runs or people's choices.
Each method is one plain deed; none repeats itself, compares, or decides what may be written.

What you implement: `Writer` in `connectors/NAME/writing.py`, made of (name, config, surroundings);
`make_writer` in its entry, `connectors/NAME/system.py`; a subclass of `PushSettings` as the field
`push` of its config, where it needs settings of its own; a fake in
`tests/conformance/known_writers.py`. What the engine (`delivering.Delivery`) does for you:

1. asks `identity` once a run and writes nothing to another environment or to a copy;
2. before it creates, asks `find` for the idempotency key, so that a lost reply makes no twin; after
   a lost reply it waits `Abilities.settles_s` and asks `find` again before it creates once more;
3. before it writes, asks `read`, compares field by field with what was last seen, and writes only
   what nobody has changed; refuses closed records, fields you do not name, fields we do not own;
4. afterwards asks `read` again: what does not stand is told as refused by the system;
5. where `nobody_between` cannot rule out that somebody wrote between its `read` and its `write`,
   asks `edits` and queues what was overwritten, with both values;
6. writes a note only if `has_note` does not find its mark; adds the mark to the text;
7. catches the errors below, and asks again later where the fate of a write is not known.

Raise `TransientSourceError` when it is not known whether the system did it (a broken connection, a
500 after a POST): `send` does. `WriteConflictError` when the system's own lock says that the record
has changed (412). `MappingError` when a value cannot be said in the system's words (a team it does
not have), before anything is sent: what is created is then created without that field.
`FatalSourceError` and its kinds for refusals; the system's own words are in them. A
system that says no under a status of success (RT, iTop, GLPI) is yours to notice: raise.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Protocol

from connectors.core.answers import Response
from connectors.core.calls import Call
from connectors.core.client import HttpClient
from itsm.pushed import Remote
from itsm.pushing import PushKind


@dataclass(frozen=True, slots=True, kw_only=True)
class Identity:
    """Which installation this is.

    Attributes:
        name: what it calls itself; the setting `push.instance` must say the same.
        copy_of: why it must be taken for a copy of another installation; "" if nothing says so.
    """

    name: str
    copy_of: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Abilities:
    """What a writer can do; the conformance suite runs what applies.

    Attributes:
        fields: the fields it can write, per kind; a kind that is left out cannot be created or
            changed. Names are those of `itsm.records.Problem` and `itsm.register.RegisterEntry`.
        states: the states a record can be moved to, per kind; of what can be created "canceled" is
            one of them, which is how a created record is taken back.
        has_one_problem: an incident has one problem at most, which is its field "problem" (a
            number): the engine links with `write`, and never calls `link`. Else `link`, `unlink`
            and `Remote.problems` are used.
        locks: the system itself refuses a write to a record that was changed (RT's ETags).
        tells_edits: `edits` may tell what people changed. Where it cannot, fields are not ours by
            default (`PushSettings.owns`), and a link over a person's is told without theirs.
        settles_s: so many seconds after a request was sent, `find` surely finds what it made.
    """

    fields: Mapping[PushKind, frozenset[str]]
    states: Mapping[PushKind, frozenset[str]] = field(default_factory=dict)
    has_one_problem: bool = True
    locks: bool = False
    tells_edits: bool = True
    settles_s: float = 60.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Edit:
    """One change of one field, in our words, oldest first in a sequence.

    Attributes:
        field: as in `Remote.fields`, or "state".
        before: what it held.
        after: what it holds since.
        by: who changed it.
        is_ours: whether it was the user the pipeline writes as.
        at: when.
    """

    field: str
    before: str
    after: str
    by: str = ""
    is_ours: bool = False
    at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Creation:
    """What is created.

    Attributes:
        kind: a problem or a register entry.
        key: the idempotency key; must be on the record from its first moment, where `find` looks.
        values: fields and what they shall hold.
    """

    kind: PushKind
    key: str
    values: Mapping[str, str]


class Writer(Protocol):
    """Writes to one configured installation; `delivering.py` says when it is asked for what."""

    @property
    def name(self) -> str:
        """The source's name in the configuration."""
        ...

    @property
    def abilities(self) -> Abilities:
        """What it can do; asks nothing of the system."""
        ...

    def identity(self) -> Identity:
        """Which installation this is, and whether it must be taken for a copy."""
        ...

    def held(self, kind: PushKind, values: Mapping[str, str]) -> Mapping[str, str]:
        """Values as the system would show them: cut to its lengths, its line ends, its spaces.

        Pure. `held(held(v)) == held(v)`, and `read` after `write` shows `held` of what was written.
        """
        ...

    def find(self, kind: PushKind, key: str) -> Sequence[Remote]:
        """The records that carry an idempotency key, oldest first; canceled ones, too."""
        ...

    def read(self, kind: PushKind, record: str) -> Remote | None:
        """A record by the system's own id; None if it is not there or may not be seen.

        Its `fields` hold all of `Abilities.fields[kind]`, and of an incident "problem" where
        `has_one_problem`.
        """
        ...

    def numbered(self, kind: PushKind, number: str) -> Remote | None:
        """A record by the number people know; None if it is not there."""
        ...

    def create(self, what: Creation) -> str:
        """Create a record; its id. Never sends twice."""
        ...

    def write(self, before: Remote, values: Mapping[str, str]) -> None:
        """Write fields of a record, only these; conditional on `before.version` where it locks."""
        ...

    def move(self, before: Remote, state: str, text: str) -> None:
        """Move a record to a state, with what people read as the reason; internal."""
        ...

    def link(self, incident: Remote, problem: Remote) -> None:
        """Link an incident to a problem; unless `has_one_problem`. Repeating it does no harm."""
        ...

    def unlink(self, incident: Remote, problem: Remote) -> None:
        """Take such a link away."""
        ...

    def note(self, record: Remote, text: str) -> None:
        """Add a note that no customer can see. If the system cannot hide one, refuse."""
        ...

    def has_note(self, record: Remote, mark: str) -> bool:
        """Whether a note holds a mark."""
        ...

    def nobody_between(self, before: Remote, after: Remote) -> bool:
        """Whether the versions prove that one write of ours is all that happened; False: unsure."""
        ...

    def edits(self, before: Remote) -> Sequence[Edit] | None:
        """What changed since `before` was read, ours included; None where nobody may know."""
        ...


def send(
    client: HttpClient,
    method: str,
    path: str,
    json: object = None,
    *,
    headers: Mapping[str, str] | None = None,
    form: Mapping[str, str] | None = None,
    accept: Collection[int] = (),
) -> Response:
    """Send a write once; again only where the system says that it did nothing (401, 429).

    Args:
        client: the source's client.
        method: POST, PUT, PATCH or DELETE.
        path: below the base path; may end in a query.
        json: what `orjson` can write.
        headers: besides the usual ones, such as If-Match.
        form: form fields instead of JSON.
        accept: statuses the caller looks at itself, such as 412.

    Raises:
        TransientSourceError: nobody knows whether the system did it.
        FatalSourceError: it refused.
    """
    return client.call(
        Call(
            method,
            client.origin.url(path),
            json=json,
            form=form,
            repeatable=False,
            wants_json=True,
            accept=frozenset(accept),
            headers=headers or {},
        )
    )
