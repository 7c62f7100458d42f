"""What is asked of a group before it is proposed."""

import math

from problem_mining.model import PairModel
from problem_mining.settings import MiningSettings

BAR_AT = 5_000
"""Incidents up to which the bars hold as they are set; with more they rise."""
MAX_SMALL = 5
"""Larger groups are hardly ever there by chance, of however many incidents."""


def bar_of(n_members: int, n: int, settings: MiningSettings, model: PairModel | None) -> float:
    """The mean pair probability from which a group of one of n incidents is proposed.

    Two that look alike by chance are common, five are not; and of n incidents there are n times n
    chances. A plain model does not see how much repeats at all, so more is asked of it.
    """
    small = {2: settings.bar_two, 3: settings.bar_three}
    if model is None or model.second is None:
        small = {2: settings.plain_bar_two, 3: settings.plain_bar_three}
    bar = small.get(n_members, settings.bar)
    if n <= BAR_AT or n_members > MAX_SMALL or not bar:
        return bar
    odds = math.log(bar / (1 - bar)) + settings.bar_growth * math.log(n / BAR_AT)
    return 1 / (1 + math.exp(-odds))
