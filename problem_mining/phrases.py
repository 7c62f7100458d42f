"""What many notes say in the same words."""

import math
from collections import Counter
from collections.abc import Sequence

FIX_SHARE = 0.4
MIN_NOTES = 3
LONGEST_PHRASE = 6


def repeated_phrase(notes: Sequence[str]) -> tuple[str, int]:
    """The longest phrase of two to six words that the most notes share, and how many do.

    A longer phrase wins over a shorter one while at least four fifths as many notes have it.
    """
    if len(notes) < MIN_NOTES:
        return "", 0
    counts: Counter[str] = Counter()
    for note in notes:
        words = [word for raw in note.casefold().split() if (word := raw.strip(".,;:!?()[]"))]
        counts.update(
            {
                " ".join(words[k : k + length])
                for length in range(2, LONGEST_PHRASE + 1)
                for k in range(len(words) - length + 1)
            }
        )
    needed = max(MIN_NOTES, math.ceil(FIX_SHARE * len(notes)))
    often = {phrase: n for phrase, n in counts.items() if n >= needed and _says_something(phrase)}
    if not often:
        return "", 0
    top = max(often.values())
    best = min(
        (phrase for phrase, n in often.items() if n >= 0.8 * top),
        key=lambda phrase: (-len(phrase.split()), -often[phrase], phrase),
    )
    return best, often[best]


def _says_something(phrase: str) -> bool:
    return sum(len(word) > 3 for word in phrase.split()) >= 2
