"""The second process of a pull is begun before anything else, and never outlives the first."""

import os
import subprocess
import sys

import pytest

from flows.second_start import n_processors

pytestmark = pytest.mark.skipif(n_processors() < 2, reason="it takes a second processor")

TAKEN = """
from flows import second_start
second_start.begin()
begun = second_start._BEGUN[0]
assert second_start.second_process() is begun
another = second_start.second_process()
assert another is not begun
for one in (begun, another):
    one.kill(); one.wait()
"""
LEFT = """
import sys
from flows import second_start
second_start.begin()
print(second_start._BEGUN[0].pid)
sys.exit(3)
"""
SINGLE = """
import os
os.sched_setaffinity(0, {min(os.sched_getaffinity(0))})
from flows import second_start
second_start.begin()
assert second_start._BEGUN == []
"""
HELP = """
from flows import second_start
def begin(real=second_start.begin):
    real()
    print("begun", second_start._BEGUN[0].pid)
second_start.begin = begin
from flows.cli import main
main()
"""


def run(code: str, *arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-c", code, *arguments],
        check=False,
        capture_output=True,
        text=True,
        timeout=60,
    )


def test_what_was_begun_is_taken_once() -> None:
    done = run(TAKEN)
    assert done.returncode == 0, done.stderr


def test_what_nobody_took_ends_with_the_first_process() -> None:
    done = run(LEFT)
    assert done.returncode == 3, done.stderr
    with pytest.raises(ProcessLookupError):
        os.kill(int(done.stdout), 0)


@pytest.mark.skipif(not hasattr(os, "sched_setaffinity"), reason="processors cannot be left out")
def test_where_there_is_one_processor_none_is_begun() -> None:
    done = run(SINGLE)
    assert done.returncode == 0, done.stderr


def test_csi_pull_begins_one_that_is_gone_where_nothing_is_pulled() -> None:
    done = run(HELP, "pull", "--help")
    assert (done.returncode, done.stderr) == (0, "")
    assert "Read what is new in every source" in done.stdout
    begun, _, pid = done.stdout.partition("\n")[0].partition(" ")
    assert begun == "begun"
    with pytest.raises(ProcessLookupError):
        os.kill(int(pid), 0)


def test_no_other_verb_begins_one() -> None:
    done = run(HELP, "check", "--help")
    assert done.returncode == 0, done.stderr
    assert "begun" not in done.stdout
