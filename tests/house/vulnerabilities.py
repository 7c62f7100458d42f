"""Known vulnerabilities of every pinned package, as far as the package index tells; `make audit`.

Ends with 0 when all were asked for and none is known, with 1 when one is known, with 2 when the
index could not be asked: then nothing is known, and nothing is said to be fine.
"""

import json
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

CONSTRAINTS = Path(__file__).parents[2] / "constraints.txt"
FINE, KNOWN, NOT_ASKED = 0, 1, 2
_MOST = 600
"""Seconds the index is waited for."""


@dataclass(frozen=True, slots=True)
class Verdict:
    """An exit code, and the lines that say why."""

    code: int
    lines: tuple[str, ...]


def verdict(answer: str, trouble: str) -> Verdict:
    """What the answer of pip-audit means.

    Args:
        answer: its JSON; "" where it gave none.
        trouble: what it said on the way.
    """
    try:
        asked = json.loads(answer)["dependencies"]
    except (ValueError, KeyError, TypeError):
        last = (trouble.strip().splitlines() or ["pip-audit said nothing"])[-1]
        return Verdict(NOT_ASKED, (f"NOT AUDITED: the index could not be asked ({last})",))
    skipped = [one["name"] for one in asked if "skip_reason" in one]
    known = [one for one in asked if one.get("vulns")]
    lines = [
        f"{one['name']} {one['version']}: {', '.join(vuln['id'] for vuln in one['vulns'])}"
        for one in known
    ]
    if skipped:
        lines.append(
            f"NOT AUDITED: {len(skipped)} of {len(asked)} packages could not be looked up in the "
            f"index that this machine reaches ({', '.join(skipped[:3])}, ...); ask again where "
            "the public one answers"
        )
    if known:
        return Verdict(KNOWN, tuple(lines))
    if skipped:
        return Verdict(NOT_ASKED, tuple(lines))
    return Verdict(FINE, (f"no vulnerability is known in {len(asked)} packages",))


def asked(constraints: Path = CONSTRAINTS) -> Verdict:
    """Ask the index for every pin."""
    given: Sequence[str] = ("--requirement", str(constraints), "--no-deps", "--disable-pip")
    command = [sys.executable, "-m", "pip_audit", *given, "--progress-spinner", "off"]
    try:
        done = subprocess.run(
            [*command, "--format", "json"],
            capture_output=True,
            text=True,
            check=False,
            timeout=_MOST,
        )
    except subprocess.TimeoutExpired:
        return verdict("", f"no answer within {_MOST} s")
    return verdict(done.stdout, done.stderr)


def main() -> int:
    """Print the verdict; its exit code."""
    found = asked()
    for line in found.lines:
        print(line, file=sys.stdout if found.code == FINE else sys.stderr)
    return found.code


if __name__ == "__main__":
    sys.exit(main())
