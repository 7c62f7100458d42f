"""Planted waits over many estates: is an hour of ours ever charged to a vendor?

Run it with `python -m tests.eval.measures_eval --seeds 50`; it prints one line per estate and the
sum, and ends with 1 where an hour was charged wrongly.
"""

import argparse
import sys

from tests.eval.planted_waits import Charged, charged


def line(found: Charged) -> str:
    """One estate in words."""
    return (
        f"seed {found.seed:>3}: {found.n_incidents:>4} incidents with cases, planted "
        f"{found.planted_vendor_h:8.1f} h of vendors and {found.planted_own_h:7.1f} h of ours; "
        f"charged {found.charged_h:8.1f} h, of it wrongly {found.wrongly_h:.2f} h"
    )


def main() -> None:
    """Print what was charged in each estate."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seeds", type=int, default=50)
    parser.add_argument("--incidents", type=int, default=3_000)
    given = parser.parse_args()
    found = []
    for seed in range(1, given.seeds + 1):
        found.append(charged(seed, given.incidents))
        print(line(found[-1]), flush=True)
    planted = sum(one.planted_vendor_h for one in found)
    wrongly, told = sum(one.wrongly_h for one in found), sum(one.charged_h for one in found)
    print(
        f"{len(found)} estates: {told:,.1f} of {planted:,.1f} planted hours charged to vendors, "
        f"{wrongly:.2f} h wrongly, in {sum(one.n_wrongly for one in found)} incidents"
    )
    sys.exit(1 if wrongly else 0)


if __name__ == "__main__":
    main()
