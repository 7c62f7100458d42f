"""What a run leaves to the next is used as it was, or not at all."""

import json
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from problem_mining.block_format import packed
from problem_mining.kept_files import LIST, hashes_of, keep, keep_texts, recall
from problem_mining.pipeline import Known, mine_beside
from reports.places import Place
from tests.problem_mining.estate_weeks import history_of

FOLDER = "mining"


@dataclass
class Memory:
    """A shelf in memory; it may break after so many files were written."""

    files: dict[str, bytes] = field(default_factory=dict)
    breaks_after: int = 10**9

    def read(self, path: str) -> bytes | None:
        return self.files.get(path)

    def mapped(self, path: str) -> bytes | None:
        return self.read(path)

    def write(self, path: str, *data: bytes | memoryview) -> None:
        if self.breaks_after == 0:
            raise KeyboardInterrupt
        self.breaks_after -= 1
        self.files[path] = b"".join(data)

    def remove(self, path: str) -> None:
        self.files.pop(path, None)

    def names(self, path: str) -> tuple[str, ...]:
        return tuple(sorted(name.partition("/")[2] for name in self.files if path in name))


@pytest.fixture(scope="module")
def nights() -> tuple[Known, Known]:
    frame = history_of(420, 201)
    _, first = mine_beside(frame.iloc[:-10], None)
    _, second = mine_beside(frame, first)
    assert first.linked is not None and second.n_new is not None and 0 < second.n_new <= 10
    return first, second


@pytest.fixture
def shelf(nights: tuple[Known, Known]) -> Memory:
    kept = Memory()
    keep(kept, FOLDER, nights[0], "2026-W10")
    return kept


def test_what_was_left_comes_back_as_it_was(nights: tuple[Known, Known], shelf: Memory) -> None:
    found = recall(shelf, FOLDER, "2026-W11")
    assert found.said == ""
    assert packed(found.known) == packed(nights[0])


def test_nothing_is_left_lying_about(nights: tuple[Known, Known], shelf: Memory) -> None:
    before = set(shelf.files)
    keep(shelf, FOLDER, nights[1], "2026-W11")
    named = json.loads(shelf.files[f"{FOLDER}/{LIST}"])["files"].values()
    assert {f"{FOLDER}/{name}" for name in (*named, LIST)} == set(shelf.files)
    assert before - set(shelf.files)


def test_a_run_that_is_killed_while_it_writes_leaves_what_was_there(
    nights: tuple[Known, Known], shelf: Memory
) -> None:
    for n_written in range(3):
        shelf.breaks_after = n_written
        with pytest.raises(KeyboardInterrupt):
            keep(shelf, FOLDER, nights[1], "2026-W11")
        assert packed(recall(shelf, FOLDER, "2026-W11").known) == packed(nights[0])
    shelf.breaks_after = 100
    keep(shelf, FOLDER, nights[1], "2026-W11")
    assert packed(recall(shelf, FOLDER, "2026-W11").known) == packed(nights[1])


def _largest(shelf: Memory) -> str:
    return max(shelf.files, key=lambda name: len(shelf.files[name]))


def flip(shelf: Memory) -> None:
    name = _largest(shelf)
    data = bytearray(shelf.files[name])
    data[len(data) // 2] ^= 1
    shelf.files[name] = bytes(data)


def cut(shelf: Memory) -> None:
    name = _largest(shelf)
    shelf.files[name] = shelf.files[name][:-1]


def lose(shelf: Memory) -> None:
    del shelf.files[_largest(shelf)]


def half_a_list(shelf: Memory) -> None:
    name = f"{FOLDER}/{LIST}"
    shelf.files[name] = shelf.files[name][: len(shelf.files[name]) // 2]


def older_version(shelf: Memory) -> None:
    told = json.loads(shelf.files[f"{FOLDER}/{LIST}"])
    shelf.files[f"{FOLDER}/{LIST}"] = json.dumps({**told, "version": "2025-01-01"}).encode()


@pytest.mark.parametrize(
    ("harm", "said"),
    [
        (flip, "damaged"),
        (cut, "damaged"),
        (lose, "damaged"),
        (half_a_list, "cannot be read"),
        (older_version, "of mining version 2025-01-01"),
    ],
)
def test_what_is_damaged_or_of_another_version_is_not_used_and_that_is_said(
    shelf: Memory, harm: Callable[[Memory], None], said: str
) -> None:
    harm(shelf)
    found = recall(shelf, FOLDER, "2026-W11")
    assert found.known is None
    assert said in found.said


def test_a_run_of_the_past_goes_on_from_nothing_later(shelf: Memory) -> None:
    found = recall(shelf, FOLDER, "2026-W09")
    assert found.known is None and found.is_later
    assert "2026-W10" in found.said
    assert recall(Memory(), FOLDER, "2026-W09").said == ""


def test_what_is_written_beforehand_is_what_would_be_written_at_the_end(
    nights: tuple[Known, Known], shelf: Memory
) -> None:
    early, late = Memory(dict(shelf.files)), Memory(dict(shelf.files))
    keep(late, FOLDER, nights[1], "2026-W11")
    assert nights[1].linked is not None
    written = keep_texts(early, FOLDER, nights[1].texts, nights[1].linked.history)
    assert packed(recall(early, FOLDER, "2026-W11").known) == packed(nights[0])
    early.breaks_after = 100
    keep(early, FOLDER, nights[1], "2026-W11", written)
    assert early.files == late.files


def test_what_a_run_wrote_that_did_not_end_is_removed_by_the_next(
    nights: tuple[Known, Known], shelf: Memory
) -> None:
    before = dict(shelf.files)
    assert nights[1].linked is not None
    keep_texts(shelf, FOLDER, nights[1].texts, nights[1].linked.history)
    assert len(shelf.files) > len(before)
    keep(shelf, FOLDER, nights[0], "2026-W10")
    assert shelf.files == before


def test_hashes_can_be_found_beforehand_and_damage_is_seen_by_them(
    nights: tuple[Known, Known], tmp_path: Path
) -> None:
    place = Place(str(tmp_path), setting="folder")
    keep(place, FOLDER, nights[0], "2026-W10")
    hashes = hashes_of(place, FOLDER)
    assert all(name == told for name, told in hashes.items())
    assert len(hashes) == len(place.names(FOLDER)) - 1
    found = recall(place, FOLDER, "2026-W11", hashes)
    assert packed(found.known) == packed(nights[0])
    damaged = max((tmp_path / FOLDER).iterdir(), key=lambda file: file.stat().st_size)
    data = bytearray(damaged.read_bytes())
    data[-1] ^= 1
    damaged.write_bytes(data)
    found = recall(place, FOLDER, "2026-W11", hashes_of(place, FOLDER))
    assert found.known is None
    assert damaged.name in found.said


def test_what_does_not_lie_on_this_machine_is_read_once(shelf: Memory) -> None:
    assert hashes_of(shelf, FOLDER) == {}
