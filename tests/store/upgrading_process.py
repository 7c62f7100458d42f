"""An upgrade that kills itself in the middle: python upgrading_process.py URL STATEMENT.

Without STATEMENT it goes through and prints how many statements it took.
"""

import os
import signal
import sys
from itertools import count

import sqlalchemy as sa

from store.engine import open_engine
from store.schema import upgrade


def run(url: str, die_at: int | None) -> int:
    """Upgrade a database; dies by SIGKILL right before the statement of that number."""
    engine, numbers = open_engine(url), count(1)
    last = 0

    @sa.event.listens_for(engine, "before_cursor_execute")
    def _count(*_of_statement: object) -> None:
        nonlocal last
        last = next(numbers)
        if last == die_at:
            os.kill(os.getpid(), signal.SIGKILL)

    upgrade(engine)
    engine.dispose()
    return last


if __name__ == "__main__":
    wanted = int(sys.argv[2]) if len(sys.argv) > 2 else None
    sys.stdout.write(f"{run(sys.argv[1], wanted)}\n")
