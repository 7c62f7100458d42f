"""axe-core, fetched from npm once, and what it finds on a page."""

import shutil
import subprocess
from pathlib import Path
from typing import Any

AXE = "axe-core@4"
WANTED = ("wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice")


def fetched(folder: Path) -> Path | None:
    """The script, or None where npm is not there or cannot fetch it."""
    npm = shutil.which("npm")
    if npm is None:
        return None
    command = (npm, "install", "--no-audit", "--no-fund", "--prefix", str(folder), AXE)
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=180)
    script = folder / "node_modules/axe-core/axe.min.js"
    return script if done.returncode == 0 and script.is_file() else None


def found(page: Any, script: Path) -> list[str]:
    """What axe finds wrong with a page, a line each.

    The page's own policy allows no script but ours, so it is put in beside it, as an extension of
    a browser would be.
    """
    page.evaluate(script.read_text())
    options = {"runOnly": {"type": "tag", "values": list(WANTED)}}
    result = page.evaluate("options => axe.run(document, options)", options)
    return [
        f"{one['id']}: {one['help']}: {node['target']} {node['html'][:200]}"
        for one in result["violations"]
        for node in one["nodes"][:3]
    ]
