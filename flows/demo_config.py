"""The configuration of a practice estate, as a person would write it."""

from collections.abc import Mapping, Sequence
from pathlib import Path

from itsm.states import RecordKind

_HEAD = """\
# A practice estate: the exports of one ServiceNow instance.
organisation = "Practice estate"
zone = "Europe/London"
out = "."
database = "sqlite:///csi.sqlite"

[sources.practice]
kind = "files"
preset = "servicenow"

[sources.practice.files]
"""


def demo_config(files: Mapping[RecordKind, Sequence[Path]]) -> str:
    """The text of a `csi.toml` for the exports of a practice estate."""
    lines = [
        f"{kind} = [{', '.join(_quoted(path) for path in paths)}]" for kind, paths in files.items()
    ]
    return _HEAD + "\n".join(lines) + "\n"


def _quoted(path: Path) -> str:
    escaped = str(path.resolve()).replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'
