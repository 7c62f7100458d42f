"""Arrays in files of a folder are read where they lie, and damage to them is seen."""

from pathlib import Path

import numpy as np
import pytest

from problem_mining.mapped_arrays import as_array, as_file, hash_of, let_go, name_of
from reports.places import Place


@pytest.mark.parametrize("shape", [(0,), (0, 3), (5,), (1_000, 7)])
def test_an_array_comes_back_as_it_was_and_can_be_let_go(
    tmp_path: Path, shape: tuple[int, ...]
) -> None:
    place = Place(str(tmp_path), setting="folder")
    array = np.arange(np.prod(shape), dtype=np.int32).reshape(shape)
    place.write("a/one", *as_file(array))
    data = place.mapped("a/one")
    assert data is not None and not isinstance(data, bytes)
    assert hash_of(data) == name_of(array)
    found = as_array(data)
    for _ in range(2):
        assert found.dtype == array.dtype and found.tolist() == array.tolist()
        let_go(found, found[1:], array)
    assert not found.flags.writeable


def test_a_file_that_is_removed_can_still_be_read_by_who_has_it(tmp_path: Path) -> None:
    place = Place(str(tmp_path), setting="folder")
    place.write("one", *as_file(np.arange(9)))
    data = place.mapped("one")
    assert data is not None
    place.remove("one")
    assert as_array(data).tolist() == list(range(9))
    assert place.mapped("one") is None
    place.write("nothing", b"")
    assert place.mapped("nothing") == b""


def test_another_byte_is_another_hash(tmp_path: Path) -> None:
    place = Place(str(tmp_path), setting="folder")
    data = bytearray(b"".join(as_file(np.arange(100))))
    data[-1] ^= 1
    place.write("one", bytes(data))
    found = place.mapped("one")
    assert found is not None and hash_of(found) != name_of(np.arange(100))
