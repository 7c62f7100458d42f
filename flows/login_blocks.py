"""The tokens of a log-in in a block of Prefect, which all workers share.

A renewed token is in the block before it is used. Who renews holds a lock of the database, so that
workers on several machines take turns.
"""

import hashlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from pydantic import SecretStr
from sqlalchemy.engine import Engine

from connectors.core.login_file import Login, login_of, plain_of
from flows.blocks import CsiLogin, block_name, loaded
from itsm.errors import AuthError
from store.alone import Alone, in_turn

WAIT_S = 120.0
"""So long another renewal is waited for; one takes as long as a request."""


@dataclass(frozen=True, slots=True)
class BlockPlace:
    """The block `csi-login/NAME` of one source."""

    source: str
    engine: Engine

    @property
    def where(self) -> str:
        """The block's name."""
        return f"block csi-login/{block_name(self.source)}"

    def read(self) -> Login:
        """The tokens as they were written last.

        Raises:
            AuthError: nobody has logged in, or the block holds no tokens.
        """
        block = loaded(CsiLogin, block_name(self.source))
        if block is None:
            raise self._none(f"nobody has logged in: there is no {self.where}")
        try:
            return login_of(block.tokens.get_secret_value())
        except (ValueError, KeyError, TypeError):
            raise self._none(f"{self.where} holds no tokens") from None

    def write(self, login: Login) -> None:
        """Keep tokens: the server has them when this returns."""
        tokens = SecretStr(plain_of(login).decode())
        CsiLogin(tokens=tokens).save(block_name(self.source), overwrite=True)

    @contextmanager
    def alone(self) -> Iterator[None]:
        """While nobody else renews these tokens, on whichever machine.

        Raises:
            StoreError: somebody else renews them, and does not end.
        """
        digest = hashlib.sha256(f"login {self.source}".encode()).digest()
        number = int.from_bytes(digest[:8], "big") >> 1  # PostgreSQL's locks are signed
        busy = f"somebody else renews the log-in of {self.source}; try again"
        one = Alone(what=f"login-{number:x}", number=number, busy=busy)
        with in_turn(self.engine, one, wait_s=WAIT_S):
            yield

    def _none(self, why: str) -> AuthError:
        return AuthError(self.source, f"{why}; run: csi login {self.source}")
