"""What lossless pulls of practice systems that stand on a desk share."""

from simulator.desk.records import Held
from tests.e2e.lossless import Told

NAMES = "opened_at resolved_at updated_at state priority title team".split()
"""The fields that incidents are compared by."""
SECTION = ('kinds = ["incident", "history"]', "overlap_s = 60", "page_size = 200")
"""What a source's table says besides who is asked, and by whom."""


def told(record: Held, state: str, priority: str) -> Told:
    """What an incident says, in our words; state and priority as they are shown."""
    times = (record.time("opened_at"), record.time("resolved_at"), record.updated)
    return (*times, state, priority, record.values.get("title"), record.values.get("team"))


def plain(_name: str, value: object) -> object:
    """Times in seconds, all else as text."""
    stamp = getattr(value, "timestamp", None)
    if stamp is not None:
        return int(stamp())
    return None if value is None else str(value)
