"""The archive gives back the bytes it was given, or says that it cannot."""

import hashlib
from dataclasses import replace
from pathlib import Path

import pytest

from itsm.errors import PublishError
from reports.archive import Archive
from reports.language import speaking
from reports.model import Comment, Pack
from reports.moved import moved
from reports.pack import build_pack
from tests.reports.sample_pack import quiet_input, sample_input


@pytest.fixture(params=["folder", "object store"])
def address(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    return str(tmp_path / "a") if request.param == "folder" else f"memory://{tmp_path.name}/csi"


def objects(folder: Path) -> list[Path]:
    return [path for path in folder.rglob("*") if path.is_file()]


def test_what_is_put_there_comes_back(address: str) -> None:
    archive = Archive(address)
    for data in (b"", b"one", b"\0\xff" * 10_000):
        digest = archive.put(data)
        assert digest == hashlib.sha256(data).hexdigest()
        assert archive.put(data) == digest
        assert Archive(address).get(digest) == data
        assert archive.look(digest).is_whole


def test_what_is_missing_is_told(address: str) -> None:
    with pytest.raises(PublishError, match=r"object ffffffffffff is missing; restore the archive"):
        Archive(address).get("f" * 64)
    assert Archive(address).look("f" * 64).said == "missing"


@pytest.mark.parametrize("damage", [b"", b"on", b"One", b"one\n"])
def test_a_damaged_object_is_never_given_out_and_is_mended_by_its_bytes(
    damage: bytes, tmp_path: Path
) -> None:
    archive = Archive(str(tmp_path))
    digest = archive.put(b"one")
    (file,) = objects(tmp_path)
    file.write_bytes(damage)
    with pytest.raises(PublishError, match=f"is damaged: {len(damage)} bytes that do not fit"):
        archive.get(digest)
    assert archive.put(b"one") == digest
    assert archive.get(digest) == b"one"


def test_nothing_half_written_counts(tmp_path: Path) -> None:
    archive = Archive(str(tmp_path))
    digest = archive.put(b"one")
    (file,) = objects(tmp_path)
    file.rename(file.with_name(f"{file.name}.unfinished"))
    assert not archive.look(digest).is_whole
    archive.put(b"one")
    assert [path.name for path in objects(tmp_path)] == [digest[2:]]


def test_a_place_that_cannot_be_written_is_told(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("x")
    with pytest.raises(PublishError, match="cannot be"):
        Archive(str(tmp_path / "file" / "below")).put(b"one")
    with pytest.raises(PublishError, match=r"artefacts\.address: 'nosuch://x' cannot be opened"):
        Archive("nosuch://x")


def changed(pack: Pack, figure: str, value: str) -> Pack:
    def with_value(card_value: str, figure_id: str) -> str:
        return value if figure_id == figure else card_value

    sections = tuple(
        replace(
            section,
            cards=tuple(
                replace(card, value=with_value(card.value, card.figure_id))
                for card in section.cards
            ),
        )
        for section in pack.sections
    )
    return replace(pack, sections=sections)


def test_a_new_version_names_each_figure_from_old_to_new() -> None:
    before = build_pack(sample_input())
    card = next(card for section in before.sections for card in section.cards)
    told = moved(before, changed(before, card.figure_id, "4,711"))
    assert any(card.title in line and card.value in line and "4,711" in line for line in told)


def test_a_new_version_never_tells_nothing() -> None:
    before = build_pack(quiet_input())
    said = Comment(section_id="brief", text="We know.", by="Olga", at="24 Aug 2026")
    cases = {
        "Comment by Olga added: brief.": replace(before, comments=(said,)),
        f"Section {before.sections[0].title} is gone.": replace(
            before, sections=before.sections[1:]
        ),
        "Also changed: organisation.": replace(before, organisation="Another name"),
        "Wording only; no figure moved.": replace(
            before, brief=replace(before.brief, headline="Other words.")
        ),
    }
    for line, after in cases.items():
        assert line in moved(before, after)
    assert moved(cases["Comment by Olga added: brief."], before) == (
        "Comment by Olga withdrawn: brief.",
    )


def test_what_moved_is_told_in_the_language_of_the_reader() -> None:
    before = build_pack(quiet_input())
    with speaking("de"):
        (line,) = moved(before, replace(before, brief=replace(before.brief, headline="x")))
    assert line != "Wording only; no figure moved."
