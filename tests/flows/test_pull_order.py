"""With few requests left, what the pack needs is there; waits have an end and are told."""

import logging
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from connectors.core.budget import NoBudget
from flows.settings import load_settings
from flows.stages.pull import pull
from flows.stages.pull_order import ORDER, in_order
from flows.wiring import build, source_of
from itsm.errors import TransientSourceError
from itsm.states import RecordKind
from simulator.servicenow.server import ServiceNowServer
from simulator.settings import EstateSettings
from store.budgets import StoredBudget

K = RecordKind
SETTINGS = EstateSettings(n_incidents=120, n_weeks=5, seed=4)
CUTOFF = SETTINGS.last_week.end_at


class Ending(NoBudget):
    """Lets so many requests go, and then none."""

    def __init__(self, n_left: int) -> None:
        self.n_left = n_left

    def take(self, account: str) -> None:
        self.n_left -= 1
        if self.n_left < 0:
            raise TransientSourceError(account, "no request may go for 3,000 s")


def test_every_kind_has_its_place_and_what_hangs_comes_after_its_parent() -> None:
    assert sorted(ORDER) == sorted(RecordKind)
    ordered = in_order([K.COMMENT, K.HISTORY, K.INCIDENT, K.CI_RELATION, K.PROBLEM])
    assert ordered == [K.INCIDENT, K.PROBLEM, K.HISTORY, K.COMMENT, K.CI_RELATION]


def test_incidents_and_their_history_come_before_what_no_figure_needs(tmp_path: Path) -> None:
    with ServiceNowServer(SETTINGS) as server:
        config = tmp_path / "csi.toml"
        config.write_text(
            'database = "sqlite:///csi.sqlite"\n[sources.now]\nkind = "servicenow"\n'
            f'url = "{server.url}"\nuser = "{server.user}"\npassword = "{server.password}"\n'
            'page_size = 40\nkinds = ["comment", "history", "knowledge_article", "incident"]\n'
        )
        parts = build(load_settings(config), tmp_path)
        around = replace(parts.around, budget=Ending(20))
        source = source_of(parts.settings, "now", tmp_path, around)
        few = replace(parts, sources={"now": source}, around=around)
        with pytest.raises(TransientSourceError, match="no request may go"):
            pull(few, "now", CUTOFF)
        held = few.store.queries.counts()
        assert held[K.INCIDENT] > 100
        assert held[K.COMMENT] == 0
        pull(parts, "now", CUTOFF)
        assert parts.store.queries.counts()[K.COMMENT] > 0


def test_a_wait_has_an_end_and_is_told(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    config = tmp_path / "csi.toml"
    config.write_text('database = "sqlite:///csi.sqlite"\n')
    store = build(load_settings(config), tmp_path).store
    now = [datetime(2026, 8, 17, 12, tzinfo=UTC)]

    def sleep(seconds: float) -> None:
        now[0] += timedelta(seconds=seconds)

    told: list[str] = []
    budget = StoredBudget(
        store.engine, 100, max_wait_s=200, sleep=sleep, clock=lambda: now[0], say=told.append
    )
    with caplog.at_level(logging.INFO):
        for _ in range(12):
            budget.take("acme")
    assert told
    assert all("rate limit of acme" in line for line in told)
    budget.hold("acme", now[0] + timedelta(seconds=201))
    with pytest.raises(TransientSourceError, match="no request may go for 201 s"):
        budget.take("acme")
