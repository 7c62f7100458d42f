"""Every page of the review app in a browser: for everybody, at every width, still, on paper."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from itsm.access import AppRole
from itsm.register import Origin, RegisterState
from itsm.register_parts import ClosureCode
from review_app.identity.administering import Administering, Wanted
from review_app.identity.browser import utc_now
from tests.e2e.axe import fetched, found
from tests.e2e.monday import Manager, chromium
from tests.e2e.test_review_login import installation, served
from tests.review_app.deciders import Decider
from tests.review_app.desk import candidate, land, members_of, mine
from tests.review_app.office import owned, register
from tests.review_app.proven import proof
from tests.review_app.route_table import ROWS
from tests.review_app.test_works_markup import fill

pytestmark = pytest.mark.e2e

LOOKS = [
    ("light", 1366, 768, 1.0),
    ("dark", 1366, 768, 1.0),
    ("light", 1000, 768, 1.0),
    ("light", 320, 640, 1.0),
    ("dark", 683, 384, 2.0),
]
"""Colours, width, height and zoom: 683 pixels wide is what 200 % leave of 1366."""
MAX_SHIFT = 0.02
"""What may move once it is there, as the browser counts it; 0.1 is called good."""

ACTIONS = (
    "accept", "link", "merge", "duplicate", "split", "reject", "snooze", "accept-risk", "assign",
    "ask-vendor", "open-entry", "open-knowledge-task", "comment", "rename", "resolve",
)  # fmt: skip
WEEK = "week=2026-W46"
ON = "on=PC-1"
OPEN_TO_READ: Mapping[str, tuple[str, ...]] = {
    "/": ("/", "/?show=all", "/?q=nothing+like+it", "/?show=decided", "/?show=mine"),
    "/candidates/{candidate_id}": ("/candidates/PC-1", "/candidates/PC-4", "/candidates/none"),
    "/candidates/{candidate_id}/near": ("/candidates/PC-1/near",),
    "/register": ("/register", "/register?show=all", "/register?q=nothing+like+it"),
    "/register/board": ("/register/board",),
    "/register/{number}": tuple(f"/register/CSI-000{n}" for n in (1, 2, 3, 7)),
    "/conflicts": ("/conflicts", "/conflicts?show=all"),
    "/pairs": ("/pairs", "/pairs?show=all", "/pairs?q=nothing+like+it"),
    "/packs": ("/packs?show=all",),
    "/packs/{pack_id}": ("/packs/2026-W46.full.v1",),
    "/packs/{pack_id}/rows/{anchor}": ("/packs/2026-W46.full.v1/rows/rows-opened",),
    "/quality": ("/quality",),
    "/runs": ("/runs",),
    "/meeting": tuple(
        f"/meeting?{WEEK}{more}"
        for more in ("", "&section=last-week", "&section=service-health", "&section=changes")
    ),
    "/waiting": ("/waiting",),
    "/help": ("/help",),
    "/api/v1": ("/api/v1",),
}
"""Pages that are read, by their address as the route table has it."""
TO_FILL_IN: Mapping[str, tuple[str, ...]] = {
    "/decide": (
        *(f"/decide?action={name}&{ON}" for name in ACTIONS),
        f"/decide?action=merge&{ON}&on=PC-2",
        f"/decide?action=reject&{ON}&on=PC-2",
        f"/decide?action=split&{ON}&by=team",
    ),
    "/register/new": ("/register/new",),
    "/register/many": ("/register/many?deed=accept&on=CSI-0003&on=CSI-0002",),
    "/register/{number}/edit": ("/register/CSI-0002/edit",),
    "/subscriptions": ("/subscriptions",),
    "/subscriptions/new": ("/subscriptions/new",),
    "/subscriptions/{subscription_id}": ("/subscriptions",),
    "/account": ("/account",),
    "/account/password": ("/account/password",),
    "/users": ("/users",),
    "/users/{name}": ("/users/ann",),
}
"""Pages that are forms first of all."""
TO_STRANGERS: Mapping[str, tuple[str, ...]] = {
    "/login": ("/login", "/login?next=%2Fregister"),
    "/logged-out": ("/logged-out",),
}
NO_PAGES = (
    "/static/", "/api/v1/", "/healthz", "/metrics", "/users-export", "/login/oidc",
    "/packs/{pack_id}/page", "/packs/{pack_id}/files/", "/packs/{pack_id}/{name}",
)  # fmt: skip
"""Addresses that answer with something else than a page of ours."""

WATCH_SHIFTS = """
window.shifts = [];
new PerformanceObserver(list => {
    for (const one of list.getEntries())
        if (!one.hadRecentInput)
            window.shifts.push([one.value, one.sources.map(s => s.node && s.node.nodeName)]);
}).observe({type: "layout-shift", buffered: true});
"""
STILL = "async () => { await document.fonts.ready; await new Promise(r => setTimeout(r, 60)); }"
OPEN_ALL = "document.querySelectorAll('details').forEach(one => { one.open = true; })"
SEEN_ON_PAPER = """() => [...document.querySelectorAll(
    "main button, main select, main textarea, main input, header nav, .bulk")]
    .filter(one => one.checkVisibility()).map(one => one.outerHTML.slice(0, 120))"""


def test_no_page_is_forgotten() -> None:
    routes = {name.partition(" ")[2] for name in ROWS if name.startswith("GET ")}
    pages = {path for path in routes if path == "/api/v1" or not path.startswith(NO_PAGES)}
    assert pages == {*OPEN_TO_READ, *TO_FILL_IN, *TO_STRANGERS}


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[str, str]]:
    """The pages with something on each, and the one-time password of ann, who may do everything."""
    parts = installation(tmp_path_factory.mktemp("home"))
    store = parts.store
    fill(store, "plain words")
    several = [candidate(f"PC-{n}", 60 if n == 1 else 12, hours=90 - n) for n in range(1, 7)]
    mine(store, "2026-W46", several)
    land(store, members_of(*several))
    Decider(store).send("/decide?action=accept&on=PC-4", with_entry="1")
    Decider(store).send("/decide?action=reject&on=PC-5", reason="noise")
    live = {
        "state": RegisterState.CLOSED,
        "origin": Origin.MINED_CANDIDATE,
        "origin_record": "PC-1",
        "closure_code": ClosureCode.SUCCESSFUL,
        "evidence": tuple(f"desk/INC{n:07}" for n in range(40)),
    }
    register(store, [owned("CSI-0007", proof=proof(), **live)])
    everything = frozenset(AppRole)
    given = Administering(store, "", utc_now).add("ann", Wanted(roles=everything))
    with served(parts) as address:
        yield address, given.secret


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    with chromium() as made:
        yield made


@pytest.fixture(scope="module")
def session(browser: Any, home: tuple[str, str]) -> Mapping[str, Any]:
    """The cookies of ann, once."""
    context = browser.new_context()
    ann = Manager(context.new_page(), home[0])
    ann.log_in("ann", home[1])
    kept: Mapping[str, Any] = context.storage_state()
    context.close()
    return kept


@pytest.fixture(scope="module")
def axe(tmp_path_factory: pytest.TempPathFactory) -> Path:
    script = fetched(tmp_path_factory.mktemp("axe"))
    if script is None:
        pytest.skip("axe-core cannot be fetched: npm is missing, or has no way out")
    return script


@contextmanager
def page_of(browser: Any, **given: object) -> Iterator[Any]:
    """A page of a browser of its own, which notes what moves."""
    context = browser.new_context(**given)
    page = context.new_page()
    page.add_init_script(WATCH_SHIFTS)
    yield page
    context.close()


def all_of(*parts: Mapping[str, tuple[str, ...]]) -> list[str]:
    """Every address, once."""
    return list(dict.fromkeys(path for part in parts for paths in part.values() for path in paths))


def wrong_on(page: Any, path: str, script: Path) -> Iterator[str]:
    """What is wrong with the page that is open."""
    page.evaluate(STILL)
    moved = page.evaluate("window.shifts")
    if sum(value for value, _ in moved) > MAX_SHIFT:
        yield f"{path}: moves once it is there: {moved}"
    page.evaluate(OPEN_ALL)
    yield from (f"{path}: {one}" for one in found(page, script))
    across = page.evaluate("document.documentElement.scrollWidth - window.innerWidth")
    if across > 0:
        yield f"{path}: scrolls sideways by {across}"


@pytest.mark.parametrize(("colours", "width", "height", "zoom"), LOOKS)
def test_everybody_can_use_every_page(
    home: tuple[str, str],
    session: Mapping[str, Any],
    browser: Any,
    axe: Path,
    colours: str,
    width: int,
    height: int,
    zoom: float,
) -> None:
    """By axe, with every part of it opened; nothing scrolls sideways, and nothing moves."""
    look = {
        "viewport": {"width": width, "height": height},
        "color_scheme": colours,
        "device_scale_factor": zoom,
    }
    wrong: list[str] = []
    with page_of(browser, storage_state=session, **look) as page:
        for path in all_of(OPEN_TO_READ, TO_FILL_IN):
            answer = page.goto(home[0] + path)
            wrong += [] if answer.status in {200, 404} else [f"{path}: {answer.status}"]
            wrong += wrong_on(page, path, axe)
    with page_of(browser, **look) as page:
        for path in all_of(TO_STRANGERS):
            page.goto(home[0] + path)
            wrong += wrong_on(page, path, axe)
    assert not wrong, "\n".join(wrong)


def test_what_is_read_prints_without_what_paper_cannot_use(
    home: tuple[str, str], session: Mapping[str, Any], browser: Any
) -> None:
    a4 = {"width": 718, "height": 1047}
    wrong: list[str] = []
    with page_of(browser, storage_state=session, viewport=a4) as page:
        for path in all_of(OPEN_TO_READ):
            page.goto(home[0] + path)
            page.emulate_media(media="print")
            wrong += [f"{path}: {one}" for one in page.evaluate(SEEN_ON_PAPER)]
            across = page.evaluate("document.documentElement.scrollWidth - window.innerWidth")
            wrong += [f"{path}: {across} pixels too wide for A4"] if across > 0 else []
            page.emulate_media(media="screen")
    assert not wrong, "\n".join(wrong)
