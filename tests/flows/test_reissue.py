"""What was archived is given out byte for byte, in every format, whatever became of the program."""

import hashlib
from pathlib import Path

import pytest
from click.testing import CliRunner

from flows.artefacts import archive_of
from flows.cli import csi
from flows.stages.archive import archive_pack, check_archive, reissue
from flows.stages.letters import Letters
from flows.wiring import Parts
from itsm.deliveries import Delivery
from itsm.errors import PublishError, StoreError
from itsm.subscriptions import Channel
from reports.editions import EditionKind
from reports.formats import Format, render
from reports.pack import pack_from_json
from tests.flows.post_office import NOW, a_pack, installation, with_pack
from tests.reports.narrow_packs import edition_of


@pytest.fixture
def parts(tmp_path: Path) -> Parts:
    return installation(tmp_path, 'organisation = "Contoso"\n')


def files_in(folder: Path) -> dict[str, bytes]:
    return {
        path.relative_to(folder).as_posix(): path.read_bytes()
        for path in folder.rglob("*")
        if path.is_file()
    }


def objects(parts: Parts) -> list[Path]:
    return [path for path in (parts.base / "artefacts").rglob("*") if path.is_file()]


@pytest.mark.parametrize(
    ("edition", "kinds"),
    [
        (EditionKind.FULL, (Format.HTML, Format.WORKBOOK)),
        *(pytest.param(one, tuple(Format), marks=pytest.mark.slow) for one in EditionKind),
    ],
)
def test_every_format_is_given_out_as_it_was_first_made(
    edition: EditionKind, kinds: tuple[Format, ...], parts: Parts, tmp_path: Path
) -> None:
    pack_id = with_pack(parts, edition_of(edition))
    archive_pack(parts, pack_id, kinds)
    reissue(parts, pack_id, tmp_path / "first")
    reissue(parts, pack_id, tmp_path / "second")
    first = files_in(tmp_path / "first")
    assert first == files_in(tmp_path / "second")
    with parts.store.look() as uow:
        snapshot = uow.packs.by_id(pack_id)
    again = [file for kind in kinds for file in render(pack_from_json(snapshot.content), kind)]
    assert sorted(first.values()) == sorted(file.data for file in again)
    assert set(first) == {file.name for file in again}


def test_a_newer_program_gives_out_what_the_older_one_made(
    parts: Parts, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    pack_id = with_pack(parts, a_pack())
    (kept,) = archive_pack(parts, pack_id, ["json"])
    monkeypatch.setattr("flows.stages.archive.render", lambda *_: pytest.fail("rendered again"))
    assert archive_pack(parts, pack_id, ["json"]) == (kept,)
    (path,) = reissue(parts, pack_id, tmp_path / "out")
    assert hashlib.sha256(path.read_bytes()).hexdigest() == kept.sha256


def test_what_was_not_archived_is_told(parts: Parts, tmp_path: Path) -> None:
    pack_id = with_pack(parts, a_pack())
    with pytest.raises(StoreError, match=r"executive\.v1: nothing is archived of it"):
        reissue(parts, pack_id, tmp_path / "out")
    archive_pack(parts, pack_id, ["json"])
    with pytest.raises(StoreError, match="json is archived of it; `csi packs archive` renders"):
        reissue(parts, pack_id, tmp_path / "out", ["pdf"])
    with pytest.raises(StoreError, match="there is no pack 'x'"):
        reissue(parts, "x", tmp_path / "out")


@pytest.mark.parametrize("damage", ["changed", "missing"])
def test_a_damaged_object_is_noticed_never_sent_and_mended_from_the_snapshot(
    damage: str, parts: Parts, tmp_path: Path
) -> None:
    pack_id = with_pack(parts, a_pack())
    archive_pack(parts, pack_id, ["json"])
    (file,) = objects(parts)
    if damage == "changed":
        file.write_bytes(file.read_bytes().replace(b"Contoso", b"Fabrikam"))
    else:
        file.unlink()
    with pytest.raises(PublishError, match="csi packs check --mend"):
        reissue(parts, pack_id, tmp_path / "out")
    delivery = Delivery(
        item=pack_id,
        channel=Channel.MAIL,
        recipient="ana@example.com",
        name="Ana",
        subscription_id="SUB-0001",
        formats=("json",),
        made_at=NOW,
        changed_at=NOW,
    )
    with pytest.raises(PublishError):
        Letters(parts, archive_of(parts)).letter(delivery)
    n_files, (flaw,) = check_archive(parts)
    assert (n_files, flaw.is_mended) == (1, False)
    assert check_archive(parts, mend=True)[1][0].is_mended
    assert check_archive(parts)[1] == ()
    reissue(parts, pack_id, tmp_path / "out")


def test_looking_through_the_database_finds_what_the_archive_lost(
    parts: Parts, tmp_path: Path
) -> None:
    archive_pack(parts, with_pack(parts, a_pack()), ["json"])
    command = ["db", "check", "--config", str(tmp_path / "csi.toml")]
    assert CliRunner().invoke(csi, command).output == "the database is sound\n"
    objects(parts)[0].write_bytes(b"{}")
    found = CliRunner().invoke(csi, command)
    assert found.exit_code == 1
    assert "damaged: 2 bytes" in found.output and "csi packs check --mend" in found.output


def test_what_this_program_renders_otherwise_is_not_mended(
    parts: Parts, monkeypatch: pytest.MonkeyPatch
) -> None:
    pack_id = with_pack(parts, a_pack())
    archive_pack(parts, pack_id, ["json"])
    objects(parts)[0].unlink()
    other = render(a_pack(headline="Of another program."), Format.JSON)
    monkeypatch.setattr("flows.stages.archive.render", lambda *_: other)
    assert not check_archive(parts, mend=True)[1][0].is_mended
    assert objects(parts) == []


def test_the_archive_lies_where_the_settings_say(tmp_path: Path) -> None:
    text = 'database = "sqlite:///db/csi.sqlite"\n{}'
    beside = installation(tmp_path, text.format(""))
    archive_of(beside).put(b"x")
    assert len(files_in(tmp_path / "db/artefacts")) == 1
    named = installation(tmp_path, text.format('[artefacts]\naddress = "elsewhere"'))
    archive_of(named).put(b"x")
    assert len(files_in(tmp_path / "elsewhere")) == 1
    store = installation(tmp_path, text.format('[artefacts]\naddress = "memory://bucket/x"'))
    assert archive_of(store).get(archive_of(store).put(b"y")) == b"y"
