"""Passwords: hashed with Argon2, checked in the same time whether or not there is such a person."""

import secrets
import threading

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from itsm.errors import AccessError

SHORTEST, LONGEST = 12, 256
AT_ONCE = 2
"""So many passwords are hashed at once; each takes 64 MiB and the others wait."""
ALPHABET = "abcdefghjkmnpqrstuvwxyz23456789"
"""Letters and digits that nobody takes for another."""

_HASHER = PasswordHasher()
_TURN = threading.BoundedSemaphore(AT_ONCE)
_NOBODYS = (
    "$argon2id$v=19$m=65536,t=3,p=4$eSBhIHNhbHQgdGhhdCBub2JvZHkgaGFz"
    "$t6l8e3QJ8nqKcW0pZ0k1uSgMZ2mX3fUuQb8m0bq3c1Q"
)
"""What is compared with where there is no such person: it fits no password, in the same time."""


def hashed(password: str) -> str:
    """The Argon2id hash of a password, with a salt of its own.

    Source:
        RFC 9106, second recommended option (64 MiB, 3 passes, 4 lanes).
    """
    with _TURN:
        return _HASHER.hash(password)


def fits(kept: str | None, password: str) -> bool:
    """Whether a password is the one that was hashed; takes the same time where none was."""
    with _TURN:
        try:
            _HASHER.verify(kept or _NOBODYS, password[:LONGEST])
        except (VerificationError, InvalidHashError):
            return False
    return kept is not None


def needs_new_hash(kept: str) -> bool:
    """Whether a password was hashed with less effort than we spend now."""
    return _HASHER.check_needs_rehash(kept)


def one_time_password() -> str:
    """A password to be given to somebody: 20 letters and digits in four groups, 99 bits."""
    groups = ("".join(secrets.choice(ALPHABET) for _ in range(5)) for _ in range(4))
    return "-".join(groups)


def require_fit(password: str, again: str, name: str) -> None:
    """See that a new password may be used.

    Long rather than complicated, as NIST SP 800-63B advises.

    Raises:
        AccessError: it may not; says why.
    """
    if password != again:
        raise AccessError("the two new passwords differ; type the same one twice")
    if not SHORTEST <= len(password) <= LONGEST:
        raise AccessError(
            f"a password has {SHORTEST} to {LONGEST} characters; a few words in a row do well"
        )
    if len(set(password)) < 5 or name.casefold() in password.casefold():
        raise AccessError(
            "this password is easily guessed (few different characters, or your name in it); "
            "choose another one"
        )
