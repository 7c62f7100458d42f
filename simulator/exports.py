"""Writes the exports of an estate in a tool's own form, block by block."""

import csv
import json
from collections.abc import Mapping
from contextlib import ExitStack
from pathlib import Path
from types import MappingProxyType
from typing import TextIO

from itsm.errors import ConfigError
from itsm.states import RecordKind
from simulator import exports_servicenow
from simulator.columns import ColumnBlock
from simulator.dirt import damaged, planted_defects
from simulator.estate import Estate, iter_blocks
from simulator.settings import EstateSettings
from simulator.sheets import Export, Sheet

SYSTEMS: Mapping[str, Export] = MappingProxyType(
    {export.system: export for export in (exports_servicenow.EXPORT,)}
)
"""The tools whose exports can be written, by name."""

MARKER = "estate.json"
"""Names what a folder was made from; an unchanged folder is not made again."""


def write_exports(estate: Estate | EstateSettings, system: str, directory: Path) -> list[Path]:
    """Writes every file of a tool's export; a folder that already holds it is left alone.

    Args:
        estate: an estate or its settings; memory stays bounded either way.
        system: a key of `SYSTEMS`.
        directory: is made if it is not there.

    Returns:
        The files, without the marker.

    Raises:
        ConfigError: the tool is not known.
    """
    settings = estate.settings if isinstance(estate, Estate) else estate
    export = _export(system)
    paths = [directory / sheet.file for sheet in export.sheets]
    made_from = {"system": system, "fingerprint": settings.fingerprint}
    if _is_there(directory, paths, made_from):
        return paths
    directory.mkdir(parents=True, exist_ok=True)
    (directory / MARKER).unlink(missing_ok=True)
    _write(settings, export, directory)
    sizes = {path.name: path.stat().st_size for path in paths}
    (directory / MARKER).write_text(json.dumps({**made_from, "bytes": sizes}, indent=1) + "\n")
    return paths


def sheets_of(system: str) -> Mapping[RecordKind, tuple[str, ...]]:
    """Which files hold which record kind.

    Raises:
        ConfigError: the tool is not known.
    """
    found: dict[RecordKind, tuple[str, ...]] = {}
    for sheet in _export(system).sheets:
        found[sheet.kind] = (*found.get(sheet.kind, ()), sheet.file)
    return found


def _export(system: str) -> Export:
    try:
        return SYSTEMS[system]
    except KeyError:
        known = ", ".join(sorted(SYSTEMS))
        raise ConfigError(f"no export form for {system!r}; known are {known}") from None


def _is_there(directory: Path, paths: list[Path], made_from: dict[str, str]) -> bool:
    marker = directory / MARKER
    if not marker.is_file():
        return False
    kept = json.loads(marker.read_text())
    if any(kept.get(name) != value for name, value in made_from.items()):
        return False
    return all(
        path.is_file() and path.stat().st_size == kept["bytes"].get(path.name) for path in paths
    )


def _write(settings: EstateSettings, export: Export, directory: Path) -> None:
    defects = {f"INC{index + 1:07d}": kind for index, kind in planted_defects(settings).items()}
    by_kind: dict[RecordKind, list[Sheet]] = {}
    with ExitStack() as stack:
        files: dict[str, TextIO] = {}
        for sheet in export.sheets:
            by_kind.setdefault(sheet.kind, []).append(sheet)
            path = directory / sheet.file
            files[sheet.file] = file = stack.enter_context(
                path.open("w", encoding=export.encoding, newline="")
            )
            _writer(export, file).writerow(sheet.headers)
        for block in iter_blocks(settings):
            for sheet in by_kind.get(block.kind, ()):
                rows = sheet.rows(block)
                if block.kind is RecordKind.INCIDENT and defects:
                    rows = _with_defects(rows, sheet, block, defects)
                _writer(export, files[sheet.file]).writerows(rows)


def _with_defects(
    rows: list[tuple[str, ...]], sheet: Sheet, block: ColumnBlock, defects: Mapping[str, str]
) -> list[tuple[str, ...]]:
    places = sheet.places
    written: list[tuple[str, ...]] = []
    for number, row in zip(block.columns["number"], rows, strict=True):
        defect = defects.get(str(number))
        if defect is None:
            written.append(row)
        else:
            written.extend(tuple(cells) for cells in damaged(row, defect, places))
    return written


def _writer(export: Export, file: TextIO):  # type: ignore[no-untyped-def]
    quoting = csv.QUOTE_ALL if export.quote_all else csv.QUOTE_MINIMAL
    return csv.writer(file, delimiter=export.delimiter, quoting=quoting, lineterminator="\n")
