"""Writing results to a folder so that a reader sees the old file or the new one, never half."""

import errno
import os
from pathlib import Path

from itsm.errors import PublishError

_REMEDIES = {
    errno.ENOSPC: "free some space and run again",
    errno.EDQUOT: "free some space and run again",
    errno.EFBIG: "let this user write larger files, and run again",
    errno.EACCES: "let this user write there, and run again",
    errno.EROFS: "name another folder, or let this one be written, and run again",
}


def write_whole(path: Path, content: bytes) -> Path:
    """Write a file beside its place and put it there in one step; the folder is made.

    The name of the unfinished file is fixed, so that a killed run leaves nothing behind once it is
    run again.

    Raises:
        PublishError: the disk does not take it; what was there before is whole.
    """
    unfinished = path.with_name(f".{path.name}.unfinished")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with unfinished.open("wb") as stream:
            stream.write(content)
            stream.flush()
            os.fsync(stream.fileno())
        unfinished.replace(path)
    except OSError as error:
        if path.parent.is_dir():
            unfinished.unlink(missing_ok=True)
        remedy = _REMEDIES.get(error.errno or 0, "look at the disk, and run again")
        raise PublishError(
            f"{path}: {error.strerror}; {remedy}; what was there before is whole"
        ) from None
    return path
