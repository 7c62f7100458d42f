"""A pull over HTTP lands the same in SQLite and in PostgreSQL, what changes meanwhile included."""

from pathlib import Path

import pytest
from pydantic import SecretStr

from flows.settings import Settings, load_settings
from flows.stages.pull import pull
from flows.wiring import Parts, build
from simulator.faults import Fault, FaultName, Faults
from simulator.servicenow.server import ServiceNowServer
from simulator.settings import EstateSettings
from tests.postgres_server import PostgresServer

TABLES = frozenset({"incident", "change_request"})
SETTINGS = EstateSettings(n_incidents=400, n_weeks=6, seed=9)


def installation(server: ServiceNowServer, folder: Path, url: str | None) -> Parts:
    """Parts that pull the practice ServiceNow into a database."""
    folder.mkdir()
    config = folder / "csi.toml"
    config.write_text(
        'database = "sqlite:///csi.sqlite"\n'
        f'[sources.desk]\nkind = "servicenow"\nurl = "{server.url}"\nuser = "{server.user}"\n'
    )
    given = {"database": SecretStr(url)} if url else None
    settings: Settings = load_settings(config, given)
    return build(settings, folder)


def held(parts: Parts) -> list[str]:
    """All an installation holds, but for how far it has read: that is a moment of its own."""
    return [row for row in parts.store.queries.dump().splitlines() if '"cursor"' not in row]


@pytest.mark.postgres
def test_a_live_pull_holds_the_same_in_both(
    postgres: PostgresServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with ServiceNowServer(SETTINGS) as server:
        monkeypatch.setenv("CSI_SOURCES__DESK__PASSWORD", server.password)
        new = postgres.new(postgres.template)
        urls = {"sqlite": None, "postgres": new}
        both = {name: installation(server, tmp_path / name, url) for name, url in urls.items()}
        first = {name: pull(parts, "desk", server.now()) for name, parts in both.items()}
        assert first["sqlite"] == first["postgres"]
        assert {count.unexplained for count in first["sqlite"].kinds} == {0}
        touched = Fault(name=FaultName.ROWS_TOUCHED, share=0.5, rows=5, tables=TABLES)
        server.faults = Faults((touched,), seed=3)
        for parts in both.values():
            pull(parts, "desk", server.now())
        server.faults = Faults()
        last = [pull(parts, "desk", server.now(), thorough=True) for parts in both.values()]
        assert all(sum(one.changed for one in count.kinds) > 0 for count in last)
        dumps = [held(parts) for parts in both.values()]
    assert dumps[0] == dumps[1]
