"""The same pack gives the same bytes: again, in another process, with another seed and zone."""

import json
import os
import subprocess
import sys
from dataclasses import replace
from hashlib import sha256

import pytest

from reports.editions import Choice, EditionKind
from reports.formats import Format, render
from reports.model import Pack
from reports.pack import build_pack, pack_from_json, pack_to_json
from tests.reports.narrow_packs import edition_of
from tests.reports.sample_pack import sample_input

ON_SCREEN = tuple(kind.value for kind in Format if kind is not Format.PDF)
CHILD = """
import json, sys
from hashlib import sha256
from reports.formats import Format, render
from reports.pack import pack_from_json
pack = pack_from_json(sys.stdin.buffer.read())
print(json.dumps({
    file.name: sha256(file.data).hexdigest()
    for kind in sys.argv[1:] for file in render(pack, Format(kind))
}))
"""


def full() -> Pack:
    """A busy week."""
    return build_pack(sample_input())


def short() -> Pack:
    """Its executive edition in German, which is soon laid out."""
    choice = Choice(kind=EditionKind.EXECUTIVE, language="de")
    return build_pack(replace(sample_input(), choice=choice))


def here(pack: Pack, kinds: tuple[str, ...]) -> dict[str, str]:
    """The hashes of a pack's files, rendered in this process."""
    made = [file for kind in kinds for file in render(pack, Format(kind))]
    return {file.name: sha256(file.data).hexdigest() for file in made}


def elsewhere(pack: Pack, kinds: tuple[str, ...], seed: str, zone: str) -> dict[str, str]:
    """The same in a new process, as a machine elsewhere would start it."""
    around = {"PYTHONHASHSEED": seed, "TZ": zone, "LANG": "C", "LC_ALL": "C"}
    child = subprocess.run(
        [sys.executable, "-c", CHILD, *kinds],
        input=pack_to_json(pack),
        capture_output=True,
        check=True,
        env=os.environ | around,
    )
    found: dict[str, str] = json.loads(child.stdout)
    return found


@pytest.mark.parametrize(("seed", "zone"), [("1", "Pacific/Auckland"), ("4711", "America/Lima")])
def test_another_process_gives_the_same_bytes(seed: str, zone: str) -> None:
    pack = full()
    found = here(pack, ON_SCREEN)
    assert len(found) >= 7
    assert elsewhere(pack, ON_SCREEN, seed, zone) == found


def test_a_pdf_is_the_same_in_another_process() -> None:
    kinds = (Format.PDF.value,)
    assert elsewhere(short(), kinds, "99", "Asia/Kathmandu") == here(short(), kinds)


@pytest.mark.slow
def test_the_pdf_of_all_sections_is_the_same_in_another_process() -> None:
    kinds = (Format.PDF.value,)
    assert elsewhere(full(), kinds, "7", "Asia/Tokyo") == here(full(), kinds)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("kind", "language"),
    [*((kind, "en") for kind in EditionKind), (EditionKind.EXECUTIVE, "de"),
     (EditionKind.VENDOR, "de")],
)  # fmt: skip
def test_every_edition_is_the_same_in_every_format_in_another_process(
    kind: EditionKind, language: str
) -> None:
    pack, kinds = edition_of(kind, language), tuple(one.value for one in Format)
    found = here(pack, kinds)
    assert len(found) >= len(kinds)
    assert elsewhere(pack, kinds, "31", "Australia/Lord_Howe") == found


@pytest.mark.parametrize("kind", ON_SCREEN)
def test_a_pack_that_was_stored_renders_to_the_same_bytes(kind: str) -> None:
    pack = full()
    assert here(pack_from_json(pack_to_json(pack)), (kind,)) == here(pack, (kind,))


def test_another_cutoff_gives_other_bytes() -> None:
    pack = full()
    first, later = here(pack, ON_SCREEN), here(replace(pack, cutoff="another"), ON_SCREEN)
    told = [name for name in first if name.endswith((".html", ".xlsx", ".pptx", ".json", ".txt"))]
    assert [name for name in told if first[name] == later[name] and "decision" not in name] == []
