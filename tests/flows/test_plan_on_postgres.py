"""`csi plan` and `csi apply` on PostgreSQL say and do what they do on SQLite."""

import json
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from flows.cli import csi
from flows.settings import load_settings
from flows.used_configuration import not_applied
from flows.week_making import Making, make_week
from flows.wiring import Parts, build
from itsm.journal import JournalKind
from itsm.records import RawRecord
from itsm.states import IncidentState, RecordKind
from store.week_runs import How
from tests.flows.weeks_desk import LAG, LAST, SOURCE, desk, incident, save
from tests.postgres_server import PostgresServer

pytestmark = [pytest.mark.slow, pytest.mark.postgres]

PEOPLE = '[people.olga]\nroles = ["manager"]\n'
CHANGED = "cutoff_lag_h = 24.0\n[mining]\nlookback_weeks = 2\n[cost]\nhandling_h = 3.0\n" + PEOPLE
N_RAW = 5_001
"""More than are copied at a time."""
MADE = {"made_at", "made_with", "mining_run", "newest_run", "before", "after"}
"""What differs between two databases with the same records: clocks, ids, and where they are."""


@dataclass(frozen=True)
class Desk:
    """A desk with a week that was made, and a candidate beside its configuration."""

    folder: Path
    database: str

    def csi(self, *words: str) -> Result:
        return CliRunner().invoke(csi, [*words, "--config", str(self.folder / "csi.toml")])

    def parts(self) -> Parts:
        return build(load_settings(self.folder / "csi.toml"), self.folder)

    def planned(self) -> dict[str, Any]:
        """What the plan says of the candidate."""
        done = self.csi("plan", str(self.folder / "new.toml"), "--week", LAST.label)
        assert done.exit_code == 0, done.output
        found: dict[str, Any] = json.loads((self.folder / "csi-plan.json").read_text())["plan"]
        return found


def made(folder: Path, database: str) -> Desk:
    parts = desk(folder, f'database = "{database}"\n{PEOPLE}')
    solved = [incident(k) for k in range(10)]
    done = timedelta(hours=1)
    save(
        parts,
        [
            replace(one, state=IncidentState.RESOLVED, resolved_at=one.opened_at + done)
            for one in solved
        ],
    )
    with parts.store.begin() as uow:
        uow.raw.save([raw(n) for n in range(N_RAW)], fetched_at=LAST.end_at)
        uow.commit()
    make_week(parts, LAST, LAST.cutoff(LAG), {}, Making(How.ON_TIME, has_pdf=False))
    (folder / "new.toml").write_text(f'database = "{database}"\n{CHANGED}{SOURCE}')
    return Desk(folder, database)


def raw(n: int) -> RawRecord:
    kind = RecordKind.COMMENT
    return RawRecord(source="desk", kind=kind, key=f"k{n}", payload=b"{}", content_hash=f"h{n}")


@pytest.fixture(scope="module")
def on_postgres(
    postgres: PostgresServer, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Desk]:
    url = postgres.new(postgres.template)
    one = made(tmp_path_factory.mktemp("postgres"), url)
    yield one
    one.parts().store.engine.dispose()
    postgres.drop(url)


def without_ids(plan: dict[str, Any]) -> dict[str, Any]:
    return {name: told for name, told in plan.items() if name not in {*MADE, "candidate_hash"}}


def test_a_plan_says_the_same_and_writes_nothing(on_postgres: Desk, tmp_path: Path) -> None:
    before = on_postgres.parts().store.queries.dump(volatile=True)
    told = on_postgres.planned()
    assert on_postgres.parts().store.queries.dump(volatile=True) == before
    on_sqlite = made(tmp_path, "sqlite:///csi.sqlite").planned()
    assert without_ids(told) == without_ids(on_sqlite)
    assert {one["name"]: one["n_changed"] for one in told["parts"]}["figures"] > 0
    assert [one["name"] for one in told["changes"]] == ["cost.handling_h", "mining.lookback_weeks"]


def test_a_plan_is_applied_once_and_then_holds(on_postgres: Desk) -> None:
    plan = on_postgres.planned()
    given = ["apply", "--by", "olga", "--reason", "measured"]
    done = on_postgres.csi(*given)
    assert done.exit_code == 0, done.output
    parts = on_postgres.parts()
    assert parts.settings.cost.handling_h == 3.0
    assert not_applied(parts) == ()
    assert on_postgres.csi(*given).exit_code == 0, "once more changes nothing"
    with parts.store.begin() as uow:
        (row,) = uow.journal.rows(kinds=[JournalKind.CONFIGURATION])
        assert uow.journal.names()[row.actor] == "olga"
        assert uow.audit.verify() == ()
        applied = uow.configurations.applied()
    assert applied is not None
    assert applied.digest == plan["after"]
