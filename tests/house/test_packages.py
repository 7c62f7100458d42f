"""What pyproject.toml installs is what is there."""

from pathlib import Path, PurePath
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tests.house.conftest import Project


def test_every_package_on_disk_is_listed(project: "Project") -> None:
    on_disk = {
        ".".join(path.parent.parts)
        for path in project.files
        if path.name == "__init__.py" and path.parts[0] != "tests"
    }
    assert sorted(on_disk) == sorted(project.packages)


def test_every_module_lies_in_a_listed_package(project: "Project") -> None:
    packages = set(project.packages)
    lost = [
        str(path)
        for path in project.files
        if path.suffix == ".py" and path.parts[0] != "tests"
        if ".".join(path.parent.parts) not in packages
    ]
    assert lost == []


def test_every_data_file_of_a_package_is_installed_with_it(project: "Project") -> None:
    patterns = project.toml["tool"]["setuptools"]["package-data"]["*"]
    packages = {Path(*name.split(".")) for name in project.packages}
    lost = [
        str(path)
        for path in project.files
        if path.parts[0] in project.rooms and path.suffix not in {".py", ".md"}
        if not any(
            PurePath(path.relative_to(package)).match(pattern)
            and len(path.relative_to(package).parts) == len(PurePath(pattern).parts)
            for package in packages & set(path.parents)
            for pattern in patterns
        )
    ]
    assert lost == []


def test_tests_are_not_packages_and_have_names_of_their_own(project: "Project") -> None:
    tests = [path for path in project.files if path.parts[0] == "tests"]
    assert [str(path) for path in tests if path.name == "__init__.py"] == []
    names = [path.name for path in tests if path.name.startswith("test_")]
    assert sorted({name for name in names if names.count(name) > 1}) == []
