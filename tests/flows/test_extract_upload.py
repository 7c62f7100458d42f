"""The extract at the address of artefacts: whole, only what differs is sent, what is gone goes."""

from dataclasses import replace
from pathlib import Path

import pytest
from click.testing import CliRunner

from flows.cli import csi
from itsm.codec import to_bytes
from itsm.errors import PublishError
from reports.extract.manifest import MANIFEST, read_manifest
from reports.extract.upload import FOLDER, upload
from reports.places import Place
from tests.flows.extracted import ESTATE, WEEK, extracted, installed


def _at(address: Path) -> dict[str, bytes]:
    home = address / FOLDER
    return {str(p.relative_to(home)): p.read_bytes() for p in home.rglob("*") if p.is_file()}


def _of(folder: Path) -> dict[str, bytes]:
    return {str(p.relative_to(folder)): p.read_bytes() for p in folder.rglob("*") if p.is_file()}


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    parts = installed(tmp_path_factory.mktemp("installed"))
    return extracted(parts, tmp_path_factory.mktemp("extract")).folder


def test_all_of_it_is_brought_once_and_then_only_what_differs(folder: Path, tmp_path: Path) -> None:
    place = Place(str(tmp_path), setting="artefacts.address")
    first = upload(folder, place)
    assert _at(tmp_path) == _of(folder)
    assert (first.n_sent, first.n_kept) == (len(_of(folder)), 0)
    again = upload(folder, place)
    assert (again.n_sent, again.n_removed) == (4, 0), "what describes it, and no part"
    assert again.n_kept == first.n_sent - 4


def test_what_is_damaged_there_or_cut_off_is_mended_and_what_is_gone_is_removed(
    folder: Path, tmp_path: Path
) -> None:
    place = Place(str(tmp_path), setting="artefacts.address")
    upload(folder, place)
    manifest = read_manifest(folder)
    part = manifest.parts[0]
    old = replace(part.files[0], path="parquet/fact_old/2020-W01.parquet", sha256="0" * 64)
    other = replace(part, files=(replace(part.files[0], sha256="1" * 64), old))
    place.write(f"{FOLDER}/{old.path}", b"old")
    place.write(f"{FOLDER}/{part.files[0].path}", b"of the extract before")
    before = replace(manifest, parts=(other, *manifest.parts[1:]))
    place.write(f"{FOLDER}/{MANIFEST}", to_bytes(before))
    done = upload(folder, place)
    assert (done.n_sent, done.n_removed) == (6, 1)
    assert _at(tmp_path) == _of(folder)


def test_an_object_store_takes_it_too(folder: Path) -> None:
    place = Place("memory://bucket/csi", setting="artefacts.address")
    upload(folder, place)
    assert place.read(f"{FOLDER}/{MANIFEST}") == (folder / MANIFEST).read_bytes()
    assert upload(folder, place).n_kept > 20


def test_a_file_that_somebody_changed_is_not_brought(folder: Path, tmp_path: Path) -> None:
    import shutil

    copied = tmp_path / "copied"
    shutil.copytree(folder, copied)
    path = read_manifest(copied).parts[0].files[0].path
    (copied / path).unlink()
    (copied / path).write_bytes(b"changed")
    place = Place(str(tmp_path / "there"), setting="artefacts.address")
    with pytest.raises(PublishError, match="was changed since it was extracted"):
        upload(copied, place)
    assert place.read(f"{FOLDER}/{MANIFEST}") is None


def test_the_command_says_what_it_sent_and_what_it_needs(tmp_path: Path) -> None:
    installed(tmp_path)
    config = tmp_path / "csi.toml"
    config.write_text(f'zone = "{ESTATE.zone}"\ndatabase = "sqlite:///csi.sqlite"\n')
    asked = ["extract", "--config", str(config), "--week", WEEK.label, "--upload"]
    refused = CliRunner().invoke(csi, asked)
    assert refused.exit_code != 0
    assert "needs artefacts.address" in str(refused.exception)
    config.write_text(f'{config.read_text()}\n[artefacts]\naddress = "{tmp_path / "share"}"\n')
    told = CliRunner().invoke(csi, asked, catch_exceptions=False).output
    assert "files sent, 0 there as they were, 0 removed" in told
    assert (tmp_path / "share" / FOLDER / MANIFEST).exists()
