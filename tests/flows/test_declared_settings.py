"""What a company declares in `csi.toml`: refused where it cannot be, and handed to the figures."""

from dataclasses import replace
from datetime import UTC, date, datetime
from pathlib import Path

import pytest

from flows.declared import declared, tag_of
from flows.figure_settings import FigureSettings
from flows.run_settings import CostSettings
from flows.settings import Settings, load_settings
from itsm.clocks import ReportingWeek
from itsm.errors import ConfigError
from itsm.register import Origin, RegisterEntry
from reports.measures.declared import KnownEvent, Planned, StepChange

WEEK = ReportingWeek.parse("2026-W46")
TARGET = '[[figures.targets]]\nfigure = "sla_compliance"\nvalue = 0.9\nowner = "desk lead"\n'
PLAN = '[[figures.plans]]\nreason = "growth"\nfirst_week = "2026-W45"\nlast_week = "2026-W48"\n'


def _settings(folder: Path, text: str) -> Settings:
    path = folder / "csi.toml"
    path.write_text(text)
    return load_settings(path)


def _entry(measure_id: str | None) -> RegisterEntry:
    return RegisterEntry(
        number="CSI-0001",
        title="VPN",
        description="VPN",
        origin=Origin.MANUAL,
        origin_record=None,
        evidence_hash=None,
        raised_at=datetime(2026, 11, 1, tzinfo=UTC),
        raised_by="problem manager",
        measure_id=measure_id,
    )


@pytest.mark.parametrize(
    ("text", "told"),
    [
        (TARGET.replace("sla_compliance", "sla"), "no such figure; perhaps .*sla_compliance"),
        (TARGET.replace("0.9", "90"), "is a share"),
        (TARGET.replace("sla_compliance", "register_entries"), "no good direction"),
        (TARGET + 'from_week = "2026-W54"', "does not exist"),
        (TARGET + 'from_week = "2026-W20"\nuntil_week = "2026-W10"', "until_week lies before"),
        (TARGET + 'who = "me"', "figures.targets.0.who"),
        (PLAN, "give a factor"),
        (PLAN + 'factor = 2\nservice = "a"\nteam = "b"', "service or a team"),
        ('[[figures.events]]\nname = "x"\nfirst_day = 2026-01-02\nlast_day = 2026-01-01', "last_d"),
        ("[figures.service_hours]\nopens = 18:00:00\ncloses = 08:00:00", "opens must lie before"),
        ("[figures.tags.empty]", "fields, words or numbers"),
        ("[figures]\nproductive_h = 0", "figures.productive_h"),
        ("[figures]\ncolour = 1", "figures.colour"),
        ('[[figures.promises]]\npriority = "2"\nwithin_h = 4', "figures.promises.0.priority"),
        ("[cost.run_per_year]\nMail = -1", "cost.run_per_year.Mail"),
    ],
)
def test_what_cannot_be_is_refused_by_its_key(text: str, told: str, tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=told):
        _settings(tmp_path, text)


def test_nothing_declared_is_nothing_known(tmp_path: Path) -> None:
    found = declared(_settings(tmp_path, "").figures, (), WEEK)
    assert (found.targets, found.events, found.steps, found.planned) == ((), (), (), ())
    assert found.is_productive_h_assumed


def test_an_event_of_one_day_needs_no_last_day(tmp_path: Path) -> None:
    text = '[[figures.events]]\nname = "move"\nfirst_day = 2026-10-19\nservice = "Mail"'
    day = date(2026, 10, 19)
    (event,) = declared(_settings(tmp_path, text).figures, (), WEEK).events
    assert event == KnownEvent(name="move", starts_on=day, ends_on=day, service="Mail")


def test_a_step_takes_its_figure_from_the_register(tmp_path: Path) -> None:
    text = '[[figures.steps]]\nimprovement = "CSI-0001"\nweek = "2026-W40"'
    figures = _settings(tmp_path, text).figures
    (step,) = declared(figures, [_entry("reopen_rate")], WEEK).steps
    assert step == StepChange(improvement="CSI-0001", week="2026-W40", figure_id="reopen_rate")
    for register in ([], [_entry(None)]):
        with pytest.raises(ConfigError, match="CSI-0001"):
            declared(figures, register, WEEK)


@pytest.mark.parametrize(
    ("first", "last", "ahead"),
    [
        ("2026-W45", "2026-W48", (1, 2)),
        ("2026-W47", "2026-W47", (1, 1)),
        ("2026-W50", "2027-W10", (4, 4)),
        ("2026-W40", "2026-W46", None),
        ("2026-W51", "2026-W52", None),
    ],
)
def test_a_plan_is_counted_from_the_week_it_is_seen_from(
    first: str, last: str, ahead: tuple[int, int] | None, tmp_path: Path
) -> None:
    text = PLAN.replace("2026-W45", first).replace("2026-W48", last) + 'extra = 5\nteam = "Mail"'
    found = declared(_settings(tmp_path, text).figures, (), WEEK).planned
    expected = (
        ()
        if ahead is None
        else (
            Planned(
                reason="growth",
                extra=5,
                first=ahead[0],
                last=ahead[1],
                dimension="team",
                value="Mail",
            ),
        )
    )
    assert found == expected


def test_an_unknown_tag_names_those_there_are(tmp_path: Path) -> None:
    figures = _settings(tmp_path, '[figures.tags.security]\nwords = ["phishing"]').figures
    assert tag_of(figures, "security").words == {"phishing"}
    with pytest.raises(ConfigError, match="there are: security"):
        tag_of(figures, "safety")


def test_service_hours_are_those_of_the_zone(tmp_path: Path) -> None:
    text = '[figures.service_hours]\ndays = ["mon"]\nopens = "09:00"\ncloses = "17:00"\n'
    given = _settings(tmp_path, text).figures.service_hours
    assert given is not None
    hours = given.hours("Europe/Berlin")
    monday = datetime(2026, 11, 9, tzinfo=UTC)
    assert hours.seconds_between(monday, monday.replace(day=16)) == 8 * 3600


def test_each_cost_that_is_not_set_is_named_an_assumption(tmp_path: Path) -> None:
    cost = _settings(tmp_path, "[cost]\nrate_per_h = 70\nuser_rate_per_h = 40").cost.model()
    assert cost.assumed == ("handling_h", "lost_h_per_user", "affected_users")
    assert (cost.rate_per_h, cost.lost_rate_per_h) == (70, 40)
    everything = "handling_h = 1\nlost_h_per_user = 1\naffected_users = 1\nrate_per_h = 1"
    assert _settings(tmp_path, f"[cost]\n{everything}").cost.model().assumed == ()


def test_the_example_of_the_documentation_can_be_used_and_names_every_key(tmp_path: Path) -> None:
    page = (Path(__file__).parents[2] / "docs" / "configuration.md").read_text()
    example = page.partition("```toml\n")[2].partition("```")[0]
    settings = _settings(tmp_path, example)
    assert settings.figures.model_fields_set == set(FigureSettings.model_fields)
    assert settings.cost.model_fields_set == set(CostSettings.model_fields)
    (target,) = declared(settings.figures, (), WEEK).targets
    assert (target.value, target.service) == (0.95, "Mail")


def test_what_went_live_is_a_step_by_itself(tmp_path: Path) -> None:
    figures = _settings(tmp_path, "").figures
    live = replace(_entry("reopen_rate"), live_at=datetime(2026, 9, 30, tzinfo=UTC), service="Mail")
    found = declared(figures, [live], WEEK).steps
    assert found == (
        StepChange(
            improvement="CSI-0001",
            week="2026-W40",
            figure_id="reopen_rate",
            dimensions={"service": "Mail"},
        ),
    )
    unmeasured = replace(live, measure_id="member_rate")
    assert declared(figures, [unmeasured], WEEK).steps == ()
    text = '[[figures.steps]]\nimprovement = "CSI-0001"\nweek = "2026-W41"'
    (step,) = declared(_settings(tmp_path, text).figures, [live], WEEK).steps
    assert step.week == "2026-W41", "what is declared counts"
