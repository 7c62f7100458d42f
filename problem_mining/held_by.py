"""What holds groups of a run together, and what they would be without it; asked for some groups."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Protocol

import numpy as np
from threadpoolctl import threadpool_limits

from problem_mining.bars import bar_of
from problem_mining.counterfactual import Counterfactual, Without
from problem_mining.model import PairModel
from problem_mining.nodes import IntArray, Rows
from problem_mining.settings import MiningSettings
from problem_mining.side_by_side import mapped
from problem_mining.surroundings import Asked

MAX_TEXTS = 300_000
"""Of more texts nothing is asked: it would hold on to the vectors of all of them."""
ASKED_TOGETHER = 8
"""Of so many groups on half are asked by a second process."""


class Askable(Protocol):
    """Groups of rows with text that can be asked about."""

    def asked(self, groups: Sequence[IntArray]) -> Asked:
        """The pair model at work on the texts of some groups, and on what is near."""
        ...


@dataclass(frozen=True, slots=True)
class Reasons:
    """Answers for groups of rows of one run; `worded` are the rows with text.

    `groups` is None where nothing is known: no text at all, or themes.
    """

    rows: Rows
    worded: IntArray
    groups: Askable | None
    settings: MiningSettings
    model: PairModel | None

    @property
    def can_tell(self) -> bool:
        """Whether anything is told at all: not of very many texts."""
        return self.groups is not None and len(self.worded) <= MAX_TEXTS

    def of(self, groups: Sequence[IntArray]) -> list[tuple[Without, ...]]:
        """For each group what it would be without its main reason, and without its main field.

        Nothing is said of groups that are not all of text, or of one text that comes again.
        """
        place = np.full(len(self.rows.keys), -1, dtype=np.int64)
        place[self.worded] = np.arange(len(self.worded))
        told: list[tuple[Without, ...]] = [() for _ in groups]
        chosen = [g for g, rows in enumerate(groups) if (place[rows] >= 0).all()]
        if self.groups is None or not chosen or not self.can_tell:
            return told
        chosen.sort(key=lambda g: -len(groups[g]))  # the large ones to either process in turn
        with threadpool_limits(limits=1):
            asked = self.groups.asked([place[groups[g]] for g in chosen])
            asked = replace(asked, texts=self.rows.texts.some(self.worded))
            answers = Counterfactual(asked, self.settings, self._bar)
            asked_of = [place[groups[g]] for g in chosen]
            found = mapped(answers.reasons, asked_of, least=ASKED_TOGETHER)
        for g, each in zip(chosen, found, strict=True):
            told[g] = tuple(
                replace(one, parts=tuple(self.worded[part] for part in one.parts)) for one in each
            )
        return told

    def _bar(self, n_members: int) -> float:
        return bar_of(n_members, len(self.worded), self.settings, self.model)
