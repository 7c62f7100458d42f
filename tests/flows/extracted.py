"""An installation with a practice estate in its store, and its extract as DuckDB reads it."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

import duckdb

from flows.extracting import extract
from flows.figures import all_figures, stored_data
from flows.settings import load_settings
from flows.wiring import Parts, build
from itsm.candidates import Estimate, Life, Member, ProblemCandidate, Purity
from itsm.clocks import ReportingWeek
from itsm.figures import Figure
from itsm.proof import Effect, Hold, Proof, ProofVerdict, Spread
from itsm.records import Incident, Record
from itsm.register import Origin, RegisterEntry
from reports.extract.extraction import Extracted, Wanted
from reports.extract.parts import PartFormat
from simulator.estate import build_estate
from simulator.settings import EstateSettings
from store.runs import MiningRun

ESTATE = EstateSettings(n_incidents=700, n_weeks=14, seed=5)
WEEK = ESTATE.last_week
CUTOFF = WEEK.cutoff(timedelta(hours=24))
BOTH = (PartFormat.PARQUET, PartFormat.CSV)


def candidate_of(incidents: Sequence[Incident]) -> ProblemCandidate:
    """A candidate of some incidents, with texts of tickets in it."""
    return ProblemCandidate(
        candidate_id="PC-1",
        statement="Printer jams, says Anna Beispiel",
        members=tuple(Member(source=i.source, number=i.number, score=0.9) for i in incidents),
        score=0.9,
        first_seen_at=min(i.opened_at for i in incidents),
        last_seen_at=max(i.opened_at for i in incidents),
        weekly_counts=(3,),
        life=Life.ACTIVE,
        evidence=(),
        purity=(Purity(field="service", value="Printing", share=0.9, n=9),),
        avoidable_hours=Estimate(value=40, low=10, high=90, unit="h"),
    )


def entry_of(at: datetime) -> RegisterEntry:
    """An entry of the register with a verdict, and with people and texts."""
    effect = Effect(
        from_at=at,
        until_at=at + timedelta(days=30),
        ratio=0.5,
        low=0.3,
        high=0.8,
        n_weeks=4,
        observed=10.0,
        expected=20.0,
        spread=Spread.POISSON,
        dispersion=1.0,
        p_poisson=0.5,
    )
    hold = Hold(
        day=30, due_on=date(2026, 10, 1), verdict=ProofVerdict.VERIFIED, effect=effect, text="Anna"
    )
    return RegisterEntry(
        number="CSI-0001",
        title="Ask Anna Beispiel",
        description="Anna Beispiel, anna@example.org",
        origin=Origin.MANUAL,
        origin_record=None,
        evidence_hash=None,
        raised_at=at,
        raised_by="Anna Beispiel",
        coordinator="Anna Beispiel",
        service="Printing",
        proof=Proof(number="CSI-0001", seal="s", as_of=at, effect=effect, holds=(hold,)),
    )


def save(parts: Parts, records: Sequence[Record]) -> None:
    with parts.store.begin() as uow:
        uow.records.save(records)
        uow.commit()


def installed(
    folder: Path,
    records: Sequence[Record] | None = None,
    *,
    database: str = "sqlite:///csi.sqlite",
    with_figures: bool = False,
) -> Parts:
    """An installation that has pulled and mined an estate, with the figures of its last week."""
    parts = build(load_settings(given={"zone": ESTATE.zone, "database": database}), folder)
    if records is None:
        kinds = build_estate(ESTATE).records.values()
        records = [record for kind in kinds for record in kind]
    save(parts, records)
    incidents = [one for one in records if isinstance(one, Incident)]
    run = MiningRun(
        run_id="M-1",
        week=WEEK.label,
        cutoff_at=CUTOFF,
        mining_version="1",
        n_incidents=len(incidents),
        input_hash="1",
        started_at=CUTOFF,
        finished_at=CUTOFF,
    )
    with parts.store.begin() as uow:
        uow.mining.save(run, [candidate_of(incidents[:9])])
        uow.register.save([entry_of(WEEK.start_at)])
        uow.commit()
    if not with_figures:
        return parts
    figures = all_figures(stored_data(parts, WEEK, CUTOFF), WEEK, CUTOFF)
    with parts.store.begin() as uow:
        uow.figure_values.save(WEEK.label, figures)
        uow.commit()
    return parts


def wanted(home: Path, **more: Any) -> Wanted:
    plain = Wanted(home=home, formats=BOTH, with_hyper=False, week=WEEK, cutoff_at=CUTOFF)
    return replace(plain, **more)


def extracted(parts: Parts, home: Path, **more: Any) -> Extracted:
    return extract(parts, wanted(home, **more))


def figures_of(parts: Parts, week: ReportingWeek) -> dict[tuple[str, str], Figure]:
    """The figures of a week that have a value, by id and slice."""
    found = all_figures(stored_data(parts, week, CUTOFF), week, CUTOFF)
    return {
        (one.figure_id, ";".join(f"{k}={v}" for k, v in sorted(one.dimensions.items()))): one
        for one in found
        if isinstance(one, Figure)
    }


class Tables:
    """The tables of an extract, as DuckDB reads its Parquet or CSV files."""

    def __init__(self, folder: Path, kind: PartFormat = PartFormat.PARQUET) -> None:
        self._db = duckdb.connect()
        read = "read_parquet" if kind is PartFormat.PARQUET else "read_csv"
        for path in sorted((folder / kind).iterdir()):
            if path.suffix == ".json":
                continue
            files = path / f"*.{kind}" if path.is_dir() else path
            self._db.execute(f"CREATE TABLE {path.stem} AS SELECT * FROM {read}('{files}')")

    def ask(self, query: str) -> list[tuple[Any, ...]]:
        return self._db.execute(query).fetchall()

    def one(self, query: str) -> Any:
        return self.ask(query)[0][0]
