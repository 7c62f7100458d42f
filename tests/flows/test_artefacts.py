"""Artefacts at an address that is no disk of ours: the archive, documents, blocks of mining."""

import hashlib
from collections.abc import Iterator
from datetime import date
from pathlib import Path

import pytest

from flows.artefacts import Blocks, address_of, archive_of, require_shared, share_documents
from flows.settings import load_settings
from flows.wiring import build
from itsm.errors import ConfigError, PublishError
from tests.flows.object_store import ObjectStore, object_store

TODAY = date(2026, 11, 22)


@pytest.fixture
def store() -> Iterator[ObjectStore]:
    with object_store() as served:
        yield served


def test_what_one_machine_archives_another_gives_out(store: ObjectStore, tmp_path: Path) -> None:
    given = {"artefacts": {"address": store.address}}
    one, other = (build(load_settings(given=given), tmp_path / name) for name in ("a", "b"))
    sha256 = archive_of(one).put(b"a pack")
    assert archive_of(other).get(sha256) == b"a pack"
    assert [path.rpartition("/")[0] for path in store.under("objects")] == [
        f"/csi/objects/{sha256[:2]}"
    ]
    (path,) = store.under("objects")
    store.files[path] = b"a pick"
    with pytest.raises(PublishError, match="damaged"):
        archive_of(other).get(sha256)


def test_documents_of_a_week_are_shared_where_an_address_is_named(
    store: ObjectStore, tmp_path: Path
) -> None:
    page = tmp_path / "pack.html"
    page.write_bytes(b"<html>")
    named = build(load_settings(given={"artefacts": {"address": store.address}}), tmp_path / "a")
    share_documents(named, "2026-W46", [page])
    assert store.files["/csi/packs/2026-W46/pack.html"] == b"<html>"
    share_documents(build(load_settings(), tmp_path / "b"), "2026-W46", [page])
    assert not (tmp_path / "b" / "artefacts").exists()


@pytest.mark.parametrize("is_folder", [True, False])
def test_blocks_are_handed_over_once_and_cleared(
    is_folder: bool, store: ObjectStore, tmp_path: Path
) -> None:
    address = str(tmp_path / "shared") if is_folder else store.address
    giver, taker = Blocks(address, TODAY), Blocks(address, TODAY)
    left = Blocks(address, date(2026, 11, 18)).put(b"left behind")
    fresh = Blocks(address, date(2026, 11, 20)).put(b"of another run")
    key = giver.put(b"vectors")
    assert key == hashlib.sha256(b"vectors").hexdigest() == giver.put(b"vectors")
    assert taker.get(key) == b"vectors"
    giver.clear()
    with pytest.raises(PublishError, match=r"is missing or not whole; let every process"):
        taker.get(key)
    with pytest.raises(PublishError):
        Blocks(address, date(2026, 11, 18)).get(left)
    assert Blocks(address, date(2026, 11, 20)).get(fresh) == b"of another run"
    giver.clear()


def test_a_block_that_is_not_whole_is_none(store: ObjectStore) -> None:
    handed = Blocks(store.address, TODAY)
    key = handed.put(b"vectors")
    (path,) = store.under("blocks")
    store.files[path] = b"vect"
    with pytest.raises(PublishError, match="not whole"):
        handed.get(key)
    assert handed.put(b"vectors") == key
    assert handed.get(key) == b"vectors"


def test_the_address_is_the_one_that_is_named_or_beside_the_database(tmp_path: Path) -> None:
    def where(**given: object) -> str:
        return address_of(load_settings(given=given), tmp_path)

    assert where() == str(tmp_path / "artefacts")
    assert where(database="sqlite:///data/csi.sqlite") == str(tmp_path / "data" / "artefacts")
    assert where(database="postgresql://host/csi") == str(tmp_path / "artefacts")
    assert where(artefacts={"address": "shared"}) == str(tmp_path / "shared")
    assert where(artefacts={"address": "s3://bucket/csi"}) == "s3://bucket/csi"


def test_workers_elsewhere_need_a_place_to_share() -> None:
    mining = {"task_runner": "dask", "scheduler": "tcp://scheduler:8786"}
    with pytest.raises(ConfigError, match=r"set artefacts\.address"):
        require_shared(load_settings(given={"mining": mining}))
    require_shared(load_settings(given={"mining": mining, "artefacts": {"address": "s3://b/c"}}))
    with pytest.raises(ConfigError, match="scheduler"):
        load_settings(given={"mining": {"scheduler": "scheduler:8786"}})
