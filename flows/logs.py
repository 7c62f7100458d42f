"""Logs on stderr: text for people, or one JSON object a line; each line with the id of the run.

What is logged are counts, sources and errors, never the text of a record, a person or a secret:
the rooms keep to it, and a test runs a week and looks for every title in its log.
"""

import json
import logging
import sys
from datetime import UTC, datetime
from typing import TextIO

from flows.run_ids import run_id

TEXT, JSON = "text", "json"
FORMATS = (TEXT, JSON)
PROGRESS = "csi.progress"
"""The logger of what a person is told while a command works."""
VARIABLE = "CSI_LOGS__FORMAT"


class JsonLines(logging.Formatter):
    """A record as one JSON object: at, level, logger, run, message, and the error if any."""

    def format(self, record: logging.LogRecord) -> str:
        """The line."""
        line: dict[str, object] = {
            "at": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname.lower(),
            "logger": record.name,
            "run": run_id(),
            "message": record.getMessage(),
        }
        if record.exc_info:
            line["error"] = self.formatException(record.exc_info)
        return json.dumps(line, ensure_ascii=False)


class TextLines(logging.Formatter):
    """A record as a line for people."""

    def format(self, record: logging.LogRecord) -> str:
        """The line."""
        told = f"{record.levelname} {record.name} [{run_id()}]: {record.getMessage()}"
        return f"{told}\n{self.formatException(record.exc_info)}" if record.exc_info else told


def configure(form: str, level: int, stream: TextIO | None = None) -> None:
    """Write the logs of this process to stderr, in the place of where they went before."""
    handler = logging.StreamHandler(stream or sys.stderr)
    handler.setFormatter(JsonLines() if form == JSON else TextLines())
    handler.setLevel(level)
    logging.basicConfig(level=level, handlers=[handler], force=True)
    progress = logging.getLogger(PROGRESS)
    progress.setLevel(logging.INFO)
    progress.propagate = False
    for old in list(progress.handlers):
        progress.removeHandler(old)
    if form == JSON:
        told = logging.StreamHandler(stream or sys.stderr)
        told.setFormatter(JsonLines())
        progress.addHandler(told)


def are_json() -> bool:
    """Whether this process writes JSON lines."""
    return bool(logging.getLogger(PROGRESS).handlers)
