"""Every table of the extract."""

from collections.abc import Mapping
from types import MappingProxyType

from reports.extract import dimension_tables, improvement_tables, work_tables
from reports.extract.schema import ExtractTable

FACTS = (
    work_tables.INCIDENT,
    work_tables.EVENT,
    work_tables.HANDOFF,
    work_tables.CLOCK,
    work_tables.CHANGE,
    work_tables.VENDOR_CASE,
    improvement_tables.FIGURE,
    improvement_tables.CANDIDATE,
    improvement_tables.MEMBER,
    improvement_tables.ENTRY,
    improvement_tables.PROOF,
)
"""Every fact table; one is before those that refer to it."""

TABLES: Mapping[str, ExtractTable] = MappingProxyType(
    {table.name: table for table in (*dimension_tables.DIMENSIONS, *FACTS)}
)
"""Every table by its name, dimensions first."""
