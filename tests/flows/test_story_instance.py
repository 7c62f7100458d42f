"""The story's ServiceNow: what is decided goes there, what colleagues write there comes back."""

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from flows.demo_config import server_config
from flows.files import write_whole
from flows.settings import load_settings
from flows.story.cast import Meeting, configured
from flows.story.colleagues import EDITS, Colleagues
from flows.story.instance import StoryInstance, begun_anew, serving
from flows.story.path import REVIEW_APP, click_path
from flows.wiring import Parts, build
from itsm.pushing import PushKind
from itsm.register import RegisterEntry, RegisterState
from simulator.ground_truth import cause_id
from simulator.servicenow.home import Home, note_of
from simulator.settings import EstateSettings
from tests.flows.story_entries import entered

ESTATE = EstateSettings(n_incidents=150, n_weeks=30, seed=5)
CANDIDATES = {one.cause: f"PC-{place}" for place, one in enumerate(EDITS)}


@pytest.fixture(scope="module")
def instance(tmp_path_factory: pytest.TempPathFactory) -> Iterator[StoryInstance]:
    with serving(ESTATE, tmp_path_factory.mktemp("story")) as made:
        yield made
        assert made.server.errors == []


@pytest.fixture
def parts(tmp_path: Path, instance: StoryInstance) -> Parts:
    server = instance.server
    text = server_config(server.url, server.user, server.password) + configured()
    config = write_whole(tmp_path / "csi.toml", text.encode())
    return build(load_settings(config), tmp_path)


def _meeting(parts: Parts, number: int) -> Meeting:
    week = ESTATE.last_week.last(26)[number]
    return Meeting(parts, number, week.end_at + timedelta(hours=9))


def _rows(instance: StoryInstance, table: str) -> Iterator[dict[str, str]]:
    """The records of a table, as people see them."""
    for row in instance.server.truth(table):
        yield {
            name: cell["display_value"] if isinstance(cell, dict) else cell
            for name, cell in row.items()
        }


def _entry(parts: Parts, number: str) -> RegisterEntry:
    with parts.store.begin() as uow:
        return uow.register.get(number)


def test_an_entry_goes_there_with_its_people_and_its_day(
    parts: Parts, instance: StoryInstance
) -> None:
    meeting = _meeting(parts, 3)
    number = entered(meeting, "PC-90", RegisterState.APPROVED)
    assert instance.delivers(parts, meeting.at) == "4 done"
    there = instance.record(PushKind.REGISTER_ENTRY, number)
    assert there is not None and there.state == "4"
    row = next(one for one in _rows(instance, there.table) if one["sys_id"] == there.key)
    assert row["assigned_to"] == "Ben Oster"
    assert row["sys_created_on"].startswith(f"{meeting.at:%Y-%m-%d}")


def test_what_colleagues_do_there_comes_back_and_a_crossing_is_settled(
    parts: Parts, instance: StoryInstance
) -> None:
    started, title, crossing = CANDIDATES[cause_id(5)], CANDIDATES[cause_id(0)], cause_id(4)
    before = _meeting(parts, 8)
    numbers = {
        started: entered(before, started, RegisterState.APPROVED),
        title: entered(before, title, RegisterState.IN_PROGRESS),
        CANDIDATES[crossing]: entered(before, CANDIDATES[crossing], RegisterState.IN_PROGRESS),
    }
    instance.delivers(parts, before.at)
    colleagues = Colleagues(instance)
    meeting = _meeting(parts, 12)
    assert len(colleagues.work(12, CANDIDATES)) == 2, "the problem is not there, so it cannot close"
    instance.reads_back(parts, meeting.at)
    assert _entry(parts, numbers[started]).state is RegisterState.IN_PROGRESS
    assert _entry(parts, numbers[title]).title == EDITS[0].value

    (told,) = colleagues.cross(meeting, CANDIDATES)
    assert "while ben writes other words" in told
    assert "conflict" in instance.delivers(parts, meeting.at)
    number = numbers[CANDIDATES[crossing]]
    assert _entry(parts, number).description == "Raise the limit to 500."
    later = _meeting(parts, 13)
    assert instance.settles(parts, later.at) == 1
    instance.delivers(parts, later.at)
    assert _entry(parts, number).description == EDITS[3].value
    assert instance.settles(parts, later.at) == 0
    assert instance.reads_back(parts, later.at) == [], "both sides hold the same"
    assert colleagues.work(13, CANDIDATES) == [], "each edit is made once"


def test_the_way_through_names_the_pages_of_both_sides(
    parts: Parts, instance: StoryInstance, tmp_path: Path
) -> None:
    meeting = _meeting(parts, 3)
    number = entered(meeting, "PC-91", RegisterState.REVIEW)
    instance.delivers(parts, meeting.at)
    there = instance.record(PushKind.REGISTER_ENTRY, number)
    assert there is not None
    told = "\n".join(click_path(parts, instance, tmp_path))
    assert f"{REVIEW_APP}/register/{number}" in told
    assert f"{instance.server.url}/nav_to.do?uri=sn_cim_register.do?sys_id={there.key}" in told
    assert "csi simulate servicenow --again" in told


def test_the_instance_lives_on_and_a_new_story_begins_anew(tmp_path: Path) -> None:
    with serving(ESTATE, tmp_path) as made:
        port = made.server.port
    home = Home(tmp_path / "servicenow")
    assert note_of(home).port == port
    (tmp_path / "csi.sqlite").write_bytes(b"")
    begun_anew(tmp_path)
    assert list(home.folder.iterdir()) == []
    assert not (tmp_path / "csi.sqlite").exists()
