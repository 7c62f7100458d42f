"""Every library has a reason, a pin and a room; nothing is used that is not declared."""

import ast
import re
import sys
from collections.abc import Iterator, Mapping
from functools import cache
from importlib.metadata import packages_distributions
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from tests.house.licences import is_refused, pinned

if TYPE_CHECKING:
    from tests.house.conftest import Project

# What a room may import besides its neighbours below and the standard library.
ROOM_LIBRARIES = {
    "itsm": {"holidays", "numpy", "pydantic", "scipy"},
    "connectors": {"msgspec", "orjson", "pydantic", "requests"},
    "connectors/files": {"numpy", "openpyxl", "orjson", "pandas", "pyarrow", "pydantic"},
    "checks": {"great_expectations", "jinja2", "markupsafe", "numpy", "pandas", "pydantic"},
    "problem_mining": {
        "msgspec", "numba", "numpy", "onnxruntime", "pandas", "pydantic", "scipy", "sklearn",
        "threadpoolctl",
    },
    "reports": {
        "PIL", "apprise", "babel", "fontTools", "fsspec", "jinja2", "markupsafe", "openpyxl",
        "orjson", "pandas", "pantab", "pptx", "pyarrow", "pydantic", "requests", "weasyprint",
        "xlsxwriter",
    },
    "reports/extract": {"numpy", "pandas", "pantab", "pyarrow"},
    "reports/measures": {
        "numpy", "pandas", "pydantic", "scipy", "statsmodels", "threadpoolctl",
    },
    "review_app": {
        "argon2", "authlib", "babel", "fastapi", "httpx", "itsdangerous", "jinja2", "joserfc",
        "markupsafe", "prometheus_client", "pydantic", "starlette",
    },
    "store": {"alembic", "cryptography", "isal", "orjson", "sqlalchemy"},
    "simulator": {"numpy", "openpyxl", "orjson", "pandas", "pyarrow", "pydantic"},
}  # fmt: skip

# Declared, but found by name and not imported.
NOT_IMPORTED = {
    "font-source-sans-pro": "found as an entry point",
    "psycopg": "named in the database URL",
    "python-multipart": "found by FastAPI, to read forms",
    "tzdata": "read by zoneinfo",
}


def test_the_list_with_reasons_is_the_list_in_pyproject(project: "Project") -> None:
    text = project.text(Path("docs/dependencies.md"))
    explained = re.findall(r"^\| `([^`]+)` \| \S", text, re.MULTILINE)
    assert sorted(explained) == sorted(_declared(project, "dev"))


def test_every_imported_library_is_declared(project: "Project") -> None:
    distributions = _distributions()
    declared = _declared(project, "scale", "otel", "tableau")
    undeclared = {
        library: str(path)
        for path, library in _imports(project)
        if not {canonicalize_name(name) for name in distributions[library]} & declared
    }
    assert undeclared == {}


def test_every_declared_library_is_used(project: "Project") -> None:
    distributions = _distributions()
    used = {
        canonicalize_name(name)
        for _, library in _imports(project)
        for name in distributions[library]
    }
    assert _declared(project) - used == set(NOT_IMPORTED)


def test_a_room_keeps_to_its_libraries(project: "Project") -> None:
    strays = [
        f"{path}: {library}"
        for path, library in _imports(project)
        if path.parts[0] != "flows" and library not in _allowed(path)
    ]
    assert strays == []


def test_figures_are_computed_without_knowing_how_they_are_shown(project: "Project") -> None:
    known = {
        f"{path}: {module}"
        for path, module in _modules(project)
        if Path("reports/measures") in path.parents
        if module.partition(".")[0] == "reports" and not module.startswith("reports.measures")
    }
    assert known == set()


def test_pins_name_no_place_and_hold_every_dependency(project: "Project") -> None:
    text = project.text(Path("constraints.txt"))
    assert "://" not in text
    pins = {
        canonicalize_name(pin.name): str(pin.specifier).removeprefix("==")
        for pin in map(Requirement, text.splitlines())
    }
    wanted = [
        *project.toml["project"]["dependencies"],
        *project.toml["project"]["optional-dependencies"]["dev"],
    ]
    outside = [
        wish.name
        for wish in map(Requirement, wanted)
        if not wish.specifier.contains(pins.get(canonicalize_name(wish.name), "0"))
    ]
    assert outside == []


def test_every_pinned_package_has_a_licence_that_lets_us_use_it() -> None:
    assert {name: told for name, told in pinned() if is_refused(told)} == {}


def test_a_licence_that_asks_for_too_much_is_noticed() -> None:
    asked = {"": True, "GPL-3.0-only": True, "GNU Affero General Public License v3": True}
    asked |= {"MIT": False, "LGPL-3.0-only": False, "MPL-2.0": False}
    assert {licence: is_refused(licence) for licence in asked} == asked


@pytest.mark.parametrize("cap", ["sqlalchemy<2.1", "fastapi<0.151"])
def test_what_breaks_prefect_stays_out(project: "Project", cap: str) -> None:
    name, limit = cap.split("<")
    declared = {
        wish.name: wish for wish in map(Requirement, project.toml["project"]["dependencies"])
    }
    assert not declared[name].specifier.contains(limit)


@cache
def _distributions() -> Mapping[str, list[str]]:
    """Which installed distributions bring an importable name."""
    return packages_distributions()


def _declared(project: "Project", *extras: str) -> set[str]:
    wishes: list[str] = list(project.toml["project"]["dependencies"])
    for extra in extras:
        wishes += project.toml["project"]["optional-dependencies"][extra]
    return {canonicalize_name(Requirement(wish).name) for wish in wishes}


def _allowed(path: Path) -> set[str]:
    rooms = [str(parent) for parent in path.parents if str(parent) in ROOM_LIBRARIES]
    return ROOM_LIBRARIES[rooms[0]] if rooms else set()


def _imports(project: "Project") -> Iterator[tuple[Path, str]]:
    """Every module with each third-party library it imports."""
    for path, module in _modules(project):
        library = module.partition(".")[0]
        if library not in project.rooms and library not in sys.stdlib_module_names:
            yield path, library


def _modules(project: "Project") -> Iterator[tuple[Path, str]]:
    for path, module in project.modules.items():
        for node in ast.walk(module):
            if isinstance(node, ast.Import):
                yield from ((path, alias.name) for alias in node.names)
            elif isinstance(node, ast.ImportFrom):
                assert node.level == 0 and node.module is not None, f"{path}: relative import"
                yield path, node.module
            elif isinstance(node, ast.Call) and _imports_by_name(node):
                assert isinstance(node.args[0], ast.Constant)
                yield path, str(node.args[0].value)


def _imports_by_name(call: ast.Call) -> bool:
    """Whether a call is import_module("a.name")."""
    name = getattr(call.func, "attr", getattr(call.func, "id", ""))
    return name == "import_module" and isinstance(call.args[0], ast.Constant)
