"""What docs/register.md and docs/audit.md show can be typed, and what they list is there."""

import re
from pathlib import Path

import click
import pytest

from flows.feeds.thresholds import Thresholds
from flows.settings import load_settings
from flows.stages.feed import FEEDS
from flows.verbs.audit import audit
from flows.verbs.register_proof import register
from itsm.journal import JournalKind

DOCS = Path(__file__).parents[2] / "docs"


def text(name: str) -> str:
    return (DOCS / name).read_text()


@pytest.mark.parametrize("group", [register, audit], ids=["register", "audit"])
def test_every_verb_shown_is_there_and_every_verb_is_shown(group: click.Group) -> None:
    shown = {
        verb
        for name in ("register.md", "audit.md")
        for verb in re.findall(rf"csi {group.name} ([a-z-]+)", text(name))
    }
    assert shown <= set(group.commands)
    page = text(f"{group.name}.md")
    unseen = {name for name in group.commands if name not in page}
    assert unseen == set()


def test_options_shown_are_there() -> None:
    for name, group in (("register", register), ("audit", audit)):
        for line in re.findall(rf"^csi {name} .*$", text(f"{name}.md"), re.MULTILINE):
            verb = line.split()[2]
            if verb in group.commands:
                known = {o for p in group.commands[verb].params for o in p.opts}
                assert set(re.findall(r"--[a-z-]+", line)) <= known, line


def test_every_feed_and_threshold_is_listed() -> None:
    page = text("register.md")
    rows = set(re.findall(r"^\| (\w+) \| ", page, re.MULTILINE))
    assert set(FEEDS) <= rows
    default = Thresholds()
    for name in Thresholds.__dataclass_fields__:
        value = getattr(default, name)
        assert f"`{name} = {value}`" in page or f"`{name}`" in page, name


def test_every_kind_of_row_is_listed() -> None:
    page = text("audit.md")
    section = page.split("## What is in it")[1].split("## How it holds")[0]
    listed = set(re.findall(r"\w+", " ".join(re.findall(r"^\| ([^|]+) \|", section, re.MULTILINE))))
    assert {kind.value for kind in JournalKind} <= listed


@pytest.mark.parametrize("name", ["register.md", "audit.md", "configuration.md"])
def test_the_settings_shown_can_be_read(name: str, tmp_path: Path) -> None:
    for n, block in enumerate(re.findall(r"```toml\n(.*?)```", text(name), re.DOTALL)):
        file = tmp_path / f"{n}.toml"
        file.write_text(block)
        load_settings(file)
