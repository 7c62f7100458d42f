"""Every command that a page shows can be typed so, and every message it names is one we tell."""

import ast
import re
from importlib import import_module
from pathlib import Path

import click
import pytest

from flows.cli import VERBS, csi
from tests.flows.documented import ROOT, in_line, typed

ROOMS = (
    "checks",
    "connectors",
    "flows",
    "itsm",
    "problem_mining",
    "reports",
    "review_app",
    "store",
)
PAGES = (
    ROOT / "README.md",
    ROOT / "CONTRIBUTING.md",
    *sorted((ROOT / "docs").rglob("*.md")),
    *sorted(ROOT.glob("connectors/*/README.md")),
)
GENERATED = {"reference-commands.md"}
TROUBLE = ROOT / "docs" / "troubleshooting.md"
HOLE = "\0"


def wrong(words: list[str]) -> str | None:
    """What is wrong with a command as it is written; None if it can be typed."""
    while words and words[0].startswith("-"):
        known = {option for one in csi.params for option in one.opts}
        if words[0] not in known:
            return f"csi has no {words[0]}"
        takes_value = next(one for one in csi.params if words[0] in one.opts)
        is_flag = isinstance(takes_value, click.Option) and (
            takes_value.is_flag or takes_value.count
        )
        words = words[1 if is_flag else 2 :]
    if not words or not words[0].isidentifier():
        return None  # csi alone, or a verb that a sentence leaves open
    if words[0] not in VERBS:
        return f"there is no csi {words[0]}"
    verb = VERBS[words[0]]
    command: click.Command = getattr(import_module(f"flows.verbs.{verb.module}"), verb.command)
    words = words[1:]
    while isinstance(command, click.Group) and words and not words[0].startswith("-"):
        if words[0].isupper():
            return None  # a name that the reader puts in
        if words[0] not in command.commands:
            return f"{command.name} has no {words[0]}"
        command, words = command.commands[words[0]], words[1:]
    known = {option for one in command.params for option in (*one.opts, *one.secondary_opts)}
    given = [word.partition("=")[0] for word in words if re.match(r"-{1,2}[a-z]", word)]
    strange = [word for word in given if word not in {*known, "--help"}]
    return f"{command.name} has no {strange[0]}" if strange else None


@pytest.mark.parametrize(
    "page",
    [page for page in PAGES if page.name not in GENERATED],
    ids=lambda page: str(page.relative_to(ROOT)),
)
def test_every_command_of_a_page_can_be_typed(page: Path) -> None:
    assert [f"{' '.join(words)}: {told}" for words in typed(page) if (told := wrong(words))] == []


def test_commands_are_found_and_wrong_ones_are_noticed() -> None:
    assert sum(len(list(typed(page))) for page in PAGES) > 400
    told = [*in_line("csi pull --all && .venv/bin/csi db undo | less"), ["-v", "pull"]]
    assert [wrong(words) for words in told] == ["pull has no --all", "db has no undo", None]


def said() -> str:
    """Every text of the program, with a hole where a value goes."""
    found = []
    for room in ROOMS:
        for file in (ROOT / room).rglob("*.py"):
            for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
                if isinstance(node, ast.JoinedStr):
                    parts = (
                        one.value if isinstance(one, ast.Constant) else HOLE for one in node.values
                    )
                    found.append("".join(map(str, parts)))
                elif isinstance(node, ast.Constant) and isinstance(node.value, str):
                    found.append(node.value)
    return "\n".join(found)


def messages() -> list[str]:
    """What the first cells of the page quote; commands, options and names of packages apart."""
    text = TROUBLE.read_text(encoding="utf-8")
    cells = [line.split("|")[1] for line in text.splitlines() if line.startswith("| ")]
    quoted = [one for cell in cells for one in re.findall(r"`([^`]+)`", cell)]
    return [one for one in quoted if " " in one and not one.startswith("csi ")]


def test_a_message_of_the_page_is_one_that_the_program_says() -> None:
    texts, quoted = said(), messages()
    assert len(quoted) > 30
    strange = [
        (message, part)
        for message in quoted
        for part in map(str.strip, message.split("…"))
        if part.strip("() ;:") and part not in texts
    ]
    assert strange == []
