"""Some kinds of records of a practice estate as frames, straight from their columns."""

from collections.abc import Collection

import pandas as pd

from itsm.states import RecordKind
from simulator.estate import iter_blocks
from simulator.settings import EstateSettings
from tests.measures.estate_data import frame_of_block


def estate_frames(
    settings: EstateSettings, kinds: Collection[RecordKind] = tuple(RecordKind)
) -> dict[RecordKind, pd.DataFrame]:
    """The records of some kinds, as frames of `flows.frames` have them."""
    parts: dict[RecordKind, list[pd.DataFrame]] = {}
    for block in iter_blocks(settings):
        if block.kind in kinds:
            parts.setdefault(block.kind, []).append(frame_of_block(block))
    return {kind: pd.concat(some, ignore_index=True) for kind, some in parts.items()}
