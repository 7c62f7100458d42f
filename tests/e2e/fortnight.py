"""Two weeks of a company on a moved clock: ServiceNow grows, Prefect's flows run, people decide."""

import os
import re
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path

import httpx

from flows.demo_config import server_config
from itsm.clocks import ReportingWeek
from simulator.servicenow.tables import TABLES
from simulator.servicenow.writing import Writer
from store.engine import open_engine
from store.unit_of_work import Store
from tests.e2e.growing_instance import Growing
from tests.e2e.prefect_desk import PrefectDesk, free_port
from tests.e2e.stepped_clock import SteppedClock

CSI = (sys.executable, "-c", "from flows.cli import main; main()")
PASSWORD = "five plain words in here"
CSRF = re.compile(r'name="csrf" value="([^"]+)"')
MORE = """\

[sources.practice.push]
mode = "full"
instance = "practice"

[privacy]
people_key = "one key for both lives, or their pseudonyms would differ"
"""
DECIDED = (
    {"action": "accept", "reason": "one cause; worth a problem"},
    {"action": "reject", "reason": "comes with every new starter", "rejected_as": "training"},
    {"action": "snooze", "reason": "the vendor's release is due", "until_new": 20},
)
"""What is decided on the dearest candidates nobody has decided on yet, each week."""


@dataclass
class Office:
    """An installation on PostgreSQL that Prefect's flows run for, and a person who decides.

    Attributes:
        desk: Prefect.
        folder: where it is deployed from.
        database: its URL.
        clock: moves the time of the review app.
        growing: the ServiceNow it reads and writes.
    """

    desk: PrefectDesk
    folder: Path
    database: str
    clock: SteppedClock
    growing: Growing
    workers: dict[str, "subprocess.Popen[bytes]"] = field(default_factory=dict)

    def open(self) -> None:
        """Configure it."""
        self.folder.mkdir(parents=True)
        served = self.growing.server
        text = server_config(served.url, served.user).replace(
            'database = "sqlite:///csi.sqlite"', f'database = "{self.database}"'
        )
        secret = f'user = "{served.user}"\npassword = "{served.password}"'
        text = text.replace(f'user = "{served.user}"', secret)
        (self.folder / "csi.toml").write_text(text + MORE)

    def run(self, deployment: str, **parameters: str) -> None:
        """Run a deployment to its good end."""
        run = self.begin(deployment, **parameters)
        ended = self.desk.ended(run, timeout_s=1200)
        assert ended["state_type"] == "COMPLETED", f"{ended['state']}\n{self.desk.logs()}"

    def begin(self, deployment: str, **parameters: str) -> str:
        """Ask for a run of a deployment; its id."""
        self.desk.ask_for(deployment, **parameters)
        return str(self.desk.newest(deployment)["id"])

    def killed_in(self, task: str, deployment: str, **parameters: str) -> None:
        """The worker that runs a deployment dies with its run in the middle of a task.

        Somebody sees it and retries the run on Prefect's page: the other worker takes it over.
        """
        run = self.begin(deployment, **parameters)
        self.desk.wait(lambda: self.desk.has_begun(run, task), f"{task} to begin", timeout_s=900)
        at_work = self.desk.call(f"flow_runs/{run}")
        gone = self.kill_worker_of(int(str(at_work["infrastructure_pid"]).rpartition(":")[2]))
        left = self.desk.call(f"flow_runs/{run}")
        assert left["state_type"] == "RUNNING", f"it ended before it was killed: {left['state']}"
        self.desk.set_state(run, {"type": "SCHEDULED", "name": "AwaitingRetry"})
        again = self.desk.done_again(run)
        assert again["state_type"] == "COMPLETED", f"{again['state']}\n{self.desk.logs()}"
        self.workers[f"{gone}-again"] = self.desk.work(f"{gone}-again")

    def kill_worker_of(self, pid: int) -> str:
        """SIGKILL for the worker that started a process, and for all it started; its name."""
        above = list(_above(pid))
        for name, worker in list(self.workers.items()):
            if worker.pid in above:
                started = [one for one in _all_pids() if worker.pid in _above(one)]
                for one in (worker.pid, *started):
                    with suppress(ProcessLookupError):
                        os.kill(one, signal.SIGKILL)
                worker.wait()
                del self.workers[name]
                return name
        raise AssertionError(f"process {pid} was started by none of the workers: {above}")

    def decide(self, at: datetime) -> list[str]:
        """A person decides in the review app, on its moved clock; the candidates."""
        with self._reviewing(at) as client:
            listed = client.get("/candidates", params={"limit": 50}).json()["items"]
            names = [one["candidate_id"] for one in listed if one["decision"] == "undecided"]
            chosen = names[: len(DECIDED)]
            assert len(chosen) == len(DECIDED), f"too few candidates to decide on: {listed}"
            for name, decided in zip(chosen, DECIDED, strict=True):
                seen = client.get(f"/candidates/{name}").headers["etag"]
                answer = client.post(
                    f"/candidates/{name}/decisions", json=decided, headers={"if-match": seen}
                )
                assert answer.status_code == 201, answer.text
        return chosen

    @contextmanager
    def _reviewing(self, at: datetime) -> Iterator[httpx.Client]:
        """The API of the review app as a problem manager's token opens it."""
        offset = self.folder / f"clock-{at:%Y%m%d}"
        offset.write_text(f"={int(at.timestamp())}")  # it stands: ids of decisions have the time in
        moved, config = self.clock.environment(offset), ("--config", "csi.toml")
        name, port = f"ann{at:%m%d}", free_port()
        home = f"http://127.0.0.1:{port}"
        add = (*CSI, "users", "add", name, "--role", "problem_manager", *config)
        secret = self.desk.run(*add, cwd=self.folder, **moved).strip().splitlines()[-1]
        served = (*CSI, "review", "--port", str(port), *config)
        process = self.desk.start(f"review-{at:%Y%m%d}", *served, cwd=self.folder, **moved)
        try:
            self.desk.wait(lambda: _answers(home), "the review app to answer")
            _own_password(home, name, secret)
            token = (*CSI, "users", "token", name, "--role", "problem_manager", "--label", "e2e")
            word = self.desk.run(*token, *config, cwd=self.folder, **moved).splitlines()[0]
            with httpx.Client(
                base_url=f"{home}/api/v1", headers={"authorization": f"Bearer {word}"}, timeout=60
            ) as client:
                yield client
        finally:
            process.terminate()
            process.wait(timeout=30)

    def dump(self) -> list[str]:
        """All that the database holds, but for what `Store.queries.dump` leaves out."""
        engine = open_engine(self.database)
        lines = Store(engine).queries.dump().splitlines()
        engine.dispose()
        return lines


def live(office: Office, first: ReportingWeek, killed_in: tuple[str, str] | None) -> None:
    """Live two weeks, day by day.

    Args:
        office: who lives them.
        first: the first of the two.
        killed_in: the tasks in which the weekly runs are killed; None for weeks that a person runs
            on the command line, undisturbed.
    """
    act = _on_prefect(office, killed_in) if killed_in else _by_hand(office)
    act("hourly", first)
    for week in (first, first.shifted(1)):
        office.growing.grow(week.start_at + timedelta(days=5, hours=3))
        _people_work(office.growing, week)
        act("nightly", week.shifted(-1))
        office.growing.grow(week.end_at + timedelta(hours=27))
        act("weekly", week)
        office.decide(week.end_at + timedelta(hours=33))
        act("push", week)


Act = Callable[[str, ReportingWeek], None]
"""Does what a deployment does, for a week."""


def _on_prefect(office: Office, killed_in: tuple[str, str]) -> Act:
    tasks = list(killed_in)

    def act(deployment: str, week: ReportingWeek) -> None:
        if deployment == "weekly":
            office.killed_in(tasks.pop(0), deployment, week=week.label)
        elif deployment == "nightly":
            office.run(deployment, week=week.label)
        else:
            office.run(deployment)

    return act


def _by_hand(office: Office) -> Act:
    verbs = {
        "hourly": (("pull",),),
        "nightly": (("pull",), ("check", "--week"), ("mine", "--week")),
        "weekly": (("run", "--week"),),
        "push": (("push",),),
    }

    def act(deployment: str, week: ReportingWeek) -> None:
        for name, *named in verbs[deployment]:
            words = [*named, week.label] if named else []
            command = (*CSI, name, "--config", "csi.toml", *words)
            office.desk.run(*command, cwd=office.folder)

    return act


def _people_work(growing: Growing, week: ReportingWeek) -> None:
    """People of the desk hand incidents on, and delete one that was a mistake."""
    rows = growing.rows("incident")
    for place, (key, _) in enumerate(rows[-12::3]):
        growing.server.edit("incident", key, "assignment_group", str(place + week.start_at.day))
    Writer(growing.server.instance, "gwen.harper").delete(TABLES["incident"], rows[-20][0])


def problems(growing: Growing) -> list[tuple[str, str]]:
    """What was written into ServiceNow: our key and the title of every problem of ours."""
    with growing.server.instance.connection() as tables:
        query = "SELECT correlation_id, short_description FROM problem WHERE correlation_id <> ''"
        return sorted(tables.execute(query))


def _answers(home: str) -> bool:
    with suppress(httpx.TransportError):
        return httpx.get(f"{home}/healthz", timeout=10).status_code == 200
    return False


def _own_password(home: str, name: str, secret: str) -> None:
    """Log in with a one-time password, and set one of one's own."""
    with httpx.Client(base_url=home, follow_redirects=True, timeout=60) as browser:
        for path, typed in (
            ("/login", {"name": name, "password": secret}),
            ("/account/password", {"old": secret, "new": PASSWORD, "again": PASSWORD}),
        ):
            found = CSRF.search(browser.get(path).text)
            assert found, f"{path} has no form to fill in"
            headers = {"origin": home}
            sent = browser.post(path, data={**typed, "csrf": found[1]}, headers=headers)
            assert sent.status_code == 200, sent.text


def _above(pid: int) -> Iterator[int]:
    """The processes that a process was started by, the nearest first."""
    while pid > 1:
        try:
            status = Path(f"/proc/{pid}/stat").read_text()
        except OSError:
            return
        pid = int(status.rpartition(")")[2].split()[1])
        yield pid


def _all_pids() -> list[int]:
    return [int(one.name) for one in Path("/proc").iterdir() if one.name.isdigit()]
