"""The pages as documents: whole, escaped, self-contained, and usable without seeing them."""

import re
from dataclasses import replace
from html.parser import HTMLParser
from importlib.resources import files
from itertools import pairwise
from urllib.parse import parse_qsl, quote

import pytest
from hypothesis import given
from hypothesis import strategies as st

from itsm.candidates import Evidence, Purity
from review_app.asked import Asked
from store import Store
from tests.review_app.desk import Visitor, candidate, incident, land, members_of, mine

VOID = {
    "meta",
    "link",
    "input",
    "br",
    "img",
    "hr",
    "rect",
    "line",
    "circle",
    "polyline",
    "polygon",
    "path",
}
HOSTILE = (
    "<script>alert(1)</script>",
    '"><img src=x onerror=alert(1)>',
    "'onmouseover='alert(1)",
    "{{ 7 * 7 }}{% raw %}",
    "</title></td></table><h1>owned",
    "&lt;b&gt; &amp; <!-- ",
    "\u202egnp.exe\u202c and \u200bzero",
    '=HYPERLINK("http://evil.example")',
    "x" * 100_000,
    "null\x00byte \x1b[31m",
)


class Document(HTMLParser):
    """A page as its tags, with what is wrong in it."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.open: list[str] = []
        self.tags: list[tuple[str, dict[str, str]]] = []
        self.wrong: list[str] = []
        self.feed(page)
        self.wrong += [f"never closed: {tag}" for tag in self.open]

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        names = [name for name, _ in attrs]
        self.wrong += [f"{tag}: {name} twice" for name in names if names.count(name) > 1]
        self.tags.append((tag, {name: value or "" for name, value in attrs}))
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, {name: value or "" for name, value in attrs}))

    def handle_endtag(self, tag: str) -> None:
        if not self.open or self.open[-1] != tag:
            self.wrong.append(f"</{tag}> closes {self.open[-1:]}")
        else:
            self.open.pop()

    def values(self, name: str, tag: str | None = None) -> list[str]:
        """The values of an attribute."""
        return [a[name] for t, a in self.tags if name in a and tag in (None, t)]

    def count(self, tag: str) -> int:
        """How many of a tag there are."""
        return sum(t == tag for t, _ in self.tags)


@pytest.fixture
def visitor(store: Store) -> Visitor:
    several = [candidate(f"PC-{n}", 12, hours=90 - n) for n in range(30)]
    mine(store, "2026-W45", several[:3])
    mine(store, "2026-W46", several)
    land(store, members_of(*several[:2]))
    return Visitor(store, {"desk": lambda n: f"https://desk.example.com/{quote(n)}"})


PAGES = ("/", "/?page=2", "/?q=none", "/?week=none", "/candidates/PC-1", "/help", "/nothing")


@pytest.mark.parametrize("path", PAGES)
def test_a_page_is_a_whole_document(visitor: Visitor, path: str) -> None:
    page = visitor.ask(path).text
    document = Document(page)
    assert document.wrong == []
    assert page.partition("</head>")[0].count("<title>") == 1
    ids = document.values("id")
    assert sorted(ids) == sorted(set(ids))
    assert document.count("h1") == 1 and document.count("main") == 1
    assert document.values("lang", "html") == ["en"]
    named = document.values("aria-labelledby") + document.values("for")
    assert set(named) <= set(ids)
    targets = {href[1:] for href in document.values("href") if href.startswith("#")}
    assert targets <= set(ids)


@pytest.mark.parametrize("path", PAGES)
def test_a_page_can_be_used_without_seeing_it(visitor: Visitor, path: str) -> None:
    page = visitor.ask(path).text
    document = Document(page)
    assert page.index('class="skip"') < page.index("<header")
    assert document.count("caption") == document.count("table")
    assert all("scope" in attrs for tag, attrs in document.tags if tag == "th")
    labelled = set(document.values("for")) | {"keys-on"}
    fields = [a for t, a in document.tags if t in {"input", "select"} and a.get("type") != "hidden"]
    assert {field["id"] for field in fields} <= labelled
    pictures = re.findall(r"<svg[^>]*>", page)
    assert all('role="img"' in svg or 'aria-hidden="true"' in svg for svg in pictures)
    assert "tabindex" not in page.replace('tabindex="0"', "")
    levels = [int(tag[1]) for tag, _ in document.tags if re.fullmatch(r"h[1-6]", tag)]
    assert all(b - a <= 1 for a, b in pairwise(levels))


@pytest.mark.parametrize("path", PAGES)
def test_a_page_holds_nothing_inline_and_fetches_nothing_from_elsewhere(
    visitor: Visitor, path: str
) -> None:
    document = Document(visitor.ask(path).text)
    attributes = {name for _, attrs in document.tags for name in attrs}
    assert not {name for name in attributes if name == "style" or name.startswith("on")}
    assert document.count("style") == 0
    assert all("src" in attrs for tag, attrs in document.tags if tag == "script")
    fetched = document.values("src") + document.values("href", "link") + document.values("action")
    assert all(address.startswith("/") and not address.startswith("//") for address in fetched)
    elsewhere = [href for href in document.values("href", "a") if not href.startswith(("/", "#"))]
    assert all(href.startswith("https://desk.example.com/") for href in elsewhere)


@pytest.mark.parametrize("name", ["review.css", "review.js", "theme.css", "mark.svg"])
def test_files_fetch_nothing_from_elsewhere(visitor: Visitor, name: str) -> None:
    text = visitor.read(f"/static/{name}").replace("http://www.w3.org/2000/svg", "")
    assert "//" not in text.replace("// ", "") and "@import" not in text
    assert set(re.findall(r"url\(([^)]*)\)", text)) <= {
        "source-sans-regular.ttf",
        "source-sans-semibold.ttf",
    }


def test_the_files_a_page_names_are_there(visitor: Visitor) -> None:
    document = Document(visitor.read("/"))
    named = document.values("src", "script") + document.values("href", "link")
    assert len(named) >= 4
    assert all(visitor.ask(address).status_code == 200 for address in named)


def test_the_keys_are_explained_and_the_script_knows_them(visitor: Visitor) -> None:
    script = files("review_app").joinpath("static/review.js").read_text()
    assert '<script src="/static/review.js?' in visitor.read("/")
    for page in (visitor.read("/"), visitor.read("/help")):
        for key in ("j", "k", "u", "/", "?"):
            assert f"<kbd>{key}</kbd>" in page
            assert re.search(rf'^    "?{re.escape(key)}"?: ', script, re.MULTILINE)


@pytest.mark.parametrize("text", HOSTILE, ids=range(len(HOSTILE)))
def test_hostile_text_stays_text(store: Store, text: str) -> None:
    bad = candidate("PC-1", 11, statement=text, known_problems=(text,))
    bad = replace(
        bad,
        evidence=(Evidence(kind=text[:200], text=text, weight=1.0),),
        purity=(
            Purity(field="service", value=text, share=1.0, n=3),
            Purity(field="team", value=text, share=1.0, n=3),
        ),
    )
    mine(store, "2026-W46", [bad])
    fields = dict.fromkeys(("title", "service", "ci", "team", "caller", "state_code"), text)
    land(store, [incident(member.number, **fields) for member in bad.members])
    visitor = Visitor(store, {"desk": lambda number: text})
    asked = quote(text[:300], safe="")
    queries = (f"/?q={asked}", f"/?service={asked}", f"/?week={asked}")
    for path in ("/", "/candidates/PC-1", *queries, f"/candidates/{asked}"):
        answer = visitor.ask(path)
        assert answer.status_code in (200, 404)
        document = Document(answer.text)
        assert document.wrong == []
        assert document.count("script") == 1 and document.count("img") == 0
        assert document.count("h1") == 1
        assert not {name for _, attrs in document.tags for name in attrs if name.startswith("on")}
        assert ("7 * 7" in answer.text) or ("7 * 7" not in text) or answer.status_code == 404
        assert not re.search("[\u202a-\u202e\u200b\x00\x1b]", answer.text)
        assert len(answer.text) < 120_000


words = st.text(max_size=20)


@given(
    st.dictionaries(
        st.sampled_from(["week", "q", "life", "movement", "service", "sort", "order", "page", "x"]),
        words,
    )
)
def test_any_address_asks_for_something(params: dict[str, str]) -> None:
    asked = Asked.of(params)
    assert asked.page >= 1
    assert asked.address.isascii() and " " not in asked.address


@given(
    week=words, q=words, service=words,
    sort=st.sampled_from(["rank", "hours", "seen"]), order=st.sampled_from(["asc", "desc"]),
    page=st.integers(1, 1000),
)  # fmt: skip
def test_an_address_asks_for_what_it_was_made_of(
    week: str, q: str, service: str, sort: str, order: str, page: int
) -> None:
    asked = Asked(
        week=week.strip(), q=q.strip(), service=service, sort=sort, order=order, page=page
    )
    assert Asked.of(dict(parse_qsl(asked.query))) == asked
