"""Redacts what is personal or secret before texts are mined or shown.

Mail addresses, telephone, card and account numbers, identity numbers, passwords, keys and the names
one hands in become placeholders such as `<email>`. Kept on purpose, because repeats are recognised
by them: hosts, interfaces, jobs, error codes, record numbers, versions, dates, times, hardware and
IP addresses (a version of four parts looks the same, and mining masks both).
"""

import re
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from checks.credentials import CREDENTIALS
from checks.identity_numbers import IDENTITY_NUMBERS
from checks.known_names import NOBODY, KnownNames
from checks.patterns import Pattern
from checks.people_patterns import PEOPLE
from checks.personal import PERSONAL

PATTERNS: tuple[Pattern, ...] = (*CREDENTIALS, *IDENTITY_NUMBERS, *PERSONAL, *PEOPLE)
"""Every pattern, in the order they are applied."""

_PLACEHOLDER = re.compile(
    "<(?:" + "|".join(sorted({"person", *(pattern.kind for pattern in PATTERNS)})) + ")>"
)


@dataclass(frozen=True, slots=True)
class Redaction:
    """A text without what is personal or secret, and how many of each kind were in it."""

    text: str
    counts: Mapping[str, int]


@dataclass(frozen=True, slots=True)
class Redactions:
    """Many texts, in their order (None where there was none), and the counts over all."""

    texts: tuple[str | None, ...]
    counts: Mapping[str, int] = field(default_factory=dict)


def redact(text: str, *, known_names: KnownNames = NOBODY) -> Redaction:
    """A text with placeholders for what is personal or secret.

    A text without any is returned as it is; redacting twice changes nothing.

    Args:
        text: any text.
        known_names: names of people that records name; names cannot be told from other words.
    """
    counts: Counter[str] = Counter()
    before = None
    while text != before:
        before = text
        for pattern in PATTERNS:
            text = _applied(pattern, text, counts)
        text, n_names = known_names.redact(text)
        if n_names:
            counts["person"] += n_names
    return Redaction(text, dict(counts))


def redact_all(texts: Iterable[object], *, known_names: KnownNames = NOBODY) -> Redactions:
    """Many texts redacted; what is not a text (None, NaN) becomes None. Equal texts cost once."""
    counts: Counter[str] = Counter()
    seen: dict[str, Redaction] = {}
    redacted: list[str | None] = []
    for text in texts:
        if not isinstance(text, str):
            redacted.append(None)
            continue
        found = seen.get(text)
        if found is None:
            found = seen[text] = redact(text, known_names=known_names)
        redacted.append(found.text)
        counts.update(found.counts)
    return Redactions(tuple(redacted), dict(sorted(counts.items())))


def _applied(pattern: Pattern, text: str, counts: Counter[str]) -> str:
    """One pattern over a text, from left to right."""
    if pattern.needs and pattern.needs not in text:
        return text
    match = pattern.regex.search(text)
    if match is None:
        return text
    parts, done = [], 0
    while match is not None:
        span = pattern.secret(match)
        if span is None or _PLACEHOLDER.fullmatch(text, *span):
            place = match.start() + 1
        else:
            parts += [text[done : span[0]], f"<{pattern.kind}>"]
            done = place = span[1]
            counts[pattern.kind] += 1
        match = pattern.regex.search(text, place)
    return "".join([*parts, text[done:]])
