"""A pull loads nothing that only other stages need: it runs every hour, on small machines, too."""

import subprocess
import sys

HEAVY = ("pandas", "scipy", "sklearn", "great_expectations", "prefect", "weasyprint", "matplotlib")


def test_csi_pull_loads_no_heavy_library() -> None:
    told = f"import sys, flows.verbs.pull; print(sorted({set(HEAVY)} & set(sys.modules)))"
    done = subprocess.run([sys.executable, "-c", told], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
