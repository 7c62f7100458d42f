"""Years are read in windows beside the pulls of every night: all comes, and nothing twice."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest
from click.testing import CliRunner

from connectors.core.budget import NoBudget
from connectors.core.surroundings import Surroundings
from flows.cli import csi
from flows.settings import load_settings
from flows.stages.pull import pull
from flows.stages.pull_windows import EVER, in_order, read_older, stretches
from flows.wiring import Parts, build
from itsm.errors import ConfigError, TransientSourceError
from itsm.states import RecordKind
from simulator.servicenow.server import ServiceNowServer
from simulator.settings import EstateSettings
from store.windows import Window

SETTINGS = EstateSettings(n_incidents=300, n_weeks=16, seed=9)
K = RecordKind
CUTOFF = SETTINGS.last_week.end_at


@pytest.fixture(scope="module")
def server() -> Iterator[ServiceNowServer]:
    with ServiceNowServer(SETTINGS) as served:
        yield served


def parts_of(server: ServiceNowServer, folder: Path, *lines: str) -> Parts:
    folder.mkdir(exist_ok=True)
    config = folder / "csi.toml"
    table = [
        "[sources.now]",
        'kind = "servicenow"',
        f'url = "{server.url}"',
        f'user = "{server.user}"',
        f'password = "{server.password}"',
        'kinds = ["team", "incident", "history"]',
        "page_size = 40",
        *lines,
    ]
    config.write_text("\n".join(['database = "sqlite:///csi.sqlite"', *table]) + "\n")
    parts = build(load_settings(config), folder)
    return replace(parts, around=Surroundings(clock=lambda: CUTOFF))


def status(folder: Path) -> str:
    command = ["status", "--config", str(folder / "csi.toml")]
    return CliRunner().invoke(csi, command, catch_exceptions=False).output


def held(parts: Parts) -> dict[RecordKind, list[object]]:
    return {
        kind: parts.store.queries.columns(kind, names=["number"])["number"]
        for kind in (K.TEAM, K.INCIDENT, K.HISTORY)
    }


@pytest.fixture(scope="module")
def whole(
    server: ServiceNowServer, tmp_path_factory: pytest.TempPathFactory
) -> dict[RecordKind, list[object]]:
    parts = parts_of(server, tmp_path_factory.mktemp("whole"))
    pull(parts, "now", CUTOFF)
    return held(parts)


@pytest.mark.parametrize("order", ["newest", "oldest"])
def test_windows_bring_what_a_pull_of_all_brings(
    server: ServiceNowServer,
    whole: dict[RecordKind, list[object]],
    tmp_path: Path,
    order: str,
) -> None:
    lines = ("first_days = 20", "window_days = 25", f'window_order = "{order}"')
    parts = parts_of(server, tmp_path, *lines)
    recent = pull(parts, "now", CUTOFF)
    first = held(parts)
    assert first[K.TEAM] == whole[K.TEAM], "what does not grow is read whole"
    assert 0 < len(first[K.INCIDENT]) < len(whole[K.INCIDENT])
    counted = {one.kind: one for one in recent.kinds}
    assert counted[K.INCIDENT].on_server is None, "no count is held against a part"
    assert "incident: 0 of 4 windows read" in status(tmp_path)
    turns = list(read_older(parts, "now", CUTOFF, 3))
    begins = [turn.window.begins_at for turn in turns]
    assert begins == sorted(begins, reverse=order == "newest")
    pull(parts, "now", CUTOFF)
    assert len(list(read_older(parts, "now", CUTOFF, 100))) == turns[-1].n_left
    read = sum(turn.window.n_read for turn in turns)
    assert read > 0
    last = pull(parts, "now", CUTOFF)
    assert held(parts) == whole, "also changes that came before what they hang on"
    counted = {one.kind: one for one in last.kinds}
    assert counted[K.INCIDENT].on_server == counted[K.INCIDENT].held, "and now it is counted"
    assert counted[K.INCIDENT].changed == 0
    assert list(read_older(parts, "now", CUTOFF, 100)) == []
    assert "windows read" not in status(tmp_path)


class Ending(NoBudget):
    """Lets so many requests go, and then none."""

    n_left = 1_000_000

    def take(self, account: str) -> None:
        self.n_left -= 1
        if self.n_left < 0:
            raise TransientSourceError(account, "no request may go")


def test_a_window_that_is_stopped_goes_on_where_it_was(
    server: ServiceNowServer, whole: dict[RecordKind, list[object]], tmp_path: Path
) -> None:
    parts = parts_of(server, tmp_path, "first_days = 20", "window_days = 365")
    budget = Ending()
    parts = replace(parts, around=replace(parts.around, budget=budget))
    pull(parts, "now", CUTOFF)
    n_recent = len(held(parts)[K.HISTORY])
    (incidents,) = read_older(parts, "now", CUTOFF, 1)
    assert incidents.window.kind is K.INCIDENT
    budget.n_left = 110
    with pytest.raises(TransientSourceError):
        list(read_older(parts, "now", CUTOFF, 1))
    with parts.store.look() as uow:
        (left,) = [one for one in uow.windows.list("now") if one.done_at is None]
    assert left.kind is K.HISTORY
    assert 0 < left.n_read < len(whole[K.HISTORY]) - n_recent, "some of it landed"
    budget.n_left = 1_000_000
    (history,) = read_older(parts, "now", CUTOFF, 9)
    assert history.window.n_read <= len(whole[K.HISTORY]) - n_recent + left.n_read // 2
    assert held(parts) == whole


def test_windows_are_refused_where_a_system_cannot_be_read_so(tmp_path: Path) -> None:
    config = tmp_path / "csi.toml"
    config.write_text(
        'database = "sqlite:///csi.sqlite"\n[sources.desk]\nkind = "freshservice"\n'
        'url = "http://127.0.0.1:1"\napi_key = "k"\nfirst_days = 20\n'
    )
    with pytest.raises(ConfigError, match="set since alone"):
        pull(build(load_settings(config), tmp_path), "desk", CUTOFF)


def test_stretches_leave_no_gap_and_begin_at_the_beginning() -> None:
    found = stretches(date(2020, 3, 10), date(2020, 6, 1), 30)
    assert [end.date() for _, end in found] == [
        date(2020, 6, 1),
        date(2020, 5, 2),
        date(2020, 4, 2),
    ]
    assert [begin for begin, _ in found[:-1]] == [end for _, end in found[1:]]
    assert found[-1][0] == EVER


def test_all_kinds_of_a_stretch_come_before_the_next_stretch() -> None:
    at = datetime(2020, 1, 1, tzinfo=UTC)
    windows = [
        Window(
            source="now",
            kind=kind,
            begins_at=at + timedelta(days=n),
            ends_at=at + timedelta(days=n + 1),
        )
        for kind in (K.HISTORY, K.INCIDENT)
        for n in (0, 1)
    ]
    ordered = [(one.begins_at.day, one.kind) for one in in_order(windows, "newest")]
    assert ordered == [(2, K.INCIDENT), (2, K.HISTORY), (1, K.INCIDENT), (1, K.HISTORY)]
