"""Arrays as files, which come into memory as far as they are read: they may be gigabytes."""

import io
import mmap
from hashlib import sha256
from typing import Any

import numpy as np
from numpy.typing import NDArray

Array = NDArray[Any]
Held = bytes | mmap.mmap
"""What a file holds: all of it, or only what is looked at."""

HASHED_AT_ONCE = 1 << 24
_HEAD = 4096


def name_of(array: Array) -> str:
    """The hash of the bytes of an array as a file."""
    told = sha256(_head_of(array))
    told.update(_bytes_of(array))
    return told.hexdigest()


def as_file(array: Array) -> tuple[bytes, memoryview]:
    """An array as the bytes of a .npy file, in two pieces; not copied, as it may be a gigabyte."""
    return _head_of(array), _bytes_of(array)


def _head_of(array: Array) -> bytes:
    head = io.BytesIO()
    np.lib.format.write_array_header_1_0(head, np.lib.format.header_data_from_array_1_0(array))
    return head.getvalue()


def _bytes_of(array: Array) -> memoryview:
    return array.reshape(-1).view(np.uint8).data


def hash_of(data: Held) -> str:
    """The hash of what a file holds; what was read of it for that goes out of memory again."""
    told = sha256()
    with memoryview(data) as whole:
        for start in range(0, len(whole), HASHED_AT_ONCE):
            told.update(whole[start : start + HASHED_AT_ONCE])
            _forget(data)
    return told.hexdigest()


def as_array(data: Held) -> Array:
    """The array of such bytes, where they are; it cannot be written to."""
    head = io.BytesIO(data[:_HEAD])
    np.lib.format.read_magic(head)
    shape, _, kind = np.lib.format.read_array_header_1_0(head)
    return np.frombuffer(data, dtype=kind, offset=head.tell()).reshape(shape)


def let_go(*arrays: Array) -> None:
    """Take arrays that lie in files out of memory again; they can be read as before."""
    for array in arrays:
        held: object = array
        while isinstance(held, np.ndarray):
            held = held.base
        if isinstance(held, memoryview):
            _forget(held.obj)


def _forget(data: object) -> None:
    if isinstance(data, mmap.mmap) and hasattr(mmap, "MADV_DONTNEED"):
        data.madvise(mmap.MADV_DONTNEED)
