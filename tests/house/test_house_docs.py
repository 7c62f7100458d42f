"""What the documents name is there."""

import os
import re
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from flows.cli import VERBS

if TYPE_CHECKING:
    from tests.house.conftest import Project

DOCUMENTS = (
    "README.md",
    "LICENSE",
    "CHANGELOG.md",
    "CONTRIBUTING.md",
    "docs/architecture.md",
    "docs/connectors.md",
    "docs/dependencies.md",
    "docs/files.md",
    "docs/measures.md",
    "docs/mining.md",
    "docs/running.md",
    "docs/review-app.md",
    "docs/store.md",
)
TARGETS = {
    *("help", "demo", "demo-story", "test", "lint", "bench", "e2e", "eval", "soak", "audit"),
    *("clean", "docs", "lock"),
}


@pytest.mark.parametrize("name", DOCUMENTS)
def test_a_document_is_there_and_says_something(project: "Project", name: str) -> None:
    assert len(project.text(Path(name)).splitlines()) >= 10


def test_a_link_in_a_document_leads_somewhere(project: "Project") -> None:
    link = re.compile(r"\]\((?!https?:|mailto:|#)([^)#\s]+)")
    dead = [
        f"{path}: {target}"
        for path in project.files
        if path.suffix == ".md"
        for target in link.findall(project.text(path))
        if not (project.root / path.parent / target).exists()
    ]
    assert dead == []


def test_decisions_are_numbered_without_a_gap(project: "Project") -> None:
    names = [path.name for path in project.files if path.parent == Path("docs/decisions")]
    assert [name[:4] for name in sorted(names)] == [f"{n:04d}" for n in range(1, len(names) + 1)]
    assert all(re.fullmatch(r"\d{4}-[a-z0-9-]+\.md", name) for name in names)


def test_the_readme_names_the_commands_there_are(project: "Project") -> None:
    rows = re.findall(r"^\| `csi ([a-z-]+)` \|", project.text(Path("README.md")), re.MULTILINE)
    assert sorted(rows) == sorted(VERBS)


def test_every_command_a_document_shows_exists(project: "Project") -> None:
    shown = {
        verb
        for path in project.files
        if path.suffix == ".md" and path.name != "CHANGELOG.md"
        for verb in re.findall(r"(?:`|bin/|^)csi ([a-z][a-z-]*)", project.text(path), re.MULTILINE)
    }
    assert shown - set(VERBS) == set()


def test_the_makefile_has_the_targets_that_are_promised(project: "Project") -> None:
    assert _targets(project) == TARGETS


def test_every_target_a_document_shows_exists(project: "Project") -> None:
    shown = {
        target
        for path in project.files
        if path.suffix == ".md"
        for target in re.findall(r"(?:`|^)make ([a-z0-9-]+)", project.text(path), re.MULTILINE)
    }
    assert shown - _targets(project) == set()


def test_help_lists_every_target(project: "Project") -> None:
    told = subprocess.run(
        ["make", "--no-print-directory", "help"],
        cwd=project.root, capture_output=True, text=True, check=True,
    ).stdout  # fmt: skip
    assert set(re.findall(r"^  make ([a-z0-9-]+) ", told, re.MULTILINE)) == TARGETS


def test_the_command_line_starts_without_heavy_libraries(project: "Project") -> None:
    heavy = ["great_expectations", "pandas", "prefect", "sklearn", "weasyprint"]
    code = f"import sys, flows.cli; print(*sorted(set({heavy}) & set(sys.modules)))"
    told = subprocess.run(
        [sys.executable, "-c", code],
        cwd=project.root, capture_output=True, text=True, check=True, env=dict(os.environ),
    ).stdout  # fmt: skip
    assert told.split() == []


def _targets(project: "Project") -> set[str]:
    phony = re.search(r"^\.PHONY: (.+)$", project.text(Path("Makefile")), re.MULTILINE)
    assert phony is not None
    return set(phony[1].split())


def test_every_test_that_a_document_names_is_there(project: "Project") -> None:
    named = {
        (path, name)
        for document in project.files
        if document.suffix == ".md"
        for path, name in re.findall(r"(tests/[\w/]+\.py)::(test_\w+)", project.text(document))
    }
    lost = [
        f"{path}::{name}"
        for path, name in sorted(named)
        if not (project.root / path).exists()
        or not re.search(rf"^(?:    )?def {name}\(", project.text(Path(path)), re.MULTILINE)
    ]
    assert named
    assert lost == []
