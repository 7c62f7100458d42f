"""A pull loads nothing that only other stages need: it runs every hour, on small machines, too."""

import subprocess
import sys

import pytest

HEAVY = frozenset(
    {
        "fastapi",
        "great_expectations",
        "matplotlib",
        "numpy",
        "pandas",
        "prefect",
        "scipy",
        "sklearn",
        "weasyprint",
    }
)
NOT_IN_SECOND = HEAVY | {"cryptography", "store.unit_of_work"}


@pytest.mark.parametrize(
    ("loaded", "heavy"),
    [
        ("flows.verbs.pull", HEAVY),
        ("flows.second_main, connectors.servicenow.source", NOT_IN_SECOND),
    ],
)
def test_a_pull_loads_nothing_heavy(loaded: str, heavy: frozenset[str]) -> None:
    told = f"import sys, {loaded}; print(sorted({set(heavy)} & set(sys.modules)))"
    done = subprocess.run([sys.executable, "-c", told], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
