"""How fast each system is pulled, with history, beside its own floor; `make bench` prints it.

A practice server is started and its answers to one pull are recorded. The floor makes the same
requests and parses what comes; `csi pull` is a process of its own, start included. Both are run
twice: *asked* of the practice server, which works out its answers, and *replayed*, the recorded
answers given word for word as fast as they can be sent, which no real system does. Both are told in
seconds by the clock and of processor time; on a busy machine the latter tells more.

    python -m tests.bench.systems_speed --incidents 20000
    python -m tests.bench.systems_speed jira_cloud
"""

import argparse
import re
import sys
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from tests.bench.pull_speed import CSI, Timed, running, timed

REPLAY = (sys.executable, "-m", "tests.bench.replay")
FLOOR = (sys.executable, "-m", "tests.bench.peers.recorded_floor")


@dataclass(frozen=True)
class System:
    """A system to pull from.

    Attributes:
        simulated: what `csi simulate` is called with.
        lines: what its table in the configuration says besides; {url} is where it is.
    """

    simulated: tuple[str, ...]
    lines: tuple[str, ...] = ()


SYSTEMS: Mapping[str, System] = {
    "rt": System(("rt",)),
    "itop": System(("itop",)),
    "servicenow": System(("servicenow",)),
    "jira_cloud": System(("jira",), ('deployment = "cloud"', 'assets_url = "{url}/jsm/assets"')),
    "jira_data_center": System(
        ("jira", "--data-center", "--user", "csi.reader"),
        ('deployment = "data_center"', "page_size = 1000"),
    ),
    "glpi": System(("glpi",)),
    "freshservice": System(("freshservice",), ("details = false",)),
    "bmc_helix": System(("bmc_helix",), ("page_size = 1000",)),
    "cherwell": System(("cherwell",), ("page_size = 1000", 'client_id = "{client_id}"')),
}
"""The systems by name."""


TOLD = "KIND|URL|USER|PASSWORD|TOKEN|CLIENT_ID|USER_TOKEN|APP_TOKEN|API_KEY"
"""What a practice server may tell of how it is read."""


@dataclass(frozen=True)
class Practice:
    """A running server, and how a source is configured for it."""

    system: System
    told: Mapping[str, str]

    def command(self, folder: Path, url: str) -> list[str]:
        """A configuration for it behind some address, and the command that pulls with it."""
        folder.mkdir(parents=True, exist_ok=True)
        config = folder / "csi.toml"
        lines = [
            'database = "sqlite:///csi.sqlite"',
            "[sources.practice]",
            f'kind = "{self.told["KIND"]}"',
            f'url = "{url}"',
            *([f'user = "{self.told["USER"]}"'] if "USER" in self.told else []),
            'kinds = ["incident", "history"]',
            *(self._filled(line, url) for line in self.system.lines),
        ]
        config.write_text("\n".join(lines) + "\n")
        return [*CSI, "pull", "--config", str(config)]

    def _filled(self, line: str, url: str) -> str:
        """A line with what the server has told in its places."""
        return line.replace("{url}", url).replace("{client_id}", self.told.get("CLIENT_ID", ""))

    @property
    def secret(self) -> dict[str, str]:
        """The environment with its password or token."""
        keys = {"PASSWORD", "TOKEN", "USER_TOKEN", "APP_TOKEN", "API_KEY"} & self.told.keys()
        return {f"CSI_SOURCES__PRACTICE__{key}": self.told[key] for key in keys}


@contextmanager
def practice(system: System, n_incidents: int) -> Iterator[Practice]:
    """A practice server in a process of its own."""
    command = [*CSI, "simulate", *system.simulated, "--port", "0", "--seed", "77"]
    with running([*command, "--incidents", str(n_incidents)]) as lines:
        told = re.findall(rf"__({TOLD})=(\S+)", " ".join(lines))
        yield Practice(system, dict(told))


def compared(name: str, n_incidents: int, folder: Path) -> Iterator[str]:
    """The lines of one system."""
    recorded = folder / "answers"
    with practice(SYSTEMS[name], n_incidents) as server:
        command = [*REPLAY, "record", str(recorded), server.told["URL"]]
        with running(command) as (url,):
            timed(server.command(folder / "record", url), server.secret)
        yield from _beside(f"{name}, asked", recorded, server, folder / "asked", server.told["URL"])
    with running([*REPLAY, "serve", str(recorded)]) as (url,):
        yield from _beside(f"{name}, replayed", recorded, server, folder / "replayed", url)


def _beside(name: str, recorded: Path, server: Practice, folder: Path, url: str) -> Iterator[str]:
    """The floor, then the pull, and how they compare."""
    floor = timed([*FLOOR, str(recorded), url])
    ours = timed(server.command(folder, url), server.secret)
    n_requests, n_bytes = map(int, floor.out.split())
    what = f"{n_requests:,} requests, {n_bytes / 1e6:,.0f} MB"
    yield _told(name, "floor", floor, what)
    ratio = f"{ours.wall_s / floor.wall_s:.2f} x by the clock, {ours.cpu_s / floor.cpu_s:.2f} x CPU"
    yield _told(name, "csi pull", ours, ratio)


def _told(name: str, who: str, used: Timed, more: str) -> str:
    return (
        f"{name:<26} {who:<9} {used.wall_s:>7.1f} s  {used.cpu_s:>7.1f} CPU s  "
        f"{used.peak_mb:>6,.0f} MB  {more}"
    )


def main(arguments: Sequence[str] | None = None) -> None:
    """Print the lines."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("systems", nargs="*", metavar="SYSTEM", help=", ".join(SYSTEMS))
    parser.add_argument("--incidents", type=int, default=20_000)
    given = parser.parse_args(arguments)
    for name in given.systems or SYSTEMS:
        with tempfile.TemporaryDirectory(prefix="csi-bench-") as scratch:
            for line in compared(name, given.incidents, Path(scratch)):
                print(line, flush=True)


if __name__ == "__main__":
    main()
