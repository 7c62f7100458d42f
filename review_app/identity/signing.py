"""What cookies are signed with, and the hashes under which the store knows secrets."""

import hashlib
import hmac
import secrets
from collections.abc import Mapping

from itsdangerous import BadSignature, Signer, URLSafeTimedSerializer

ID_BYTES = 32


def drawn() -> str:
    """A new id that nobody can guess."""
    return secrets.token_urlsafe(ID_BYTES)


def digest(text: str) -> str:
    """The hash of an id or token that was drawn at random, as the store keeps it."""
    return hashlib.sha256(text.encode()).hexdigest()


class Signing:
    """Signs cookies under the secret that all processes of an installation share.

    Args:
        secret: drawn at random once, kept in the store.
    """

    def __init__(self, secret: str) -> None:
        self._secret = secret

    def signed(self, purpose: str, value: str) -> str:
        """A value that can be told from one that somebody made up."""
        return self._signer(purpose).sign(value).decode()

    def value_of(self, purpose: str, text: str) -> str | None:
        """The value that was signed for a purpose; None where it was not."""
        try:
            return self._signer(purpose).unsign(text).decode()
        except (BadSignature, UnicodeError):
            return None

    def packed(self, purpose: str, values: Mapping[str, str]) -> str:
        """Some values, signed, with the time."""
        return str(self._serializer(purpose).dumps(dict(values)))

    def unpacked(self, purpose: str, text: str, *, within_s: int) -> dict[str, str] | None:
        """The values that were packed for a purpose not long ago; None where they were not."""
        try:
            found = self._serializer(purpose).loads(text, max_age=within_s)
        except BadSignature:
            return None
        return {str(key): str(value) for key, value in found.items()}

    def csrf_of(self, browser: str) -> str:
        """The token that the forms of one browser carry."""
        return self.keyed("csrf", browser)

    def keyed(self, purpose: str, text: str) -> str:
        """A hash that nobody can make, or find by guessing, without the secret."""
        said = f"{purpose}\0{text}".encode()
        return hmac.new(self._secret.encode(), said, hashlib.sha256).hexdigest()

    def _signer(self, purpose: str) -> Signer:
        return Signer(self._secret, salt=f"csi.{purpose}", digest_method=hashlib.sha256)

    def _serializer(self, purpose: str) -> URLSafeTimedSerializer:
        return URLSafeTimedSerializer(self._secret, salt=f"csi.{purpose}")
