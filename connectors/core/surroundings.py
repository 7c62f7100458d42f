"""What a source is given of the world around it, besides its settings."""

import time
from collections.abc import Callable
from dataclasses import dataclass, field

from connectors.core.budget import Budget, Clock, NoBudget, Sleep, utc_now
from connectors.core.login_file import LoginPlace


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What `flows/wiring.py` and tests hand to a source.

    Attributes:
        budget: hands out leave to make requests, across all processes where the store keeps it.
        sleep: waits so many seconds.
        clock: the time now, aware, in UTC.
        say: tells a person why it takes so long; waits are logged at INFO in any case.
        logins: where the tokens of a log-in are, by source, that are not in a file of their own.
    """

    budget: Budget = field(default_factory=NoBudget)
    sleep: Sleep = time.sleep
    clock: Clock = utc_now
    say: Callable[[str], None] | None = None
    logins: Callable[[str], LoginPlace] | None = None
