"""Where history comes from: out of the system, or of what differs between two of our pulls."""

import logging
from collections.abc import Callable
from dataclasses import dataclass, field

from itsm.errors import FatalSourceError, ForbiddenError

LOGGER = logging.getLogger(__name__)

DIFFERENCES = "differences"


@dataclass(slots=True)
class ToldHistory:
    """Finds out once whether a system tells its history to this user.

    Attributes:
        name: of the source.
        chosen: what the settings say: `auto`, `differences`, or how the system tells it.
        told: how the system tells it.
        tells: asks the system.
        is_missing: whether a refusal says that there is nothing to be asked.
    """

    name: str
    chosen: str
    told: str
    tells: Callable[[], bool]
    is_missing: Callable[[FatalSourceError], bool]
    _found: str | None = field(default=None, init=False)

    @property
    def known(self) -> str | None:
        """Where history is read, if that is set or has been found out."""
        return self._found if self.chosen == "auto" else self.chosen

    def mode(self) -> str:
        """Where history is read; the system is asked the first time.

        Raises:
            SourceError: the system cannot be asked.
        """
        if self.known is None:
            self._found = self.told if self._tells() else DIFFERENCES
            LOGGER.info("%s: history is read from %s", self.name, self._found)
        return self.known or DIFFERENCES

    def _tells(self) -> bool:
        try:
            return self.tells()
        except ForbiddenError:
            return False
        except FatalSourceError as error:
            if self.is_missing(error):
                return False
            raise
