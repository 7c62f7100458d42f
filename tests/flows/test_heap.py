"""What is large and free goes back to the system, and does not stay with the process."""

import subprocess
import sys

import pytest

LARGE = """
pieces = [bytearray(b"x") * (3 << 20) for _ in range(40)]
last = bytes(64 << 10)
"""
SMALL = """
pieces = [bytes([n % 256]) * 4_000 for n in range(30_000)]
kept = pieces[::50]
"""
MEASURED = """
from pathlib import Path
from flows.heap import give_back, share_stock

def held_mb():
    told = Path("/proc/self/status").read_text()
    return int(told.split("VmRSS:")[1].split()[0]) >> 10

{first}
{pieces}
before = held_mb()
del pieces
{then}
print(before - held_mb())
"""


def freed_mb(pieces: str, *, first: str = "", then: str = "") -> int:
    """How much a process gave back of some 120 MB that it freed."""
    program = MEASURED.format(first=first, pieces=pieces, then=then)
    command = [sys.executable, "-c", program]
    return int(subprocess.run(command, capture_output=True, text=True, check=True).stdout)


@pytest.mark.skipif(sys.platform != "linux", reason="only the C library of GNU is known to keep it")
@pytest.mark.parametrize("pieces", [LARGE, SMALL], ids=["large", "small"])
def test_what_is_free_goes_back_when_it_is_asked_for(pieces: str) -> None:
    kept = freed_mb(pieces, first="share_stock()")
    given = freed_mb(pieces, first="share_stock()", then="give_back()")
    assert kept < 20 < 80 < given
