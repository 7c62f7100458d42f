"""Whether the same estate, pulled through each of the eight systems, gives the same candidates.

Each practice server is started over the same estate, pulled into a store of its own and mined.
Incidents are told apart by the number they have in the estate. The adjusted Rand index of two
groupings is 1 where they are the same and 0 where they agree as much as chance lets them; an
incident in no candidate is a group of its own.

Some systems cannot tell which incidents are restricted, tests, canceled or duplicates, so that
these are mined there and not elsewhere. The second index is that of a copy of the store without
them, made before anything was mined: what is left to differ is what the systems say of the same
incidents. It is a copy, because a run goes on from the basis of the run before it.

    python -m tests.eval.systems_agreement --incidents 1500
"""

import argparse
import re
import shutil
import sys
import tempfile
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import UTC, datetime
from math import comb
from pathlib import Path
from typing import Any

from flows.minable import chosen_incidents
from flows.settings import load_settings
from flows.stages.mine import mine_week
from flows.stages.pull import pull
from flows.wiring import Parts, build
from itsm.clocks import ReportingWeek
from itsm.states import RecordKind
from simulator.bmc_helix.server import BmcHelixServer
from simulator.cherwell.server import CherwellServer
from simulator.freshservice.server import FreshserviceServer
from simulator.glpi.server import GlpiServer
from simulator.itop.server import ItopServer
from simulator.jira.server import JiraServer
from simulator.rt.server import RtServer
from simulator.servicenow.server import ServiceNowServer
from simulator.settings import EstateSettings

Groups = Mapping[int, str]
"""The candidate of each mined incident, by its number in the estate; itself where it has none."""


@dataclass(frozen=True)
class System:
    """How a system is started and configured.

    Attributes:
        serve: starts its practice server over an estate.
        lines: what its table says besides; {name} stands for what the server tells of itself.
        has_ids: whether records are known by ids of the system, which are not the estate's numbers.
    """

    serve: Callable[[EstateSettings], AbstractContextManager[Any]]
    lines: tuple[str, ...]
    has_ids: bool = False

    def numbers(self, server: Any) -> dict[int, int]:
        """The estate's number of each id."""
        if not self.has_ids:
            return {}
        return {one.id: number_of(one.number) for one in server.truth(RecordKind.INCIDENT)}


_PASSWORD = ('user = "{user}"', 'password = "{password}"')
SYSTEMS: Mapping[str, System] = {
    "servicenow": System(ServiceNowServer, _PASSWORD),
    "jira": System(
        lambda settings: JiraServer(settings, is_cloud=True),
        (
            'user = "{user}"',
            'token = "{token}"',
            'deployment = "cloud"',
            'assets_url = "{assets_url}"',
        ),
    ),
    "rt": System(RtServer, _PASSWORD, has_ids=True),
    "itop": System(ItopServer, _PASSWORD, has_ids=True),
    "glpi": System(GlpiServer, ('user_token = "{user_token}"', 'app_token = "{app_token}"')),
    "freshservice": System(FreshserviceServer, ('api_key = "{api_key}"',), has_ids=True),
    "bmc_helix": System(BmcHelixServer, _PASSWORD),
    "cherwell": System(CherwellServer, (*_PASSWORD, 'client_id = "{client_id}"')),
}
"""The eight systems by their kind in the configuration."""


def installed(server: Any, kind: str, folder: Path) -> Parts:
    """An installation that reads the incidents of a practice server."""
    told = [
        re.sub(r"\{(\w+)\}", lambda found: str(getattr(server, found[1])), line)
        for line in (f'kind = "{kind}"', 'url = "{url}"', *SYSTEMS[kind].lines)
    ]
    lines = ['database = "sqlite:///csi.sqlite"', "[sources.desk]", *told, 'kinds = ["incident"]']
    config = folder / "csi.toml"
    config.write_text("\n".join(lines) + "\n")
    return build(load_settings(config), folder)


@dataclass(frozen=True)
class Seen:
    """The candidates of an estate as a system shows it.

    Attributes:
        groups: of all that is mined.
        shared: of what is mined whatever system shows it.
    """

    groups: Groups
    shared: Groups


def grouped(kind: str, settings: EstateSettings, folder: Path, minable: frozenset[int]) -> Seen:
    """The candidates of an estate as it is pulled through a system.

    Args:
        kind: of the system.
        settings: of the estate.
        folder: for its store.
        minable: the numbers of the incidents that are to be mined; empty for all.
    """
    week = settings.last_week
    with SYSTEMS[kind].serve(settings) as server:
        parts = installed(server, kind, folder)
        pull(parts, "desk", week.end_at)
        known = SYSTEMS[kind].numbers(server)
    with tempfile.TemporaryDirectory(prefix="csi-agreement-") as other:
        copied = _copy(folder, Path(other))
        groups = mined(parts, week, known)
        if not groups.keys() - minable or not minable:
            return Seen(groups, groups)
        _take_out(copied, known, minable)
        return Seen(groups, mined(copied, week, known))


def _copy(folder: Path, to: Path) -> Parts:
    """The same installation, with a store of its own."""
    shutil.copytree(folder, to, dirs_exist_ok=True)
    return build(load_settings(to / "csi.toml"), to)


def _take_out(parts: Parts, known: Mapping[int, int], minable: frozenset[int]) -> None:
    """Let incidents count as deleted that not every system would have mined."""
    kind, before = RecordKind.INCIDENT, datetime(1970, 1, 1, tzinfo=UTC)
    numbers = parts.store.queries.columns(kind, names=["number"])["number"]
    out = [one for one in map(str, numbers) if estate_number(one, known) not in minable]
    with parts.store.begin() as uow:
        keys = uow.raw.keys("desk", kind, out)
        uow.deletions.note([("desk", kind, key, before) for key in keys.values()], before)
        uow.commit()


def mined(parts: Parts, week: ReportingWeek, known: Mapping[int, int]) -> Groups:
    """What mining groups of what is stored."""
    cutoff_at = week.cutoff(parts.settings.cutoff_lag)
    run_id = mine_week(parts, week, cutoff_at)
    with parts.store.look() as uow:
        candidates = uow.mining.candidates(run_id)
    group_of = {
        member.number: candidate.candidate_id
        for candidate in candidates
        for member in candidate.members
    }
    numbers = chosen_incidents(parts, week, cutoff_at)["number"]
    return {estate_number(one, known): group_of.get(one, one) for one in numbers}


def estate_number(number: str, known: Mapping[int, int]) -> int:
    """The number in the estate of an incident with a system's number."""
    own = number_of(number)
    return known.get(own, own)


def number_of(number: str) -> int:
    """The number of an incident in the estate: the digits at its end."""
    found = re.search(r"\d+$", number)
    assert found is not None, number
    return int(found[0])


def adjusted_rand(one: Groups, other: Groups) -> float:
    """How far two groupings of the same incidents agree, beyond what chance makes of it."""
    both = sorted(one.keys() & other.keys())

    def pairs(groups: Sequence[object]) -> int:
        return sum(comb(n, 2) for n in Counter(groups).values())

    together = pairs([(one[i], other[i]) for i in both])
    firsts, seconds = pairs([one[i] for i in both]), pairs([other[i] for i in both])
    by_chance = firsts * seconds / max(1, comb(len(both), 2))
    most = (firsts + seconds) / 2
    return 1.0 if most == by_chance else (together - by_chance) / (most - by_chance)


def agreement(
    settings: EstateSettings, names: Sequence[str]
) -> Iterator[tuple[str, float, float, str]]:
    """Each system with both its indexes beside the first one's, and a line about it."""
    first: Groups | None = None
    for name in names:
        minable = frozenset(first or ())
        with tempfile.TemporaryDirectory(prefix="csi-agreement-") as folder:
            seen = grouped(name, settings, Path(folder), minable)
        first = first or seen.groups
        as_is, shared = (adjusted_rand(first, one) for one in (seen.groups, seen.shared))
        sizes = Counter(seen.groups.values())
        n_in = sum(n for n in sizes.values() if n > 1)
        yield (
            name,
            as_is,
            shared,
            (
                f"{name:<14} {len(seen.groups):>6,} mined, {n_in:>5,} in "
                f"{sum(n > 1 for n in sizes.values()):>4,} candidates, index {as_is:.4f}; "
                f"of the same {len(seen.shared):,} incidents {shared:.4f}"
            ),
        )


def main(arguments: Sequence[str] | None = None) -> None:
    """Print a line for each system."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("systems", nargs="*", metavar="SYSTEM", help=", ".join(SYSTEMS))
    parser.add_argument("--incidents", type=int, default=1500)
    parser.add_argument("--weeks", type=int, default=20)
    parser.add_argument("--seed", type=int, default=77)
    given = parser.parse_args(arguments)
    settings = EstateSettings(n_incidents=given.incidents, n_weeks=given.weeks, seed=given.seed)
    for *_, line in agreement(settings, given.systems or list(SYSTEMS)):
        sys.stdout.write(f"{line}\n")
        sys.stdout.flush()


if __name__ == "__main__":
    main()
