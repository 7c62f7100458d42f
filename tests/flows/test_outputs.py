"""Files appear whole or not at all."""

from pathlib import Path

import pytest

from flows.files import write_whole


def test_a_file_is_replaced_in_one_step(tmp_path: Path) -> None:
    path = write_whole(tmp_path / "packs" / "pack.html", b"old")
    with path.open("rb") as reader:
        write_whole(path, b"new")
        assert reader.read() == b"old"
    assert path.read_bytes() == b"new"
    assert [file.name for file in path.parent.iterdir()] == ["pack.html"]


def test_what_a_killed_run_left_is_overwritten(tmp_path: Path) -> None:
    (tmp_path / ".pack.html.unfinished").write_bytes(b"half of it, and longer than the new one")
    assert write_whole(tmp_path / "pack.html", b"new").read_bytes() == b"new"
    assert [file.name for file in tmp_path.iterdir()] == ["pack.html"]


def test_an_unwritable_folder_is_an_error(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"")
    with pytest.raises(OSError, match="file"):
        write_whole(tmp_path / "file" / "pack.html", b"new")
