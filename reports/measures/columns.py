"""The columns of a frame as plain arrays, each made once however many figures ask for it."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeVar, cast

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from reports.measures.data import Flags, Numbers, Positions, Texts, Times, flags, texts, times

T = TypeVar("T")
S = TypeVar("S", bound=np.generic)


@dataclass(frozen=True, slots=True)
class Coded:
    """A text column as codes; `words[code]` is the text, and a missing one has the code -1."""

    codes: Positions
    words: Texts

    def __getitem__(self, kept: Positions | Flags) -> "Coded":
        return self.only(kept)

    def only(self, rows: Positions | Flags) -> "Coded":
        """The codes at some rows, or at those that a mask keeps."""
        return Coded(self.codes[rows], self.words)

    def texts(self, blank: str | None = None) -> Texts:
        """The texts themselves, with a word where one is missing."""
        if not len(self.words):
            return np.full(len(self.codes), blank, dtype=object)
        named: Texts = self.words[self.codes]
        named[self.codes < 0] = blank
        return named

    def series(self) -> "pd.Series[str]":
        """The texts as a column of categories."""
        return pd.Series(pd.Categorical.from_codes(self.codes, pd.Index(self.words)))

    def marks(self, is_marked: Callable[[str], bool], blank: bool = False) -> Flags:
        """Where the text is one that a test accepts; it is asked once per word."""
        accepted = [*(is_marked(str(word)) for word in self.words), blank]
        return cast("Flags", np.array(accepted, dtype=bool)[self.codes])


class Columns:
    """Columns of one frame that does not change, and what else is made of it once.

    Args:
        frame: the rows.
        whole: where its rows were taken from, with the places they have there; what is known of
            these is used.
    """

    def __init__(
        self, frame: pd.DataFrame | None, whole: "tuple[Columns, Positions] | None" = None
    ) -> None:
        self._frame = frame
        self._whole = whole
        self._made: dict[object, object] = {}

    @property
    def frame(self) -> pd.DataFrame:
        """All columns of the rows; taken from the whole when it is first asked for."""
        if self._frame is None:
            self._frame = self._taken(slice(None))
        return self._frame

    def _taken(self, names: slice | list[str]) -> pd.DataFrame:
        if self._whole is None:
            return self.frame[names]
        whole, rows = self._whole
        return whole.frame[names].iloc[rows].reset_index(drop=True)

    def of_rows(self, kept: Flags) -> "Columns":
        """The same columns of some of the rows."""
        return Columns(None, (self, np.flatnonzero(kept)))

    def only(self, names: list[str], rows: Positions) -> pd.DataFrame:
        """A few columns of a few rows."""
        if self._whole is None:
            return self.frame[names].iloc[rows]
        whole, places = self._whole
        return whole.only(names, places[rows])

    def named(self, names: list[str]) -> pd.DataFrame:
        """A few columns of the rows in which the last of them is known."""
        return self.only(names, np.flatnonzero(self.is_known(names[-1])))

    def column(self, name: str) -> "pd.Series":
        """One column as the frame has it."""
        return self.once(("column", name), lambda: self._taken([name])[name])

    def _of(self, make: "Callable[[Columns], NDArray[S]]") -> "NDArray[S] | None":
        """The values of the whole at these rows; None where these rows are the whole."""
        if self._whole is None:
            return None
        whole, rows = self._whole
        return make(whole)[rows]

    def once(self, key: object, make: Callable[[], T]) -> T:
        """What `make` gives, made when it is first asked for."""
        if key not in self._made:
            self._made[key] = make()
        return cast("T", self._made[key])

    def coded(self, name: str) -> Coded:
        """A text column as codes, its words in the order in which they first come."""
        return self.once(("coded", name), lambda: self._coded(name))

    def _coded(self, name: str) -> Coded:
        if self._whole is None:
            return coded(self.frame[name])
        whole, rows = self._whole
        taken = whole.coded(name).only(rows)
        codes, used = pd.factorize(np.where(taken.codes < 0, np.nan, taken.codes))
        return Coded(codes, taken.words[used.astype(np.intp)])

    def texts(self, name: str, blank: str | None = None) -> Texts:
        """A text column as an object array, with a word where one is missing."""
        return self.once(("texts", name, blank), lambda: self._texts(name, blank))

    def _texts(self, name: str, blank: str | None) -> Texts:
        if self._whole is not None:
            whole, rows = self._whole
            return whole.texts(name, blank)[rows]
        if blank is None:
            return texts(self.frame, name)
        return self.coded(name).texts(blank)

    def is_known(self, name: str) -> Flags:
        """Where a column is not missing."""
        return self.once(("known", name), lambda: self._is_known(name))

    def _is_known(self, name: str) -> Flags:
        taken = self._of(lambda whole: whole.is_known(name))
        return self.frame[name].notna().to_numpy() if taken is None else taken

    def times(self, name: str) -> Times:
        """A time column as naive UTC."""
        return self.once(("times", name), lambda: self._times(name))

    def _times(self, name: str) -> Times:
        taken = self._of(lambda whole: whole.times(name))
        return times(self.frame, name) if taken is None else taken

    def flags(self, name: str) -> Flags:
        """A flag column; missing is False."""
        return self.once(("flags", name), lambda: self._flags(name))

    def _flags(self, name: str) -> Flags:
        taken = self._of(lambda whole: whole.flags(name))
        return flags(self.frame, name) if taken is None else taken

    def numbers(self, name: str) -> Numbers:
        """A column of numbers; missing is NaN."""
        return self.once(("numbers", name), lambda: self._numbers(name))

    def _numbers(self, name: str) -> Numbers:
        taken = self._of(lambda whole: whole.numbers(name))
        if taken is not None:
            return taken
        return self.frame[name].to_numpy(dtype=np.float64, na_value=np.nan)


def as_coded(column: "pd.Series[str]") -> Coded:
    """A text column as codes of words in any order, some of which may not come at all."""
    if isinstance(column.dtype, pd.CategoricalDtype):
        words = column.cat.categories.to_numpy(dtype=object)
        return Coded(column.cat.codes.to_numpy().astype(np.intp), words)
    return coded(column)


def coded(column: "pd.Series[str]") -> Coded:
    """A text column as codes, its words in the order in which they first come."""
    codes, words = pd.factorize(column)
    return Coded(codes.astype(np.intp, copy=False), np.asarray(words, dtype=object))
