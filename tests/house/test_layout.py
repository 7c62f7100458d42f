"""House rules that no linter knows."""

import ast
import re
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tests.house.conftest import Project

MAX_MODULE_LINES = 300
MAX_FUNCTION_LINES = 40

BANNED_NAMES = {"common", "helper", "helpers", "html", "misc", "stuff", "tools", "util", "utils"}

# Words that tell of the place where this was written instead of the project; put together here so
# that this file does not hold them.
PLACES = (
    re.compile(r"(?<![\w.~-])/" + "work" + r"(?![\w-])"),
    re.compile(r"\." + "library" + r"\b"),
    re.compile(
        "py" + r"pi\.org|python" + r"hosted\.org|registry\." + r"npmjs|deb\." + r"debian\.org"
    ),
)
BESIDE = "../" + "shared"


def test_no_module_is_longer_than_a_reader_can_hold(project: "Project") -> None:
    lengths = {str(path): project.text(path).count("\n") for path in project.modules}
    assert {path: n for path, n in lengths.items() if n > MAX_MODULE_LINES} == {}


def test_no_function_is_longer_than_a_screen(project: "Project") -> None:
    long = [
        f"{path}:{node.lineno} {node.name}: {n} lines"
        for path, module in project.modules.items()
        for node in ast.walk(module)
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
        if (n := _length(node)) > MAX_FUNCTION_LINES
    ]
    assert long == []


def test_files_are_named_after_the_thing_in_them(project: "Project") -> None:
    named = {
        str(path) for path in project.files for part in path.parts if _stem(part) in BANNED_NAMES
    }
    assert sorted(named) == []


def test_nothing_tells_of_the_place_where_it_was_written(project: "Project") -> None:
    found = [
        f"{path}: {match[0]}"
        for path in project.files
        for pattern in PLACES
        if (match := pattern.search(project.text(path)))
    ]
    assert found == []


def test_only_ci_looks_beside_the_project(project: "Project") -> None:
    found = [str(path) for path in project.files if BESIDE in project.text(path)]
    assert found == [".ci/run"]


def test_errors_are_declared_in_one_place(project: "Project") -> None:
    elsewhere = [
        f"{path}:{node.lineno} {node.name}"
        for path, module in project.modules.items()
        if path != Path("itsm/errors.py")
        for node in ast.walk(module)
        if isinstance(node, ast.ClassDef) and any(map(_is_error, node.bases))
    ]
    assert elsewhere == []


def test_only_flows_catch_everything(project: "Project") -> None:
    caught = [
        f"{path}:{node.lineno}"
        for path, module in project.modules.items()
        if path.parts[0] not in {"flows", "review_app"}
        for node in ast.walk(module)
        if isinstance(node, ast.ExceptHandler) and _catches_everything(node.type)
    ]
    assert caught == []


def test_what_is_unfinished_is_an_issue_and_not_a_comment(project: "Project") -> None:
    unfinished = re.compile(r"#.*\b(" + "|".join(("TO" + "DO", "FIX" + "ME", "XX" + "X")) + r")\b")
    found = [
        f"{path}:{number}"
        for path in project.files
        if path.suffix in {".py", ".toml", ".j2"} or path.name == "Makefile"
        for number, line in enumerate(project.text(path).splitlines(), 1)
        if unfinished.search(line)
    ]
    assert found == []


def _length(function: ast.FunctionDef | ast.AsyncFunctionDef) -> int:
    """Lines of a function without its docstring."""
    assert function.end_lineno is not None
    docstring = 0
    if ast.get_docstring(function) is not None:
        assert function.body[0].end_lineno is not None
        docstring = function.body[0].end_lineno - function.body[0].lineno + 1
    return function.end_lineno - function.lineno + 1 - docstring


def _stem(part: str) -> str:
    return part.partition(".")[0].casefold() if not part.endswith(".j2") else ""


def _is_error(base: ast.expr) -> bool:
    name = base.attr if isinstance(base, ast.Attribute) else getattr(base, "id", "")
    return name.endswith(("Error", "Exception"))


def _catches_everything(caught: ast.expr | None) -> bool:
    names = caught.elts if isinstance(caught, ast.Tuple) else [caught]
    return any(
        name is None or getattr(name, "id", "") in {"Exception", "BaseException"} for name in names
    )
