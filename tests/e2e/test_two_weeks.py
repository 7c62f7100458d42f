"""Two weeks as a company runs them, a worker killed in each: the store of undisturbed weeks."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
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

ESTATE = EstateSettings(n_incidents=320, n_weeks=6, seed=5, zone="Europe/London")
FIRST = ESTATE.last_week.shifted(-1)
KILLED_IN = ("mine", "pack")


class Company:
    """What both lives share: PostgreSQL, Prefect on it, a port, a clock."""

    def __init__(self, desk: PrefectDesk, postgres: PostgresServer, folder: Path) -> None:
        self.desk, self.postgres, self.folder = desk, postgres, folder
        self.clock = SteppedClock(folder)
        self.port = free_port()  # of ServiceNow: links in records name it

    @contextmanager
    def office(self, name: str) -> Iterator[Office]:
        """An installation with its own database and its own ServiceNow."""
        later = self.folder / f"later-{name}.sqlite"
        with growing(ESTATE, self.folder, later, self.port) as instance:
            instance.hold_back(FIRST.start_at)
            url = self.postgres.new(self.postgres.template)
            office = Office(self.desk, self.desk.home / name, url, self.clock, instance)
            office.open()
            yield office


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


@dataclass(frozen=True)
class Left:
    """What two weeks have left: the store, our problems in ServiceNow, the tables of the packs."""

    dump: list[str]
    problems: list[tuple[str, str]]
    tables: dict[str, bytes]


def left_by(office: Office) -> Left:
    packs = sorted((office.folder / "packs").rglob("*.csv"))
    tables = {f"{file.parent.name}/{file.name}": file.read_bytes() for file in packs}
    return Left(office.dump(), problems(office.growing), tables)


@pytest.fixture(scope="module")
def undisturbed(company: Company) -> Left:
    """Two weeks that somebody runs on the command line, and nothing happens."""
    with company.office("undisturbed") as office:
        live(office, FIRST, None)
        return left_by(office)


@pytest.fixture(scope="module")
def killed(company: Company) -> Left:
    """The same two weeks on Prefect; the worker at work is killed in each, in the weekly run."""
    with company.office("killed") as office:
        for worker in ("one", "two"):
            office.workers[worker] = company.desk.work(worker)
        company.desk.deploy(office.folder)
        live(office, FIRST, KILLED_IN)
        return left_by(office)


def test_the_store_is_that_of_undisturbed_weeks(undisturbed: Left, killed: Left) -> None:
    assert killed.dump == undisturbed.dump


def test_each_accepted_candidate_is_one_problem_in_servicenow(
    undisturbed: Left, killed: Left
) -> None:
    assert len(undisturbed.problems) == 2, "each week a candidate was accepted"
    assert killed.problems == undisturbed.problems


def test_the_packs_say_the_same(undisturbed: Left, killed: Left) -> None:
    assert len(undisturbed.tables) >= 6
    assert killed.tables == undisturbed.tables


def test_no_process_looked_beyond_this_machine(killed: Left, company: Company) -> None:
    assert killed.dump
    assert not company.desk.outbound.exists(), company.desk.outbound.read_text()
