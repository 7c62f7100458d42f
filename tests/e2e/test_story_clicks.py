"""The story, click by click: from an entry in the review app into ServiceNow, an edit, and back."""

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from flows.story.cast import MANAGER, Meeting, configured
from flows.story.instance import COLLEAGUE, StoryInstance, serving
from flows.story.path import click_path
from itsm.push_planning import problem_key
from itsm.pushing import FieldWrite, Intent, PushAction, PushKind, identified
from itsm.register import RegisterState
from simulator.servicenow.home import Home, note_of
from simulator.servicenow.ids import user_name
from simulator.servicenow.server import ServiceNowServer
from simulator.settings import EstateSettings
from tests.e2e.monday import Installation, Manager, chromium
from tests.flows.story_entries import TITLE, entered

pytestmark = pytest.mark.e2e
ESTATE = EstateSettings(n_incidents=150, n_weeks=30, seed=5)
NUMBER, CANDIDATE = "CSI-PC-1", "PC-1"


class StoryInstallation(Installation):
    """The installation of a story, with one improvement that is worked on."""

    def __init__(self, folder: Path, instance: StoryInstance) -> None:
        super().__init__(folder, instance.server)
        text = self.config.read_text().replace("sources.snow", "sources.practice")
        own = configured().replace('[sources.practice.push]\nmode = "full"', "")
        own = own.replace('\ninstance = "practice"\non_closed = true\ncap = 2000\nsettle_s = 0', "")
        self.config.write_text(text + own)


def _in_progress(instance: StoryInstance, office: Installation) -> None:
    parts = office.parts
    week = ESTATE.last_week.shifted(-5)
    meeting = Meeting(parts, 20, week.end_at + timedelta(hours=9))
    entered(meeting, CANDIDATE, RegisterState.IN_PROGRESS)
    problem = identified(
        Intent(
            source="practice",
            action=PushAction.CREATE,
            kind=PushKind.PROBLEM,
            subject=CANDIDATE,
            key=problem_key(CANDIDATE),
            fields=(FieldWrite(field="title", value="Scanners stop"),),
            actor="ada",
            at=meeting.at,
        )
    )
    with parts.store.begin() as uow:
        uow.outbox.append([problem])
        uow.commit()
    instance.delivers(parts, meeting.at)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("story")


@pytest.fixture(scope="module")
def office(folder: Path) -> StoryInstallation:
    with serving(ESTATE, folder) as instance:
        made = StoryInstallation(folder, instance)
        _in_progress(instance, made)
        (folder / "way.txt").write_text("\n".join(click_path(made.parts, instance, folder)))
    return made


@pytest.fixture(scope="module")
def again(office: StoryInstallation, folder: Path) -> Iterator[ServiceNowServer]:
    """The instance as `csi simulate servicenow --again` serves it once the story is over."""
    home = Home(folder / "servicenow")
    note = note_of(home)
    with ServiceNowServer(note.estate, home=home, port=note.port) as server:
        yield server
        assert server.errors == []


@pytest.fixture(scope="module")
def mara(office: StoryInstallation, again: ServiceNowServer) -> Iterator[Manager]:
    with office.served() as address, chromium() as browser:
        page = browser.new_context(viewport={"width": 1366, "height": 768}).new_page()
        manager = Manager(page, address)
        manager.log_in(MANAGER, office.one_time_password(MANAGER, "problem_manager"))
        yield manager
        assert manager.complaints == []


def _opens(page: Any, address: str, password: str) -> None:
    """Open a page of ServiceNow; where that leads to its login, log in first."""
    page.goto(address)
    if page.query_selector("#user") is None:
        return
    page.fill("#user", user_name(COLLEAGUE))
    page.fill("#password", password)
    page.click("button")


def test_from_the_entry_to_its_record_an_edit_there_and_back(
    mara: Manager, office: StoryInstallation, again: ServiceNowServer, folder: Path
) -> None:
    page = mara.page
    page.goto(f"{mara.address}/register/{NUMBER}")
    link = page.query_selector(".leads a[href*='nav_to.do']")
    assert link.get_attribute("href") in (folder / "way.txt").read_text()
    _opens(page, link.get_attribute("href"), again.password)
    assert page.inner_text("h1").startswith("Improvement Initiative CIM9")
    assert page.input_value("#short_description") == TITLE
    assert page.input_value("#assigned_to") == "Ben Oster"
    page.fill("#short_description", f"{TITLE} in all halls")
    page.screenshot(path=str(folder / "servicenow.png"), full_page=True)
    page.click("form.record button")
    assert "Saved." in page.inner_text("main")
    assert user_name(COLLEAGUE) in page.inner_text("main"), "its history says who"

    pushed = office.run("push").output
    assert f"{NUMBER}: title as edited in practice" in pushed
    page.goto(f"{mara.address}/register/{NUMBER}")
    assert page.inner_text("h1") == f"{TITLE} in all halls"
    page.screenshot(path=str(folder / "entry.png"), full_page=True)


def test_a_problem_resolved_there_proposes_a_review_here(
    mara: Manager, office: StoryInstallation, again: ServiceNowServer
) -> None:
    page = mara.page
    _opens(page, f"{again.url}/problem_list.do", again.password)
    page.click("text=PRB9000001")
    page.select_option("#state", label="Resolved")
    page.click("form.record button")
    assert "Saved." in page.inner_text("main")
    assert (
        f"{NUMBER}: review is proposed: practice/PRB9000001 is resolved"
        in office.run("push").output
    )
