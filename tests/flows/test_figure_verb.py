"""`csi figure`: a figure opened to its rows, held against a list, and told for other periods."""

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from flows.figures import contract_of
from flows.settings import load_settings
from flows.verbs.figure import figure
from flows.wiring import build
from itsm.errors import ConfigError
from itsm.records import Incident
from itsm.states import IncidentState

FIRST = datetime(2026, 8, 3, 9, tzinfo=UTC)


def _incident(day: int, **fields: object) -> Incident:
    values: dict[str, object] = {"state": IncidentState.NEW, "is_first_contact": None, **fields}
    return Incident(
        source="desk",
        number=f"INC{day}",
        opened_at=FIRST + timedelta(days=day),
        updated_at=FIRST + timedelta(days=day),
        state_code="x",
        **values,  # type: ignore[arg-type]  # a test names the fields it needs
    )


@pytest.fixture
def config(tmp_path: Path) -> Path:
    parts = build(load_settings(), tmp_path)
    with parts.store.begin() as uow:
        uow.records.save([*(_incident(day) for day in range(40)), _incident(50, is_test=True)])
        uow.commit()
    path = tmp_path / "csi.toml"
    path.write_text("")
    return path


def _run(config: Path, *arguments: str) -> Result:
    result = CliRunner().invoke(figure, ["opened", "--config", str(config), *arguments])
    if isinstance(result.exception, ConfigError):
        raise result.exception
    assert result.exit_code == 0, result.output
    return result


def test_a_figure_is_explained_down_to_its_rows(config: Path) -> None:
    told = _run(config, "--week", "2026-W33", "--explain").output
    assert "formula (version 1): incidents with their opening in the week" in told
    assert "rows (7): INC10 INC11 INC12 INC13 INC7 INC8 INC9" in told
    assert "denominator: none: a count" in told
    assert "left out: test records" in told


def test_a_figure_is_told_for_a_month_and_as_json(config: Path) -> None:
    assert "total: 29 count" in _run(config, "--month", "2026-08").output
    assert "total: 40 count" in _run(config, "--quarter", "2026-Q3").output
    (one,) = json.loads(_run(config, "--month", "2026-08", "--json").output)
    assert (one["period"], one["value"]) == ("2026-08", 29)
    with pytest.raises(ConfigError, match="one of"):
        _run(config, "--month", "2026-08", "--week", "2026-W33")


def test_a_figure_is_told_as_known_at_an_earlier_moment(config: Path) -> None:
    earlier = ("--cutoff", "2026-08-12T00:00:00Z")
    assert "total: 2 count" in _run(config, "--week", "2026-W33", *earlier).output
    since = ("--restated-since", "2026-08-12T00:00:00Z")
    told = _run(config, "--week", "2026-W33", *since).output
    assert "total: 2 became 7; records that came" in told
    assert "came: INC10 INC11 INC12 INC13 INC9" in told


def test_a_list_of_another_report_is_reconciled(config: Path, tmp_path: Path) -> None:
    theirs = tmp_path / "list.csv"
    theirs.write_text("Opened,Number\nx,INC7\nx,INC8\nx,INC8\nx,INC9\nx,INC50\nx,INC77\n")
    told = _run(config, "--week", "2026-W33", "--compare", str(theirs)).output
    assert "7 in ours, 6 in theirs" in told
    assert "only in theirs, listed more than once: 1\n    INC8" in told
    assert "only in theirs, a test record: 1\n    INC50" in told
    assert "only in theirs, not among the records that were pulled: 1\n    INC77" in told
    assert "only in ours, late: after the other list ends: 4\n    INC10" in told
    assert "rest: 0" in told


def test_a_list_without_a_column_of_numbers_is_refused(config: Path, tmp_path: Path) -> None:
    theirs = tmp_path / "list.csv"
    theirs.write_text("what,when\nINC7,x\n")
    with pytest.raises(ConfigError, match="give --column"):
        _run(config, "--week", "2026-W33", "--compare", str(theirs))
    told = _run(config, "--week", "2026-W33", "--compare", str(theirs), "--column", "what")
    assert "in both: 1" in told.output


def test_an_unknown_figure_and_slice_name_those_there_are(config: Path) -> None:
    result = CliRunner().invoke(figure, ["open", "--config", str(config)])
    assert isinstance(result.exception, ConfigError)
    assert "opened" in str(result.exception)
    with pytest.raises(ConfigError, match="the total"):
        _run(config, "--week", "2026-W33", "--slice", "priority=1")


def test_a_period_that_has_not_ended_is_told_as_such(config: Path) -> None:
    year = datetime.now(UTC).year + 1
    assert "has not ended" in _run(config, "--month", f"{year}-08").stderr
    assert "has not ended" not in _run(config, "--month", "2026-08").stderr


@pytest.mark.parametrize(
    ("asked", "held"), [("mttr", "resolution_time"), ("backlok", "backlog"), ("zzz", "csi figures")]
)
def test_a_misspelt_figure_gets_those_that_sound_alike(asked: str, held: str) -> None:
    with pytest.raises(ConfigError, match=held) as told:
        contract_of(asked)
    assert len(str(told.value)) < 150
