"""A practice estate in a practice ServiceNow, mined, with the review app in front of it."""

import re
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from flows.cli import csi
from flows.settings import load_settings
from flows.wiring import Parts, build
from simulator.servicenow.server import ServiceNowServer

CSI = (sys.executable, "-c", "from flows.cli import main; main()")
PASSWORD = "a few words in a row"
CHROMIUM = "/usr/bin/chromium"
SETTLED = """() => document.activeElement !== document.body
    || document.querySelector("[autofocus]") === null"""
"""A page is ready for keys once what is to have the focus has it."""


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
on_closed = true
[review]
session_minutes = 90
"""
        )

    def run(self, *words: str) -> Result:
        """A command that works."""
        result = CliRunner().invoke(csi, [*words, "--config", str(self.config)])
        assert result.exit_code == 0, f"{result.output}\n{result.exception!r}"
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


class Manager:
    """A problem manager who never touches the mouse."""

    def __init__(self, page: Any, address: str) -> None:
        self.page, self.address = page, address
        self.complaints: list[str] = []
        page.on("console", self._hears)
        page.on("pageerror", lambda error: self.complaints.append(str(error)))

    def _hears(self, said: Any) -> None:
        if said.type == "error":
            self.complaints.append(said.text)

    def press(self, *keys: str) -> None:
        for key in keys:
            self.page.keyboard.press(key)

    def leads_on(self, *keys: str) -> None:
        """Press keys, the last of which leads to another page."""
        self.press(*keys[:-1])
        with self.page.expect_navigation():
            self.press(keys[-1])
        self.page.wait_for_load_state()
        self.page.wait_for_function(SETTLED)

    def types(self, text: str) -> None:
        self.page.keyboard.type(text)

    def log_in(self, name: str, secret: str) -> None:
        """With the one-time password, then with one of their own."""
        self.page.goto(f"{self.address}/login")
        self._fill(("#name", name), ("#password", secret))
        self._fill(("#old", secret), ("#new", PASSWORD), ("#again", PASSWORD))
        self.page.goto(f"{self.address}/")

    def _fill(self, *fields: tuple[str, str]) -> None:
        for selector, text in fields:
            self.page.focus(selector)
            self.types(text)
        self.leads_on("Enter")

    def rows(self) -> list[str]:
        """The candidates of the queue page, in its order."""
        return [row.get_attribute("data-row") for row in self.page.query_selector_all("[data-row]")]

    def row(self, *keys: str) -> str:
        """Press keys, and tell at which candidate that is; the next one where it is at none."""
        self.press(*keys)
        return str(self.page.evaluate("document.activeElement.dataset.row || ''")) or self.row("j")

    def goes_to(self, selector: str) -> None:
        """Press Shift and Tab until a field is reached."""
        for _ in range(80):
            if self.page.evaluate("s => document.activeElement.matches(s)", selector):
                return
            self.press("Shift+Tab")
        raise AssertionError(f"the keyboard does not reach {selector}")

    def says(self) -> str:
        return str(self.page.inner_text("main"))


@contextmanager
def chromium() -> Iterator[Any]:
    """Debian's Chromium; the test is skipped where it, or what drives it, is not there."""
    playwright = pytest.importorskip("playwright.sync_api", reason="playwright is not installed")
    if not Path(CHROMIUM).exists():
        pytest.skip(f"{CHROMIUM} is not installed")
    with playwright.sync_playwright() as running:
        made = running.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        yield made
        made.close()


def _address(process: subprocess.Popen[str]) -> str:
    assert process.stdout is not None
    ends = time.monotonic() + 120
    while time.monotonic() < ends:
        found = re.search(r"http://\S+?/", process.stdout.readline())
        if found:
            return found[0].rstrip("/")
    raise AssertionError("csi review does not tell its address")
