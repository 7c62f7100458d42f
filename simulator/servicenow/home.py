"""Where an instance lives on between one serving and the next: its tables, estate and address."""

import json
from dataclasses import asdict, dataclass
from datetime import datetime
from pathlib import Path

from itsm.errors import ConfigError
from simulator.settings import EstateSettings

_NOTE = "instance.json"


@dataclass(frozen=True, slots=True)
class Home:
    """The folder of an instance: what is written to it stays.

    Attributes:
        folder: with its tables; made at the first serving.
        earliest: the instance's time is never before this; None: the export of its estate.
    """

    folder: Path
    earliest: datetime | None = None


@dataclass(frozen=True, slots=True)
class Note:
    """What it takes to serve an instance again as it was, links into it included."""

    estate: EstateSettings
    port: int


def keep_note(home: Home, note: Note) -> None:
    """Write down what an instance is, beside its tables."""
    home.folder.mkdir(parents=True, exist_ok=True)
    told = {"estate": asdict(note.estate), "port": note.port}
    (home.folder / _NOTE).write_text(json.dumps(told, indent=1) + "\n")


def note_of(home: Home) -> Note:
    """What an instance is.

    Raises:
        ConfigError: none lives there.
    """
    path = home.folder / _NOTE
    if not path.is_file():
        raise ConfigError(f"{path} is not there: no instance lives on in {home.folder}")
    told = json.loads(path.read_text())
    return Note(EstateSettings(**told["estate"]), told["port"])
