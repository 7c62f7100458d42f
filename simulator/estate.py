"""A practice estate: every record kind, block by block or as objects."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from itsm.records import Record
from itsm.states import RecordKind
from simulator.change_records import change_blocks
from simulator.clocks import clock_block
from simulator.columns import ColumnBlock
from simulator.followup import followup_blocks
from simulator.ground_truth import GroundTruth, build_truth
from simulator.history import history_block
from simulator.incidents import incident_block
from simulator.lifecycle import build_lifecycle
from simulator.plan import Plan, build_plan
from simulator.problem_records import problem_blocks
from simulator.reference_records import reference_blocks
from simulator.requests import request_blocks
from simulator.settings import BLOCK, EstateSettings
from simulator.vendor_cases import vendor_case_block
from simulator.wording import build_texts


@dataclass(frozen=True, slots=True)
class Estate:
    """An estate as objects, and what is true about it."""

    settings: EstateSettings
    records: dict[RecordKind, tuple[Record, ...]]
    truth: GroundTruth


def build_estate(settings: EstateSettings) -> Estate:
    """Every record of an estate; for sizes up to about 50,000 incidents.

    Raises:
        ConfigError: a setting is out of bounds.
    """
    records: dict[RecordKind, list[Record]] = {kind: [] for kind in RecordKind}
    for block in iter_blocks(settings):
        records[block.kind].extend(block.records())
    kept = {kind: tuple(found) for kind, found in records.items()}
    return Estate(settings, kept, build_truth(build_plan(settings)))


def iter_blocks(settings: EstateSettings) -> Iterator[ColumnBlock]:
    """Every record as columns: reference data first, then incidents and what hangs on them.

    A block holds at most 10,000 incidents or what belongs to them, so that memory stays bounded.
    """
    plan = build_plan(settings)
    yield from reference_blocks(plan)
    yield from change_blocks(plan)
    yield from problem_blocks(plan)
    for first in range(0, settings.n_incidents, BLOCK):
        yield from incident_blocks(plan, np.arange(first, min(first + BLOCK, settings.n_incidents)))
    yield from request_blocks(plan)


def incident_blocks(
    plan: Plan, ids: np.ndarray[tuple[int], np.dtype[np.int64]]
) -> Iterator[ColumnBlock]:
    """Some incidents, their history, clocks, cases, comments, surveys, outages and reviews."""
    life = build_lifecycle(plan, ids)
    yield incident_block(plan, life, build_texts(plan, ids))
    yield history_block(plan, life)
    yield clock_block(plan, life)
    yield vendor_case_block(plan, life)
    yield from followup_blocks(plan, life)


def iter_records(settings: EstateSettings, kind: RecordKind) -> Iterator[Record]:
    """The records of one kind as objects, in bounded memory."""
    for block in iter_blocks(settings):
        if block.kind is kind:
            yield from block.records()
