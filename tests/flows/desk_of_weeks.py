"""A practice estate in a store, mined and reviewed week by week."""

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import timedelta
from pathlib import Path
from random import Random

from flows.minable import chosen_incidents
from flows.settings import load_settings
from flows.stages.mine import mine_week
from flows.wiring import Parts, build
from itsm.candidates import ProblemCandidate
from itsm.clocks import ReportingWeek
from itsm.decisions import IncidentRef
from itsm.records import Incident, RawRecord
from itsm.states import RecordKind
from problem_mining.settings import DEFAULT, MiningSettings
from simulator.estate import iter_records
from simulator.ground_truth import build_truth
from simulator.plan import build_plan
from simulator.settings import EstateSettings
from tests.flows.scripted_reviewer import Ledger, Script

Chosen = Callable[[int], MiningSettings]
"""The settings that a week, counted from 0, is mined with."""


@dataclass(slots=True)
class Desk:
    """A service desk with a reviewer and the reviewer's own books."""

    parts: Parts
    last_week: ReportingWeek
    incidents: list[Incident]
    script: Script
    ledger: Ledger
    versions: set[str] = field(default_factory=set)
    n_candidates: list[int] = field(default_factory=list)

    def week(self, n: int, of: int, settings: MiningSettings = DEFAULT) -> None:
        """Mine a week, look whether all that was decided holds, and decide."""
        week = self.last_week.shifted(n + 1 - of)
        cutoff = week.cutoff(self.parts.settings.cutoff_lag)
        run_id = mine_week(self.parts, week, cutoff, settings)
        chosen = chosen_incidents(self.parts, week, cutoff)
        found = self.candidates(run_id)
        mined = {
            self.script.name(IncidentRef(source=source, number=number))
            for source, number in zip(chosen["source"], chosen["number"], strict=True)
        }
        self.ledger.check(week.label, found, mined)
        self.n_candidates.append(len(found))
        made = self.script.decide(found, run_id, cutoff + timedelta(hours=3))
        with self.parts.store.begin() as uow:
            for decision in made:
                uow.decisions.append(decision)
                self.ledger.write(decision)
            uow.commit()

    def candidates(self, run_id: str) -> tuple[ProblemCandidate, ...]:
        with self.parts.store.begin() as uow:
            run = uow.mining.run(run_id)
            assert run is not None
            self.versions.add(run.mining_version)
            return uow.mining.candidates(run_id)

    def move(self, week: ReportingWeek, to: str) -> None:
        """Every incident moves to another system; every second one gets another number there."""
        moved = []
        for k, incident in enumerate(self.incidents):
            number = incident.number if k % 2 else f"T{900000 - k}"
            moved.append(replace(incident, source=to, number=number))
            ref = IncidentRef(source=to, number=number)
            first = self.script.original[
                IncidentRef(source=incident.source, number=incident.number)
            ]
            self.script.original[ref], self.script.current[first] = first, ref
        gone_at = week.start_at + timedelta(days=1)
        gone = [(i.source, RecordKind.INCIDENT, i.number, gone_at) for i in self.incidents]
        with self.parts.store.begin() as uow:
            uow.deletions.note(gone, gone_at)
            uow.records.save(moved)
            uow.commit()
        self.incidents = moved


def desk(tmp_path: Path, estate: EstateSettings, lookback_weeks: int) -> Desk:
    """A desk with every incident of an estate in its store."""
    given = {"mining": {"lookback_weeks": lookback_weeks}, "zone": estate.zone}
    parts = build(load_settings(given=given), tmp_path)
    incidents = [i for i in iter_records(estate, RecordKind.INCIDENT) if isinstance(i, Incident)]
    with parts.store.begin() as uow:
        raw = [
            RawRecord(
                source=i.source,
                kind=RecordKind.INCIDENT,
                key=i.number,
                payload=b"{}",
                content_hash="-",
            )
            for i in incidents
        ]
        uow.raw.save(raw, estate.last_week.end_at)
        uow.records.save(incidents)
        uow.commit()
    refs = {i.number: IncidentRef(source=i.source, number=i.number) for i in incidents}
    script = Script(
        cause_of=build_truth(build_plan(estate)).cause_of,
        opened_at={i.number: i.opened_at for i in incidents},
        original={ref: number for number, ref in refs.items()},
        current=refs,
        random=Random(estate.seed),
    )
    return Desk(parts, estate.last_week, incidents, script, Ledger(script))
