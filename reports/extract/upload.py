"""An extract at an address that dashboards reach: only what differs is sent, its list last."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path

from itsm.codec import from_bytes
from itsm.errors import PublishError
from reports.extract.hyper import HYPER
from reports.extract.manifest import MANIFEST, Manifest, read_manifest
from reports.places import Place

FOLDER = "extract"
"""Where an extract lies below the address of artefacts."""
_README, _PACKAGE = "README.txt", "datapackage.json"


@dataclass(frozen=True, slots=True)
class Uploaded:
    """Where the extract lies, and how many of its files were sent, were there, were removed."""

    where: str
    n_sent: int
    n_kept: int
    n_removed: int


def upload(folder: Path, place: Place) -> Uploaded:
    """Bring the extract of a folder to a place; what is there and the same is not sent again.

    The list of files goes last: an upload that was cut off is made whole by the next one.

    Args:
        folder: of the newest extract.
        place: below it, in `extract/`, lies the extract.

    Raises:
        PublishError: the extract cannot be read, or the place not written.
    """
    manifest, before = read_manifest(folder), _there(place)
    held = dict(_files(manifest))
    new = [path for path, digest in held.items() if before.get(path) != digest]
    for path in new:
        place.write(f"{FOLDER}/{path}", _whole(folder / path, held[path]))
    described = [*_described(folder, manifest), MANIFEST]
    for path in described:
        place.write(f"{FOLDER}/{path}", (folder / path).read_bytes())
    gone = [path for path in before if path not in held]
    for path in gone:
        place.remove(f"{FOLDER}/{path}")
    n_sent = len(new) + len(described)
    return Uploaded(place.where(FOLDER), n_sent, len(held) - len(new), len(gone))


def _there(place: Place) -> Mapping[str, str]:
    """The files at the place with their hashes, as the list there says; none where it says none."""
    held = place.read(f"{FOLDER}/{MANIFEST}")
    try:
        return {} if held is None else dict(_files(from_bytes(Manifest, held)))
    except ValueError:  # of another version of this program: everything is sent
        return {}


def _files(manifest: Manifest) -> Iterator[tuple[str, str]]:
    for part in manifest.parts:
        for file in part.files:
            yield file.path, file.sha256


def _whole(file: Path, digest: str) -> bytes:
    data = file.read_bytes()
    if sha256(data).hexdigest() != digest:
        raise PublishError(f"{file} was changed since it was extracted; run csi extract again")
    return data


def _described(folder: Path, manifest: Manifest) -> Iterator[str]:
    """What describes the parts, and Tableau's file where there is one."""
    formats = sorted({path.partition("/")[0] for path, _digest in _files(manifest)})
    yield from (f"{kind}/{_PACKAGE}" for kind in formats)
    yield _README
    if manifest.hyper_of and (folder / HYPER).exists():
        yield HYPER
