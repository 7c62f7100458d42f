"""A real Request Tracker 5 of Debian on this machine, with a database of its own.

It is installed by apt where that can be done; elsewhere the tests that need it are skipped.
"""

import os
import shutil
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import requests

SHARED = Path("/usr/share/request-tracker5")
SERVER = SHARED / "libexec" / "rt-server"
SETUP = "rt-setup-database-5"
PACKAGES = ("request-tracker5", "rt5-db-sqlite")
ROOT = ("root", "password")
READER = ("csi.reader", "practice-reader-1")
WRITER = ("csi.writer", "practice-writer-1")
ZONE = "America/New_York"
QUEUES = ("Incidents", "Problems", "Changes", "Requests", "Vendor Cases")
FIELDS = ("Service", "CI", "Team", "Impact", "Vendor", "Vendor Ticket", "Change Type",
          "External Key", "Satisfaction", "Workaround")  # fmt: skip

_CONFIG = """\
Set($rtname, 'practice');
Set($Organization, 'practice.example');
Set($WebDomain, '127.0.0.1');
Set($WebPort, {port});
Set($WebPath, '');
Set($DatabaseType, 'SQLite');
Set($DatabaseName, '{folder}/rt.sqlite');
Set($BcryptCost, 4);
Set($Timezone, 'UTC');
Set($MailCommand, 'testfile');
Set($LogToSyslog, undef);
Set($LogToSTDERR, 'error');
Set($MasonDataDir, '{folder}/mason');
Set($MasonSessionDir, '{folder}/sessions');
1;
"""
_DATA = """\
@Queues = map {{ {{ Name => $_ }} }} ({queues});
@CustomFields = map {{ {{ Name => $_, Type => 'FreeformSingle', MaxValues => 1,
    LookupType => 'RT::Queue-RT::Ticket', ApplyTo => [{queues}] }} }} ({fields});
@Users = ({{ Name => '{reader[0]}', Password => '{reader[1]}', Privileged => 1,
             EmailAddress => 'reader@example.com', Timezone => '{zone}' }},
          {{ Name => '{writer[0]}', Password => '{writer[1]}', Privileged => 1,
             EmailAddress => 'writer@example.com', Timezone => 'UTC' }});
@ACL = ((map {{ {{ GroupDomain => 'SystemInternal', GroupType => 'Privileged', Right => $_ }} }}
         qw(SeeQueue ShowTicket ShowTicketComments SeeCustomField ShowAsset ShowCatalog)),
        (map {{ {{ UserId => '{writer[0]}', Right => $_ }} }}
         qw(CreateTicket ModifyTicket ModifyCustomField SetInitialCustomField CommentOnTicket)));
1;
"""


@dataclass(frozen=True)
class RealTracker:
    """A tracker that runs, and a person who may do everything in it."""

    url: str
    log: Path

    def asked(self, method: str, path: str, **more: Any) -> Any:  # JSON
        """What it answers to root."""
        with requests.Session() as session:
            session.trust_env = False
            answer = session.request(
                method, f"{self.url}/REST/2.0/{path}", auth=ROOT, timeout=60, **more
            )
        assert answer.status_code < 300, (method, path, answer.status_code, answer.text[:500])
        return answer.json() if answer.content else None

    def created(self, queue: str, subject: str, **more: Any) -> str:  # JSON
        """The id of a new ticket."""
        usual = {"Queue": queue, "Subject": subject, "ContentType": "text/plain"}
        return str(self.asked("POST", "ticket", json={**usual, **more})["id"])

    def changed(self, key: str, **what: object) -> None:
        """Change a ticket."""
        self.asked("PUT", f"ticket/{key}", json=what)

    def said(self, key: str, text: str, *, is_internal: bool) -> None:
        """Comment on a ticket, or reply."""
        way = "comment" if is_internal else "correspond"
        given = {"Content": text, "ContentType": "text/plain"}
        self.asked("POST", f"ticket/{key}/{way}", json=given)


@contextmanager
def running_tracker(folder: Path) -> Iterator[RealTracker]:
    """A tracker while it is used; the test is skipped where there can be none."""
    _install()
    port = _free_port()
    for name in ("mason", "sessions", "more"):
        (folder / name).mkdir()
    config = folder / "RT_SiteConfig.pm"
    config.write_text(_CONFIG.format(folder=folder, port=port))
    environment = {
        **os.environ, "RT_SITE_CONFIG": str(config), "RT_SITE_CONFIG_DIR": str(folder / "more")
    }  # fmt: skip
    _set_up(folder, environment)
    log = folder / "server.log"
    command = [str(SERVER), "--port", str(port), "--host", "127.0.0.1"]
    with log.open("wb") as told:
        process = subprocess.Popen(
            command, env=environment, stdout=told, stderr=told, start_new_session=True
        )
    try:
        tracker = RealTracker(f"http://127.0.0.1:{port}", log)
        _wait(tracker, process)
        yield tracker
    finally:
        os.killpg(process.pid, 15)
        process.wait(30)


def _install() -> None:
    """Install RT if it is not there and can be.

    Several at a time would be in each other's way, so apt waits for its lock.
    """
    if SERVER.exists() and shutil.which(SETUP):
        return
    if shutil.which("apt-get") is None or os.geteuid() != 0:
        pytest.skip("Request Tracker is not installed, and apt-get cannot be used here")
    environment = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    command = ["apt-get", "install", "-y", "--no-install-recommends",
               "-o", "DPkg::Lock::Timeout=300", *PACKAGES]  # fmt: skip
    done = subprocess.run(
        command, capture_output=True, text=True, timeout=900, check=False, env=environment
    )
    if done.returncode or not SERVER.exists():
        pytest.skip(f"Request Tracker cannot be installed: {done.stderr.strip()[-300:]}")


def _set_up(folder: Path, environment: dict[str, str]) -> None:
    data = folder / "initial.pl"
    named = {
        name: ", ".join(f"'{one}'" for one in words)
        for name, words in (("queues", QUEUES), ("fields", FIELDS))
    }
    data.write_text(_DATA.format(reader=READER, writer=WRITER, zone=ZONE, **named))
    for action in (["init", "--skip-create"], ["insert", "--datafile", str(data)]):
        command = [SETUP, "--action", *action, "--dba-password", ""]
        done = subprocess.run(
            command, capture_output=True, text=True, timeout=300, check=False, env=environment
        )
        assert done.returncode == 0, done.stdout[-2000:] + done.stderr[-2000:]


def _wait(tracker: RealTracker, process: "subprocess.Popen[bytes]") -> None:
    for _ in range(120):
        assert process.poll() is None, tracker.log.read_text()[-2000:]
        try:
            tracker.asked("GET", "rt")
        except requests.ConnectionError:
            time.sleep(0.5)
        else:
            return
    pytest.fail(f"the server did not start: {tracker.log.read_text()[-2000:]}")


def _free_port() -> int:
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return int(found.getsockname()[1])
