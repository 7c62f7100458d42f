"""The project as files: what the house rules are checked on."""

import ast
import os
import tomllib
from collections.abc import Iterator
from functools import cached_property
from pathlib import Path
from typing import Any

import pytest

_NOT_OURS = {"build", "dist", "out", "__pycache__"}


class Project:
    """The files of the project, without what is built, cached or installed."""

    root = Path(__file__).resolve().parents[2]

    @cached_property
    def files(self) -> tuple[Path, ...]:
        """Every file, relative to the root."""
        return tuple(sorted(self._walk()))

    @cached_property
    def toml(self) -> dict[str, Any]:
        """What pyproject.toml says."""
        return tomllib.loads((self.root / "pyproject.toml").read_text())

    @property
    def packages(self) -> list[str]:
        """The packages that pyproject.toml installs."""
        listed: list[str] = self.toml["tool"]["setuptools"]["packages"]
        return listed

    @property
    def rooms(self) -> set[str]:
        """The top-level packages."""
        return {name.partition(".")[0] for name in self.packages}

    @cached_property
    def modules(self) -> dict[Path, ast.Module]:
        """The parsed modules of the rooms, without their tests."""
        return {
            path: ast.parse((self.root / path).read_text())
            for path in self.files
            if path.suffix == ".py" and path.parts[0] in self.rooms
        }

    def text(self, path: Path) -> str:
        """A file as text; what is not text is empty."""
        try:
            return (self.root / path).read_text(encoding="utf-8")
        except UnicodeDecodeError:
            return ""

    def _walk(self) -> Iterator[Path]:
        for folder, subfolders, names in os.walk(self.root):
            subfolders[:] = [name for name in subfolders if not self._is_foreign(name)]
            for name in names:
                path = Path(folder, name).relative_to(self.root)
                if path.suffix != ".pyc" and path != Path(".git"):
                    yield path

    @staticmethod
    def _is_foreign(name: str) -> bool:
        is_hidden = name.startswith(".") and name not in {".ci", ".github"}
        return is_hidden or name in _NOT_OURS or name.endswith(".egg-info")


@pytest.fixture(scope="session")
def project() -> Project:
    """The project's files."""
    return Project()
