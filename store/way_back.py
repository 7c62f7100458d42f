"""The way back from a damaged database: which backup, by which command, and what it would lose."""

from pathlib import Path

from sqlalchemy.engine import Engine

from itsm.errors import StoreError
from store.backups import Backup, backups
from store.engine import BACKUPS
from store.holdings import loss

NO_BACKUP = (
    "there is no backup: rename the file and run again, which pulls the records anew; what was "
    "decided is in the file only, so keep it (`sqlite3 FILE .recover` may get it out)"
)


def newest_backup(folder: Path) -> Backup | None:
    """The newest backup of a folder whose bytes are as they were written."""
    for one in backups(folder):
        try:
            one.require_whole()
        except StoreError:
            continue
        return one
    return None


def way_back(engine: Engine) -> str:
    """What to do about a damaged database, in one sentence."""
    folder = engine.get_execution_options().get(BACKUPS)
    newest = newest_backup(Path(folder)) if folder else None
    if newest is None:
        return NO_BACKUP
    url = engine.url.render_as_string(hide_password=False)
    lost = loss(url, newest.holdings)
    return f"go back with `csi db restore {newest.file} --yes`; {lost}"
