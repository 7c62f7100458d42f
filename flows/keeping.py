"""The head of the journal, sent to whoever keeps it beside us; and all heads that are kept."""

import subprocess
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

from flows.wiring import Parts
from itsm.errors import ConfigError
from itsm.journal import Head, head_from
from reports.pack import pack_from_json
from store.unit_of_work import UnitOfWork

TIMEOUT_S = 60


def send_head(parts: Parts) -> str:
    """Send the newest head to the second keeper, if one is configured.

    What goes wrong there is told and stops nothing: the next run sends the head again.

    Returns:
        What came of it, in a few words; "" where no keeper is configured.
    """
    audit = parts.settings.audit
    with parts.store.begin() as uow:
        head = uow.journal.head()
    said = []
    if audit.keeper_file is not None:
        said.append(_to_file(parts.out.parent / audit.keeper_file, head))
    if audit.keeper_command:
        said.append(_to_command(audit.keeper_command, head))
    for line in said:
        parts.say(f"audit  {line}")
    return "; ".join(said)


def kept_heads(parts: Parts, uow: UnitOfWork) -> dict[str, Head]:
    """Every head that is kept where this program can read it: in packs, and by the keeper's file.

    Raises:
        ConfigError: a line of the keeper's file is no head.
    """
    heads = dict(_in_packs(uow))
    file = parts.settings.audit.keeper_file
    if file is not None and (path := parts.out.parent / file).is_file():
        for n, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1):
            heads[f"{file} line {n}"] = head_from(line.split()[-1] if line.split() else line)
    return heads


def _in_packs(uow: UnitOfWork) -> Iterator[tuple[str, Head]]:
    for snapshot in uow.packs.list():
        head = pack_from_json(snapshot.content).journal_head
        if head:
            name = f"pack {snapshot.week} {snapshot.edition} version {snapshot.version}"
            yield name, head_from(head)


def _to_file(path: Path, head: Head) -> str:
    """Add a line, unless the last one says the same."""
    try:
        lines = path.read_text(encoding="utf-8").splitlines() if path.exists() else []
        if not lines or not lines[-1].endswith(str(head)):
            with path.open("a", encoding="utf-8") as file:
                file.write(f"{datetime.now(UTC):%Y-%m-%dT%H:%M:%SZ} {head}\n")
    except OSError as error:
        return f"the head could not be added to {path}: {error.strerror}"
    return f"the head is in {path}"


def _to_command(command: tuple[str, ...], head: Head) -> str:
    try:
        done = subprocess.run(  # noqa: S603  # the command is the company's own setting
            command,
            input=f"{head}\n",
            capture_output=True,
            text=True,
            timeout=TIMEOUT_S,
            check=False,
        )
    except FileNotFoundError:
        raise ConfigError(f"audit.keeper_command: there is no command {command[0]!r}") from None
    except (OSError, subprocess.TimeoutExpired) as error:
        return f"{command[0]} did not take the head: {error}"
    if done.returncode:
        return f"{command[0]} did not take the head: exit code {done.returncode}"
    return f"{command[0]} took the head"
