"""What `csi doctor` tells of the records: which fields they hold, and what each gap costs."""

import json
from datetime import UTC, datetime
from pathlib import Path

import pytest
from click.testing import CliRunner

from connectors.core.source import Finding, Level
from flows.doctor_costs import MINING, cost_of
from flows.doctor_waiting import waiting
from flows.settings import load_settings
from flows.stages.pull import pull
from flows.verbs.doctor import doctor
from flows.weeks import cutoff_of, reporting_week
from flows.wiring import Parts, build
from itsm.decisions import IncidentRef
from itsm.pairs import Pair, PairHow, PairState
from itsm.states import RecordKind
from store.sweeping import Sweep, SweepStop
from tests.flows.field_costs import FILE, all_found, needing, without, written

CONFIG = """\
zone = "Europe/London"
[sources.desk]
kind = "files"
preset = "servicenow"
[sources.desk.files]
incident = ["incident.csv"]
"""
ROWS = """\
number,opened_at,sys_updated_on,state,short_description,category
INC1,2026-11-10 10:00:00,2026-11-10 10:00:00,1,Printer,Print
INC2,2026-11-10 11:00:00,2026-11-10 11:00:00,maybe,Printer,
INC3,2026-11-10 12:00:00,2026-11-10 12:00:00,maybe,Printer,
"""
AT = datetime(2026, 11, 10, 9, tzinfo=UTC)
K = RecordKind


@pytest.fixture
def config(tmp_path: Path) -> Path:
    (tmp_path / "incident.csv").write_text(ROWS)
    (tmp_path / "csi.toml").write_text(CONFIG)
    return tmp_path / "csi.toml"


@pytest.fixture
def parts(config: Path) -> Parts:
    """The desk, after a pull."""
    made = build(load_settings(config), config.parent)
    pull(made, "desk", cutoff_of(made, reporting_week(made, "2026-W46"), None))
    return made


def told(config: Path, *options: str) -> str:
    command = ["--config", str(config), *options]
    return CliRunner().invoke(doctor, command, catch_exceptions=False).stdout


def rows(config: Path) -> dict[str, dict[str, object]]:
    found = json.loads(told(config, "--json"))["coverage"]
    return {f"{one['kind']}.{one['field']}".removesuffix("."): one for one in found}


@pytest.mark.parametrize("is_pulled", [True, False])
def test_each_field_is_counted_in_the_store_or_in_a_sample(
    config: Path, request: pytest.FixtureRequest, is_pulled: bool
) -> None:
    if is_pulled:
        request.getfixturevalue("parts")
    found = rows(config)
    held = {name: (one["held"], one["looked_at"], one["share"]) for name, one in found.items()}
    assert held["incident.title"] == (3, 3, 1.0)
    assert held["incident.category"] == (1, 3, 0.3333)
    assert held["incident.state"] == (1, 3, 0.3333), "a code without a meaning is not held"
    assert held["incident.is_major"] == (0, 3, 0.0), "a flag is held where it is set"
    assert held["incident.caller"] == (0, 3, 0.0)
    assert {one["is_stored"] for name, one in found.items() if name.startswith("incident.")} == {
        is_pulled
    }


def test_a_gap_comes_with_the_figures_that_it_costs(config: Path, parts: Parts) -> None:
    found = rows(config)
    assert "knowledge_use" in list(found["incident.knowledge_article"]["gone"])  # type: ignore[call-overload]  # a list
    assert "change_success" in list(found["change"]["gone"])  # type: ignore[call-overload]  # a list
    lines = told(config).splitlines()
    (line,) = [one for one in lines if one.startswith("  desk incident.knowledge_article ")]
    assert "0% of         3" in line
    assert "not available: " in line
    assert "knowledge_use" in line
    (finding,) = [one for one in lines if one.startswith("warning  coverage ")]
    assert "figures are not available from it" in finding


def test_every_field_is_told_where_that_is_asked_for(config: Path, parts: Parts) -> None:
    assert "desk incident.title " not in told(config)
    assert "100% of         3" in told(config, "--coverage")


def test_a_source_that_cannot_be_read_is_not_asked_again(config: Path) -> None:
    (config.parent / "incident.csv").unlink()
    assert not any(name.startswith("incident") for name in rows(config))


def test_mining_is_told_of_where_it_groups_by_a_field() -> None:
    assert MINING in cost_of(K.INCIDENT, "service").other
    assert MINING not in cost_of(K.CHANGE, "service").other


def test_costs_name_figures_that_name_the_field() -> None:
    for (kind, field), named in needing().items():
        cost = cost_of(kind, field)
        assert {*cost.gone, *cost.other} - {MINING} <= set(named)
        assert not set(cost.gone) & set(cost.other)
    assert "change_success" in cost_of(K.CHANGE).gone
    assert "handoff_delay" in cost_of(K.HISTORY, "team").gone


def test_the_costs_are_those_that_are_measured() -> None:
    for kind, field in ((K.CHANGE, "outcome"), (K.INCIDENT, "knowledge_article")):
        found = without(kind, field)
        assert (found.gone, found.other) == (cost_of(kind, field).gone, cost_of(kind, field).other)


@pytest.mark.slow
def test_all_costs_are_those_that_are_measured() -> None:
    assert written(all_found()) == FILE.read_text(encoding="utf-8")


def waits(parts: Parts) -> list[Finding]:
    return list(waiting(parts.store, frozenset({"desk"})))


def test_the_sweep_is_told_with_what_waits_for_a_word(parts: Parts) -> None:
    assert waits(parts) == []
    with parts.store.begin() as uow:
        uow.sweeps.save(Sweep(source="desk", kind=K.INCIDENT, swept_at=AT, ended_at=AT))
        uow.sweeps.save(Sweep(source="other", kind=K.INCIDENT, swept_at=AT))
        uow.commit()
    (one,) = waits(parts)
    assert (one.check, one.level, one.subject) == ("sweep", Level.OK, "desk incident")
    assert "last round ended 2026-11-10 09:00 UTC" in one.said
    with parts.store.begin() as uow:
        uow.sweeps.stop(SweepStop(source="desk", kind=K.INCIDENT, n_gone=2, n_held=3, at=AT))
        uow.commit()
    (one,) = waits(parts)
    assert one.level is Level.WARNING
    assert "2 of 3 are missing" in one.said
    assert "csi sweep deleted|ill desk incident" in str(one.remedy)


def test_pairs_that_wait_are_counted(parts: Parts) -> None:
    one, other = (IncidentRef(source="desk", number=name) for name in ("INC1", "INC2"))
    pair = Pair(
        one=one, other=other, how=PairHow.LIKENESS, state=PairState.PROPOSED, said="", score=0.9
    )
    with parts.store.begin() as uow:
        uow.pairs.tell([pair], AT)
        uow.commit()
    (found,) = waits(parts)
    assert found.said.startswith("1 pairs of records look like one incident")
