"""Artefacts in the object stores of Amazon, Azure and Google, by the libraries companies use."""

import subprocess
import sys
from collections.abc import Iterator, Mapping
from datetime import date
from pathlib import Path

import pytest

from flows.artefacts import Blocks, archive_of, share_documents
from flows.settings import load_settings
from flows.wiring import build
from itsm.errors import PublishError
from reports.places import Place
from tests.e2e.cloud_stores import CLOUDS, CloudStore, cloud_store, somewhere_else
from tests.e2e.prefect_desk import free_port

pytestmark = pytest.mark.e2e

DONE_ELSEWHERE = """\
import sys
from itsm.errors import PublishError
from reports.places import Place
address, verb, *rest = sys.argv[1:]
place = Place(address, setting="artefacts.address")
try:
    place.write(rest[0], rest[1].encode()) if verb == "write" else place.read(rest[0])
except PublishError as error:
    sys.exit(str(error))
"""
LARGE = bytes(range(256)) * 25_000


@pytest.fixture(scope="module", params=CLOUDS)
def store(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[CloudStore]:
    with cloud_store(request.param, tmp_path_factory.mktemp(request.param)) as served:
        yield served


def place_at(store: CloudStore) -> Place:
    return Place(store.address, setting="artefacts.address")


def elsewhere(store: CloudStore, *args: str, told: Mapping[str, str] | None = None) -> str:
    """What another process does there; what it ends with, if not well."""
    done = subprocess.run(
        [sys.executable, "-c", DONE_ELSEWHERE, *args],
        env=somewhere_else(told or store.environment),
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    return done.stderr.strip().splitlines()[-1] if done.returncode else ""


@pytest.mark.parametrize("data", [b"", b"a pack", LARGE], ids=["empty", "small", "large"])
def test_a_file_is_what_was_written_last(store: CloudStore, data: bytes) -> None:
    place = place_at(store)
    assert place.read("packs/none.html") is None
    place.write("packs/one.html", b"what was there before")
    place.write("packs/one.html", data)
    assert place.read("packs/one.html") == data
    place.remove("packs/one.html")
    assert place.read("packs/one.html") is None
    place.remove("packs/one.html")


def test_what_another_machine_wrote_is_seen_and_removed(store: CloudStore) -> None:
    place = place_at(store)
    place.write("listed/2026-11-01/a", b"1")
    assert place.names("listed") == ("2026-11-01",)
    assert place.names("listed/2026-11-01") == ("a",)
    assert not elsewhere(store, store.address, "write", "listed/2026-11-01/b", "2")
    assert not elsewhere(store, store.address, "write", "listed/2026-11-02/c", "3")
    assert place.names("listed") == ("2026-11-01", "2026-11-02")
    place.remove("listed/2026-11-01")
    assert place.names("listed") == ("2026-11-02",)
    assert place.read("listed/2026-11-01/b") is None
    assert place.names("nothing") == ()


def test_what_one_machine_archives_another_gives_out(store: CloudStore, tmp_path: Path) -> None:
    given = {"artefacts": {"address": store.address}}
    one, other = (build(load_settings(given=given), tmp_path / name) for name in ("a", "b"))
    sha256 = archive_of(one).put(b"a pack")
    assert archive_of(other).get(sha256) == b"a pack"
    page = tmp_path / "pack.html"
    page.write_bytes(b"<html>")
    share_documents(one, "2026-W46", [page])
    assert place_at(store).read("packs/2026-W46/pack.html") == b"<html>"
    (name,) = store.under(f"objects/{sha256[:2]}")
    place_at(store).write(f"objects/{sha256[:2]}/{name}", b"a pick")
    with pytest.raises(PublishError, match="damaged"):
        archive_of(other).get(sha256)
    assert archive_of(other).remove(sha256)
    with pytest.raises(PublishError, match="missing"):
        archive_of(one).get(sha256)


def test_blocks_are_handed_over_once_and_cleared(store: CloudStore) -> None:
    today = date(2026, 11, 22)
    giver, taker = Blocks(store.address, today), Blocks(store.address, today)
    Blocks(store.address, date(2026, 11, 18)).put(b"left behind")
    key = giver.put(LARGE)
    assert taker.get(key) == LARGE
    giver.clear()
    assert place_at(store).names("blocks") == ()


def test_a_bucket_that_is_not_there_is_named(store: CloudStore) -> None:
    nowhere = Place(f"{store.cloud.protocol}://csi-nowhere/csi", setting="artefacts.address")
    with pytest.raises(PublishError, match=r"csi-nowhere/csi: a cannot be written: .+; check that"):
        nowhere.write("a", b"1")
    assert nowhere.read("a") is None
    assert nowhere.names("a") == ()


@pytest.mark.parametrize("verb", ["read", "write"])
def test_a_store_that_is_away_is_named_and_what_to_do(store: CloudStore, verb: str) -> None:
    told = elsewhere(store, store.address, verb, "a", "1", told=store.cloud.told(free_port()))
    kind = "read" if verb == "read" else "written"
    assert told.startswith(f"{store.address}: a cannot be {kind}: "), told
    assert "; check that the place" in told


def test_a_key_that_is_refused_is_named(store: CloudStore) -> None:
    if store.cloud.protocol != "az":
        pytest.skip("this server looks at no key")
    variable = "AZURE_STORAGE_CONNECTION_STRING"
    other = {variable: store.environment[variable].replace("Key=Eby8", "Key=Eby9")}
    told = elsewhere(store, store.address, "read", "a", told=other)
    assert "a cannot be read: Server failed to authenticate" in told
