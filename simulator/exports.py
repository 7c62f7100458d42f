"""Writes the exports of an estate in a tool's own form, block by block."""

import csv
import json
from collections.abc import Iterable, Mapping, Sequence
from contextlib import ExitStack
from pathlib import Path
from types import MappingProxyType
from typing import TextIO

from itsm.errors import ConfigError
from itsm.states import RecordKind
from simulator import (
    exports_bmc_helix,
    exports_cherwell,
    exports_freshservice,
    exports_jira,
    exports_open_source,
    exports_servicenow,
)
from simulator.columns import ColumnBlock
from simulator.dirt import damaged, planted_defects
from simulator.estate import Estate, iter_blocks
from simulator.settings import EstateSettings
from simulator.sheets import Export, Sheet

SYSTEMS: Mapping[str, Export] = MappingProxyType(
    {
        export.system: export
        for export in (
            exports_servicenow.EXPORT,
            exports_jira.EXPORT,
            exports_freshservice.EXPORT,
            exports_bmc_helix.EXPORT,
            exports_cherwell.EXPORT,
            *exports_open_source.EXPORTS,
        )
    }
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


def _is_there(directory: Path, paths: list[Path], made_from: Mapping[str, str]) -> bool:
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
    kinds = {sheet.kind.value for sheet in export.sheets}
    with ExitStack() as stack:
        outlets = [
            _Outlet(export, sheet, stack.enter_context(_opened(export, directory / sheet.file)))
            for sheet in export.sheets
        ]
        for block in iter_blocks(settings):
            if block.hangs_on not in kinds | {None}:
                continue
            for outlet in outlets:
                if outlet.sheet.kind is block.kind:
                    outlet.write(block, defects)


def _opened(export: Export, path: Path) -> TextIO:
    return path.open("w", encoding=export.encoding, newline="")


class _Outlet:
    """One file being written."""

    def __init__(self, export: Export, sheet: Sheet, file: TextIO) -> None:
        self.sheet = sheet
        self._csv = csv.writer(file, delimiter=export.delimiter, lineterminator="\n")
        self._places = sheet.places
        self._csv.writerow(sheet.headers)

    def write(self, block: ColumnBlock, defects: Mapping[str, str]) -> None:
        """Write the rows of a block, those of damaged incidents as they become."""
        rows: Iterable[Sequence[str]] = self.sheet.rows(block)
        if block.kind is RecordKind.INCIDENT and defects:
            rows = self._with_defects(rows, block, defects)
        self._csv.writerows(rows)

    def _with_defects(
        self, rows: Iterable[Sequence[str]], block: ColumnBlock, defects: Mapping[str, str]
    ) -> Iterable[Sequence[str]]:
        for number, row in zip(block.columns["number"], rows, strict=True):
            defect = defects.get(str(number))
            if defect is None:
                yield row
            else:
                yield from damaged(row, defect, self._places)
