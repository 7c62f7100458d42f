"""The key that names are kept under: from the environment, a block, or a private file.

Without any, a key is drawn at the first start and kept in the file. A database knows its key by a
fingerprint, so that no second machine starts with a key of its own.
"""

import os
import secrets
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path

from sqlalchemy.engine import Engine

from flows.privacy_settings import SHORTEST, PrivacySettings
from flows.progress import Say
from itsm.errors import ConfigError, PeopleKeyError
from store.people import claim, fingerprint
from store.sealing import Sealer

NEW = ".new"
"""What a key file is called besides, until the database is sealed with it."""
_PRIVATE = 0o600
_OTHERS = 0o077


def sealer_of(settings: PrivacySettings, base: Path, engine: Engine, say: Say) -> Sealer:
    """What seals names with the key of an installation; the key is made where there is none yet.

    Args:
        settings: of privacy.
        base: the folder that the key file's path starts from.
        engine: the database, with the newest schema.
        say: tells where a new key lies.

    Raises:
        PeopleKeyError: the database was sealed with a key, and there is none or another one here.
        ConfigError: the key file cannot be used.
    """
    file = base / settings.key_file
    known = fingerprint(engine)
    if settings.people_key is not None:
        key = settings.people_key.get_secret_value()
        _refuse_changed(file, key, known)
    else:
        settle(file, known, say)
        found = _read(file)
        if found is None and known is not None:
            raise PeopleKeyError(_missing(file, known))
        key = found if found is not None else _made(file, say)
    sealer = Sealer(key.encode())
    if known != sealer.fingerprint:
        claim(engine, sealer, datetime.now(UTC))
    return sealer


def new_file(file: Path) -> Path:
    """Where the next key lies until the database is sealed with it."""
    return file.with_name(f"{file.name}{NEW}")


def next_key(file: Path, say: Say) -> Sealer:
    """With the next key: of its file, which is made where there is none yet.

    Raises:
        ConfigError: the file cannot be made or used.
    """
    key = _read(new_file(file)) or _made(new_file(file), say)
    return Sealer(key.encode())


def settle(file: Path, known: str | None, say: Say) -> bool:
    """Let the next key take the place of the one before, once the database is sealed with it.

    Args:
        file: of the key that was in use.
        known: by which key the database is sealed.
        say: tells that it was done.

    Returns:
        Whether there was anything to do.
    """
    fresh = _read(new_file(file)) if known is not None else None
    if fresh is None or Sealer(fresh.encode()).fingerprint != known:
        return False
    try:
        new_file(file).replace(file)
    except OSError as error:
        raise ConfigError(
            f"privacy.key_file {file}: cannot be replaced by {new_file(file)} ({error.strerror}); "
            "the database is sealed with the new key: put it in its place"
        ) from None
    say(f"privacy: {file} is the new key now, and the one before is gone from this machine")
    return True


def _refuse_changed(file: Path, key: str, known: str | None) -> None:
    """Say where the key is that a change which was not ended left, rather than that one is wrong.

    Raises:
        PeopleKeyError: the database has the next key already, and this is the one before.
    """
    if known in (None, Sealer(key.encode()).fingerprint):
        return
    fresh = _read(new_file(file))
    if fresh is not None and Sealer(fresh.encode()).fingerprint == known:
        raise PeopleKeyError(
            f"the key of names was changed: put the one in {new_file(file)} where the one before "
            "is (CSI_PRIVACY__PEOPLE_KEY, or the block csi-privacy/default), into the safe, too, "
            "and remove that file"
        )


def _read(file: Path) -> str | None:
    """The key of a file; None where there is no file."""
    try:
        key = file.read_text(encoding="ascii").strip()
        mode = file.stat().st_mode
    except FileNotFoundError:
        return None
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigError(f"privacy.key_file {file}: cannot be read ({error})") from None
    if len(key) < SHORTEST:
        raise ConfigError(
            f"privacy.key_file {file}: holds no key of {SHORTEST} characters or more; put the "
            "right file back from the safe"
        )
    if os.name == "posix" and mode & _OTHERS:
        raise ConfigError(
            f"privacy.key_file {file}: other users of this machine may read it; `chmod 600` it"
        )
    return key


def _made(file: Path, say: Say) -> str:
    """A new key in a new file; the one of another process that was faster, if there is one."""
    key = secrets.token_urlsafe(SHORTEST)
    part = file.with_name(f".{file.name}.{os.getpid()}.part")
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        with os.fdopen(os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL, _PRIVATE), "w") as into:
            into.write(f"{key}\n")
            into.flush()
            os.fsync(into.fileno())
        with suppress(FileExistsError):
            os.link(part, file)
            say(
                f"privacy: {file} is the new key of names and payloads. Keep a copy in a safe, and "
                "not beside the backups: who has both can read names, who has lost it cannot read "
                "them ever again"
            )
    except OSError as error:
        raise ConfigError(
            f"privacy.key_file {file}: cannot be made ({error.strerror}); name a folder that can "
            "be written, or set CSI_PRIVACY__PEOPLE_KEY"
        ) from None
    finally:
        part.unlink(missing_ok=True)
    return _read(file) or key


def _missing(file: Path, known: str) -> str:
    return (
        f"the database is sealed with the people key {known}, and {file} is not there: put it back "
        "from the safe, or set CSI_PRIVACY__PEOPLE_KEY (docs/privacy.md says what is lost with it)"
    )
