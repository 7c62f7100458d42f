"""The licence of every pinned package, from the metadata it installs; `make audit` prints them.

Ends with 1 when a package says nothing of its licence or names one that asks for more than notices
and the sharing of changes to itself.
"""

import re
import sys
from collections.abc import Iterator
from importlib.metadata import PackageNotFoundError, metadata
from pathlib import Path

from packaging.requirements import Requirement

CONSTRAINTS = Path(__file__).parents[2] / "constraints.txt"

# Weak copyleft (LGPL, MPL) is fine for a library that is used unchanged; these are not.
REFUSED = re.compile(r"\b(AGPL|GPL|GNU (Affero )?General Public|SSPL|BUSL|Commons Clause)", re.I)

# A choice of licences, where one of them is fine although another is refused.
CHOSEN = {"pyphen": "MPL-1.1", "text-unidecode": "Artistic-1.0"}


def licence_of(name: str) -> str:
    """What a package says of its licence, in the most exact form it gives."""
    told = metadata(name)
    if "License-Expression" in told:
        return told["License-Expression"]
    classified = [
        value.rpartition(" :: ")[2]
        for value in told.get_all("Classifier") or []
        if value.startswith("License :: ") and not value.endswith("OSI Approved")
    ]
    if classified or "License" not in told:
        return ", ".join(classified)
    return told["License"].partition("\n")[0]


def pinned() -> Iterator[tuple[str, str]]:
    """Name and licence of each pinned package that this machine needs."""
    for line in CONSTRAINTS.read_text().splitlines():
        pin = Requirement(line)
        if pin.marker is None or pin.marker.evaluate():
            try:
                yield pin.name, CHOSEN.get(pin.name) or licence_of(pin.name)
            except PackageNotFoundError:
                yield pin.name, ""


def is_refused(licence: str) -> bool:
    """Whether a licence is missing or asks for too much."""
    return not licence or bool(REFUSED.search(licence))


def main() -> int:
    """Print a line for each package; 1 when one is refused."""
    refused = 0
    for name, licence in pinned():
        note = "  <-- look at this one" if is_refused(licence) else ""
        refused += bool(note)
        print(f"{name:32} {licence}{note}")
    return min(refused, 1)


if __name__ == "__main__":
    sys.exit(main())
