"""What the process of a pull and the second one beside it say to each other, and how.

Each message is MessagePack behind its length. None of it is a secret.
"""

import fcntl
from contextlib import suppress
from datetime import datetime
from typing import IO, Any

import msgspec

from connectors.core.unread import Unread
from flows.stages.preparing import Prepared
from itsm.states import RecordKind

RARELY = (1_000_000, 20, 100)
"""When the garbage collector looks for rings, of which a pull hardly ever makes one."""

_LENGTH = 8
_PIPE = 1 << 20
_SET_SIZE = getattr(fcntl, "F_SETPIPE_SZ", None)


class Setting(msgspec.Struct, frozen=True):
    """What the second process is for.

    Attributes:
        source: the class of the source, and where it is; others need not be loaded.
        config: the class of its settings.
        name: the source's name.
        given: its settings, with stars in the place of secrets.
        checks: the thresholds of the checks.
        dialect: the database that records are made ready for.
        worth_from: of fewer records that were read without it, it is not worth its start.
    """

    source: tuple[str, str]
    config: tuple[str, str]
    name: str
    given: dict[str, Any]
    checks: dict[str, Any]
    dialect: str
    worth_from: int = 0


class Work(msgspec.Struct, frozen=True):
    """Answers to prepare the records of, and what they are judged by."""

    kind: RecordKind
    makes_history: bool
    cutoff_at: datetime
    read_at: datetime
    answers: tuple[Unread, ...]


class Done(msgspec.Struct, frozen=True):
    """What was made of some work; None: it failed, and whoever asked has to see for himself."""

    prepared: Prepared | None


def widen(pipe: IO[bytes]) -> None:
    """Let a pipe hold a good part of a message, so that the two take turns less often."""
    if _SET_SIZE is not None:
        with suppress(OSError):  # it works as it is, too
            fcntl.fcntl(pipe, _SET_SIZE, _PIPE)


def write_message(stream: IO[bytes], message: msgspec.Struct) -> None:
    """Send a message."""
    body = msgspec.msgpack.encode(message)
    stream.write(len(body).to_bytes(_LENGTH, "big"))
    stream.write(body)
    stream.flush()


def read_message(stream: IO[bytes]) -> bytes | None:
    """The next message as it came; None at the end, which may be within one."""
    length = stream.read(_LENGTH)
    if len(length) < _LENGTH:
        return None
    n = int.from_bytes(length, "big")
    body = stream.read(n)
    return body if len(body) == n else None
