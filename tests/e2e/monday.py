"""A practice estate in a practice ServiceNow, mined, with the review app in front of it."""

import re
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from click.testing import CliRunner, Result

from flows.cli import csi
from flows.settings import load_settings
from flows.wiring import Parts, build
from simulator.servicenow.server import ServiceNowServer

CSI = (sys.executable, "-c", "from flows.cli import main; main()")
PASSWORD = "a few words in a row"
CHROMIUM = "/usr/bin/chromium"


class Installation:
    """An installation over a practice instance, with one mined week."""

    def __init__(self, folder: Path, instance: ServiceNowServer) -> None:
        self.config = folder / "csi.toml"
        self.config.write_text(
            f"""organisation = "Monday & Sons"
[sources.snow]
kind = "servicenow"
url = "{instance.url}"
user = "{instance.user}"
password = "{instance.password}"
[sources.snow.push]
mode = "full"
instance = "practice"
[review]
session_minutes = 90
"""
        )

    def run(self, *words: str) -> Result:
        """A command that works."""
        result = CliRunner().invoke(csi, [*words, "--config", str(self.config)])
        assert result.exit_code == 0, result.output
        return result

    @property
    def parts(self) -> Parts:
        """What its commands work with."""
        return build(load_settings(self.config), self.config.parent)

    def one_time_password(self, name: str, role: str) -> str:
        """A new account with the password that it is given."""
        told = self.run("users", "add", name, "--role", role, "--team", "Network").output
        return told.strip().splitlines()[-1]

    @contextmanager
    def served(self) -> Iterator[str]:
        """The review app, as `csi review` serves it; its address."""
        command = (*CSI, "review", "--config", str(self.config), "--port", "0")
        with subprocess.Popen(
            command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
        ) as process:
            try:
                yield _address(process)
            finally:
                process.terminate()
                process.wait(timeout=30)


def _address(process: subprocess.Popen[str]) -> str:
    assert process.stdout is not None
    ends = time.monotonic() + 120
    while time.monotonic() < ends:
        found = re.search(r"http://\S+?/", process.stdout.readline())
        if found:
            return found[0].rstrip("/")
    raise AssertionError("csi review does not tell its address")
