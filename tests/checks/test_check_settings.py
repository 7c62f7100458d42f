"""The thresholds: described, bounded, and nothing else accepted."""

import pytest
from pydantic import ValidationError

from checks.settings import CheckSettings
from itsm.states import RecordKind


def test_every_threshold_says_what_it_is_for() -> None:
    for name, field in CheckSettings.model_fields.items():
        assert field.description, name


@pytest.mark.parametrize(
    "wrong",
    [
        {"max_set_aside_share": 1.5},
        {"max_set_aside_share": 0},
        {"confidence": 1},
        {"freshness_days": {"incident": 0}},
        {"freshness_days": {"ticket": 7}},
        {"mining_fields": ("titel",)},
        {"unheard_of": 1},
    ],
)
def test_what_makes_no_sense_is_refused(wrong: dict[str, object]) -> None:
    with pytest.raises(ValidationError):
        CheckSettings.model_validate(wrong)


def test_thresholds_can_be_set_and_not_changed() -> None:
    settings = CheckSettings.model_validate({"freshness_days": {"incident": 3}})
    assert dict(settings.freshness_days) == {RecordKind.INCIDENT: 3}
    for name in CheckSettings.model_fields:
        with pytest.raises(ValidationError):
            setattr(settings, name, None)
