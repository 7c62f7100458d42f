"""The `csi` commands that pages show: those of their blocks, and those in a sentence."""

import re
import shlex
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
BLOCK = re.compile(r"^```(?:console|sh|bash)\n(.+?)^```$", re.MULTILINE | re.DOTALL)
INLINE = re.compile(r"`(?:\.venv/bin/)?(csi [^`]+)`")


def typed(page: Path) -> Iterator[list[str]]:
    """The `csi` commands of a page, word by word: those of its blocks, and those in a sentence."""
    text = page.read_text(encoding="utf-8")
    for block in BLOCK.findall(text):
        yield from in_block(block)
    for sentence in INLINE.findall(text):
        yield from in_line(sentence)


def in_block(block: str) -> Iterator[list[str]]:
    """The `csi` commands of a block."""
    for line in block.replace("\\\n", " ").splitlines():
        yield from in_line(line.removeprefix("$ "))


def in_line(line: str) -> Iterator[list[str]]:
    """The commands of a line, without what the shell makes of them."""
    try:
        words = shlex.split(line, comments=True)
    except ValueError:
        return
    found: list[str] = []
    for word in [*words, "&&"]:
        if word not in {"&&", ";", "|", ">"}:
            found.append(word)
            continue
        if found and found[0].rpartition("/")[2] == "csi":
            yield found[1:]
        found = []
