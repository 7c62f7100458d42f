"""How well mining finds the causes planted in a practice estate; `make eval` prints it.

Before our own figures stands how far standard clustering of the texts comes, with the best of many
settings chosen on the labels: without that, no figure on a practice estate says anything.
"""

import argparse
import math
import time

import pandas as pd

from flows.frames import frame_of_records
from flows.stages.mine import prepared
from itsm.records import Incident
from itsm.states import RecordKind
from problem_mining.evaluate import Evaluation, evaluate
from problem_mining.pipeline import assignments, mine
from simulator.estate import Estate, build_estate
from simulator.settings import EstateSettings
from tests.simulator.hardness import hardness

CODES_ONLY = ("title", "description")


def incidents_of(estate: Estate) -> pd.DataFrame:
    """The incidents of an estate as mining takes them."""
    rows = frame_of_records(RecordKind.INCIDENT, estate.records[RecordKind.INCIDENT])
    return prepared(rows.assign(key=rows["number"]))


def mined(incidents: pd.DataFrame, estate: Estate) -> Evaluation:
    """What mining finds, against what is planted."""
    found = assignments(mine(incidents))
    groups = dict(zip(found["id"], found["candidate_id"], strict=True))
    truth = {key: estate.truth.cause_of[key] for key in incidents["key"]}
    return evaluate(truth, {key: group or None for key, group in groups.items()})


def texts_and_causes(estate: Estate) -> tuple[list[str], list[str | None]]:
    """Title and description of every incident, with its planted cause."""
    texts, causes = [], []
    for record in estate.records[RecordKind.INCIDENT]:
        assert isinstance(record, Incident)
        texts.append(f"{record.title or ''} {record.description or ''}")
        causes.append(estate.truth.cause_of[record.number])
    return texts, causes


def line(name: str, seconds: float, found: Evaluation) -> str:
    """One evaluation as a line of the table."""
    shares = (
        found.pair_precision, found.pair_recall, found.pair_f1, found.bcubed_f1,
        found.member_precision, found.member_recall, found.pure, found.found, found.ami,
    )  # fmt: skip
    told = "  ".join("   - " if math.isnan(share) else f"{share:.3f}" for share in shares)
    return f"{name:24} {seconds:6.1f} s  {found.n_groups:6,}  {told}"


HEADER = f"{'':24} {'':8}  groups  pairP  pairR  pairF  cubeF  membP  membR  pure   found  AMI"


def main() -> None:
    """Print the figures of estates of one size and several seeds."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--incidents", type=int, default=5000)
    parser.add_argument("--seeds", type=int, nargs="+", default=[7, 8])
    parser.add_argument("--without-peers", action="store_true", help="leave out the slow part")
    asked = parser.parse_args()
    for seed in asked.seeds:
        estate = build_estate(EstateSettings(n_incidents=asked.incidents, seed=seed))
        print(f"\nEstate of {asked.incidents:,} incidents, seed {seed}", flush=True)
        if not asked.without_peers:
            best = {
                result.method: result for result in reversed(hardness(*texts_and_causes(estate)))
            }
            for peer in sorted(best.values(), key=lambda result: -result.f1):
                print(f"  text alone, best {peer.method} ({peer.setting}): pair F1 {peer.f1:.3f}")
        incidents = incidents_of(estate)
        print(HEADER)
        for name, frame in (
            ("with text", incidents),
            ("codes only", incidents.drop(columns=list(CODES_ONLY))),
        ):
            started = time.perf_counter()
            found = mined(frame, estate)
            print(line(name, time.perf_counter() - started, found), flush=True)


if __name__ == "__main__":
    main()
