"""What every way out has in common: what became of a letter, and from when it cannot be stopped."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

from itsm.deliveries import DeliveryState
from reports.deliver.letters import Letter, Reader

Keep = Callable[[], bool]
"""Called just before a letter can no longer be stopped; False: somebody else sends it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """What became of a letter.

    `state` is sent, refused, unclear, or waiting where it may be tried again later. `is_too_large`
    says that it was not taken for its size alone, and that it was not sent.
    """

    state: DeliveryState
    said: str
    is_too_large: bool = False


SOMEBODY_ELSE = Outcome(state=DeliveryState.WAITING, said="")
"""Another sender has it; nothing is to be noted."""


class Door(Protocol):
    """A way out."""

    @property
    def may_repeat(self) -> bool:
        """Whether sending the same twice leaves the same as sending it once."""

    def open(self) -> None:
        """Make ready.

        Raises:
            DeliveryError: the way is closed for everybody; nothing was sent.
        """

    def send(self, letter: Letter, to: Reader, keep: Keep) -> Outcome:
        """Send a letter to one reader.

        Raises:
            DeliveryError: the way is closed for everybody; this letter was not sent.
        """

    def close(self) -> None:
        """Let go of what was made ready; never fails."""
