"""A clock of another process that a file sets, by a library in front of the C library's clock."""

import shutil
import subprocess
import sys
from pathlib import Path

import pytest


class SteppedClock:
    """The library, once it is compiled; the test is skipped where that cannot be done."""

    def __init__(self, folder: Path) -> None:
        compiler = shutil.which("cc")
        if compiler is None or sys.platform != "linux":
            pytest.skip("no C compiler: the clock of another process cannot be stepped")
        self._library = folder / "stepped_clock.so"
        source = Path(__file__).with_name("stepped_clock.c")
        command = [compiler, "-shared", "-fPIC", "-o", str(self._library), str(source), "-ldl"]
        made = subprocess.run(command, capture_output=True, text=True, timeout=120, check=False)
        assert made.returncode == 0, made.stderr

    def environment(self, file: Path) -> dict[str, str]:
        """The environment of a process whose clock a file sets.

        It is off by as many seconds as the file says, or stands where it says: "=SECONDS".
        """
        return {"LD_PRELOAD": str(self._library), "CSI_TEST_CLOCK": str(file)}
