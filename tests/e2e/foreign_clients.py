"""Interpreters of their own for clients that other people wrote, and what these tell."""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

CLIENTS = Path(__file__).parent / "clients"
ENVIRONMENT = {
    name: value
    for name, value in os.environ.items()
    if name not in ("PYTHONPATH", "REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE", "VIRTUAL_ENV")
}


def interpreter(folder: Path, requirement: str) -> Path:
    """A Python of its own with one client in it."""
    python = folder / "bin" / "python"
    uv = shutil.which("uv") or shutil.which("uv", path=str(Path(sys.executable).parent))
    bare: list[str | Path] = ["--without-pip"] if uv else []
    pip: list[str | Path] = [uv, "pip"] if uv else [python, "-m", "pip"]
    install: list[str | Path] = [*pip, "install", "-q", requirement]
    if uv:
        install += ["--python", python]
    make: list[str | Path] = [sys.executable, "-m", "venv", *bare, folder]
    for command in (make, install):
        done = subprocess.run(
            command, capture_output=True, text=True, timeout=300, check=False, env=ENVIRONMENT
        )
        if done.returncode:
            pytest.skip(f"{requirement} cannot be installed: {done.stderr.strip()[-300:]}")
    return python


def told_by(python: Path, script: str, given: dict[str, str]) -> Any:
    """What a script tells that is run by an interpreter, and handed some values."""
    done = subprocess.run(
        [python, "-W", "ignore", CLIENTS / script],
        input=json.dumps(given),
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
        env=ENVIRONMENT,
    )
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)
