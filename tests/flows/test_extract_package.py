"""What describes an extract keeps to the Data Package standard, and to the files beside it."""

import json
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from reports.extract.parts import PartFormat
from tests.flows.extracted import extracted, installed

NAME = {"type": "string", "pattern": r"^([-a-z0-9._/])+$"}
WORDS = {"type": "array", "items": {"type": "string"}, "minItems": 1}
KEYS = {"anyOf": [{"type": "string"}, WORDS]}
PATH = {"type": "string", "pattern": r"^(?=^[^./~])(^((?!\.{2}).)*$).*$"}
FIELD = {
    "type": "object",
    "required": ["name", "type", "description"],
    "properties": {
        "name": {"type": "string"},
        "type": {
            "enum": ["string", "number", "integer", "boolean", "date", "datetime", "yearmonth"]
        },
        "format": {"type": "string"},
        "description": {"type": "string", "minLength": 1},
        "constraints": {
            "type": "object",
            "properties": {"required": {"type": "boolean"}, "unique": {"type": "boolean"}},
        },
    },
}
REFERENCE = {
    "type": "object",
    "required": ["fields", "reference"],
    "properties": {
        "fields": KEYS,
        "reference": {
            "type": "object",
            "required": ["resource", "fields"],
            "properties": {"resource": {"type": "string"}, "fields": KEYS},
        },
    },
}
RESOURCE = {
    "type": "object",
    "required": ["name", "path", "schema"],
    "properties": {
        "name": NAME,
        "path": {"anyOf": [PATH, {"type": "array", "items": PATH, "minItems": 1}]},
        "format": {"type": "string"},
        "mediatype": {"type": "string", "pattern": "^.+/.+$"},
        "encoding": {"type": "string"},
        "schema": {
            "type": "object",
            "required": ["fields"],
            "properties": {
                "fields": {"type": "array", "items": FIELD, "minItems": 1},
                "primaryKey": KEYS,
                "foreignKeys": {"type": "array", "items": REFERENCE},
                "missingValues": {"type": "array", "items": {"type": "string"}},
            },
        },
    },
}
PACKAGE = {
    "type": "object",
    "required": ["resources"],
    "properties": {
        "name": NAME,
        "profile": {"type": "string"},
        "resources": {"type": "array", "items": RESOURCE, "minItems": 1},
    },
}
"""What https://specs.frictionlessdata.io/ asks of what an extract writes: data package, data
resource, table schema."""


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    parts = installed(tmp_path_factory.mktemp("installed"))
    return extracted(parts, tmp_path_factory.mktemp("extract")).folder


def _package(folder: Path, kind: PartFormat) -> Any:
    return json.loads((folder / kind / "datapackage.json").read_bytes())


def _listed(given: str | list[str]) -> list[str]:
    return [given] if isinstance(given, str) else given


@pytest.mark.parametrize("kind", PartFormat)
def test_the_package_keeps_to_the_standard(folder: Path, kind: PartFormat) -> None:
    package = _package(folder, kind)
    jsonschema.Draft202012Validator(PACKAGE).validate(package)
    broken = json.loads(json.dumps(package))
    broken["resources"][0]["schema"]["fields"][0]["type"] = "whole number"
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.Draft202012Validator(PACKAGE).validate(broken)


@pytest.mark.parametrize("kind", PartFormat)
def test_keys_and_references_name_columns_that_are_there(folder: Path, kind: PartFormat) -> None:
    tables = {one["name"]: one["schema"] for one in _package(folder, kind)["resources"]}
    columns = {name: [one["name"] for one in held["fields"]] for name, held in tables.items()}
    for name, held in tables.items():
        assert len(set(columns[name])) == len(columns[name])
        assert set(_listed(held.get("primaryKey", []))) <= set(columns[name])
        for one in held.get("foreignKeys", []):
            there = one["reference"]["resource"] or name
            assert set(_listed(one["fields"])) <= set(columns[name])
            assert set(_listed(one["reference"]["fields"])) == set(
                _listed(tables[there]["primaryKey"])
            )


@pytest.mark.slow
def test_another_program_finds_it_valid(folder: Path) -> None:
    """With `pip install frictionless`, which is no part of this project, as it brings 38 others."""
    frictionless = pytest.importorskip("frictionless")
    report = frictionless.validate(str(folder / PartFormat.CSV / "datapackage.json"))
    assert report.valid, report.flatten(["type", "note"])[:5]
