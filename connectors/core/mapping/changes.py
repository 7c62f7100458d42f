"""What changes of a record say: old, new, and the source's word for the new state."""

from collections.abc import Mapping, Sequence

from connectors.core.mapping.cells import Batch
from connectors.core.mapping.readers import Values
from itsm.states import HistoryField

Change = tuple[str | None, str | None, str | None, str | None]
"""Old, new, the new code, and a code without a meaning; all None: nothing a record is made of."""
NOTHING: Change = (None, None, None, None)


def told_changes(batch: Batch, changes: Sequence[Change]) -> Mapping[str, Values]:
    """The fields of changes; what says nothing is no record, a code without a meaning is noted."""
    for row, (old, new, _, unmapped) in enumerate(changes):
        if old is None and new is None:
            batch.no_records.add(row)
        if unmapped is not None:
            batch.unmapped.append((row, HistoryField.STATE.value, unmapped))
    return {
        "old": [change[0] for change in changes],
        "new": [change[1] for change in changes],
        "new_code": [change[2] for change in changes],
    }
