"""A file appears whole or not at all, and a disk that does not take it says what to do."""

import os
from pathlib import Path

import pytest

from flows.files import write_whole
from itsm.errors import PublishError


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


def test_a_folder_that_is_a_file_is_named(tmp_path: Path) -> None:
    (tmp_path / "packs").write_text("x")
    with pytest.raises(PublishError, match=r"packs.*: (File exists|Not a directory); look at"):
        write_whole(tmp_path / "packs" / "pack.html", b"new")
