"""Texts read once: cleaned, cut into terms, and told from each other by a hash of their content.

What is known of a text depends on the text alone. So it can be kept, and a text that was read
before costs no more than its hash.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from hashlib import blake2b
from itertools import chain
from typing import Any

import numpy as np
from numpy.typing import NDArray

from problem_mining.chunks import parts_of
from problem_mining.side_by_side import LEAST, mapped
from problem_mining.text import clean
from problem_mining.tokens import LANGUAGES, is_machine_made, language_of, terms

READ_AT_ONCE = 2_000
"""Texts that are read in one go: what is made of them meanwhile takes much room."""
IntArray = NDArray[np.int64]
Hashes = NDArray[np.uint64]


@dataclass(frozen=True, slots=True)
class TextTable:
    """What is known of distinct texts, a title with its description, in order of their hash.

    Attributes:
        hashes: of the text as it was handed in, ascending, shape (n,).
        cleaned: hash of what cleaning leaves.
        vocabulary: every term of any of them.
        bounds: `terms[bounds[t]:bounds[t + 1]]` are the terms of text t, in their order.
        terms: numbers in `vocabulary`.
        n_title: how many terms stand in the title, where there is a description as well.
        language: number in `LANGUAGES`, -1 where none stands out.
        is_machine_made: 1 for alerts, 0 for people.
        has_word: whether there is a letter or digit in it once it is cleaned.
    """

    hashes: Hashes
    cleaned: Hashes
    vocabulary: tuple[str, ...]
    bounds: IntArray
    terms: NDArray[np.int32]
    n_title: NDArray[np.int32]
    language: NDArray[np.int8]
    is_machine_made: NDArray[np.int8]
    has_word: NDArray[np.bool_]

    def __len__(self) -> int:
        return len(self.hashes)

    def words_of(self, text: int) -> frozenset[str]:
        """The distinct terms of a text."""
        numbers = self.terms[self.bounds[text] : self.bounds[text + 1]].tolist()
        return frozenset([self.vocabulary[number] for number in numbers])


def hash_of(text: str) -> int:
    """64 bits that stand for a text; never seen alone, always beside the key of its incident."""
    return int.from_bytes(blake2b(text.encode(errors="surrogatepass"), digest_size=8).digest())


def hashes_of(titles: Sequence[str], descriptions: Sequence[str]) -> Hashes:
    """The hash of each text, shape (rows,)."""
    both = (
        blake2b(f"{title}\x00{rest}".encode(errors="surrogatepass"), digest_size=8).digest()
        for title, rest in zip(titles, descriptions, strict=True)
    )
    return np.frombuffer(b"".join(both), dtype=np.uint64)


def cleaned_text(title: str, description: str) -> str:
    """Both as one text that is compared, the title on a line of its own."""
    title, description = clean(title), clean(description)
    if not description or description == title:
        return title
    return description if description.startswith(title) else f"{title}\n{description}".strip()


def read_texts(
    titles: Sequence[str], descriptions: Sequence[str], known: TextTable | None = None
) -> tuple[TextTable, IntArray]:
    """What is known of some texts, and the place of each row's text in that table.

    Args:
        titles: one per row, "" where there is none.
        descriptions: the same.
        known: texts that were read before; what is not needed of them is left out.
    """
    hashes = hashes_of(titles, descriptions)
    wanted, first, of_row = np.unique(hashes, return_index=True, return_inverse=True)
    is_known = np.zeros(len(wanted), dtype=bool) if known is None else _are_in(wanted, known.hashes)
    new = first[~is_known]

    def read(part: slice) -> TextTable:
        both = ((titles[row], descriptions[row]) for row in new[part].tolist())
        return _table(hashes[new[part]], [cleaned_text(*one) for one in both])

    parts = parts_of(len(new), READ_AT_ONCE)
    fresh = _beside(mapped(read, parts, least=LEAST // READ_AT_ONCE))
    if known is None or not is_known.any():
        return fresh, of_row.astype(np.int64)
    kept = some_texts(known, np.searchsorted(known.hashes, wanted[is_known]))
    return _joined(kept, fresh), of_row.astype(np.int64)


def _are_in(wanted: Hashes, known: Hashes) -> NDArray[np.bool_]:
    if not len(known):
        return np.zeros(len(wanted), dtype=bool)
    place = np.minimum(np.searchsorted(known, wanted), len(known) - 1)
    found: NDArray[np.bool_] = known[place] == wanted
    return found


def _beside(tables: Sequence[TextTable]) -> TextTable:
    """Tables as one, a text after the other; terms are numbered as they first come."""
    if not tables:
        return _table(np.empty(0, dtype=np.uint64), [])
    number: dict[str, int] = {}
    terms, bounds, end = [], [np.zeros(1, dtype=np.int64)], 0
    for each in tables:
        words = (number.setdefault(word, len(number)) for word in each.vocabulary)
        moved = np.fromiter(words, dtype=np.int32, count=len(each.vocabulary))
        terms.append(moved[each.terms])
        bounds.append(each.bounds[1:] + end)
        end += int(each.bounds[-1])
    return TextTable(
        hashes=np.concatenate([each.hashes for each in tables]),
        cleaned=np.concatenate([each.cleaned for each in tables]),
        vocabulary=tuple(number),
        bounds=np.concatenate(bounds),
        terms=np.concatenate(terms),
        n_title=np.concatenate([each.n_title for each in tables]),
        language=np.concatenate([each.language for each in tables]),
        is_machine_made=np.concatenate([each.is_machine_made for each in tables]),
        has_word=np.concatenate([each.has_word for each in tables]),
    )


def _table(hashes: Hashes, texts: Sequence[str]) -> TextTable:
    """A table of texts that are cleaned already."""
    words = [terms(text) for text in texts]
    number: dict[str, int] = {}
    numbers = [[number.setdefault(word, len(number)) for word in each] for each in words]
    names = ("", *LANGUAGES)
    return TextTable(
        hashes=hashes,
        cleaned=np.array([hash_of(text) for text in texts], dtype=np.uint64),
        vocabulary=tuple(number),
        bounds=np.concatenate([[0], np.cumsum([len(each) for each in words])]).astype(np.int64),
        terms=np.fromiter(chain.from_iterable(numbers), dtype=np.int32),
        n_title=np.array([_in_title(text) for text in texts], dtype=np.int32),
        language=np.array([names.index(language_of(text)) - 1 for text in texts], dtype=np.int8),
        is_machine_made=np.array(
            [is_machine_made(text, each) for text, each in zip(texts, words, strict=True)],
            dtype=np.int8,
        ),
        has_word=np.array([any(c.isalnum() for c in text) for text in texts], dtype=bool),
    )


def _in_title(text: str) -> int:
    return len(terms(text.partition("\n")[0])) if "\n" in text else 0


def some_texts(table: TextTable, which: IntArray) -> TextTable:
    """Some of the texts, in the order of their places."""
    bounds, numbers = cut(table.bounds, table.terms, which)
    return TextTable(
        hashes=table.hashes[which],
        cleaned=table.cleaned[which],
        vocabulary=table.vocabulary,
        bounds=bounds,
        terms=numbers,
        n_title=table.n_title[which],
        language=table.language[which],
        is_machine_made=table.is_machine_made[which],
        has_word=table.has_word[which],
    )


def cut(
    bounds: IntArray, values: NDArray[np.int32], which: IntArray
) -> tuple[IntArray, NDArray[np.int32]]:
    """Some rows of values that lie row after row: their bounds and the values."""
    sizes = np.diff(bounds)[which]
    ends = np.cumsum(sizes)
    place = np.arange(int(ends[-1]) if len(ends) else 0) + np.repeat(
        bounds[which] - (ends - sizes), sizes
    )
    return np.concatenate([[0], ends]).astype(np.int64), values[place]


def _joined(kept: TextTable, fresh: TextTable) -> TextTable:
    """Two tables as one, in order of hash; terms keep the numbers of the first."""
    both = _beside([kept, fresh])
    return some_texts(both, np.argsort(both.hashes, kind="stable"))


def mixed(values: NDArray[Any]) -> Hashes:
    """Spreads bits (splitmix64)."""
    x = values.astype(np.uint64) + np.uint64(0x9E3779B97F4A7C15)
    x = (x ^ (x >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    x = (x ^ (x >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return np.asarray(x ^ (x >> np.uint64(31)), dtype=np.uint64)
