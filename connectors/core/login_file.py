"""The tokens of a log-in that a person made in a browser, and the file that keeps them.

Only this user may read the file; a place of another kind is whatever `LoginPlace` describes.

A refresh token that the system replaces is written before anything is asked with what came with
it. Processes take turns: two that renewed at once would end each other's log-in.
"""

import fcntl
import os
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any, Protocol

import orjson
from pydantic import SecretStr

from itsm.errors import AuthError

_ONLY_OURS = 0o600
_FOLDER = 0o700


@dataclass(frozen=True, slots=True, kw_only=True)
class Login:
    """The tokens of a log-in.

    Attributes:
        refresh: what new tokens are asked for with.
        access: what requests are made with.
        good_until: when the access token has to be renewed; None where nobody says.
        began_at: when the person logged in.
        renewed_at: when tokens were given last.
    """

    refresh: SecretStr
    access: SecretStr
    good_until: datetime | None
    began_at: datetime
    renewed_at: datetime


class LoginPlace(Protocol):
    """Where the tokens of one source are kept."""

    @property
    def where(self) -> str:
        """The place in words, the same for everybody who uses these tokens."""
        ...

    def read(self) -> Login:
        """The tokens as they were written last.

        Raises:
            AuthError: there are none.
        """
        ...

    def write(self, login: Login) -> None:
        """Keep tokens: when this returns they are safe, and may be used."""
        ...

    def alone(self) -> AbstractContextManager[None]:
        """While nobody else renews these tokens."""
        ...


@dataclass(frozen=True, slots=True)
class LoginFile:
    """A file of this machine that keeps the tokens of one source."""

    source: str
    path: Path

    @property
    def where(self) -> str:
        """Its path."""
        return str(self.path)

    def read(self) -> Login:
        """The tokens as they were written last.

        Raises:
            AuthError: nobody has logged in, others may read the file, or it is none of ours.
        """
        try:
            mode, text = self.path.stat().st_mode, self.path.read_bytes()
        except OSError:
            raise self._none("nobody has logged in") from None
        if mode & 0o077:
            told = f"others may read {self.path}: chmod 600, and log in again, as they may have"
            raise AuthError(self.source, f"{told}: csi login {self.source}")
        try:
            return login_of(text)
        except (ValueError, KeyError, TypeError):
            raise self._none(f"{self.path} holds no tokens") from None

    def write(self, login: Login) -> None:
        """Keep tokens; the old ones are there until the new ones are whole on the disk."""
        self.path.parent.mkdir(parents=True, exist_ok=True, mode=_FOLDER)
        unfinished = self.path.with_name(f".{self.path.name}.unfinished")
        handle = os.open(unfinished, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, _ONLY_OURS)
        with os.fdopen(handle, "wb") as stream:
            os.fchmod(stream.fileno(), _ONLY_OURS)
            stream.write(plain_of(login))
            stream.flush()
            os.fsync(stream.fileno())
        unfinished.replace(self.path)

    @contextmanager
    def alone(self) -> Iterator[None]:
        """While no other process renews these tokens."""
        self.path.parent.mkdir(parents=True, exist_ok=True, mode=_FOLDER)
        lock = self.path.with_name(f".{self.path.name}.lock")
        with os.fdopen(os.open(lock, os.O_RDWR | os.O_CREAT, _ONLY_OURS), "wb") as held:
            fcntl.flock(held, fcntl.LOCK_EX)
            yield

    def _none(self, why: str) -> AuthError:
        return AuthError(self.source, f"{why}; run: csi login {self.source}")


def plain_of(login: Login) -> bytes:
    """Tokens as they are kept, JSON."""
    good = login.good_until
    told = {
        "refresh": login.refresh.get_secret_value(),
        "access": login.access.get_secret_value(),
        "good_until": None if good is None else good.isoformat(),
        "began_at": login.began_at.isoformat(),
        "renewed_at": login.renewed_at.isoformat(),
    }
    return orjson.dumps(told)


def login_of(kept: bytes | str) -> Login:
    """Tokens as they were kept.

    Raises:
        ValueError, KeyError, TypeError: these are none.
    """
    told: dict[str, Any] = orjson.loads(kept)
    good = told["good_until"]
    return Login(
        refresh=SecretStr(str(told["refresh"])),
        access=SecretStr(str(told["access"])),
        good_until=None if good is None else datetime.fromisoformat(good),
        began_at=datetime.fromisoformat(told["began_at"]),
        renewed_at=datetime.fromisoformat(told["renewed_at"]),
    )
