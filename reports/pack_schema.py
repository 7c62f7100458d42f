"""The JSON of a pack as a JSON Schema, made from the data model itself."""

import json

from reports.model import Pack

DIALECT = "https://json-schema.org/draft/2020-12/schema"


def pack_schema() -> str:
    """The schema, as `docs/pack.schema.json` holds it.

    Source:
        JSON Schema, draft 2020-12.
    """
    from pydantic import TypeAdapter

    told = TypeAdapter(Pack).json_schema(mode="serialization")
    return json.dumps({"$schema": DIALECT, **told}, indent=1, ensure_ascii=False) + "\n"
