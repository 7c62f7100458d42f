"""The JSON of packs: every one keeps to the schema, and the documented schema is the true one."""

import json
from copy import deepcopy
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from reports.formats import Format, render
from reports.pack import build_pack
from reports.pack_schema import pack_schema
from tests.reports.sample_pack import empty_input, hostile_input, quiet_input, sample_input

DOCUMENTED = Path(__file__).parents[2] / "docs/pack.schema.json"
CASES = [sample_input, quiet_input, empty_input, hostile_input]


def told(make: Any) -> Any:
    """The JSON of a pack, as anybody reads it."""
    return json.loads(render(build_pack(make()), Format.JSON)[0].data)


def test_the_documented_schema_is_the_one_of_the_model() -> None:
    assert DOCUMENTED.read_text(encoding="utf-8") == pack_schema(), (
        "write it anew: python -c 'from reports.pack_schema import pack_schema; "
        'print(pack_schema(), end="")\' > docs/pack.schema.json'
    )


@pytest.mark.parametrize("make", CASES)
def test_every_pack_keeps_to_the_schema(make: Any) -> None:
    jsonschema.validate(told(make), json.loads(pack_schema()))


@pytest.mark.parametrize(
    ("path", "value"),
    [(("week",), 34), (("sections", 0, "title"), None), (("brief", "asks"), "none")],
)
def test_what_is_no_pack_is_refused(path: tuple[Any, ...], value: object) -> None:
    given = deepcopy(told(sample_input))
    part = given
    for step in path[:-1]:
        part = part[step]
    part[path[-1]] = value
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate(given, json.loads(pack_schema()))


def test_every_part_of_the_schema_says_what_it_is() -> None:
    parts = json.loads(pack_schema())["$defs"]
    assert len(parts) > 15
    assert [name for name, part in parts.items() if not part.get("description")] == []
