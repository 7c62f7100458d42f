"""Incidents made ready for comparison: put in order, cleaned, exact repeats collapsed."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import overload

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from itsm.errors import MiningError
from problem_mining.row_order import by_opening, opening_days
from problem_mining.spelling import NO_SPELLING, Spelling, spelling_of
from problem_mining.term_rows import TermRows, in_texts
from problem_mining.texts import TextTable, cleaned_text, cut, read_texts
from problem_mining.tokens import head_of, is_identifier

IntArray = NDArray[np.int64]
FloatArray = NDArray[np.float64]

CODE_FIELDS = ("service", "ci", "category", "subcategory", "symptom", "location", "team")
"""Fields whose values are compared as codes."""
MIN_KNOWN_SHARE = 0.2
"""A field counts as there when at least this share of the incidents has it."""
MIN_TERMS_TO_COLLAPSE = 3
"""Shorter texts say too little to call two of them repeats without a shared service or CI."""


class CleanTexts(Sequence[str]):
    """The cleaned text of each row, cleaned when it is asked for."""

    def __init__(self, titles: Sequence[str], descriptions: Sequence[str]) -> None:
        self._titles, self._descriptions = titles, descriptions

    def __len__(self) -> int:
        return len(self._titles)

    @overload
    def __getitem__(self, at: int) -> str: ...

    @overload
    def __getitem__(self, at: slice) -> "CleanTexts": ...

    def __getitem__(self, at: int | slice) -> "str | CleanTexts":
        if isinstance(at, slice):
            return CleanTexts(self._titles[at], self._descriptions[at])
        return cleaned_text(self._titles[at], self._descriptions[at])

    def some(self, index: IntArray) -> "CleanTexts":
        """Those of some rows."""
        rows = index.tolist()
        return CleanTexts(
            [self._titles[row] for row in rows], [self._descriptions[row] for row in rows]
        )


@dataclass(frozen=True, slots=True)
class Rows:
    """One entry per incident, in order of opening (`row_order`).

    `table` knows the texts and `of_text[r]` is the place of row r's text in it; `texts` has them
    as they are compared. `codes[field]` numbers the values of a field in sorted order, -1 where
    missing, and `values[field]` are these values. `days` is the opening in days since 1970, NaN
    where unknown.
    """

    keys: tuple[str, ...]
    texts: CleanTexts
    table: TextTable
    of_text: IntArray
    codes: dict[str, IntArray]
    values: dict[str, tuple[str, ...]]
    days: FloatArray

    @property
    def has_word(self) -> NDArray[np.bool_]:
        """Whether there is a letter or digit in the text of each row."""
        return self.table.has_word[self.of_text]


@dataclass(frozen=True, slots=True)
class Nodes:
    """Groups of rows that are exact repeats; most have one row.

    `of_row[r]` is the node of row r; `first[n]` the first row of node n, from which a node takes
    its text and codes. `terms` are its terms, misspellings repaired and without the names of
    CIs; `named_ci[n]` is the first CI its text names, -1 for none, and stands in `codes` where the
    field is blank. `n_title[n]` is how many of its words stand in the title, where there is a
    description as well. `is_machine_made` is 1 for alerts, 0 for people. `spelling` is what
    misspellings were repaired by.
    """

    of_row: IntArray
    first: IntArray
    terms: TermRows
    n_title: IntArray
    named_ci: IntArray
    language: IntArray
    is_machine_made: IntArray
    codes: dict[str, IntArray]
    days: FloatArray
    spelling: Spelling = NO_SPELLING

    def __len__(self) -> int:
        return len(self.first)

    @property
    def words(self) -> tuple[list[str], ...]:
        """The terms of each node, written out."""
        terms = self.terms
        bounds, numbers = terms.bounds.tolist(), terms.numbers.tolist()
        return tuple(
            [terms.vocabulary[number] for number in numbers[bounds[n] : bounds[n + 1]]]
            for n in range(len(self))
        )

    def some(self, which: IntArray) -> "Nodes":
        """Some of the nodes; a row of another node is of none, -1."""
        place = np.full(len(self) + 1, -1, dtype=np.int64)
        place[which] = np.arange(len(which))
        return Nodes(
            of_row=place[self.of_row],
            first=self.first[which],
            terms=self.terms.some(which),
            n_title=self.n_title[which],
            named_ci=self.named_ci[which],
            language=self.language[which],
            is_machine_made=self.is_machine_made[which],
            codes={field: codes[which] for field, codes in self.codes.items()},
            days=self.days[which],
            spelling=self.spelling,
        )


def read_rows(incidents: pd.DataFrame, known: TextTable | None = None) -> Rows:
    """Incidents in order of opening.

    Args:
        incidents: columns `key` (unique) and any of title, description, opened_at and CODE_FIELDS.
        known: texts that were read before.

    Raises:
        MiningError: there is no `key` column, or a key is missing or comes twice.
    """
    if "key" not in incidents.columns:
        raise MiningError("incidents cannot be told apart: there is no column 'key'")
    if incidents["key"].isna().any() or incidents["key"].duplicated().any():
        raise MiningError("incidents cannot be told apart: a key is empty or comes twice")
    frame = incidents.assign(key=incidents["key"].astype(str)).iloc[by_opening(incidents)]
    if frame["key"].duplicated().any():
        raise MiningError("incidents cannot be told apart: two keys are written alike")
    coded = {field: _coded(frame, field) for field in CODE_FIELDS}
    titles, descriptions = _column(frame, "title"), _column(frame, "description")
    table, of_text = read_texts(titles, descriptions, known)
    return Rows(
        keys=tuple(frame["key"]),
        texts=CleanTexts(titles, descriptions),
        table=table,
        of_text=of_text,
        codes={field: codes for field, (codes, _) in coded.items()},
        values={field: values for field, (_, values) in coded.items()},
        days=opening_days(frame),
    )


def _column(frame: pd.DataFrame, name: str) -> list[str]:
    """A text column, stripped, "" where missing."""
    if name not in frame.columns:
        return [""] * len(frame)
    column = frame[name]
    if column.dtype == "str":
        return column.str.strip().fillna("").to_list()
    return ["" if pd.isna(value) else str(value).strip() for value in column.tolist()]


def _coded(frame: pd.DataFrame, field: str) -> tuple[IntArray, tuple[str, ...]]:
    codes, values = pd.factorize(np.array(_column(frame, field), dtype=object), sort=True)
    if len(values) and values[0] == "":
        codes, values = codes - 1, values[1:]
    return codes.astype(np.int64), tuple(values.tolist())


def subset(rows: Rows, index: IntArray) -> Rows:
    """Some of the rows, in order; values keep their codes."""
    return Rows(
        keys=tuple(rows.keys[row] for row in index),
        texts=rows.texts.some(index),
        table=rows.table,
        of_text=rows.of_text[index],
        codes={field: codes[index] for field, codes in rows.codes.items()},
        values=rows.values,
        days=rows.days[index],
    )


def is_text_alone(codes: Mapping[str, IntArray]) -> bool:
    """Whether there is neither service, CI, category nor team to speak of."""
    fields = ("service", "ci", "category", "team")
    n = max(len(codes["service"]), 1)
    return all(np.count_nonzero(codes[field] >= 0) < MIN_KNOWN_SHARE * n for field in fields)


def collapse(rows: Rows, spelling: Spelling | None = None) -> Nodes:
    """Rows with the same text, service and CI become one node, numbered by their first row.

    A text of fewer than three terms without service and CI is never collapsed: "printer broken"
    twice need not be the same trouble.

    Args:
        rows: from `read_rows`.
        spelling: which words are misspelt, and for what; without it the texts themselves tell.
    """
    n_terms = np.diff(rows.table.bounds)[rows.of_text]
    service, ci = rows.codes["service"], rows.codes["ci"]
    places = (service >= 0) | (ci >= 0)
    says_enough = (n_terms > 0) & ((n_terms >= MIN_TERMS_TO_COLLAPSE) | places)
    _, text = np.unique(rows.table.cleaned, return_inverse=True)
    n_service, n_ci = len(rows.values["service"]) + 1, len(rows.values["ci"]) + 1
    same = (text[rows.of_text] * n_service + service + 1) * n_ci + ci + 1
    same = np.where(says_enough, same, -1 - np.arange(len(same)))
    _, first, of_row = np.unique(same, return_index=True, return_inverse=True)
    order = np.argsort(first)
    place = np.empty(len(order), dtype=np.int64)
    place[order] = np.arange(len(order))
    return _nodes(rows, place[of_row], first[order].astype(np.int64), spelling)


def _nodes(rows: Rows, of_row: IntArray, first: IntArray, spelling: Spelling | None) -> Nodes:
    table, texts = rows.table, rows.of_text[first]
    bounds, numbers = cut(table.bounds, table.terms, texts)
    ci_of_term = _ci_of_terms(table.vocabulary, rows.values["ci"])
    terms, n_title, named = _without_cis(bounds, numbers, table.n_title[texts], ci_of_term)
    codes = {field: codes[first] for field, codes in rows.codes.items()}
    codes["ci"] = np.where(codes["ci"] < 0, named, codes["ci"])
    written = TermRows(table.vocabulary, *terms)
    spelling = spelling or spelling_of(written.vocabulary, in_texts(written))
    return Nodes(
        of_row=of_row,
        first=first,
        terms=_repaired(written, spelling),
        n_title=n_title,
        named_ci=named,
        language=table.language[texts].astype(np.int64),
        is_machine_made=table.is_machine_made[texts].astype(np.int64),
        codes=codes,
        days=rows.days[first],
        spelling=spelling,
    )


def _repaired(terms: TermRows, spelling: Spelling) -> TermRows:
    """Terms with misspellings repaired, numbered anew in sorted order; the unused are left out."""
    used = np.flatnonzero(np.bincount(terms.numbers, minlength=len(terms.vocabulary)))
    right = spelling.right([terms.vocabulary[term] for term in used.tolist()])
    vocabulary = tuple(sorted(set(right)))
    number = {word: place for place, word in enumerate(vocabulary)}
    moved = np.zeros(len(terms.vocabulary), dtype=np.int32)
    moved[used] = [number[word] for word in right]
    return TermRows(vocabulary, terms.bounds, moved[terms.numbers])


def _ci_of_terms(vocabulary: Sequence[str], cis: Sequence[str]) -> IntArray:
    """The CI that each term is the name of, -1 for none."""
    number = {name.casefold(): code for code, name in enumerate(cis) if is_identifier(name)}
    if not number:
        return np.full(len(vocabulary), -1, dtype=np.int64)
    found = (number.get(word, number.get(head_of(word), -1)) for word in vocabulary)
    return np.fromiter(found, dtype=np.int64, count=len(vocabulary))


def _without_cis(
    bounds: IntArray, numbers: NDArray[np.int32], in_title: NDArray[np.int32], ci_of_term: IntArray
) -> tuple[tuple[IntArray, NDArray[np.int32]], IntArray, IntArray]:
    """Terms without the names of CIs, how many of them are of the title, and the first CI named.

    The name of a CI tells a place, it is no wording.
    """
    n, sizes = len(bounds) - 1, np.diff(bounds)
    ci, text = ci_of_term[numbers], np.repeat(np.arange(n), sizes)
    is_name = ci >= 0
    is_of_title = np.arange(len(numbers)) - np.repeat(bounds[:-1], sizes) < in_title[text]
    named = np.full(n, -1, dtype=np.int64)
    named[text[is_name][::-1]] = ci[is_name][::-1]
    rest = np.bincount(text[~is_name], minlength=n)
    n_title = np.bincount(text[~is_name & is_of_title], minlength=n).astype(np.int64)
    ends = np.concatenate([[0], np.cumsum(rest)]).astype(np.int64)
    return (ends, numbers[~is_name]), n_title, named
