"""`datapackage.json`: what the files of an extract hold, for programs that read Data Packages.

Source:
    Data Package (v2), Table Schema and Data Resource, https://datapackage.org/standard.
"""

import json
from collections.abc import Iterable, Mapping

from reports.extract.manifest import Manifest, Part
from reports.extract.parts import PartFormat
from reports.extract.schema import ExtractColumn, ExtractTable

PROFILE = "https://datapackage.org/profiles/2.0/datapackage.json"
_MEDIA_TYPES = {
    PartFormat.PARQUET: "application/vnd.apache.parquet",
    PartFormat.CSV: "text/csv",
}


def package_json(manifest: Manifest, tables: Mapping[str, ExtractTable], kind: PartFormat) -> bytes:
    """The descriptor of the files of one format; paths start from the folder it lies in.

    Args:
        manifest: of the extract.
        tables: every table by name.
        kind: the format of the files.
    """
    package = {
        "$schema": PROFILE,
        "name": "csi-extract",
        "title": "Continual service improvement: extract for dashboards",
        "description": "A star schema of incidents, changes, vendor cases, clocks, hand-offs, "
        "figures, problem candidates and improvements. Names of persons and texts that persons "
        "wrote are not in it.",
        "version": manifest.version,
        "cutoff": manifest.cutoff_at.isoformat(),
        "newestWeek": manifest.week,
        "timeZone": manifest.zone,
        "resources": [
            _resource(table, list(manifest.parts_of(table.name)), kind) for table in tables.values()
        ],
    }
    return (json.dumps(package, indent=2, ensure_ascii=False) + "\n").encode()


def _resource(table: ExtractTable, parts: list[Part], kind: PartFormat) -> dict[str, object]:
    files = [file for part in parts for file in part.files if file.path.startswith(f"{kind}/")]
    paths = [file.path.removeprefix(f"{kind}/") for file in files]
    resource: dict[str, object] = {
        "name": table.name,
        "title": table.title,
        "description": table.description,
        "path": paths if table.by_week else paths[0],
        "format": kind.value,
        "mediatype": _MEDIA_TYPES[kind],
        "rows": sum(part.rows for part in parts),
    }
    if len(files) == 1:
        resource |= {"bytes": files[0].bytes, "hash": f"sha256:{files[0].sha256}"}
    if kind is PartFormat.CSV:
        resource |= {"type": "table", "encoding": "utf-8", "dialect": {"header": True}}
    return {**resource, "schema": _schema(table)}


def _schema(table: ExtractTable) -> dict[str, object]:
    """A Table Schema, with every reference to another table."""
    return {
        "fields": [_field(column) for column in table.columns],
        "missingValues": [""],
        "primaryKey": list(table.key),
        "foreignKeys": list(_references(table.columns)),
    }


def _field(column: ExtractColumn) -> dict[str, object]:
    field: dict[str, object] = {
        "name": column.name,
        "type": column.type.value,
        "description": column.description,
    }
    return {**field, "constraints": {"required": True}} if column.is_required else field


def _references(columns: Iterable[ExtractColumn]) -> Iterable[dict[str, object]]:
    for column in columns:
        if column.refers_to is not None:
            reference = {"resource": column.refers_to, "fields": [_key_of(column.refers_to)]}
            yield {"fields": [column.name], "reference": reference}


def _key_of(table: str) -> str:
    """The name of the key that a column refers to."""
    return f"{table.partition('_')[2].removeprefix('register_')}_key"


def readme(manifest: Manifest, tables: Mapping[str, ExtractTable]) -> bytes:
    """What is in an extract, for whoever finds the folder."""
    lines = [
        "Extract for dashboards: a star schema.",
        f"True for {manifest.cutoff_at.isoformat()}; newest week {manifest.week}, weeks in "
        f"{manifest.zone}.",
        "Names of persons and texts that persons wrote are not in it.",
        "",
    ]
    for table in tables.values():
        lines += [f"{table.name}: {table.title}", f"    {table.description}"]
        lines += [f"    {c.name} ({c.type}): {c.description}" for c in table.columns]
        lines.append("")
    return "\n".join(lines).encode()
