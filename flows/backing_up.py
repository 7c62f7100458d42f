"""Backing up the database of an installation, watched as a stage of the work."""

from datetime import UTC, datetime
from pathlib import Path

from flows.stage_watch import watched
from flows.standing import BACKUP
from store.backups import Backup, back_up, prune
from store.unit_of_work import Store


def backup_now(store: Store, folder: Path, keep: int) -> tuple[Backup, int]:
    """Make a verified backup and remove the oldest.

    Args:
        store: what is backed up; it has the newest schema.
        folder: where backups are kept.
        keep: how many.

    Returns:
        The backup, and how many older ones were removed.
    """
    now = datetime.now(UTC)
    with watched(store, BACKUP):
        made = back_up(store.engine, folder, now)
        removed = prune(folder, keep, now)
    return made, len(removed)
