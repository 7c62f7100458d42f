"""Files appear whole or not at all."""

import os
from pathlib import Path

import pytest

from flows.files import write_whole
from itsm.errors import PublishError


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


def test_an_unwritable_folder_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"")
    with pytest.raises(PublishError, match=r"file.*: (File exists|Not a directory); look at"):
        write_whole(tmp_path / "file" / "pack.html", b"new")


def test_a_full_disk_keeps_what_was_there_and_nothing_unfinished(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = write_whole(tmp_path / "deep" / "pack.html", b"old")

    def full(_handle: int) -> None:
        raise OSError(28, os.strerror(28))

    with monkeypatch.context() as patched:
        patched.setattr("os.fsync", full)
        with pytest.raises(PublishError, match="No space left on device; free some space"):
            write_whole(file, b"new")
    assert file.read_bytes() == b"old"
    assert [one.name for one in file.parent.iterdir()] == ["pack.html"]
