"""The mail of a pack: only what mail programs render, small, with pictures and plain text."""

import re
from collections.abc import Iterator
from dataclasses import replace
from functools import cache
from html.parser import HTMLParser
from io import BytesIO
from pathlib import Path

import pytest
from PIL import Image

from reports.editions import Choice, EditionKind
from reports.formats import Format, render
from reports.language import speaking
from reports.mail import MAX_BYTES, Mail, render_mail
from reports.model import Ask, Column, Comment, Pack, Table
from reports.pack import PackInput, build_pack
from tests.reports.sample_pack import (
    HOSTILE,
    empty_input,
    hostile_input,
    quiet_input,
    sample_input,
)

RULES = (Path(__file__).parents[2] / "docs/mail-html.md").read_text(encoding="utf-8")
VOID = {"meta", "img"}
SAID = Comment(section_id="brief", text="We hold the roll-out.", by="Ana Petrova", at="25 Aug")
CASES = {
    "busy": sample_input,
    "quiet": quiet_input,
    "empty": empty_input,
    "hostile": hostile_input,
}


def rows_of(title: str) -> dict[str, set[str]]:
    """A table of the rules: what the first column names, and what the second allows."""
    part = RULES.split(f"## {title}\n")[1].split("\n## ")[0]
    found = re.findall(r"^\| (\S+) \|([^|]*)\|$", part, re.MULTILINE)[2:]
    return {name: {one.strip() for one in rest.split(",") if one.strip()} for name, rest in found}


class Read(HTMLParser):
    """A mail as a parser reads it; fails on unbalanced elements."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.elements: list[tuple[str, dict[str, str]]] = []
        self.words: list[str] = []
        self.style = ""
        self._open: list[str] = []
        self.feed(html)
        self.close()
        assert not self._open, f"left open: {self._open}"

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, {name: value or "" for name, value in attrs}))
        if tag not in VOID:
            self._open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self._open and self._open.pop() == tag, f"</{tag}> is not expected"

    def handle_data(self, data: str) -> None:
        if self._open and self._open[-1] == "style":
            self.style += data
        elif self._open and self._open[-1] not in {"title", "head", "html"}:
            self.words += data.split()


def given(kind: EditionKind, make: str) -> PackInput:
    """The input of an edition."""
    choice = Choice(kind=kind)
    if kind in {EditionKind.SERVICE_OWNER, EditionKind.VENDOR, EditionKind.TEAM_LEAD}:
        choice = Choice(kind=kind, name="Corporate Mail")
    return replace(CASES[make](), choice=choice, comments=(SAID,))


@cache
def made(kind: EditionKind, make: str = "busy") -> Mail:
    """The mail of an edition."""
    with speaking("en"):
        return render_mail(build_pack(given(kind, make)))


WEEKLY = [kind for kind in EditionKind if kind not in {EditionKind.VENDOR, EditionKind.WATCH_LIST}]


def properties(style: str) -> Iterator[tuple[str, str]]:
    """The names and values of an inlined style."""
    for one in filter(None, style.split(";")):
        name, _, value = one.partition(":")
        yield name.strip(), value.strip()


@pytest.mark.parametrize("kind", WEEKLY)
@pytest.mark.parametrize("make", CASES)
def test_a_mail_holds_only_what_mail_programs_render(kind: EditionKind, make: str) -> None:
    allowed, styles = rows_of("Elements and their attributes"), rows_of("Inlined style")
    assert len(allowed) > 10 and len(styles) > 10, "the tables of the rules were not read"
    read = Read(made(kind, make).html)
    for tag, attributes in read.elements:
        assert tag in allowed, tag
        assert set(attributes) <= allowed[tag], (tag, attributes)
        for name, value in properties(attributes.get("style", "")):
            assert name in styles, name
            assert "url(" not in value and "expression" not in value
        for name, value in attributes.items():
            assert name != "href" or re.match(r"https?://", value)
            assert name != "src" or value.startswith("cid:")


def test_the_style_block_holds_the_colours_of_dark_mode_only() -> None:
    style = Read(made(EditionKind.FULL).html).style
    assert style.strip().startswith("@media (prefers-color-scheme: dark) {")
    allowed = rows_of("Inside the style block")
    found = re.findall(r"(\.\w+) \{ ([\w-]+): #[0-9a-f]{6} !important; \}", style)
    assert {name: {what} for name, what in found} == allowed


def test_a_mail_with_anything_else_would_be_noticed() -> None:
    allowed = rows_of("Elements and their attributes")
    assert "div" not in allowed and "script" not in allowed and "onclick" not in allowed["td"]
    assert "float" not in rows_of("Inlined style")


@pytest.mark.parametrize("kind", WEEKLY)
@pytest.mark.parametrize("make", CASES)
def test_a_mail_is_small(kind: EditionKind, make: str) -> None:
    mail = made(kind, make)
    assert len(mail.html.encode()) < MAX_BYTES
    assert all(len(picture.data) < 40_000 for picture in mail.pictures)


def test_pictures_are_shown_and_told_in_words() -> None:
    mail = made(EditionKind.EXECUTIVE)
    shown = [a for tag, a in Read(mail.html).elements if tag == "img"]
    assert [one["src"] for one in shown] == [f"cid:{p.content_id}" for p in mail.pictures]
    assert shown
    for one, picture in zip(shown, mail.pictures, strict=True):
        assert one["alt"] == picture.alt and "Control chart of" in picture.alt
        with Image.open(BytesIO(picture.data)) as image:
            assert image.width >= int(one["width"]), "enough dots"
            assert image.format == "PNG"


def test_the_files_of_a_mail_carry_content_ids() -> None:
    files = render(build_pack(given(EditionKind.EXECUTIVE, "busy")), Format.MAIL)
    assert [file.media_type.partition(";")[0] for file in files[:2]] == ["text/html", "text/plain"]
    assert all(file.content_id for file in files[2:]) and len(files) > 2


@pytest.mark.parametrize("make", ["busy", "quiet", "empty"])
def test_the_executive_mail_is_short(make: str) -> None:
    mail = made(EditionKind.EXECUTIVE, make)
    assert len(Read(mail.html).words) <= 250
    assert len(mail.text.split()) <= 250


def test_plain_text_says_what_the_page_says() -> None:
    mail = made(EditionKind.FULL)
    pack = build_pack(given(EditionKind.FULL, "busy"))
    page, text = " ".join(Read(mail.html).words), " ".join(mail.text.split())
    lines = [pack.brief.headline, *pack.brief.changes, *pack.brief.gaps, SAID.text]
    lines += [ask.title for ask in pack.brief.asks] + [s.opening.sentence for s in pack.sections]
    for line in lines:
        assert " ".join(line.split()) in page
        assert " ".join(line.split()) in text
    assert all(len(line) <= 72 for line in mail.text.splitlines())


def test_a_comment_is_marked_as_a_persons_words() -> None:
    mail = made(EditionKind.EXECUTIVE)
    assert "Comment by Ana Petrova" in " ".join(Read(mail.html).words)
    assert "> “We hold the roll-out.”" in mail.text


def test_a_decision_links_to_its_page_on_the_web_and_to_nothing_else() -> None:
    pack = build_pack(given(EditionKind.EXECUTIVE, "busy"))
    hrefs = ("https://csi.example/decide/1", "javascript:alert(1)", "decision-x.html")
    asks = tuple(Ask(title=f"Ask {h}", reason="r", cost="c", href=h) for h in hrefs)
    mail = render_mail(replace(pack, brief=replace(pack.brief, asks=asks)))
    links = [a["href"] for tag, a in Read(mail.html).elements if tag == "a"]
    assert links == [hrefs[0]]
    assert "   https://csi.example/decide/1" in mail.text


def watch_list(n: int) -> Pack:
    """A daily watch list with so many clocks."""
    table = Table(
        caption="Clocks that run out",
        columns=(Column(title="Record"), Column(title="Title"), Column(title="Due")),
        rows=tuple((f"INC{i:07d}", "t" * 280, "25 Aug") for i in range(n)),
    )
    pack = build_pack(quiet_input())
    section = replace(pack.sections[0], tables=(table,) * 9)
    return replace(pack, kind="watch-list", sections=(section,))


def test_a_long_watch_list_is_shortened_and_says_so() -> None:
    mail = render_mail(watch_list(60))
    assert len(mail.html.encode()) < MAX_BYTES
    assert "more rows are in the pack." in mail.html
    assert "INC0000000" in mail.html
    assert "INC0000005" in render_mail(watch_list(6)).html


def test_hostile_texts_reach_nobody_as_anything_but_text() -> None:
    mail = made(EditionKind.FULL, "hostile")
    read = Read(mail.html)
    assert "<script>alert('x')</script>" in " ".join(read.words), "kept as text"
    for hidden in ("\u202e", "\x00", "\x1b", "\u2028"):
        assert hidden not in mail.html + mail.text
    assert "\r" not in mail.text
    assert HOSTILE not in mail.text
