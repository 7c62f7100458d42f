"""A check leaves no thread behind: a process with threads cannot share out what comes after."""

import subprocess
import sys

CHECKED = """
import threading
import pandas as pd
from checks import gx
from checks.suites import suite_of
from checks.context import CheckContext
from datetime import UTC, datetime
from itsm.fields import column_names
from itsm.states import RecordKind

at = datetime(2026, 5, 20, tzinfo=UTC)
suite = suite_of(RecordKind.TEAM, CheckContext(source="desk", cutoff_at=at).facts(at))
frame = pd.DataFrame({name: ["x", None] for name in column_names(RecordKind.TEAM)}, dtype="str")
assert gx.evaluate(frame, [one for one in suite if one.only_if is None][:1])
print([thread.name for thread in threading.enumerate()])
"""


def test_great_expectations_leaves_none() -> None:
    command = [sys.executable, "-c", CHECKED]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    assert done.stdout.splitlines()[-1] == "['MainThread']"
