"""No person in any figure, no team under 5, and no sentence that blames."""

from collections.abc import Callable, Iterator
from dataclasses import fields, is_dataclass, replace
from datetime import timedelta
from functools import cache

import pytest

from itsm.figures import Figure, FigureResult
from itsm.states import RecordKind
from reports.measures.blameless import findings, sentences_of_contract, sentences_of_result
from reports.measures.compute import compute
from reports.measures.contracts import CATALOGUE
from reports.measures.data import MeasureData
from reports.pack import PackInput, build_pack
from simulator.settings import EstateSettings
from tests.measures.estate_data import estate_data
from tests.measures.golden_estate import OFFICE, WEEK, golden_data
from tests.measures.measure_frames import figures_of
from tests.reports.sample_pack import hostile_input, quiet_input, sample_input

PEOPLE = {
    "caller",
    "assignee",
    "opened_by",
    "resolved_by",
    "actor",
    "author",
    "approver",
    "owner",
    "coordinator",
}
OF_TEAMS = {"team", "from", "to", "owner", "leg", "party", "side"}
NOBODY = {"agent", "integration", "system"}
ESTATE = EstateSettings(n_incidents=2_500, n_weeks=12, seed=3)


@cache
def _estate() -> tuple[MeasureData, tuple[FigureResult, ...]]:
    data = estate_data(ESTATE)
    week = ESTATE.last_week
    return data, compute(data, week, week.cutoff(timedelta(hours=6)))


@cache
def _golden() -> tuple[MeasureData, tuple[FigureResult, ...]]:
    data = golden_data(OFFICE)
    return data, figures_of(data, WEEK)


def _people(data: MeasureData) -> set[str]:
    names: set[str] = set()
    for frame in data.frames.values():
        for column in PEOPLE & set(frame.columns):
            names.update(map(str, frame[column].dropna().unique()))
    return names - NOBODY


World = Callable[[], tuple[MeasureData, tuple[FigureResult, ...]]]
WORLDS = pytest.mark.parametrize("world", [_estate, _golden], ids=["estate", "golden"])


@WORLDS
def test_no_person_is_in_any_figure(world: World) -> None:
    data, results = world()
    names = {name.casefold() for name in _people(data)}
    assert len(names) > 3
    for result in results:
        shown = {value.casefold() for value in result.dimensions.values()}
        assert not shown & names, (result.figure_id, shown & names)
        if isinstance(result, Figure):
            behind = {row.casefold() for row in (*result.rows, *result.base_rows)}
            assert not behind & names, result.figure_id


@WORLDS
def test_no_team_of_fewer_than_5_is_a_slice(world: World) -> None:
    data, results = world()
    small = {name for name, size in data.sizes().items() if size < 5}
    assert small
    for result in results:
        told = {
            value.removeprefix("team ")
            for name, value in result.dimensions.items()
            if name in OF_TEAMS
        }
        assert not told & small, (result.figure_id, dict(result.dimensions))


@WORLDS
def test_no_sentence_of_a_figure_blames_or_names_anybody(world: World) -> None:
    data, results = world()
    texts = {text for result in results for text in sentences_of_result(result)}
    names = [name for name in _people(data) if " " in name][:500]
    wrong = [found for text in sorted(texts) for found in findings(text, names)]
    assert not wrong


def test_no_definition_blames_anybody() -> None:
    texts = [text for one in CATALOGUE.values() for text in sentences_of_contract(one)]
    assert not [found for text in texts for found in findings(text)]


@pytest.mark.parametrize("given", [sample_input, quiet_input], ids=["busy", "quiet"])
def test_no_sentence_of_a_pack_blames_anybody(given: Callable[[], PackInput]) -> None:
    pack = build_pack(given())
    words = sorted(set(_strings(pack)))
    assert len(words) > 50
    assert not [found for text in words for found in findings(text)]


def test_no_sentence_of_a_pack_of_the_estate_blames_anybody() -> None:
    _, results = _estate()
    pack = build_pack(replace(quiet_input(), figures=results))
    assert not [found for text in set(_strings(pack)) for found in findings(text)]
    assert hostile_input().figures is not None


def _strings(value: object) -> Iterator[str]:
    """Every text in a pack, but for the numbers of records."""
    if isinstance(value, str):
        yield value
    elif is_dataclass(value):
        for field in fields(value):
            if field.name not in ("rows", "base_rows"):
                yield from _strings(getattr(value, field.name))
    elif isinstance(value, tuple | list):
        for one in value:
            yield from _strings(one)


@pytest.mark.parametrize(
    ("text", "rule"),
    [
        ("The network team failed to answer.", "supposes what people left undone"),
        ("This was the fault of the desk: they are at fault.", "lays blame"),
        ("The slowest team took 40 hours.", "judges people"),
        ("She took 40 hours.", "speaks of a person"),
        ("Ada Bauer took 40 hours.", "names a person"),
        ("Second line should have passed it on.", "supposes what people left undone"),
    ],
)
def test_a_sentence_that_blames_is_found(text: str, rule: str) -> None:
    assert rule in {found.rule for found in findings(text, ["Ada Bauer"])}


@pytest.mark.parametrize(
    "text",
    [
        "The path from Desk to Network waited 40 hours in total, without blame.",
        "The vendor waited for us; the rest is theirs.",
        "Default routing sends these on.",
    ],
)
def test_a_sentence_about_the_path_is_not_found(text: str) -> None:
    assert findings(text, ["Ada Bauer"]) == ()


def test_every_kind_of_record_with_people_is_looked_at() -> None:
    data, _ = _estate()
    assert RecordKind.APPROVAL in data.frames
    assert PEOPLE & set(data.frames[RecordKind.APPROVAL].columns)
