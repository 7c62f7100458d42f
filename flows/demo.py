"""The demo process: a practice estate, the weekly flow on Prefect's temporary server, the truth."""

import os
import sys
from collections.abc import Iterator
from pathlib import Path

from prefect.settings import PREFECT_FLOWS_HEARTBEAT_FREQUENCY, temporary_settings

from flows.demo_config import PASSWORD, server_config
from flows.files import write_whole
from flows.minable import minable
from flows.practice import compared_with_truth, truth_of
from flows.progress import Teller
from flows.recalled import source_and_number
from flows.verbs.pack import occasion_of, written
from flows.weekly import weekly
from flows.weeks import cutoff_of, reporting_week
from flows.wiring import Parts, parts_of
from itsm.clocks import ReportingWeek
from reports.editions import EditionKind, choice
from reports.formats import Format
from simulator.ground_truth import GroundTruth
from simulator.servicenow.server import ServiceNowServer
from simulator.settings import HARDNESS, EstateSettings


def main(out: Path, n_incidents: int, seed: int) -> None:
    """Make the estate, run the weekly flow on it, compare the candidates with the planted truth."""
    say = Teller(sys.stdout)
    say(f"estate {n_incidents:,} incidents, seed {seed}, in a practice ServiceNow")
    settings = EstateSettings(n_incidents=n_incidents, seed=seed)
    with ServiceNowServer(settings) as server:
        os.environ[PASSWORD] = server.password
        config = write_whole(out / "csi.toml", server_config(server.url, server.user).encode())
        say("flow   starting Prefect's temporary server, 12 to 18 s")
        with temporary_settings({PREFECT_FLOWS_HEARTBEAT_FREQUENCY: None}):
            state = weekly(config=config, week=settings.last_week.label, return_state=True)
        say(f"flow   {state.name}; {len(server.requests):,} requests were answered")
        if not state.is_completed():
            raise SystemExit(1)
        for line in results(config, settings, truth_of(settings, out)):
            sys.stdout.write(line + "\n")


def results(config: Path, settings: EstateSettings, truth: GroundTruth) -> Iterator[str]:
    """Where the results are, and how well the candidates match what was planted."""
    parts = parts_of(config)
    week = reporting_week(parts, settings.last_week.label)
    with parts.store.begin() as uow:
        run = uow.mining.latest()
        assert run is not None
        candidates = uow.mining.candidates(run.run_id)
    folder = parts.out / "packs" / week.label
    yield ""
    yield f"Pack        {folder / 'pack.html'} and pack.pdf"
    files = _in_every_format(parts, week, folder / "executive")
    yield f"Formats     {folder / 'executive'}: the executive edition, {len(files)} files"
    yield f"Candidates  {folder / 'candidates.csv'} ({len(candidates):,})"
    yield f"Register    {folder / 'register.csv'}"
    yield f"Quality     {folder / 'quality.html'}"
    yield f"Review      csi review --config {config}"
    keys = minable(parts, week, cutoff_of(parts, week, None))["key"]
    found = compared_with_truth(truth, candidates, [source_and_number(key)[1] for key in keys])
    yield (
        f"Hardness    standard clustering of the texts alone reaches pair F1 {HARDNESS[0]} to "
        f"{HARDNESS[1]} on such estates (docs/simulator.md)"
    )
    yield (
        f"Truth       pair precision {found.pair_precision:.2f}, recall {found.pair_recall:.2f}; "
        f"member precision {found.member_precision:.2f}, recall {found.member_recall:.2f} "
        f"({len(keys):,} incidents mined, {found.n_causes:,} planted causes)"
    )


def _in_every_format(parts: Parts, week: ReportingWeek, folder: Path) -> list[Path]:
    """The executive edition as page, PDF, mail, workbook, slides and JSON."""
    occasion = occasion_of(parts, week, cutoff_of(parts, week, None))
    kinds = [kind.value for kind in Format]
    return list(written(parts, occasion, choice(EditionKind.EXECUTIVE), kinds, folder))


if __name__ == "__main__":
    main(Path(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3]))
