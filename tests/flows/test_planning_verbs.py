"""The verbs over all figures and the weeks ahead, on a small desk whose numbers are known."""

from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import click
import pytest
from click.testing import CliRunner

from flows.settings import load_settings
from flows.use_of_figures import weeks_used
from flows.verbs.figure import figure
from flows.verbs.figures import figures, restatement_list, targets
from flows.verbs.planning import forecast, tradeoff
from flows.wiring import build
from itsm.clocks import ReportingWeek
from itsm.errors import ConfigError, MeasureError
from itsm.records import Incident
from itsm.register import Origin, RegisterEntry
from itsm.states import IncidentState
from reports.measures.blameless import findings
from store.runs import PackSnapshot
from tests.reports.sample_pack import RUN

LAST = ReportingWeek.parse("2026-W46")
N_WEEKS = 30
PER_WEEK = 21
TOML = """
[figures]
productive_h = 21
desk_people = 2
plans = [{ reason = "launch", extra = 7, first_week = "2026-W47", last_week = "2026-W48" }]
promises = [{ priority = "P1", within_h = 8, share = 0.9 }]

[[figures.targets]]
figure = "backlog"
value = 30
owner = "desk lead"

[[figures.targets]]
figure = "reopen_rate"
value = 0.1
owner = "desk lead"
slice = { status = "no such" }

[figures.tags.security]
words = ["phishing"]

[cost]
handling_h = 2
"""


def _incidents() -> list[Incident]:
    """Every week 21 incidents eight hours apart, each done in five hours; every seventh is a P1."""
    first = LAST.shifted(1 - N_WEEKS).start_at
    found = []
    for n in range(N_WEEKS * PER_WEEK):
        at = first + timedelta(hours=8 * n)
        found.append(
            Incident(
                source="desk",
                number=f"INC{n:04d}",
                opened_at=at,
                resolved_at=at + timedelta(hours=5),
                updated_at=at + timedelta(hours=5),
                state=IncidentState.RESOLVED,
                state_code="6",
                priority=1 if n % 7 == 0 else 2,
                title="phishing mail" if n % 21 == 0 else "printer",
            )
        )
    return found


@pytest.fixture
def config(tmp_path: Path) -> Path:
    path = tmp_path / "csi.toml"
    path.write_text(TOML)
    parts = build(load_settings(path), tmp_path)
    with parts.store.begin() as uow:
        uow.records.save(_incidents())
        uow.commit()
    return path


def _run(command: click.Command, config: Path, *arguments: str) -> str:
    call = [*arguments, "--config", str(config)]
    result = CliRunner().invoke(command, call)
    if result.exception is not None and not isinstance(result.exception, SystemExit):
        raise result.exception
    assert result.exit_code == 0, result.output
    return result.output


def test_a_forecast_names_its_plans_and_people(config: Path) -> None:
    told = _run(forecast, config, "--week", LAST.label)
    total = next(line for line in told.splitlines() if line.startswith("total: "))
    assert "2026-W47 28.0 (" in total
    assert "2026-W48 28.0 (" in total
    assert "2026-W49 21.0 (" in total
    assert "Adjusted: launch (+7 a week)." in told
    assert f"People needed next week: {28 * 2 / 21:.1f}" in told
    assert "Assumed" not in told


def test_an_ask_is_answered_with_what_it_does_to_the_rest(config: Path) -> None:
    told = _run(tradeoff, config, "p2", "4", "--week", LAST.label, "--share", "0.8")
    assert "2 people at work at the same time, round the clock; the work takes 12%" in told
    assert "2 h of work on an incident: set under [cost]" in told
    assert "incidents in 24 such hours: P1 0.4, P2 2.6" in told
    assert "promises, as configured: P1 90% within 8 h" in told
    assert "in the records: 0% of 234 P2 resolved in the last weeks took 4 h or less" in told
    assert "as today: 2 people, 86% of P2 within 4 h" in told
    assert "others in time: P1 98% (of 90%) within 8 h" in told
    assert "what takes the time is not the wait for a free person" in told


def test_an_ask_that_the_records_meet_has_no_warning(config: Path) -> None:
    told = _run(tradeoff, config, "P2", "6", "--week", LAST.label, "--share", "0.8")
    assert "in the records: 100% of 234 P2" in told
    assert "what takes the time" not in told


def test_more_people_are_asked_for_where_the_queue_is_too_long(config: Path) -> None:
    given = ("--week", LAST.label, "--people", "1", "--handling-h", "6", "--share", "0.7")
    told = _run(tradeoff, config, "P2", "12", *given)
    assert "6 h of work on an incident: as given" in told
    assert "as today: 1 people" in told
    assert "1 people more: 2 people" in told
    assert "meets the ask" in told.partition("1 people more")[2].splitlines()[0]


def test_a_desk_of_unknown_size_is_asked_for(config: Path) -> None:
    config.write_text(TOML.replace("desk_people = 2\n", ""))
    with pytest.raises(ConfigError, match="desk_people"):
        _run(tradeoff, config, "P2", "4", "--week", LAST.label)
    with pytest.raises(MeasureError, match="no record of priority 'P4'"):
        _run(tradeoff, config, "P4", "4", "--week", LAST.label, "--people", "3")


def test_targets_are_held_against_their_figures(config: Path) -> None:
    told = _run(targets, config, "--week", LAST.label)
    assert "backlog is 0, target 30. Target met: 0 of the last 13 weeks missed it" in told
    assert "reopen_rate (status=no such): not judged" in told
    monthly = _run(targets, config, "--month", "2026-10")
    assert "backlog is 0, target 30. Target met" in monthly
    config.write_text("")
    assert "no target is set" in _run(targets, config)


def test_a_target_is_told_with_its_figure(config: Path) -> None:
    told = _run(figure, config, "backlog", "--week", LAST.label)
    assert "target: backlog is 0, target 30. Target met" in told
    assert "Owner: desk lead" in told
    assert "target:" not in _run(figure, config, "opened", "--week", LAST.label)


def test_a_figure_is_told_of_the_records_with_a_tag(config: Path) -> None:
    told = _run(figure, config, "opened", "--period", LAST.label, "--tag", "security", "--explain")
    assert "tag=security: 1 count" in told
    assert "rows (1): INC0609" in told
    config.write_text('[figures.tags.security]\nwords = ["ransom"]')
    with pytest.raises(MeasureError, match="no incident has the tag 'security'"):
        _run(figure, config, "opened", "--period", LAST.label, "--tag", "security")


def test_every_figure_that_moved_is_listed(config: Path) -> None:
    since = (LAST.start_at + timedelta(hours=3)).isoformat()
    told = _run(restatement_list, config, "--week", LAST.label, "--since", since)
    assert "Incidents opened, 2026-W46, total: 1 became 21; records that came" in told
    assert "Incidents resolved, 2026-W46, total: 0 became 21" in told
    same = LAST.cutoff(timedelta(hours=24)).isoformat()
    assert "nothing moved" in _run(restatement_list, config, "--week", LAST.label, "--since", same)
    with pytest.raises(ConfigError, match="neither a mining run"):
        _run(restatement_list, config, "--since", "last week")


def test_every_figure_is_listed_and_none_is_proposed_for_removal_too_early(config: Path) -> None:
    told = _run(figures, config)
    assert "backlog" in told
    assert "not in the pack yet" in told
    assert "packs of 0 weeks are kept" in _run(figures, config, "--unused")


def test_a_figure_without_a_decision_in_13_weeks_is_proposed_for_removal(config: Path) -> None:
    decision = '[[figures.decisions]]\nfigure = "backlog"\nweek = "2026-W40"\nwhat = "second shift"'
    config.write_text(decision)
    parts = build(load_settings(config), config.parent)
    with parts.store.begin() as uow:
        for week in LAST.last(13):
            uow.packs.save(
                PackSnapshot(
                    week=week.label,
                    edition="full",
                    content=b"{}",
                    content_hash=week.label,
                    made_at=RUN.made_at,
                )
            )
        uow.commit()
    told = _run(figures, config, "--unused")
    assert "no decision from 2026-W34 to 2026-W46" in told
    names = [line.split()[0] for line in told.splitlines() if line.startswith("  ")]
    assert "opened" in names
    assert "backlog" not in names


def test_an_improvement_measured_by_a_figure_is_a_use_of_it() -> None:
    entry = RegisterEntry(
        number="CSI-1",
        title="VPN",
        description="VPN",
        origin=Origin.MANUAL,
        origin_record=None,
        evidence_hash=None,
        raised_at=datetime(2026, 11, 10, tzinfo=UTC),
        raised_by="problem manager",
        measure_id="reopen_rate",
        next_review_on=date(2027, 1, 1),
    )
    settings = load_settings().figures
    assert weeks_used(settings, [entry], "UTC") == {"reopen_rate": {"2026-W46"}}


def test_no_sentence_of_a_verb_blames_anybody(config: Path) -> None:
    since = (LAST.start_at + timedelta(hours=3)).isoformat()
    week = ("--week", LAST.label)
    told = [
        _run(forecast, config, *week),
        _run(tradeoff, config, "P2", "4", *week, "--share", "0.8"),
        _run(targets, config, *week),
        _run(restatement_list, config, *week, "--since", since),
        _run(figures, config),
        _run(figures, config, "--unused"),
        *(_run(figure, config, name, *week, "--explain") for name in ("opened", "backlog")),
    ]
    lines = [line for text in told for line in text.splitlines()]
    assert len(lines) > 100
    assert not [found for line in lines for found in findings(line)]
