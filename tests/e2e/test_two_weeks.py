"""Two weeks as a company runs them, a worker killed in each: the store of undisturbed weeks."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from sqlalchemy.engine import make_url

from simulator.settings import EstateSettings
from tests.e2e.fortnight import Office, live, problems
from tests.e2e.growing_instance import growing
from tests.e2e.prefect_desk import PrefectDesk, free_port, prefect_desk
from tests.e2e.stepped_clock import SteppedClock
from tests.postgres_server import PostgresServer

pytestmark = [pytest.mark.e2e, pytest.mark.postgres]

ESTATE = EstateSettings(n_incidents=500, n_weeks=8, seed=5, zone="Europe/London")
FIRST = ESTATE.last_week.shifted(-1)
UNDISTURBED, KILLED = ("", ""), ("mine", "pack")


class Company:
    """What both lives share: PostgreSQL, Prefect on it, a port, a clock."""

    def __init__(self, desk: PrefectDesk, postgres: PostgresServer, folder: Path) -> None:
        self.desk, self.postgres, self.folder = desk, postgres, folder
        self.clock = SteppedClock(folder)
        self.port = free_port()  # of ServiceNow: links in records name it

    @contextmanager
    def office(self, name: str) -> Iterator[Office]:
        """An installation with its own database and its own ServiceNow, deployed."""
        later = self.folder / f"later-{name}.sqlite"
        with growing(ESTATE, self.folder, later, self.port) as instance:
            instance.hold_back(FIRST.start_at)
            url = self.postgres.new(self.postgres.template)
            office = Office(self.desk, self.desk.home / name, url, self.clock, instance)
            for worker in (f"{name}-one", f"{name}-two"):
                office.workers[worker] = self.desk.work(worker)
            office.open()
            yield office
            for process in office.workers.values():
                process.terminate()
                process.wait(timeout=60)


@pytest.fixture(scope="module")
def company(
    postgres: PostgresServer, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Company]:
    folder = tmp_path_factory.mktemp("company")
    with prefect_desk(folder / "home") as desk:
        own = make_url(postgres.new()).set(drivername="postgresql+asyncpg")
        url = own.render_as_string(hide_password=False)
        (folder / "home" / "server").mkdir()
        desk.serve(folder / "home" / "server", PREFECT_SERVER_DATABASE_CONNECTION_URL=url)
        yield Company(desk, postgres, folder)


def test_two_weeks_with_a_worker_killed_in_each_leave_the_store_of_undisturbed_ones(
    company: Company,
) -> None:
    dumps, written, tables = [], [], []
    for name, killed_in in (("undisturbed", UNDISTURBED), ("killed", KILLED)):
        with company.office(name) as office:
            live(office, FIRST, killed_in)
            dumps.append(office.dump())
            written.append(problems(office.growing))
            packs = sorted((office.folder / "packs").rglob("*.csv"))
            tables.append({file.name: file.read_bytes() for file in packs})
    assert len(written[0]) == 2, "each week a candidate was accepted"
    assert written[1] == written[0]
    assert dumps[1] == dumps[0]
    assert tables[1] == tables[0] and len(tables[0]) >= 3
    assert not company.desk.outbound.exists(), company.desk.outbound.read_text()
