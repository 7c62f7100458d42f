"""What a pair score is made of, by topic: features that say one thing to a person are one topic."""

import numpy as np

from problem_mining.measured import FEATURES
from problem_mining.nodes import FloatArray

TOPICS = (*dict.fromkeys(feature.topic for feature in FEATURES), "company")
"""What a score is made of; the last is what the company of a pair adds."""
_TOPIC_OF = np.array([[f.topic == topic for topic in TOPICS[:-1]] for f in FEATURES], dtype=float)


def by_topic(added: FloatArray, support: FloatArray) -> FloatArray:
    """What each of TOPICS adds to the log-odds of pairs, shape (m, t).

    Args:
        added: what each feature adds, shape (m, f).
        support: what the company of each pair adds, shape (m,).
    """
    return np.column_stack([added @ _TOPIC_OF, support])
