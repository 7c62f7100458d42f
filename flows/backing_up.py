"""Backing up the database of an installation, watched as a stage of the work."""

from datetime import UTC, datetime

from flows.stage_watch import watched
from flows.standing import BACKUP
from flows.wiring import Parts
from store.backups import Backup, back_up, prune


def backup_now(parts: Parts) -> tuple[Backup, int]:
    """Make a verified backup and remove the oldest; the backup, and how many were removed."""
    settings, now = parts.settings.backup, datetime.now(UTC)
    folder = parts.base / settings.folder
    with watched(parts.store, BACKUP):
        made = back_up(parts.store.engine, folder, now)
        removed = prune(folder, settings.keep, now)
    return made, len(removed)
