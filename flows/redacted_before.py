"""Texts without personal data, remembered from night to night: only what is new is redacted.

Of a text that came through unchanged its hash is kept, of another one also what it became. That
holds as long as the patterns and the names of people are the same. Where somebody is new, the texts
that have a word of the name are redacted anew; where somebody is gone, those with a person in them.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from hashlib import blake2b, sha256
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from checks.known_names import KnownNames
from checks.privacy import PATTERNS, redact
from flows.artefacts import address_of
from flows.frames import as_text
from flows.wiring import Parts
from itsm.errors import MiningError
from problem_mining.block_format import packed, unpacked
from problem_mining.side_by_side import mapped
from reports.places import Place

FOLDER = "texts"
_PERSON = "<person>"
_MAX_NEW_WORDS = 2_000
"""Of more people's words than these at once no text is kept."""
_PLACEHOLDERS = " ".join({_PERSON, *(pattern.kind for pattern in PATTERNS)}).casefold()

Hashes = NDArray[np.uint64]
Flags = NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class Known:
    """What is known of texts, in their order, by their hash: two numbers of 64 bits each.

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


def hashes_of(columns: Sequence[pd.Series]) -> Hashes:
    """The hash of each text of columns, which can be found beside something else."""
    return _hashes(_texts_of(columns)[1])


def redacted_columns(
    parts: Parts,
    columns: Sequence[pd.Series],
    names: KnownNames,
    of: str = "redacted",
    hashes: Hashes | None = None,
) -> list[pd.Series]:
    """Columns of texts without personal data; what was redacted the night before is not again.

    Args:
        parts: where it is remembered.
        columns: what is not a text in them is missing.
        names: of people.
        of: the name these columns are remembered by.
        hashes: from `hashes_of`, where that is known already.
    """
    shelf, file = _shelf(parts), f"{FOLDER}/{of}"
    arrays, texts = _texts_of(columns)
    found, left = redacted(texts, _read(shelf, file), names, hashes)
    shelf.write(file, _sealed(left))
    told, start = [], 0
    for column, array in zip(columns, arrays, strict=True):
        n = len(array) - array.null_count
        told.append(as_text(_put_back(found.slice(start, n), array)).set_axis(column.index))
        start += n
    return told


def _texts_of(columns: Sequence[pd.Series]) -> tuple[list[pa.Array], pa.Array]:
    """Columns, and the texts of all of them one after the other."""
    arrays = [pa.array(column.astype("str")) for column in columns]
    return arrays, pa.concat_arrays([each.drop_null() for each in arrays])


def _put_back(texts: pa.Array, column: pa.Array) -> pa.Array:
    """Texts in the places where a column has any."""
    if not column.null_count:
        return texts
    is_there = _flags(column.is_valid())
    return texts.take(pa.array(np.cumsum(is_there) - 1, mask=~is_there))


def redacted(
    texts: pa.Array, known: Known, names: KnownNames, hashes: Hashes | None = None
) -> tuple[pa.Array, Known]:
    """What `checks.privacy.redact` makes of each text, and what is known for the next night."""
    key, people = _key(), _people(names)
    own = np.sort(np.array([each for each, _ in people], dtype=np.uint64))
    hashes = _hashes(texts) if hashes is None else hashes
    place = _places(hashes, known) if known.key == key else np.full(len(texts), -1, np.int64)
    todo = place < 0
    becomes = np.full(len(texts), -1, dtype=np.int32)
    becomes[~todo] = known.becomes[place[~todo]]
    came = [words for each, words in people if not _has(known.names, each)]
    if came and not todo.all():
        todo |= _may_name(texts, becomes >= 0, came)
    if np.setdiff1d(known.names, own).size:
        before = _replaced(texts, becomes, known.others)
        todo |= _flags(pc.match_substring(before, _PERSON))
    at = np.flatnonzero(todo)
    asked = texts.take(pa.array(at)).to_pylist()
    distinct = list(dict.fromkeys(asked))
    made = mapped(lambda text: redact(text, known_names=names).text, distinct)
    fresh = dict(zip(distinct, made, strict=True))
    becomes[at] = -1
    kept = np.flatnonzero(becomes >= 0)
    others = [known.others[place] for place in becomes[kept].tolist()]
    changed = [place for place, text in zip(at.tolist(), asked, strict=True) if fresh[text] != text]
    others += [fresh[text] for text in asked if fresh[text] != text]
    becomes[[*kept.tolist(), *changed]] = np.arange(len(others))
    return _replaced(texts, becomes, others), Known(key, own, hashes, becomes, others)


def _replaced(texts: pa.Array, becomes: NDArray[np.int32], others: Sequence[str]) -> pa.Array:
    """Texts, or what they become."""
    both = pa.concat_arrays([texts, pa.array(others, texts.type)])
    return both.take(pa.array(np.where(becomes < 0, np.arange(len(texts)), len(texts) + becomes)))


def _flags(found: pa.Array) -> Flags:
    flags: Flags = found.to_numpy(zero_copy_only=False)
    return flags


def _hashes(texts: pa.Array) -> Hashes:
    digests = (
        blake2b(text.encode(errors="surrogatepass"), digest_size=16).digest()
        for text in as_text(texts).tolist()
    )
    return np.frombuffer(b"".join(digests), dtype=np.uint64).reshape(-1, 2)


def _places(hashes: Hashes, known: Known) -> NDArray[np.int64]:
    """The place of each text in what is known, -1 for none; most are where they were."""
    place = np.full(len(hashes), -1, dtype=np.int64)
    n = min(len(hashes), len(known.hashes))
    is_same = (hashes[:n] == known.hashes[:n]).all(axis=1)
    place[:n][is_same] = np.flatnonzero(is_same)
    rest = np.flatnonzero(place < 0)
    if n and len(rest):
        order = np.argsort(known.hashes[:, 0], kind="stable")
        found = np.searchsorted(known.hashes[order, 0], hashes[rest, 0])
        found = order[np.minimum(found, len(order) - 1)]
        is_same = (known.hashes[found] == hashes[rest]).all(axis=1)
        place[rest[is_same]] = found[is_same]
    return place


def _people(names: KnownNames) -> list[tuple[int, tuple[str, ...]]]:
    """Each name by a hash of it."""
    found = [words for each in names.by_first.values() for words in each]
    told = np.array([" ".join(words) for words in found], dtype=object)
    hashes = pd.util.hash_array(told, categorize=False) if found else np.empty(0, np.uint64)
    return list(zip(hashes.tolist(), found, strict=True))


def _has(ascending: Hashes, wanted: int) -> bool:
    place = int(np.searchsorted(ascending, np.uint64(wanted)))
    return place < len(ascending) and int(ascending[place]) == wanted


def _may_name(texts: pa.Array, is_changed: Flags, people: Sequence[tuple[str, ...]]) -> Flags:
    """Which texts may be told otherwise for some more people.

    One that nothing was taken out of: if a name is in it. Another one, if there is a word of a name
    in it, be it a part of another word: something beside it may have been taken out.
    """
    words = sorted({word for name in people for word in name})
    if len(words) > _MAX_NEW_WORDS or any(word in _PLACEHOLDERS for word in words):
        return np.ones(len(texts), dtype=bool)
    either = "|".join(map(re.escape, words))
    is_ascii = _flags(pc.string_is_ascii(texts))
    found = np.zeros(len(texts), dtype=bool)
    plain, rest = np.flatnonzero(is_ascii & ~is_changed), np.flatnonzero(~is_ascii | is_changed)
    folded = pc.ascii_lower(texts.take(pa.array(plain)))
    apart = f"(?:^|[^a-z0-9])(?:{either})(?:$|[^a-z0-9])"
    found[plain] = _flags(pc.match_substring_regex(folded, apart))
    told = texts.take(pa.array(rest)).to_pylist()
    folded = pa.array([text.casefold() for text in told], texts.type)
    found[rest] = _flags(pc.match_substring_regex(folded, either))
    some = np.flatnonzero(found & ~is_changed)
    newcomers = KnownNames.by_words(people)
    asked = texts.take(pa.array(some)).to_pylist()
    found[some] = [newcomers.redact(text)[1] > 0 for text in asked]
    return found


def forget(parts: Parts) -> None:
    """Remove what is remembered of texts; the next run redacts all of them."""
    _shelf(parts).remove(FOLDER)


def _sealed(known: Known) -> bytes:
    """As bytes that begin with their hash."""
    data = packed((known.key, known.names, known.hashes, known.becomes, list(known.others)))
    return sha256(data).digest() + data


def _read(shelf: Place, file: str) -> Known:
    """What was remembered; nothing where that is not whole, or of another version."""
    data = shelf.read(file)
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
