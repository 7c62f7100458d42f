"""Seals names and payloads with the key of an installation.

AES-256-GCM, under a nonce that is a keyed hash of what is sealed: the same content is the same
bytes, so that two runs over the same records leave the same rows. Two contents share a nonce of 96
bits with a chance of 1 in 10^13 among 100 million. Keys for names, contents, nonces and the
fingerprint are derived from the one that is given.

What is long is deflated before, as nothing can make it smaller afterwards: a raw payload takes two
fifths of the space, and so of the time that writing it takes. ISA-L does that six times as fast as
zlib, which can read it, too (RFC 1951). The nonce is that of what is sealed, deflated or not: two
versions of the library that deflate otherwise never seal two things under one nonce.
"""

import hashlib
import hmac

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from itsm.errors import PeopleKeyError
from itsm.pseudonyms import is_pseudonym, pseudonym
from store.deflating import DEFLATED, deflated, inflated

_MARK = b"\x01"
"""What is sealed begins with it; a payload that is plain is JSON, which never does."""
_NONCE = 12
_MOST_KEPT = 20_000
"""Pseudonyms that are remembered: the same people stand in record after record."""


class Sealer:
    """What a key can do; it shows neither itself nor what it is made of."""

    def __init__(self, key: bytes) -> None:
        """Derive what is needed.

        Args:
            key: 32 bytes or more that nobody can guess.
        """
        self._cipher = AESGCM(_derived(key, b"content"))
        self._for_names = _derived(key, b"names")
        self._for_nonces = _derived(key, b"nonces")
        self._known: dict[str, str] = {}
        self.fingerprint = _derived(key, b"fingerprint").hex()[:16]
        """By which a database knows its key again."""

    def pseudonym(self, name: str) -> str:
        """The pseudonym of a name; one that is a pseudonym already stays what it is."""
        known = self._known.get(name)
        if known is None:
            if len(self._known) >= _MOST_KEPT:
                self._known.clear()
            known = name if is_pseudonym(name) else pseudonym(self._for_names, name)
            self._known[name] = known
        return known

    def seal(self, content: bytes) -> bytes:
        """The content so that only this key opens it; what is empty stays so."""
        return self.seal_deflated(deflated(content))

    def seal_deflated(self, content: bytes) -> bytes:
        """As `seal`, of what went through `deflated`."""
        if not content:
            return content
        if content.startswith(DEFLATED):
            return self._sealed(DEFLATED, content[1:], vouched=DEFLATED)
        return self._sealed(_MARK, content)

    def open(self, sealed: bytes) -> bytes:
        """What was sealed; what was not is given back as it is.

        Raises:
            PeopleKeyError: it was sealed with another key, or changed since.
        """
        if not is_sealed(sealed):
            return sealed
        is_deflated = sealed.startswith(DEFLATED)
        nonce, content = sealed[1 : 1 + _NONCE], sealed[1 + _NONCE :]
        try:
            opened = self._cipher.decrypt(nonce, content, DEFLATED if is_deflated else b"")
        except InvalidTag:
            raise PeopleKeyError(
                "the database holds what this people key cannot open: it was sealed with another "
                "key, or changed since; put the key back that was in use, see docs/privacy.md"
            ) from None
        return inflated(DEFLATED + opened) if is_deflated else opened

    def _sealed(self, mark: bytes, content: bytes, vouched: bytes = b"") -> bytes:
        key = self._for_nonces
        nonce = hashlib.blake2b(content, key=key, digest_size=_NONCE, person=vouched).digest()
        return mark + nonce + self._cipher.encrypt(nonce, content, vouched)


def is_sealed(content: bytes) -> bool:
    """Whether it needs a key to be read."""
    return content.startswith((_MARK, DEFLATED))


def _derived(key: bytes, label: bytes) -> bytes:
    """A key for one purpose.

    Source:
        RFC 5869, HKDF-Expand, with SHA-256, one block.
    """
    return hmac.digest(hmac.digest(b"csi people key", key, "sha256"), label + b"\x01", "sha256")
