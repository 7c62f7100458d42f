"""The demo process: a practice estate, the weekly flow on Prefect's temporary server, the truth."""

import sys
from collections.abc import Iterator
from pathlib import Path

from prefect.settings import PREFECT_FLOWS_HEARTBEAT_FREQUENCY, temporary_settings

from flows.demo_config import demo_config
from flows.files import write_whole
from flows.practice import Practice, compared_with_truth, write_estate
from flows.progress import Teller
from flows.stages.mine import minable, source_and_number
from flows.weekly import weekly
from flows.weeks import cutoff_of, reporting_week
from flows.wiring import parts_of
from simulator.settings import HARDNESS, EstateSettings


def main(out: Path, n_incidents: int, seed: int) -> None:
    """Make the estate, run the weekly flow on it, compare the candidates with the planted truth."""
    say = Teller(sys.stdout)
    say(f"estate {n_incidents:,} incidents, seed {seed}: exports and planted truth")
    settings = EstateSettings(n_incidents=n_incidents, seed=seed)
    practice = write_estate(settings, "servicenow", out / "exports")
    config = write_whole(out / "csi.toml", demo_config(practice.files).encode())
    say("flow   starting Prefect's temporary server, 12 to 18 s")
    with temporary_settings({PREFECT_FLOWS_HEARTBEAT_FREQUENCY: None}):
        state = weekly(config=config, week=practice.last_week, return_state=True)
    say(f"flow   {state.name}")
    if not state.is_completed():
        raise SystemExit(1)
    for line in results(config, practice):
        sys.stdout.write(line + "\n")


def results(config: Path, practice: Practice) -> Iterator[str]:
    """Where the results are, and how well the candidates match what was planted."""
    parts = parts_of(config)
    week = reporting_week(parts, practice.last_week)
    with parts.store.begin() as uow:
        run = uow.mining.latest()
        assert run is not None
        candidates = uow.mining.candidates(run.run_id)
    folder = parts.out / "packs" / week.label
    yield ""
    yield f"Pack        {folder / 'pack.html'} and pack.pdf"
    yield f"Candidates  {folder / 'candidates.csv'} ({len(candidates):,})"
    yield f"Register    {folder / 'register.csv'}"
    yield f"Quality     {folder / 'quality.html'}"
    keys = minable(parts, week, cutoff_of(parts, week, None))["key"]
    found = compared_with_truth(practice, candidates, [source_and_number(key)[1] for key in keys])
    yield (
        f"Hardness    standard clustering of the texts alone reaches pair F1 {HARDNESS[0]} to "
        f"{HARDNESS[1]} on such estates (docs/simulator.md)"
    )
    yield (
        f"Truth       pair precision {found.pair_precision:.2f}, recall {found.pair_recall:.2f}; "
        f"member precision {found.member_precision:.2f}, recall {found.member_recall:.2f} "
        f"({len(keys):,} incidents mined, {found.n_causes:,} planted causes)"
    )


if __name__ == "__main__":
    main(Path(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3]))
