"""What every run begins with, whoever started it: the database is sound, and names are sealed."""

from datetime import UTC, datetime

from flows.wiring import Parts
from store.sealing_old import seal_older


def start_run(parts: Parts, *, needs_applied: bool = True) -> None:
    """See that the database may be written, and that nothing of an older release is plain in it.

    Args:
        parts: from `flows.wiring`.
        needs_applied: whether a configuration that `csi apply` has not let in is refused, where
            the settings ask for that; what keeps the data safe runs all the same.

    Raises:
        ConfigError: the configuration was not let in.
        DamagedStoreError: it is damaged; names the backup to go back to and what is lost by it.
    """
    now = datetime.now(UTC)
    parts.store.require_sound(now)
    if needs_applied and parts.settings.plan.required:
        from flows.used_configuration import require_applied

        require_applied(parts)
    if n_rows := seal_older(parts.store, now):
        parts.say(f"privacy: names and payloads of {n_rows:,} rows are under the key now")
