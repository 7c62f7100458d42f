"""What is sealed opens with its key alone, takes little room, and stays readable over releases."""

import hmac
import zlib

import pytest
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from itsm.errors import PeopleKeyError
from store.deflating import deflated, inflated
from store.sealing import Sealer, is_sealed

KEY = Sealer(b"k" * 32)
LONG = b'{"number":"INC1","text":"%s"}' % (b"The printer on floor 2 is broken. " * 60)
SHORT = b'{"number":"INC1"}'
SEALED_BEFORE = bytes.fromhex(
    "01b7c54635e3edca65946d16536071fb121d7f31063d23f0ee60e7d9c521369819c9e15f4fdcc03e011760180c00"
)
"""`SHORT` as the release before payloads were deflated sealed it."""


@pytest.mark.parametrize("content", [LONG, SHORT, b"x" * 511, b"x" * 512, bytes(range(256)) * 2])
def test_what_is_sealed_opens_again(content: bytes) -> None:
    sealed = KEY.seal(content)
    assert is_sealed(sealed)
    assert content not in sealed
    assert KEY.open(sealed) == content
    assert KEY.seal(content) == sealed
    with pytest.raises(PeopleKeyError, match="put the key back"):
        Sealer(b"o" * 32).open(sealed)


def test_a_long_content_takes_less_room_sealed_than_plain() -> None:
    assert len(KEY.seal(LONG)) < len(LONG) / 5
    assert len(KEY.seal(SHORT)) == len(SHORT) + 1 + 12 + 16


def test_what_an_older_release_sealed_is_read_as_it_is() -> None:
    assert KEY.open(SEALED_BEFORE) == SHORT
    assert KEY.seal(SHORT) == SEALED_BEFORE


def test_the_standard_library_and_a_cipher_read_what_was_deflated() -> None:
    key = hmac.digest(hmac.digest(b"csi people key", b"k" * 32, "sha256"), b"content\x01", "sha256")
    sealed = KEY.seal(LONG)
    deflated = AESGCM(key).decrypt(sealed[1:13], sealed[13:], sealed[:1])
    assert zlib.decompress(deflated, -15) == LONG


@pytest.mark.parametrize("place", [0, 5, 20, -1])
def test_what_was_changed_since_does_not_open(place: int) -> None:
    sealed = bytearray(KEY.seal(LONG))
    sealed[place] ^= 3  # the first byte becomes the mark of what was not deflated
    with pytest.raises(PeopleKeyError, match="changed since"):
        KEY.open(bytes(sealed))


@pytest.mark.parametrize("content", [b"", SHORT, LONG, bytes(range(256)) * 2], ids=len)
def test_what_another_process_deflated_is_sealed_as_it_would_have_been(content: bytes) -> None:
    assert KEY.seal_deflated(deflated(content)) == KEY.seal(content)
    assert inflated(deflated(content)) == content
