"""Texts without personal data, remembered from night to night: only what is new is redacted.

Of a text that came through unchanged its hash is kept, of another one also what it became. That
holds as long as the patterns and the names of people are the same. Where somebody is new, the texts
that have a word of the name are redacted anew; where somebody is gone, those with a person in them.
"""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from hashlib import blake2b, sha256
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from checks.known_names import KnownNames
from checks.privacy import PATTERNS, redact
from flows.artefacts import address_of
from flows.wiring import Parts
from itsm.errors import MiningError
from problem_mining.block_format import packed, unpacked
from problem_mining.side_by_side import mapped
from reports.places import Place

FOLDER = "texts"
_FILE = f"{FOLDER}/redacted"
_PERSON = "<person>"
_MAX_NEW_WORDS = 2_000
"""Of more people's words than these at once no text is kept."""
_PLACEHOLDERS = " ".join({_PERSON, *(pattern.kind for pattern in PATTERNS)}).casefold()

Hashes = NDArray[np.uint64]


@dataclass(frozen=True, slots=True)
class Known:
    """What is known of texts, by their hash, ascending: two numbers of 64 bits each.

    `becomes[t]` is the place in `others` of what text t becomes, -1 where it stays as it is. `key`
    names the patterns, `names` are hashes of the names of people.
    """

    key: str
    names: Hashes
    hashes: Hashes
    becomes: NDArray[np.int32]
    others: Sequence[str]


def _key() -> str:
    told = repr([(p.kind, p.name, p.regex.pattern, p.regex.flags, p.needs) for p in PATTERNS])
    return sha256(told.encode()).hexdigest()[:16]


NOTHING = Known("", np.empty(0, np.uint64), np.empty((0, 2), np.uint64), np.empty(0, np.int32), ())


def redacted_columns(
    parts: Parts, columns: Sequence[pd.Series], names: KnownNames
) -> list[pd.Series]:
    """Columns of texts without personal data; what was redacted the night before is not again.

    Args:
        parts: where it is remembered.
        columns: what is not a text in them is missing.
        names: of people.
    """
    known = _read(_shelf(parts))
    texts = [text for column in columns for text in column.tolist() if isinstance(text, str)]
    found, left = redacted(texts, known, names)
    _shelf(parts).write(_FILE, _sealed(left))
    rest = iter(found)
    return [
        pd.Series(
            [next(rest) if isinstance(text, str) else None for text in column.tolist()],
            column.index,
            dtype="str",
        )
        for column in columns
    ]


def redacted(texts: Sequence[str], known: Known, names: KnownNames) -> tuple[list[str], Known]:
    """What `checks.privacy.redact` makes of each text, and what is known for the next night."""
    key, people = _key(), _people(names)
    own = np.sort(np.array([each for each, _ in people], dtype=np.uint64))
    hashes = _hashes(texts)
    place = _places(hashes, known) if known.key == key else np.full(len(texts), -1, np.int64)
    result = list(texts)
    for at in np.flatnonzero((place >= 0) & _is_changed(place, known)).tolist():
        result[at] = known.others[known.becomes[place[at]]]
    todo = place < 0
    came = [words for each, words in people if not _has(known.names, each)]
    went = bool(np.setdiff1d(known.names, own).size)
    if came:
        todo |= _may_name(texts, came)
    if went:
        todo |= np.array([_PERSON in text for text in result], dtype=bool)
    places = np.flatnonzero(todo).tolist()
    distinct = list(dict.fromkeys(texts[at] for at in places))
    made = mapped(lambda text: redact(text, known_names=names).text, distinct)
    fresh = dict(zip(distinct, made, strict=True))
    for at in places:
        result[at] = fresh[texts[at]]
    return result, _known(key, own, texts, hashes, result)


def _known(
    key: str, names: Hashes, texts: Sequence[str], hashes: Hashes, result: Sequence[str]
) -> Known:
    order = np.lexsort((hashes[:, 1], hashes[:, 0]))
    ascending = hashes[order]
    is_first = np.ones(len(order), dtype=bool)
    is_first[1:] = (ascending[1:] != ascending[:-1]).any(axis=1)
    order, ascending = order[is_first], ascending[is_first]
    becomes = np.full(len(order), -1, dtype=np.int32)
    others: list[str] = []
    for at, row in enumerate(order.tolist()):
        if result[row] != texts[row]:
            becomes[at] = len(others)
            others.append(result[row])
    return Known(key, names, ascending, becomes, others)


def _hashes(texts: Iterable[str]) -> Hashes:
    digests = (
        blake2b(text.encode(errors="surrogatepass"), digest_size=16).digest() for text in texts
    )
    return np.frombuffer(b"".join(digests), dtype=np.uint64).reshape(-1, 2)


def _places(hashes: Hashes, known: Known) -> NDArray[np.int64]:
    """The place of each text in what is known, -1 for none."""
    if not len(known.hashes):
        return np.full(len(hashes), -1, dtype=np.int64)
    place = np.searchsorted(known.hashes[:, 0], hashes[:, 0])
    place = np.minimum(place, len(known.hashes) - 1)
    is_same = (known.hashes[place] == hashes).all(axis=1)
    return np.where(is_same, place, -1).astype(np.int64)


def _is_changed(place: NDArray[np.int64], known: Known) -> NDArray[np.bool_]:
    if not len(known.becomes):
        return np.zeros(len(place), dtype=bool)
    found: NDArray[np.bool_] = known.becomes[np.maximum(place, 0)] >= 0
    return found


def _people(names: KnownNames) -> list[tuple[int, tuple[str, ...]]]:
    """Each name by a hash of it."""
    found = [words for each in names.by_first.values() for words in each]
    told = np.array([" ".join(words) for words in found], dtype=object)
    hashes = pd.util.hash_array(told, categorize=False) if found else np.empty(0, np.uint64)
    return list(zip(hashes.tolist(), found, strict=True))


def _has(ascending: Hashes, wanted: int) -> bool:
    place = int(np.searchsorted(ascending, np.uint64(wanted)))
    return place < len(ascending) and int(ascending[place]) == wanted


def _may_name(texts: Sequence[str], people: Sequence[tuple[str, ...]]) -> NDArray[np.bool_]:
    """Which texts have a word of a name in them, be it a part of another word."""
    words = sorted({word for name in people for word in name})
    if len(words) > _MAX_NEW_WORDS or any(word in _PLACEHOLDERS for word in words):
        return np.ones(len(texts), dtype=bool)
    either = "|".join(map(re.escape, words))
    folded = pd.Series([text.casefold() for text in texts], dtype="str")
    return folded.str.contains(either, regex=True).to_numpy(dtype=bool)


def forget(parts: Parts) -> None:
    """Remove what is remembered of texts; the next run redacts all of them."""
    _shelf(parts).remove(FOLDER)


def _sealed(known: Known) -> bytes:
    """As bytes that begin with their hash."""
    data = packed((known.key, known.names, known.hashes, known.becomes, list(known.others)))
    return sha256(data).digest() + data


def _read(shelf: Place) -> Known:
    """What was remembered; nothing where that is not whole, or of another version."""
    data = shelf.read(_FILE)
    if data is None or sha256(data[32:]).digest() != data[:32]:
        return NOTHING
    try:
        told: Any = unpacked(data[32:])
        key, names, hashes, becomes, others = told
    except (MiningError, ValueError):
        return NOTHING
    return Known(key, names, hashes, becomes, others)


def _shelf(parts: Parts) -> Place:
    return Place(address_of(parts.settings, parts.base), setting="artefacts.address")
