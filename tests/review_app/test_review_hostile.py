"""A crawl over every page of deciding with hostile ticket text: nothing unescaped, no 500."""

import re
from dataclasses import replace
from html import unescape
from urllib.parse import quote

import pytest

from itsm.candidates import Evidence, EvidenceLink, Purity
from itsm.doubts import Doubts, NearMiss, Seam
from store import Store
from tests.review_app.deciders import Decider
from tests.review_app.desk import candidate, incident, land, mine
from tests.review_app.test_review_markup import HOSTILE, Document

WEEK, BEFORE = "2026-W46", "2026-W45"
ACTIONS = (
    "accept",
    "link",
    "merge",
    "duplicate",
    "split",
    "reject",
    "snooze",
    "accept-risk",
    "resolve",
    "reopen",
    "assign",
    "ask-vendor",
    "open-entry",
    "open-knowledge-task",
    "comment",
    "rename",
)
OURS = re.compile(r"^(/|#)")
MAX_PAGES = 60


AT_ONCE = (1, 6)
"""The texts that every test run tries; `make e2e` tries all of them."""


@pytest.fixture(
    params=[
        pytest.param(n, marks=() if n in AT_ONCE else pytest.mark.slow) for n in range(len(HOSTILE))
    ]
)
def text(request: pytest.FixtureRequest) -> str:
    return str(HOSTILE[request.param])


@pytest.fixture
def ann(store: Store, text: str) -> Decider:
    short = text[:400]
    kinds = ("problem", "change", "known_error", "knowledge", "vendor_case", "rejected", "fix")
    bad = replace(
        candidate("PC-1", 12, statement=text, known_problems=(text,)),
        evidence=(Evidence(kind=short, text=text, weight=1.0),),
        purity=tuple(
            Purity(field=name, value=text, share=1.0, n=3) for name in ("service", "ci", "team")
        ),
        links=tuple(EvidenceLink(kind=kind, record=short, text=text) for kind in kinds),
        terms=(text.casefold(), "vpn", "drops"),
        descent=(text,),
    )
    twin = replace(bad, candidate_id="PC-2", members=candidate("PC-2", 3).members)
    mine(store, BEFORE, [bad])
    mine(store, WEEK, [bad, twin])
    fields = dict.fromkeys(("title", "service", "ci", "team", "caller", "category"), text)
    several = [*bad.members, *twin.members]
    land(store, [incident(member.number, **fields) for member in several])
    land(
        store, [incident(f"NEAR-{n}", **(fields | {"title": f"vpn drops {text}"})) for n in (1, 2)]
    )
    doubts = Doubts(
        candidate_id="PC-1",
        near=(NearMiss(source="desk", number="NEAR-1", score=0.4, why=text, candidate_id=short),),
        seam=Seam(share=0.3, score=0.2, why=text, part=(f"desk/{short}",)),
        stability=0.8,
        n_rounds=5,
    )
    with store.begin() as uow:
        uow.doubts.save(f"M-{WEEK}", [doubts])
        uow.commit()
    return Decider(store, links={"desk": lambda number: text}, team=text)


def test_no_page_lets_a_hostile_text_become_more_than_text(ann: Decider, text: str) -> None:
    said = text[:300]
    for action, more in (
        ("comment", {"reason": said}),
        ("assign", {"other": said[:80]}),
        ("rename", {"statement": said}),
        ("ask-vendor", {"other": said[:80], "reason": said}),
    ):
        answer = ann.send(f"/decide?action={action}&on=PC-1&then=stay", **more)
        assert answer.status_code in (303, 422), answer.text
    ann.ask("/views", [("csrf", "token-of-the-session"), ("from", f"q={said}"), ("name", said)])
    asked = quote(said, safe="")
    start = [
        "/",
        "/?show=decided",
        *(f"/?{name}={asked}" for name in ("q", "service", "team", "source", "done", "show")),
        *(f"/decide?action={action}&on=PC-1" for action in ACTIONS),
        "/decide?action=merge&on=PC-1&on=PC-2",
        f"/decide?action=split&on=PC-1&by=ci&apart={asked}&ref={asked}",
        f"/decide?action={asked}&on={asked}&from={asked}&then={asked}",
        f"/candidates/PC-1/near?week={asked}",
        f"/api/v1/candidates?q={asked}",
    ]
    seen = crawled(ann, start, text)
    assert "/candidates/PC-1" in {path.partition("?")[0] for path in seen}
    assert len(seen) > 25


def crawled(ann: Decider, start: list[str], text: str) -> set[str]:
    """Every page that can be reached, each looked at; the addresses."""
    waiting, seen = list(start), set[str]()
    while waiting and len(seen) < MAX_PAGES:
        path = waiting.pop(0).partition("#")[0]
        if path in seen:
            continue
        seen.add(path)
        answer = ann.ask(path)
        assert answer.status_code in (200, 404, 422), (path, answer.status_code)
        if answer.headers["content-type"].startswith("text/html"):
            waiting += looked_at(answer.text, path, text)
    return seen


def looked_at(page: str, path: str, text: str) -> list[str]:
    """See that a page is what we made of it; the addresses of ours in it."""
    document = Document(page)
    assert document.wrong == [], path
    assert document.count("script") == 1 and document.count("img") == 0, path
    assert document.count("h1") == 1, path
    names = {name for _, attrs in document.tags for name in attrs}
    assert not {name for name in names if name.startswith("on") or name == "style"}, path
    assert not re.search("[\u202a-\u202e\u200b\x00\x1b]", page), path
    links = [unescape(href) for href in document.values("href", "a")]
    assert not [href for href in links if not OURS.match(href)], path
    assert len(page) < 250_000, (path, len(page))
    return [
        href
        for href in links
        if href.startswith(("/?", "/candidates", "/decide")) and not href.startswith("//")
    ]
