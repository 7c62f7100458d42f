"""Another key of names: the database first, in one transaction; then the key file.

Whoever is killed before the transaction ended has the key that was; whoever is killed after it has
the new one in its own file, and the next start puts it in its place.
"""

from dataclasses import dataclass
from pathlib import Path

from flows.people_key import new_file, next_key, settle
from flows.wiring import Parts
from itsm.errors import ConfigError
from itsm.journal import JournalNote
from store.backups import backups
from store.people import fingerprint
from store.rekeying import Rekeyed, rekey
from store.sealing_old import seal_older


@dataclass(frozen=True, slots=True, kw_only=True)
class KeyChanged:
    """What a change of the key did.

    Attributes:
        rows: how much is under the new key.
        file: where the new key is, for a person to keep.
        is_in_use: whether it is where this machine looks for it.
        n_backups: how many backups can be read with the key before only.
    """

    rows: Rekeyed
    file: Path
    is_in_use: bool
    n_backups: int


def change_key(parts: Parts, note: JournalNote) -> KeyChanged:
    """Put everything under another key, and let go of the one before last of all.

    Raises:
        ConfigError: the next key cannot be made or used, or is the one in use.
    """
    store, settings = parts.store, parts.settings
    old = store.sealer
    assert old is not None, "an installation always has a key"
    file = parts.base / settings.privacy.key_file
    new = next_key(file, parts.say)
    if new.fingerprint == old.fingerprint:
        raise ConfigError(
            f"{new_file(file)} is the key in use; remove that file, and a new one is drawn"
        )
    seal_older(store, note.at)
    with store.begin() as uow:
        rows = rekey(uow, old, new, note)
        uow.commit()
    is_in_use = settings.privacy.people_key is None
    if is_in_use:
        settle(file, fingerprint(store.engine), parts.say)
    store.compact()
    kept = backups(parts.base / settings.backup.folder)
    return KeyChanged(
        rows=rows,
        file=file if is_in_use else new_file(file),
        is_in_use=is_in_use,
        n_backups=len(kept),
    )
