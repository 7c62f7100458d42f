"""A crawl over every page that the register leads to: whole, labelled, nothing unescaped."""

import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from html import unescape
from itertools import pairwise

import pytest

from itsm.decisions import IncidentRef
from itsm.pairs import Pair, PairHow, PairState
from itsm.quality import CheckReport, ExpectationResult, Severity
from itsm.register import Origin
from itsm.register_parts import Answer, EntryApproval, EntryTask
from itsm.states import RecordKind
from reports.model import Opening, Section
from review_app.identity.actors import Actor
from store import Store
from store.push_runs import PushRun, Stop
from store.stage_runs import Outcome, StageRun
from tests.review_app.desk import candidate, incident, land, mine
from tests.review_app.office import ANNA, AT, OTTO, VERA, Office, improvement, owned, register
from tests.review_app.test_review_conflicts import disputed
from tests.review_app.test_review_markup import HOSTILE, Document
from tests.review_app.test_review_meeting import ACTION, HERE
from tests.review_app.test_review_packs import keep, pack
from tests.review_app.test_review_quality import ACCEPTING, FORM, set_aside
from tests.review_app.test_review_subscriptions import FORM as SUBSCRIPTION

STARTS = (
    "/register", "/register?show=all", "/register/board", "/register/new", "/conflicts?show=all",
    "/pairs", "/pairs?show=all",
    "/packs?show=all", "/subscriptions", "/quality", "/runs", "/meeting", "/waiting",
    "/register/many?deed=accept&on=CSI-0001&on=CSI-0002&on=CSI-0003",
)  # fmt: skip
OURS = ("/register", "/conflicts", "/pairs", "/packs", "/subscriptions", "/quality", "/runs",
        "/meeting", "/waiting")  # fmt: skip
MAX_PAGES = 90
AT_ONCE = (0, 6)
"""The texts that every test run tries; the others are tried with the slow tests."""


@pytest.fixture(
    params=[
        pytest.param(n, marks=() if n in AT_ONCE else pytest.mark.slow) for n in range(len(HOSTILE))
    ]
)
def text(request: pytest.FixtureRequest) -> str:
    return HOSTILE[request.param].replace("\x00", "")


def fill(store: Store, text: str) -> None:
    """Something for every part of every page, all of it hostile."""
    short = text[:3_000]
    task = EntryTask(task_id="T1", title=short, owner=short[:90], due_on=date(2026, 1, 1))
    said = EntryApproval(approver="otto", answer=Answer.REFUSED, at=AT, round=1, comment=short)
    fields = dict.fromkeys(("title", "description", "justification", "notes", "service"), short)
    given = {"tasks": (task,), "approvals": (said,), "evidence": (short,), "process": short}
    entries = [
        improvement(
            "CSI-0001", **fields, **given, origin=Origin.MINED_CANDIDATE, origin_record="PC-1"
        ),
        owned("CSI-0002", title=short, coordinator="anna", approvers=(short[:90],)),
        improvement("CSI-0003", title=short, origin=Origin.PROBLEM, origin_record=f"desk/{short}"),
    ]
    register(store, entries)
    mine(store, "2026-W46", [candidate("PC-1", 3, statement=text)])
    land(store, [incident("INC1", title=text, service=text, state_code=text[:300])])
    disputed(store, ours=short, theirs=f"{short}2")
    _alike(store, short)
    section = Section(id="changes", title=short, opening=Opening(sentence=short, ask=short))
    name = keep(store, pack(title=short, sections=(*pack().sections, section)), moved=(short,))
    set_aside(store, text[:900], number=text[:900])
    result = ExpectationResult(
        rule="r", title=short, severity=Severity.WARNING, is_met=False, n_checked=1, n_failed=1,
        remedy=short, observed=short,
    )  # fmt: skip
    report = CheckReport(source="desk", kind=RecordKind.INCIDENT, n_records=1, results=(result,))
    run = StageRun(
        stage="pull", source=short[:60], run="R", outcome=Outcome.FAILED, began_at=AT, error=short
    )
    with store.begin() as uow:
        uow.checks.save("2026-W46", [report])
        uow.stage_runs.save(run)
        uow.push_runs.save(PushRun(run_id="P-2", started_at=AT, finished_at=AT, numbers={}))
        uow.push_runs.stop(Stop(source="desk", actor=short[:60], reason=short, at=AT))
        uow.commit()
    office = Office(store, works=ACCEPTING)
    office.send("/register/CSI-0002/edit", {"seen": "1", "notes": short, "reason": short})
    office.send("/quality/accept", {**FORM, "key": text[:900], "reason": short})
    office.send(f"/packs/{name}/remarks", {"section": "service-health", "text": short})
    office.send("/meeting/decisions", {**HERE, "text": short[:1_900]})
    office.send("/meeting/actions", {**ACTION, "text": short[:1_900], "owner": short[:90]})
    office.send("/subscriptions/new", {**SUBSCRIPTION, "name": short[:300]})


def _alike(store: Store, short: str) -> None:
    """Two pairs, all of it hostile: one that waits for a word, one that was decided."""
    twins = [incident(f"OPS{n}", title=short, service=short) for n in (1, 2)]
    land(store, [replace(one, source=f"other {short[:30]}") for one in twins])
    first = IncidentRef(source="desk", number="INC1")
    pairs = [
        Pair(
            one=first, other=IncidentRef(source=f"other {short[:30]}", number=f"OPS{n}"),
            how=PairHow.LIKENESS, state=PairState.PROPOSED, said=short, score=0.8,
        )
        for n in (1, 2)
    ]  # fmt: skip
    with store.begin() as uow:
        uow.pairs.tell(pairs, AT)
        uow.pairs.decide(
            replace(pairs[1], state=PairState.REJECTED, actor="anna", reason=short), AT
        )
        uow.commit()


def crawl(office: Office) -> Iterator[tuple[str, str]]:
    """Every page of ours that the first ones lead to, each once."""
    waiting, seen = list(STARTS), set(STARTS)
    while waiting and len(seen) < MAX_PAGES:
        path = waiting.pop(0)
        answer = office.ask(path)
        assert answer.status_code in {200, 403, 404}, (path, answer.status_code)
        if not answer.headers["content-type"].startswith("text/html") or path.endswith("/page"):
            continue
        yield path, answer.text
        for found in re.findall(r'href="(/[^"#]*)', answer.text):
            link = unescape(found)
            if link.startswith(OURS) and link not in seen:
                seen.add(link)
                waiting.append(link)


@pytest.mark.parametrize("who", [ANNA, VERA, OTTO], ids=lambda who: who.name)
def test_every_page_is_whole_labelled_and_self_contained(store: Store, who: Actor) -> None:
    fill(store, "plain words")
    n = 0
    for path, page in crawl(Office(store, who, ACCEPTING)):
        n += 1
        check(path, page)
    assert n > 10


def check(path: str, page: str) -> None:
    """Whether a page can be read by a machine, and used without seeing it."""
    document = Document(page)
    assert document.wrong == [], path
    ids = document.values("id")
    assert sorted(ids) == sorted(set(ids)), path
    assert (document.count("h1"), document.count("main")) == (1, 1), path
    named = document.values("aria-labelledby") + document.values("for")
    named += document.values("aria-describedby") + document.values("list")
    assert set(named) <= set(ids), (path, set(named) - set(ids))
    assert document.count("caption") == document.count("table"), path
    assert all("scope" in attrs for tag, attrs in document.tags if tag == "th"), path
    labelled = set(document.values("for")) | {"keys-on"}
    fields = [
        attrs
        for tag, attrs in document.tags
        if tag in {"input", "select", "textarea"}
        and attrs.get("type") not in {"hidden", "checkbox"}
    ]
    assert {field.get("id", "no id") for field in fields} <= labelled, path
    levels = [int(tag[1]) for tag, _ in document.tags if re.fullmatch(r"h[1-6]", tag)]
    assert all(b - a <= 1 for a, b in pairwise(levels)), (path, levels)
    attributes = {name for _, attrs in document.tags for name in attrs}
    assert not {name for name in attributes if name == "style" or name.startswith("on")}, path
    posts = [attrs for tag, attrs in document.tags if attrs.get("method") == "post"]
    assert len(posts) == document.values("name").count("csrf"), path
    fetched = document.values("src") + document.values("action")
    assert all(address.startswith("/") and address[:2] != "//" for address in fetched), path


def test_hostile_text_stays_text_wherever_it_comes_up(store: Store, text: str) -> None:
    fill(store, text)
    for path, page in crawl(Office(store, works=ACCEPTING)):
        document = Document(page)
        assert document.wrong == [], path
        assert document.count("script") == 1 and document.count("img") == 0, path
        assert document.count("h1") == 1, path
        attributes = {name for _, attrs in document.tags for name in attrs}
        assert not {name for name in attributes if name.startswith("on")}, path
        shown = re.sub(r'value="[^"]*"|<textarea.*?</textarea>', "", page, flags=re.S)
        assert not re.search("[\u202a-\u202e\u200b\x00\x1b]", shown), path
