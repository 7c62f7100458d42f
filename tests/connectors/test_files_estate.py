"""The practice estate's exports give its records back, as far as the form carries them."""

from collections.abc import Iterable, Mapping
from dataclasses import fields
from datetime import datetime
from functools import cache
from pathlib import Path

import pytest

from connectors.files.config import FileSourceConfig
from connectors.files.source import FileSource
from itsm.fields import kind_of
from itsm.records import Record
from itsm.states import RecordKind
from simulator.estate import Estate, build_estate
from simulator.exports import sheets_of, write_exports
from simulator.settings import EstateSettings
from tests.connectors.export_files import mapped_of

SETTINGS = EstateSettings(n_incidents=600, n_weeks=10, dirt=0.0)
KINDS = sorted(sheets_of("servicenow"))
SECONDS = 1 / 3600
"""Durations are exported in whole seconds."""


@cache
def estate() -> Estate:
    return build_estate(SETTINGS)


def export(system: str, folder: Path) -> FileSource:
    write_exports(SETTINGS, system, folder)
    files = {
        kind: tuple(folder / name for name in names) for kind, names in sheets_of(system).items()
    }
    return FileSource(SETTINGS.source, FileSourceConfig(preset=system, files=files))


@pytest.fixture(scope="module")
def exported(tmp_path_factory: pytest.TempPathFactory) -> FileSource:
    return export("servicenow", tmp_path_factory.mktemp("servicenow"))


@pytest.fixture(scope="module")
def from_jira(tmp_path_factory: pytest.TempPathFactory) -> FileSource:
    return export("jira", tmp_path_factory.mktemp("jira"))


@pytest.mark.parametrize("kind", KINDS)
def test_an_export_gives_the_records_back(exported: FileSource, kind: RecordKind) -> None:
    written = by_number(estate().records[kind])
    mapped = mapped_of(exported, kind)
    assert mapped.quarantined == ()
    assert mapped.unmapped_codes == {}
    read = by_number(item.records[0] for item in mapped.mapped)
    assert read.keys() == written.keys()
    differing = {
        (number, field.name): (getattr(record, field.name), getattr(read[number], field.name))
        for number, record in written.items()
        for field in fields(record)
        if not is_same(getattr(record, field.name), getattr(read[number], field.name))
    }
    assert differing == {}


JIRA_CARRIES = {
    RecordKind.INCIDENT: "title description opened_at updated_at resolved_at priority impact "
    "service ci category subcategory location team assignee caller channel vendor is_major",
    RecordKind.SERVICE_REQUEST: "title opened_at due_at resolved_at state priority service team",
    RecordKind.CHANGE: "title opened_at type state outcome risk planned_start_at closed_at ci",
    RecordKind.PROBLEM: "title opened_at state priority root_cause workaround resolved_at",
    RecordKind.VENDOR_CASE: "vendor vendor_reference title severity opened_at state resolved_at",
}


@pytest.mark.parametrize("kind", sorted(JIRA_CARRIES))
def test_jira_carries_what_its_export_has(from_jira: FileSource, kind: RecordKind) -> None:
    written = {bare(record.number): record for record in estate().records[kind]}
    mapped = mapped_of(from_jira, kind)
    assert mapped.quarantined == ()
    assert mapped.unmapped_codes == {}
    read = {bare(item.key): item.records[0] for item in mapped.mapped}
    assert read.keys() == written.keys()
    differing = {
        (number, field)
        for number, record in written.items()
        for field in JIRA_CARRIES[kind].split()
        if to_the_minute(getattr(record, field)) != getattr(read[number], field)
    }
    assert differing == set()


def bare(number: str) -> int:
    """A number without its letters: Jira has keys of its own."""
    return int("".join(filter(str.isdecimal, number)))


def to_the_minute(value: object) -> object:
    return value.replace(second=0, microsecond=0) if isinstance(value, datetime) else value


def by_number(records: Iterable[Record]) -> Mapping[str, Record]:
    return {record.number: record for record in records}


def is_same(written: object, read: object) -> bool:
    if isinstance(written, float) and isinstance(read, float):
        return abs(written - read) <= SECONDS
    return written == read


def test_every_kind_of_the_estate_is_read(exported: FileSource) -> None:
    assert set(exported.kinds) == set(KINDS) == {k for k, r in estate().records.items() if r}


def test_damaged_rows_are_set_aside_and_the_rest_goes_on(tmp_path: Path) -> None:
    damaged = EstateSettings(n_incidents=400, n_weeks=6, dirt=0.2)
    write_exports(damaged, "servicenow", tmp_path)
    config = FileSourceConfig(
        preset="servicenow", files={RecordKind.INCIDENT: (tmp_path / "incident.csv",)}
    )
    mapped = mapped_of(FileSource("estate", config), RecordKind.INCIDENT)
    assert len(mapped.mapped) + len(mapped.quarantined) == 400
    assert {(bad.field, bad.rule) for bad in mapped.quarantined} == {("opened_at", "mapping")}
    assert set(mapped.unmapped_codes) == {("state", "Pending Review (42)")}
    assert {kind_of(item.records[0]) for item in mapped.mapped} == {RecordKind.INCIDENT}
