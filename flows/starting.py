"""What every run begins with, whoever started it: the database is sound, and the run has an id."""

from datetime import UTC, datetime

from flows.wiring import Parts


def start_run(parts: Parts) -> None:
    """See that the database may be written before anything is read for it.

    Raises:
        DamagedStoreError: it is damaged; names the backup to go back to and what is lost by it.
    """
    parts.store.require_sound(datetime.now(UTC))
