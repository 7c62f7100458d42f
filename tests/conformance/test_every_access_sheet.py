"""Each access sheet is held against what a pull, an examination and a push really ask for."""

from collections.abc import Iterable
from pathlib import Path

import pytest

from connectors.access import ASKED, access_sheet
from connectors.core.access import AccessVerb, Need, Use
from connectors.registry import REGISTRY
from simulator.cherwell.objects import ALL
from simulator.settings import EstateSettings
from tests.conformance.access_desk import Watched, everything, settings_of
from tests.conformance.access_touches import Touch
from tests.conformance.known_writers import WRITERS

SMALL = EstateSettings(n_incidents=150, n_weeks=4, seed=5)
NEVER_TOLD = {("itop", "CMDBChangeOpDelete"): {"fclass", "objkey"}}
"""Fields that are asked for where something was deleted, which nothing is in this estate."""


MANY_REQUESTS = {"freshservice", "glpi", "itop", "rt"}
"""Systems that take many requests for few records: `make e2e` runs these."""


@pytest.fixture(
    scope="module",
    params=[
        pytest.param(name, marks=[pytest.mark.slow] * (name in MANY_REQUESTS))
        for name in sorted(WRITERS)
    ],
)
def watched(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Watched:
    """All that is asked of a practice system."""
    made = type("Small", (WRITERS[request.param],), {"estate": SMALL})()
    folder: Path = tmp_path_factory.mktemp(request.param)
    with made.running(folder):
        kept = everything(made)
        kept.settings = settings_of(made)
    return kept


def needs(watched: Watched, *uses: Use) -> dict[tuple[str, AccessVerb], Need]:
    """The sheet for some uses."""
    system = watched.fake.system
    config = REGISTRY[system].config.model_validate(watched.settings)
    sheet = access_sheet(system, config, uses)
    assert sheet is not None
    return {(one.place, one.verb): one for one in sheet.needs}


def asked(touches: Iterable[Touch]) -> dict[tuple[str, AccessVerb], set[str]]:
    """The fields of each place and verb."""
    found: dict[tuple[str, AccessVerb], set[str]] = {}
    for one in touches:
        found.setdefault((one.place, AccessVerb(one.verb)), set()).update(one.fields)
    return found


def test_every_system_that_is_asked_over_http_has_a_sheet() -> None:
    assert set(ASKED) == {fake.system for fake in WRITERS.values()}


@pytest.mark.parametrize(
    ("done", "told"),
    [
        ((Use.PULL,), (Use.PULL,)),
        ((Use.DOCTOR,), (Use.PULL, Use.DOCTOR)),
        ((Use.LOOK,), tuple(Use)),
        ((Use.PROBLEMS,), (Use.PULL, Use.DOCTOR, Use.LOOK, Use.PROBLEMS)),
        (tuple(Use), tuple(Use)),
    ],
    ids=["pull", "doctor", "write checks", "problems_only", "full"],
)
def test_nothing_is_asked_that_is_not_on_the_sheet(
    watched: Watched, done: tuple[Use, ...], told: tuple[Use, ...]
) -> None:
    allowed = needs(watched, *told)
    for place, fields in asked(watched.touches(*done)).items():
        assert place in allowed
        if allowed[place].fields:
            assert fields <= set(allowed[place].fields), place


def test_nothing_is_on_the_sheet_that_is_never_asked(watched: Watched) -> None:
    found = asked(watched.touches(*Use))
    holders = other_names(watched)
    for place, need in needs(watched, *Use).items():
        if place not in found:
            assert place[0] in holders
            continue
        if need.verb is AccessVerb.READ and found[place]:
            never = set(need.fields) - found[place]
            assert never <= not_there(watched, need.place) | NEVER_TOLD.get(
                (watched.fake.system, need.place), set()
            )


def other_names(watched: Watched) -> set[str]:
    """Objects of Cherwell that are looked for, and not there: of several names the first counts."""
    return {"SurveyResponse"} - ALL.keys() if watched.fake.system == "cherwell" else set()


def not_there(watched: Watched, place: str) -> set[str]:
    """Fields that the practice Cherwell does not have, which its schema says; others just ask."""
    if watched.fake.system != "cherwell":
        return set()
    named = {name for names in needs(watched, Use.PULL).values() for name in names.fields}
    return named - set(ALL[place].table.columns)


def test_a_pull_alone_writes_nothing(watched: Watched) -> None:
    assert {verb for _, verb in needs(watched, Use.PULL, Use.DOCTOR)} == {AccessVerb.READ}
    assert {one.verb for one in watched.touches(Use.PULL, Use.DOCTOR)} == {"read"}


def test_what_may_be_written_grows_with_the_mode(watched: Watched) -> None:
    look, problems, full = (
        {place for place in needs(watched, *uses) if place[1] is not AccessVerb.READ}
        for uses in (
            (Use.PULL, Use.LOOK),
            (Use.PULL, Use.LOOK, Use.PROBLEMS),
            tuple(Use),
        )
    )
    assert look == set()
    assert set() < problems <= full
