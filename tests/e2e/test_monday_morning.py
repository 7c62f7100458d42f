"""The Monday morning of a problem manager: ten candidates by keyboard alone, to the record made."""

from collections.abc import Iterator
from typing import Any

import pytest

from itsm.candidates import Decision, ProblemCandidate
from itsm.pushing import PushAction
from simulator.servicenow.server import ServiceNowServer
from simulator.settings import EstateSettings
from store.reviewing import Reviewing
from tests.e2e.monday import Installation, Manager, chromium

pytestmark = pytest.mark.e2e
ESTATE = EstateSettings(n_incidents=900, n_weeks=14, seed=11)


@pytest.fixture(scope="module")
def instance(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ServiceNowServer]:
    with ServiceNowServer(ESTATE, directory=tmp_path_factory.mktemp("instance")) as served:
        yield served
    assert served.errors == []


@pytest.fixture(scope="module")
def office(tmp_path_factory: pytest.TempPathFactory, instance: ServiceNowServer) -> Installation:
    made = Installation(tmp_path_factory.mktemp("office"), instance)
    made.run("pull")
    made.run("check", "--week", ESTATE.end_week)
    made.run("mine", "--week", ESTATE.end_week)
    return made


@pytest.fixture(scope="module")
def address(office: Installation) -> Iterator[str]:
    with office.served() as where:
        yield where


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    with chromium() as made:
        yield made


@pytest.fixture
def ann(browser: Any, office: Installation, address: str) -> Iterator[Manager]:
    secret = office.one_time_password("ann", "problem_manager")
    context = browser.new_context(viewport={"width": 1366, "height": 768})
    manager = Manager(context.new_page(), address)
    manager.log_in("ann", secret)
    yield manager
    context.close()
    office.run("users", "remove", "ann")
    assert manager.complaints == []


def test_ten_candidates_are_decided_on_by_keyboard_and_one_becomes_a_problem(
    ann: Manager, office: Installation, instance: ServiceNowServer
) -> None:
    assert len(ann.rows()) >= 12, "the estate has too few candidates to be a Monday"
    before = _mined(office)
    decided = [
        _accepts(ann),
        _rejects(ann),
        _merges(ann),
        _splits(ann),
        *(_snoozes(ann) for _ in range(6)),
    ]
    with office.parts.store.begin() as uow:
        kept = uow.decisions.list()
        entries = {entry.number for entry in uow.register.list()}
    told = [(one.action.value, one.candidate_id, one.actor) for one in kept]
    assert told == [(action, name, "ann") for action, name in decided]
    accepted, rejected, merged, split = (name for _, name in decided[:4])
    assert entries == {f"CSI-{accepted}"}, "one entry, for what was accepted"

    incident, theirs = _a_colleague_links_elsewhere(office, instance, accepted)
    office.run("push")
    made = [row for row in instance.truth("problem") if _cell(row, "correlation_id")]
    assert [_cell(row, "correlation_id") for row in made] == [f"csi:prb:{accepted}"]
    assert _cell(made[0], "short_description") == "RADIUS certificate expired"
    ann.page.goto(f"{ann.address}/candidates/{accepted}")
    assert "done create problem" in " ".join(ann.says().split())
    assert _cell(made[0], "number") in ann.says()
    assert _problem_of(instance, incident) == theirs, "what a colleague wrote stands"
    _settles_the_conflict(ann)
    pushed = office.run("push").output
    assert _problem_of(instance, incident) == _cell(made[0], "sys_id"), pushed
    ann.page.goto(f"{ann.address}/register/CSI-{accepted}")
    assert ann.page.inner_text("h1")

    office.run("mine", "--week", ESTATE.end_week)
    _what_was_decided_holds(before, _mined(office), rejected, merged, split)
    ann.page.goto(f"{ann.address}/")
    assert not {accepted, rejected, split} & set(ann.rows()), "nobody is asked again"


Mined = dict[str, ProblemCandidate]


def _mined(office: Installation) -> Mined:
    """The candidates of the newest run."""
    parts = office.parts
    with parts.store.begin() as uow:
        run = Reviewing.of(parts.store).runs()[0]
        return {one.candidate_id: one for one in uow.mining.candidates(run.run_id)}


def _numbers(candidate: ProblemCandidate) -> set[str]:
    return {member.number for member in candidate.members}


def _what_was_decided_holds(
    before: Mined, after: Mined, rejected: str, merged: str, split: str
) -> None:
    """In the groups that mining makes next: no group comes back that somebody has judged."""
    assert after[rejected].decision is Decision.REJECTED
    assert _numbers(after[merged]) > _numbers(before[merged]), "the other one is in it"
    parts = [one for one in after.values() if _numbers(one) & _numbers(before[split])]
    assert len(parts) >= 2, "it is parted"
    assert all(_numbers(one) < _numbers(before[split]) for one in parts)


def _a_colleague_links_elsewhere(
    office: Installation, instance: ServiceNowServer, accepted: str
) -> tuple[str, str]:
    """Somebody links an incident that is to be linked to our problem; it and their problem."""
    with office.parts.store.begin() as uow:
        intents = [fate.intent for fate in uow.outbox.fates(subject=accepted)]
    incident = next(one.record for one in intents if one.action is PushAction.LINK)
    theirs = next(_cell(row, "sys_id") for row in instance.truth("problem") if _cell(row, "number"))
    instance.edit("incident", incident, "problem_id", theirs)
    return incident, theirs


def _problem_of(instance: ServiceNowServer, incident: str) -> str:
    rows = (row for row in instance.truth("incident") if _cell(row, "sys_id") == incident)
    return _cell(next(rows), "problem_id")


def _settles_the_conflict(ann: Manager) -> None:
    """From the candidate's page: both values beside each other, and ours is taken."""
    ann.goes_to("#story a[href^='/conflicts']")
    ann.leads_on("Enter")
    assert "stands there now" in ann.says()
    ann.goes_to("button[value=write_ours]")
    ann.leads_on("Enter")
    assert "The choice is kept" in ann.says()
    assert "Nothing is in conflict" in ann.says()


def test_what_was_just_done_is_taken_back_with_one_key(ann: Manager) -> None:
    before = ann.rows()
    name = ann.row("j")
    ann.leads_on("s")
    ann.leads_on("Enter")
    assert name not in ann.rows()
    ann.leads_on("z")
    assert ann.rows() == before
    assert f"Taken back: {name}" in ann.says()


def _accepts(ann: Manager) -> tuple[str, str]:
    """The first one: opened, accepted with another title, with its entry in the register."""
    name = ann.row()
    ann.leads_on("Enter")
    assert ann.page.url.endswith(f"/candidates/{name}")
    ann.leads_on("a")
    if not ann.page.is_disabled("input[name=with_entry]"):
        ann.goes_to("input[name=with_entry]")
        ann.press("Space")
    ann.goes_to("#f-title")
    ann.press("Control+a")
    ann.types("RADIUS certificate expired")
    ann.leads_on("Control+Enter")
    assert f"Accepted: {name}" in ann.says()
    ann.leads_on("u")
    return ("accept", name)


def _rejects(ann: Manager) -> tuple[str, str]:
    name = ann.row()
    ann.leads_on("r")
    ann.press("ArrowDown")
    ann.leads_on("Enter")
    assert f"Rejected: {name}" in ann.says()
    return ("reject", name)


def _merges(ann: Manager) -> tuple[str, str]:
    first = ann.row()
    ann.press("x")
    second = ann.row("j", "x")
    ann.leads_on("m")
    assert "What it comes to" in ann.says()
    ann.leads_on("Enter")
    assert second not in ann.rows() and first in ann.rows()
    return ("merge", first)


def _splits(ann: Manager) -> tuple[str, str]:
    """The next one that some field parts."""
    for _ in ann.rows():
        name = ann.row()
        ann.leads_on("p")
        if ann.page.query_selector(".ways a"):
            ann.leads_on("Enter")
            ann.leads_on("Enter")
            assert f"Split: {name}" in ann.says()
            return ("split", name)
        ann.leads_on("Escape")
        ann.press("j")
    raise AssertionError("no candidate can be split")


def _snoozes(ann: Manager) -> tuple[str, str]:
    name = ann.row()
    ann.leads_on("s")
    ann.leads_on("Enter")
    assert f"Snoozed: {name}" in ann.says()
    return ("snooze", name)


def _cell(row: Any, name: str) -> str:
    cell = row.get(name)
    return str(cell["value"]) if isinstance(cell, dict) else str(cell or "")


def test_the_first_screen_of_a_candidate_says_what_matters_without_scrolling(ann: Manager) -> None:
    ann.page.goto(f"{ann.address}/candidates/{ann.rows()[0]}")
    for selector in ("h1.statement", "dl.facts", "section.next h2", ".next .why", ".next .acts"):
        box = ann.page.query_selector(selector).bounding_box()
        assert box["y"] >= 0 and box["y"] + box["height"] <= 768, selector


def test_the_pages_print_without_what_paper_cannot_use(ann: Manager) -> None:
    ann.page.emulate_media(media="print")
    for selector in (".bulk", ".tabs", ".filters", "header nav"):
        assert not ann.page.is_visible(selector), selector
    ann.page.emulate_media(media="screen")


def test_everything_works_without_script(browser: Any, ann: Manager) -> None:
    context = browser.new_context(
        java_script_enabled=False, storage_state=ann.page.context.storage_state()
    )
    page = context.new_page()
    page.goto(f"{ann.address}/")
    row = page.query_selector("[data-row]")
    name = row.get_attribute("data-row")
    row.click()
    page.click("a[data-key=s]")
    page.click("button[data-send]")
    page.goto(f"{ann.address}/")
    assert page.query_selector(f'[data-row="{name}"]') is None
    page.goto(f"{ann.address}/candidates/{name}#story")
    page.click("#story form button")
    assert f"Taken back: {name}" in page.inner_text("main")
    context.close()
