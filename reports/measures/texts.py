"""Which records have the same text, however it is spaced and capitalised."""

import numpy as np
import pandas as pd

from reports.measures.data import Positions

TEXT_CODE = "_text"
"""Column of prepared records: what `text_codes` says of them."""


def text_codes(records: pd.DataFrame) -> Positions:
    """A code per distinct title and description; -1 without a title."""
    if TEXT_CODE in records:
        return records[TEXT_CODE].to_numpy(dtype=np.intp)
    codes, titles = pd.factorize(records["title"])
    more, descriptions = pd.factorize(records["description"])
    title = np.append(pd.factorize(_folded(titles))[0], -1)[codes]
    description = np.append(pd.factorize(_folded(descriptions))[0], -1)[more]
    both = pd.factorize(title.astype(np.int64) * (len(descriptions) + 1) + description + 1)[0]
    return np.where(title < 0, -1, both)


def _folded(texts: "pd.Index[str]") -> "pd.Index[str]":
    return pd.Index([" ".join(str(text).casefold().split()) for text in texts])
