"""The Monday morning of a problem manager: ten candidates by keyboard alone, to the record made."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from simulator.servicenow.server import ServiceNowServer
from simulator.settings import EstateSettings
from tests.e2e.axe import fetched, found
from tests.e2e.monday import CHROMIUM, PASSWORD, Installation

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
    playwright = pytest.importorskip("playwright.sync_api", reason="playwright is not installed")
    if not Path(CHROMIUM).exists():
        pytest.skip(f"{CHROMIUM} is not installed")
    with playwright.sync_playwright() as running:
        made = running.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        yield made
        made.close()


class Manager:
    """A problem manager who never touches the mouse."""

    def __init__(self, page: Any, address: str) -> None:
        self.page, self.address = page, address
        self.complaints: list[str] = []
        page.on("console", self._hears)
        page.on("pageerror", lambda error: self.complaints.append(str(error)))

    def _hears(self, said: Any) -> None:
        if said.type == "error":
            self.complaints.append(said.text)

    def press(self, *keys: str) -> None:
        for key in keys:
            self.page.keyboard.press(key)

    def leads_on(self, *keys: str) -> None:
        """Press keys, the last of which leads to another page."""
        self.press(*keys[:-1])
        with self.page.expect_navigation():
            self.press(keys[-1])
        self.page.wait_for_load_state()

    def types(self, text: str) -> None:
        self.page.keyboard.type(text)

    def log_in(self, name: str, secret: str) -> None:
        """With the one-time password, then with one of their own."""
        self.page.goto(f"{self.address}/login")
        self._fill(("#name", name), ("#password", secret))
        self._fill(("#old", secret), ("#new", PASSWORD), ("#again", PASSWORD))
        self.page.goto(f"{self.address}/")

    def _fill(self, *fields: tuple[str, str]) -> None:
        for selector, text in fields:
            self.page.focus(selector)
            self.types(text)
        self.leads_on("Enter")

    def rows(self) -> list[str]:
        """The candidates of the queue page, in its order."""
        return [row.get_attribute("data-row") for row in self.page.query_selector_all("[data-row]")]

    def row(self, *keys: str) -> str:
        """Press keys, and tell at which candidate that is; the next one where it is at none."""
        self.press(*keys)
        return str(self.page.evaluate("document.activeElement.dataset.row || ''")) or self.row("j")

    def goes_to(self, selector: str) -> None:
        """Press Shift and Tab until a field is reached."""
        for _ in range(80):
            if self.page.evaluate("s => document.activeElement.matches(s)", selector):
                return
            self.press("Shift+Tab")
        raise AssertionError(f"the keyboard does not reach {selector}")

    def says(self) -> str:
        return str(self.page.inner_text("main"))


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
    accepted = decided[0][1]
    assert f"CSI-{accepted}" in entries

    office.run("push")
    made = [row for row in instance.truth("problem") if _cell(row, "correlation_id")]
    assert [_cell(row, "correlation_id") for row in made] == [f"csi:prb:{accepted}"]
    assert _cell(made[0], "short_description") == "RADIUS certificate expired"
    ann.page.goto(f"{ann.address}/candidates/{accepted}")
    assert "done create problem" in " ".join(ann.says().split())
    assert _cell(made[0], "number") in ann.says()
    ann.page.goto(f"{ann.address}/register/CSI-{accepted}")
    assert ann.page.inner_text("h1")


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


LOOKS = [
    ("light", 1366, 768, 1.0),
    ("dark", 1366, 768, 1.0),
    ("light", 320, 640, 1.0),
    ("dark", 320, 640, 1.0),
    ("light", 683, 384, 2.0),
]
"""Colours, width, height and zoom: 683 pixels wide is what 200 % leave of 1366."""


@pytest.fixture(scope="module")
def axe(tmp_path_factory: pytest.TempPathFactory) -> Path:
    script = fetched(tmp_path_factory.mktemp("axe"))
    if script is None:
        pytest.skip("axe-core cannot be fetched: npm is missing, or has no way out")
    return script


@pytest.mark.parametrize(("colours", "width", "height", "zoom"), LOOKS)
def test_everybody_can_use_every_page(
    ann: Manager, browser: Any, axe: Path, colours: str, width: int, height: int, zoom: float
) -> None:
    name, other = ann.rows()[:2]
    paths = [
        "/",
        "/?show=all",
        "/?q=nothing+like+it",
        "/?show=decided",
        f"/candidates/{name}",
        f"/candidates/{name}/near",
        "/help",
        "/candidates/none",
        *(f"/decide?action={action}&on={name}" for action in _ACTIONS),
        f"/decide?action=merge&on={name}&on={other}",
        f"/decide?action=reject&on={name}&on={other}",
    ]
    context = browser.new_context(
        viewport={"width": width, "height": height},
        color_scheme=colours,
        device_scale_factor=zoom,
        storage_state=ann.page.context.storage_state(),
    )
    page = context.new_page()
    wrong = []
    for path in paths:
        page.goto(ann.address + path)
        wrong += [f"{path}: {one}" for one in found(page, axe)]
        across = page.evaluate("document.documentElement.scrollWidth - window.innerWidth")
        wrong += [f"{path}: scrolls sideways by {across}"] if across > 0 else []
    context.close()
    assert wrong == []


_ACTIONS = (
    "accept",
    "link",
    "merge",
    "duplicate",
    "split",
    "reject",
    "snooze",
    "accept-risk",
    "assign",
    "ask-vendor",
    "open-entry",
    "open-knowledge-task",
    "comment",
    "rename",
    "resolve",
)


def test_the_first_screen_of_a_candidate_says_what_matters_without_scrolling(ann: Manager) -> None:
    ann.page.goto(f"{ann.address}/candidates/{ann.rows()[0]}")
    for selector in ("h1.statement", "dl.facts", "section.next h2", ".next .why", ".next .acts"):
        box = ann.page.query_selector(selector).bounding_box()
        assert box["y"] >= 0 and box["y"] + box["height"] <= 768, selector


def test_nothing_moves_once_it_is_there(ann: Manager) -> None:
    script = """() => new Promise(done => {
        let sum = 0;
        new PerformanceObserver(list => {
            for (const one of list.getEntries()) if (!one.hadRecentInput) sum += one.value;
        }).observe({type: 'layout-shift', buffered: true});
        setTimeout(() => done(sum), 800);
    })"""
    for path in ("/", f"/candidates/{ann.rows()[0]}"):
        ann.page.goto(ann.address + path)
        assert ann.page.evaluate(script) < 0.02, path


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
