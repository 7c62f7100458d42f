"""The automations that come with the pipeline, loaded into a Prefect server or Prefect Cloud."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any
from uuid import UUID

import yaml
from prefect.automations import Automation
from prefect.blocks.core import Block
from prefect.events.actions import DoNothing, SendNotification

from itsm.errors import ConfigError

FILE = Path(__file__).parent / "templates" / "automations.yaml"
_BODY = "{{ event.event }} of {{ event.resource.id }}: {{ event.payload }}"


def load(notify: str | None = None) -> Iterator[str]:
    """Make the automations, or change those there are; a line for each.

    Args:
        notify: the notification block that tells somebody, as TYPE/NAME; without it nobody is told.

    Raises:
        ConfigError: there is no such block.
    """
    block = None if notify is None else _block(notify)
    for given in shipped():
        wanted = Automation(**given)
        if block is not None:
            body = f"{wanted.description}\n{_BODY}"
            wanted.actions = [
                SendNotification(block_document_id=block, subject=wanted.name, body=body)
            ]
        yield _kept(wanted)


def shipped() -> list[dict[str, Any]]:
    """The automations as the file says them."""
    found: list[dict[str, Any]] = yaml.safe_load(FILE.read_text(encoding="utf-8"))["automations"]
    return found


def _kept(wanted: Automation) -> str:
    """Make an automation, or change the one of its name; what a person set up as actions stays."""
    there = _there(wanted.name)
    if there is None:
        wanted.create()
        return f"made: {wanted.name}"
    if all(isinstance(action, DoNothing) for action in wanted.actions):
        wanted.actions = there.actions
    wanted.id = there.id
    wanted.update()
    return f"brought up to date: {wanted.name}"


def _there(name: str) -> Automation | None:
    try:
        found = Automation.read(name=name)
    except ValueError:
        return None
    assert isinstance(found, Automation), "outside of a coroutine it is read at once"
    return found


def _block(notify: str) -> UUID:
    """The id of a block document."""
    try:
        found = Block.load(notify)
    except ValueError as error:
        raise ConfigError(
            f"--notify {notify}: there is no such block; make it on Prefect's pages under Blocks, "
            f"then name it as TYPE/NAME ({str(error).splitlines()[0]})"
        ) from None
    assert isinstance(found, Block) and found._block_document_id is not None
    return found._block_document_id
