"""Writing results to a folder so that a reader sees the old file or the new one, never half."""

import os
from pathlib import Path


def write_whole(path: Path, content: bytes) -> Path:
    """Write a file beside its place and put it there in one step; the folder is made.

    The name of the unfinished file is fixed, so that a killed run leaves nothing behind once it is
    run again.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    unfinished = path.with_name(f".{path.name}.unfinished")
    with unfinished.open("wb") as stream:
        stream.write(content)
        stream.flush()
        os.fsync(stream.fileno())
    unfinished.replace(path)
    return path
