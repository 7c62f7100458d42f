"""The push flow on Prefect: done, or failed with its reason where nothing may be written."""

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from prefect.settings import PREFECT_FLOWS_HEARTBEAT_FREQUENCY, temporary_settings
from prefect.testing.utilities import prefect_test_harness

from flows.push_flow import push
from flows.settings import load_settings
from flows.wiring import build
from itsm.pushing import FieldWrite, Intent, PushAction, PushKind, identified, key_of
from simulator.servicenow.server import ServiceNowServer
from simulator.settings import EstateSettings
from tests.conformance.writer_servicenow import value

AT = datetime(2026, 3, 2, tzinfo=UTC)


@pytest.fixture(scope="module", autouse=True)
def server() -> Iterator[None]:
    with (
        prefect_test_harness(server_startup_timeout=120),
        temporary_settings({PREFECT_FLOWS_HEARTBEAT_FREQUENCY: None}),
    ):
        yield


def installed(folder: Path, instance: ServiceNowServer, name: str) -> Path:
    """An installation with one intent in its outbox."""
    folder.mkdir()
    config = folder / "csi.toml"
    config.write_text(
        f"""[sources.snow]
kind = "servicenow"
url = "{instance.url}"
user = "{instance.user}"
password = "{instance.password}"
[sources.snow.push]
mode = "full"
instance = "{name}"
"""
    )
    intent = Intent(
        source="snow",
        action=PushAction.CREATE,
        kind=PushKind.PROBLEM,
        subject="PC-1",
        key=key_of(PushKind.PROBLEM, "PC-1"),
        fields=(FieldWrite(field="title", value="VPN drops"),),
        actor="ann",
        at=AT,
    )
    with build(load_settings(config), folder).store.begin() as uow:
        uow.outbox.append([identified(intent)])
        uow.commit()
    return config


def test_the_flow_writes_or_says_why_not(tmp_path: Path) -> None:
    estate = EstateSettings(n_incidents=150, n_weeks=4, seed=5)
    with ServiceNowServer(estate) as instance:
        failed = push(config=installed(tmp_path / "a", instance, "prod"), return_state=True)
        assert failed.is_failed()
        assert "calls itself 'practice'" in str(failed.message)
        done = push(config=installed(tmp_path / "b", instance, "practice"), return_state=True)
        assert done.is_completed(), done.message
        assert "1 done" in str(done.message)
        keys = [value(row, "correlation_id") for row in instance.truth("problem")]
    assert keys.count("csi:prb:PC-1") == 1
