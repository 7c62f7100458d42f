"""What looking through a SQLite database and backing it up costs: backup_rates.py FILE.

CPU seconds of this process, which SQLite runs in; the backup goes to a temporary folder.
"""

import argparse
import tempfile
import time
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

from store.backups import back_up
from store.engine import open_engine
from store.soundness import damage


def main() -> None:
    """Print a line for each step."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("file", type=Path)
    file: Path = parser.parse_args().file
    engine = open_engine(f"sqlite:///{file.resolve()}")
    print(f"{file}: {file.stat().st_size / 1e6:,.1f} MB")
    timed("look through all of it", lambda: damage(engine))
    timed("look through what cannot be pulled again", lambda: damage(engine, whole=False))
    with tempfile.TemporaryDirectory() as folder:
        timed("back up and verify", lambda: back_up(engine, Path(folder), datetime.now(UTC)))


def timed(what: str, run: Callable[[], object]) -> None:
    """Run something three times; print the CPU seconds of the quickest."""
    took = []
    for _ in range(3):
        started = time.process_time()
        run()
        took.append(time.process_time() - started)
    print(f"{min(took):8.3f} s  {what}")


if __name__ == "__main__":
    main()
