"""A week gives the same records, candidates, register and pack on SQLite and on PostgreSQL."""

from pathlib import Path

import pytest
from pydantic import SecretStr

from flows.cycle import run_cycle
from flows.settings import load_settings
from flows.weeks import cutoff_of, reporting_week
from flows.wiring import build
from tests.e2e.practice_estate import Practice
from tests.postgres_server import PostgresServer


@pytest.mark.postgres
def test_both_databases_hold_the_same(
    practice: Practice, postgres: PostgresServer, tmp_path: Path
) -> None:
    dumps, pages = [], []
    for name, url in (("sqlite", None), ("postgres", postgres.new(postgres.template))):
        config = practice.into(tmp_path / name)
        settings = load_settings(config, {"database": SecretStr(url)} if url else None)
        parts = build(settings, config.parent)
        week = reporting_week(parts, practice.week)
        cycle = run_cycle(parts, week, cutoff_of(parts, week, None))
        assert cycle.missing == {}
        dumps.append(parts.store.queries.dump().splitlines())
        pages.append(cycle.files.candidates.read_text())
    assert dumps[0] == dumps[1]
    assert pages[0] == pages[1]
