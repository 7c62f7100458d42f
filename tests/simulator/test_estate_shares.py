"""How much of what is in an estate."""

import re
from collections import Counter
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from itsm.errors import ConfigError
from itsm.records import Incident
from itsm.states import RecordKind
from simulator.causes import Pattern
from simulator.estate import Estate
from simulator.people import card
from simulator.phrases import OBJECTS, alerts
from simulator.plan import Plan
from simulator.settings import EstateSettings
from simulator.subjects import SUBJECT_FIELDS, shows_parameter


def incidents(estate: Estate) -> list[Incident]:
    found = [r for r in estate.records[RecordKind.INCIDENT] if isinstance(r, Incident)]
    assert len(found) == estate.settings.n_incidents
    return found


def test_every_record_kind_is_there(estate: Estate) -> None:
    assert [kind for kind in RecordKind if not estate.records[kind]] == []


def test_six_in_ten_incidents_repeat_nothing(estate: Estate) -> None:
    alone = sum(cause is None for cause in estate.truth.cause_of.values())
    assert alone / len(estate.truth.cause_of) == pytest.approx(0.6, abs=0.001)


def test_causes_have_at_least_two_members_and_at_most_one_in_a_hundred(estate: Estate) -> None:
    sizes = Counter(cause for cause in estate.truth.cause_of.values() if cause)
    assert min(sizes.values()) == 2
    assert 12 <= max(sizes.values()) <= estate.settings.n_incidents // 100
    assert {cause: truth.n_members for cause, truth in estate.truth.causes.items()} == sizes


@pytest.mark.parametrize(
    ("field", "low", "high"),
    [
        ("service", 0.13, 0.19),
        ("ci", 0.17, 0.23),
        ("category", 0.12, 0.18),
        ("subcategory", 0.28, 0.38),
        ("team", 0.12, 0.18),
    ],
)
def test_fields_are_blank_as_often_as_in_real_tools(
    estate: Estate, field: str, low: float, high: float
) -> None:
    rows = incidents(estate)
    assert low <= sum(getattr(row, field) is None for row in rows) / len(rows) <= high


def test_one_configuration_item_in_ten_is_wrong(estate: Estate, plan: Plan) -> None:
    rows = incidents(estate)
    truth = [plan.reference.ci_names[item] for item in plan.subject["ci"].tolist()]
    given = [(row.ci, right) for row, right in zip(rows, truth, strict=True) if row.ci]
    assert 0.09 <= sum(shown != right for shown, right in given) / len(given) <= 0.16


def test_some_causes_strike_several_items(estate: Estate) -> None:
    several = [cause for cause in estate.truth.causes.values() if len(cause.items) > 1]
    assert 0.2 <= len(several) / len(estate.truth.causes) <= 0.5


def test_three_in_ten_incidents_come_from_monitoring(estate: Estate) -> None:
    rows = incidents(estate)
    assert 0.2 <= sum(row.caller == "Monitoring" for row in rows) / len(rows) <= 0.4


def test_incidents_without_a_cause_differ_from_every_other(plan: Plan) -> None:
    keys = np.stack(
        [
            plan.subject[name]
            for name in ("family", "object", "condition", "parameter", "check", "ci")
        ],
        1,
    )
    keys = np.column_stack([keys, plan.is_machine])
    counts = Counter(map(tuple, keys.tolist()))
    alone = [
        key for key, cause in zip(map(tuple, keys.tolist()), plan.cause, strict=True) if cause < 0
    ]
    assert sum(counts[key] > 1 for key in alone) <= 0.002 * len(alone)


def test_most_incidents_without_a_cause_look_like_one_but_for_a_detail(plan: Plan) -> None:
    words = ("family", "object", "condition", "parameter")
    people = ~plan.is_machine
    ours = np.stack([plan.subject[name] for name in words], 1)
    causes = np.stack([getattr(plan.causes, name) for name in words], 1)
    alone = ours[(plan.cause < 0) & people]
    same = np.stack([(causes == row).sum(axis=1).max() for row in alone])
    assert (same >= 3).mean() > 0.5


def test_every_object_of_people_has_one_that_monitoring_watches() -> None:
    assert len(alerts.OBJECTS) == len(OBJECTS)
    assert len(set(alerts.OBJECTS)) == len(alerts.OBJECTS)


def test_what_sets_an_incident_apart_can_be_read(estate: Estate, plan: Plan) -> None:
    """No incident without a cause says the same, on the same item, as a member of a cause."""
    unseen = np.where(shows_parameter(plan.subject, plan.is_machine), plan.subject["parameter"], -1)
    people = ("family", "object", "condition", "ci")
    machines = ("check", "object", "ci")
    for names, rows in ((people, ~plan.is_machine), (machines, plan.is_machine)):
        keys = np.column_stack([*(plan.subject[name] for name in names), unseen])
        members = set(map(tuple, keys[rows & (plan.cause >= 0)].tolist()))
        alone = list(map(tuple, keys[rows & (plan.cause < 0)].tolist()))
        assert sum(key in members for key in alone) <= 0.002 * len(alone)


def test_members_of_a_cause_share_its_subject(plan: Plan) -> None:
    members = plan.cause >= 0
    for name in SUBJECT_FIELDS:
        if name != "ci":
            expected = getattr(plan.causes, name)[plan.cause[members]]
            assert (plan.subject[name][members] == expected).all(), name
    struck = plan.causes.ci[plan.cause[members]]
    assert (struck == plan.subject["ci"][members][:, None]).any(axis=1).all()


def test_a_cause_is_told_in_many_wordings(estate: Estate) -> None:
    rows = {row.number: row for row in incidents(estate)}
    told: dict[str, list[str]] = {}
    for number, cause in estate.truth.cause_of.items():
        if cause and rows[number].caller != "Monitoring" and number not in estate.truth.clone_of:
            told.setdefault(cause, []).append(rows[number].title or "")
    big = [titles for titles in told.values() if len(titles) >= 6]
    assert big
    assert np.mean([len(set(titles)) / len(titles) for titles in big]) > 0.75


def test_people_write_in_four_languages(estate: Estate) -> None:
    text = " ".join(row.description or "" for row in incidents(estate))
    for word in ("Kind regards", "Mit freundlichen Grüßen", "Cordialement", "Un saludo"):
        assert word in text


def test_texts_hold_what_has_to_be_redacted(estate: Estate) -> None:
    text = " ".join(row.description or "" for row in incidents(estate))
    assert re.search(r"[\w.]+@corp\.example\.com", text)
    assert re.search(r"\+49 30 5550\d+", text)
    assert "My password: " in text
    assert re.search(r"Card 4000( \d{4}){3}", text)


@pytest.mark.parametrize("number", [0, 1, 12_345, 99_999_999_999])
def test_card_numbers_have_a_valid_check_digit(number: int) -> None:
    digits = [int(digit) for digit in card(number).replace(" ", "")]
    doubled = [sum(divmod(2 * digit, 10)) for digit in digits[-2::-2]]
    assert len(digits) == 16
    assert (sum(doubled) + sum(digits[-1::-2])) % 10 == 0


def test_weeks_are_stable_enough_for_control_charts(plan: Plan) -> None:
    settings = plan.settings
    weeks = (
        (plan.opened_s - settings.start_s) * settings.n_weeks // (settings.end_s - settings.start_s)
    )
    counts = np.bincount(weeks, minlength=settings.n_weeks)
    assert len(counts) == settings.n_weeks
    assert counts.std() / counts.mean() < 0.2


def test_people_report_by_day_and_on_working_days(plan: Plan) -> None:
    people = plan.opened_s[~plan.is_machine]
    day = (people - plan.settings.start_s) // 86_400 % 7
    assert (day >= 5).mean() < 0.12


def test_every_pattern_is_planted(plan: Plan) -> None:
    assert set(plan.causes.pattern.tolist()) == {int(pattern) for pattern in Pattern}


def test_clones_repeat_text_caller_and_item_of_a_closed_incident(estate: Estate) -> None:
    rows = {row.number: row for row in incidents(estate)}
    assert estate.truth.clone_of
    for number, original in estate.truth.clone_of.items():
        clone, first = rows[number], rows[original]
        assert (clone.title, clone.caller, clone.ci) == (first.title, first.caller, first.ci)
        assert first.closed_at is not None
        assert 0 < (clone.opened_at - first.closed_at).total_seconds() < 14 * 86_400


@pytest.mark.parametrize(
    "wrong",
    [
        {"n_incidents": 10},
        {"n_weeks": 1},
        {"seed": -1},
        {"dirt": 0.9},
        {"zone": "Mars"},
        {"end_week": "2026"},
    ],
)
def test_settings_out_of_bounds_are_refused(wrong: dict[str, Any]) -> None:
    with pytest.raises(ConfigError):
        replace(EstateSettings(), **wrong)
