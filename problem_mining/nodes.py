"""Incidents made ready for comparison: sorted by key, cleaned, exact repeats collapsed."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from itsm.errors import MiningError
from problem_mining.spelling import repaired
from problem_mining.text import clean
from problem_mining.tokens import (
    LANGUAGES,
    head_of,
    is_identifier,
    is_machine_made,
    language_of,
    terms,
)

IntArray = NDArray[np.int64]
FloatArray = NDArray[np.float64]

CODE_FIELDS = ("service", "ci", "category", "subcategory", "symptom", "location", "team")
"""Fields whose values are compared as codes."""
MIN_KNOWN_SHARE = 0.2
"""A field counts as there when at least this share of the incidents has it."""
MIN_TERMS_TO_COLLAPSE = 3
"""Shorter texts say too little to call two of them repeats without a shared service or CI."""


@dataclass(frozen=True, slots=True)
class Rows:
    """One entry per incident, in order of key.

    `codes[field]` numbers the values of a field in sorted order, -1 where missing, and
    `values[field]` are these values. `days` is the opening in days since 1970, NaN where unknown.
    """

    keys: tuple[str, ...]
    texts: tuple[str, ...]
    codes: dict[str, IntArray]
    values: dict[str, tuple[str, ...]]
    days: FloatArray


@dataclass(frozen=True, slots=True)
class Nodes:
    """Groups of rows that are exact repeats; most have one row.

    `of_row[r]` is the node of row r; `first[n]` the first row of node n, from which a node takes
    its text and codes. `words[n]` are its terms, misspellings repaired and without the names of
    CIs; `named_ci[n]` is the first CI its text names, -1 for none, and stands in `codes` where the
    field is blank. `n_title[n]` is how many of its words stand in the title, where there is a
    description as well. `is_machine_made` is 1 for alerts, 0 for people.
    """

    of_row: IntArray
    first: IntArray
    words: tuple[list[str], ...]
    n_title: IntArray
    named_ci: IntArray
    language: IntArray
    is_machine_made: IntArray
    codes: dict[str, IntArray]
    days: FloatArray

    def __len__(self) -> int:
        return len(self.first)


def read_rows(incidents: pd.DataFrame) -> Rows:
    """Incidents in order of key.

    Args:
        incidents: columns `key` (unique) and any of title, description, opened_at and CODE_FIELDS.

    Raises:
        MiningError: there is no `key` column, or a key is missing or comes twice.
    """
    if "key" not in incidents.columns:
        raise MiningError("incidents cannot be told apart: there is no column 'key'")
    if incidents["key"].isna().any() or incidents["key"].duplicated().any():
        raise MiningError("incidents cannot be told apart: a key is empty or comes twice")
    frame = incidents.assign(key=incidents["key"].astype(str)).sort_values("key", kind="stable")
    if frame["key"].duplicated().any():
        raise MiningError("incidents cannot be told apart: two keys are written alike")
    coded = {field: _coded(frame, field) for field in CODE_FIELDS}
    return Rows(
        keys=tuple(frame["key"]),
        texts=_texts(frame),
        codes={field: codes for field, (codes, _) in coded.items()},
        values={field: values for field, (_, values) in coded.items()},
        days=_days(frame),
    )


def _column(frame: pd.DataFrame, name: str) -> list[str]:
    """A text column, stripped, "" where missing."""
    if name not in frame.columns:
        return [""] * len(frame)
    return ["" if pd.isna(value) else str(value).strip() for value in frame[name].tolist()]


def _texts(frame: pd.DataFrame) -> tuple[str, ...]:
    known: dict[tuple[str, str], str] = {}
    both = list(zip(_column(frame, "title"), _column(frame, "description"), strict=True))
    for title, description in both:
        if (title, description) not in known:
            known[title, description] = _joined(clean(title), clean(description))
    return tuple(known[pair] for pair in both)


def _joined(title: str, description: str) -> str:
    if not description or description == title:
        return title
    return description if description.startswith(title) else f"{title}\n{description}".strip()


def _coded(frame: pd.DataFrame, field: str) -> tuple[IntArray, tuple[str, ...]]:
    values = _column(frame, field)
    known = tuple(sorted(set(values) - {""}))
    number = {value: code for code, value in enumerate(known)}
    return np.array([number.get(value, -1) for value in values], dtype=np.int64), known


def _days(frame: pd.DataFrame) -> FloatArray:
    if "opened_at" not in frame.columns:
        return np.full(len(frame), np.nan)
    times = pd.to_datetime(frame["opened_at"], utc=True, errors="coerce")
    days = (times - pd.Timestamp(0, tz="UTC")) / pd.Timedelta(days=1)
    return np.asarray(days, dtype=np.float64)


def subset(rows: Rows, index: IntArray) -> Rows:
    """Some of the rows, in order; values keep their codes."""
    return Rows(
        keys=tuple(rows.keys[row] for row in index),
        texts=tuple(rows.texts[row] for row in index),
        codes={field: codes[index] for field, codes in rows.codes.items()},
        values=rows.values,
        days=rows.days[index],
    )


def is_text_alone(codes: Mapping[str, IntArray]) -> bool:
    """Whether there is neither service, CI, category nor team to speak of."""
    fields = ("service", "ci", "category", "team")
    n = max(len(codes["service"]), 1)
    return all(np.count_nonzero(codes[field] >= 0) < MIN_KNOWN_SHARE * n for field in fields)


def collapse(rows: Rows) -> Nodes:
    """Rows with the same text, service and CI become one node, numbered by their first row.

    A text of fewer than three terms without service and CI is never collapsed: "printer broken"
    twice need not be the same trouble.
    """
    of_text: dict[str, list[str]] = {}
    seen: dict[tuple[str, int, int], int] = {}
    of_row = np.empty(len(rows.keys), dtype=np.int64)
    first: list[int] = []
    for row, text in enumerate(rows.texts):
        words = of_text.setdefault(text, terms(text)) if text not in of_text else of_text[text]
        service, ci = int(rows.codes["service"][row]), int(rows.codes["ci"][row])
        says_enough = bool(words) and (len(words) >= MIN_TERMS_TO_COLLAPSE or max(service, ci) >= 0)
        node = seen.get((text, service, ci)) if says_enough else None
        if node is None:
            node = len(first)
            first.append(row)
            if says_enough:
                seen[text, service, ci] = node
        of_row[row] = node
    return _nodes(rows, of_row, np.array(first, dtype=np.int64), of_text)


def _nodes(rows: Rows, of_row: IntArray, first: IntArray, of_text: dict[str, list[str]]) -> Nodes:
    names = ("", *LANGUAGES)
    languages = {text: names.index(language_of(text)) - 1 for text in of_text}
    texts = [rows.texts[row] for row in first]
    in_title = [len(terms(text.partition("\n")[0])) if "\n" in text else 0 for text in texts]
    words, n_title, named = _without_cis(
        [of_text[text] for text in texts], in_title, rows.values["ci"]
    )
    codes = {field: codes[first] for field, codes in rows.codes.items()}
    codes["ci"] = np.where(codes["ci"] < 0, named, codes["ci"])
    return Nodes(
        of_row=of_row,
        first=first,
        words=repaired(words),
        n_title=n_title,
        named_ci=named,
        language=np.array([languages[text] for text in texts], dtype=np.int64),
        is_machine_made=np.array(
            [is_machine_made(text, of_text[text]) for text in texts], dtype=np.int64
        ),
        codes=codes,
        days=rows.days[first],
    )


def _without_cis(
    texts: list[list[str]], in_title: list[int], cis: tuple[str, ...]
) -> tuple[list[list[str]], IntArray, IntArray]:
    """Terms without the names of CIs, how many of them are of the title, and the first CI named.

    The name of a CI tells a place, it is no wording.
    """
    number = {name.casefold(): code for code, name in enumerate(cis) if is_identifier(name)}
    named = np.full(len(texts), -1, dtype=np.int64)
    n_title = np.zeros(len(texts), dtype=np.int64)
    rest = []
    for node, words in enumerate(texts):
        found = [number.get(word, number.get(head_of(word), -1)) for word in words]
        rest.append([word for word, ci in zip(words, found, strict=True) if ci < 0])
        n_title[node] = sum(ci < 0 for ci in found[: in_title[node]])
        named[node] = next((ci for ci in found if ci >= 0), -1)
    return rest, n_title, named
