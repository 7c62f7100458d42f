"""From incidents to groups: clean, represent, search, score, link. Pure and deterministic."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from functools import partial

import numpy as np
import pandas as pd
from threadpoolctl import threadpool_limits

from problem_mining.bars import bar_of
from problem_mining.binding import At, Found, agreed, doubted, labelled
from problem_mining.bonds import Bonds
from problem_mining.code_groups import group_codes
from problem_mining.correction import Correction, corrected
from problem_mining.doubts import GroupDoubts
from problem_mining.embedding import Embed
from problem_mining.held_by import Reasons
from problem_mining.model import PairModel
from problem_mining.night import History, How
from problem_mining.nodes import FloatArray, IntArray, Rows, read_rows, subset
from problem_mining.scoring import GroupTerms
from problem_mining.search import Progress
from problem_mining.settings import DEFAULT, MiningSettings
from problem_mining.text_groups import (
    LinkedBefore,
    TextGroups,
    can_be_held,
    recipe_of,
    text_groups,
    text_groups_beside,
)
from problem_mining.texts import TextTable
from problem_mining.themes import Themes, are_bare, themes
from problem_mining.versions import CURRENT, MiningVersion
from problem_mining.weights import shipped_model
from problem_mining.wording import spoken, wording

NO_BONDS = Bonds()
"""Nobody has said anything yet."""
Leaves = Callable[[History], None]
OnTexts = Callable[[TextTable, History], None]


@dataclass(frozen=True, slots=True)
class Grouping:
    """Incidents in order of opening, each with its group.

    `labels[r]` is the group of row r, -1 for a single; `scores[r]` its mean pair probability with
    the other members, 0 for a single. `terms[g]` says what speaks for and against group g,
    `doubts[g]` what is nearly in it, where it would part and how steady it is.
    `model` is the pair model for rows with text, or None; `reasons` tells what holds groups.
    """

    rows: Rows
    labels: IntArray
    scores: FloatArray
    terms: tuple[GroupTerms, ...]
    model: PairModel | None
    version: MiningVersion
    doubts: tuple[GroupDoubts, ...] = ()
    reasons: Reasons | None = field(default=None, repr=False, compare=False)

    @property
    def keys(self) -> tuple[str, ...]:
        """The keys of the incidents, in order."""
        return self.rows.keys

    @property
    def n_groups(self) -> int:
        """How many groups there are."""
        return len(self.terms)

    def members(self) -> tuple[IntArray, ...]:
        """The rows of each group, in order."""
        grouped = np.flatnonzero(self.labels >= 0)
        order = grouped[np.argsort(self.labels[grouped], kind="stable")]
        bounds = np.searchsorted(self.labels[order], np.arange(self.n_groups + 1))
        return tuple(order[bounds[g] : bounds[g + 1]] for g in range(self.n_groups))


def mine(
    incidents: pd.DataFrame,
    settings: MiningSettings = DEFAULT,
    *,
    bonds: Bonds = NO_BONDS,
    correction: Correction | None = None,
    embed: Embed | None = None,
    progress: Progress | None = None,
) -> Grouping:
    """Groups incidents that look like repeats of one cause.

    The result depends on the content alone: not on the order of rows, threads or hash seeds.

    Args:
        incidents: column `key` (unique), and any of title, description, service, ci, category,
            subcategory, symptom, location, team, opened_at. Columns and values may be missing;
            others are ignored. Personal data should be out of the texts already.
        settings: how to group.
        bonds: what people said about which incidents belong together.
        correction: what the company's own evidence adds to the shipped weights.
        embed: the language model, where it is installed; it is asked where texts are all there is.
        progress: is told the stage and how much of the work is done, 0 to 1.

    Returns:
        Each incident with its group and score.

    Raises:
        MiningError: there is no usable column `key`.
    """
    tell = progress or (lambda stage, share: None)
    tell("cleaning texts", 0.0)
    rows = read_rows(incidents)
    with threadpool_limits(limits=1):
        found = _themes(incidents, embed) if are_bare(rows) else None
        grouping, _ = _Run(rows, settings, bonds, correction, found, tell).grouped()
    tell("done", 1.0)
    return grouping


def _themes(incidents: pd.DataFrame, embed: Embed | None) -> Themes | None:
    return themes(wording(spoken(incidents), embed))


@dataclass(frozen=True, slots=True)
class Known:
    """What a run leaves to the next one: its texts, and how those with text were linked.

    `n_new` is how many texts were new to it; None where it could go on from nothing.
    """

    texts: TextTable
    linked: LinkedBefore | None = None
    n_new: int | None = None


def mine_beside(
    incidents: pd.DataFrame,
    known: Known | None,
    settings: MiningSettings = DEFAULT,
    *,
    bonds: Bonds = NO_BONDS,
    correction: Correction | None = None,
    progress: Progress | None = None,
    on_texts: OnTexts = lambda texts, history: None,
) -> tuple[Grouping, Known]:
    """Groups incidents beside what is known from the run before: as a run over all of them would.

    Without anything known, or where too much of it has changed, all is fitted anew.

    Args:
        incidents: as for `mine`.
        known: what the run before left; None for nothing.
        settings: how to group.
        bonds: what people said about which incidents belong together.
        correction: what the company's own evidence adds to the shipped weights.
        progress: is told the stage and how much of the work is done, 0 to 1.
        on_texts: is told what will be left of texts and their pairs, before these are linked.

    Returns:
        Each incident with its group and score; and what the next run can go on from.
    """
    tell = progress or (lambda stage, share: None)
    tell("cleaning texts", 0.0)
    rows = read_rows(incidents, known.texts if known else None)
    before = known.linked if known else None
    with threadpool_limits(limits=1):
        if are_bare(rows):
            whole = mine(incidents, settings, bonds=bonds, correction=correction, progress=progress)
            return whole, Known(rows.table)
        run = _Run(rows, settings, bonds, correction, None, tell)
        grouping, kept = run.grouped(before, partial(on_texts, rows.table))
    tell("done", 1.0)
    return grouping, Known(rows.table, kept, kept.n_new if kept else None)


@dataclass(frozen=True, slots=True)
class _Run:
    """What one run groups, and how."""

    rows: Rows
    settings: MiningSettings
    bonds: Bonds
    correction: Correction | None
    by_company: Themes | None
    tell: Progress

    def grouped(
        self, before: LinkedBefore | None = None, leaves: Leaves | None = None
    ) -> tuple[Grouping, LinkedBefore | None]:
        """The groups, and what the next run can go on from."""
        rows, settings, by_company = self.rows, self.settings, self.by_company
        worded, coded = np.flatnonzero(rows.has_word), np.flatnonzero(~rows.has_word)
        model, texts = None, None
        if len(worded):
            model = corrected(shipped_model(rows.codes, worded), self.correction)

        def clears_bar(terms: GroupTerms) -> bool:
            bar = bar_of(len(terms.scores), len(worded), settings, model)
            return float(terms.scores.mean()) >= bar

        if model is not None:
            how = How(settings, model, recipe_of(settings, model))
            texts = self._texts(worded, how, before, clears_bar, leaves)
        by_text = self._found(worded, texts)
        found = [
            each
            for each in by_text
            if by_company is not None
            or (len(each.rows) >= settings.min_members and clears_bar(each.terms))
        ]
        self.tell("comparing codes", 0.8)
        found += _by_codes(rows, coded, settings)
        found.sort(key=lambda group: int(group.rows[0]))
        labels, scores = labelled(found, len(rows.keys))
        at, as_linked = At(rows, worded, texts.scorer if texts else None), found
        if not self.bonds.is_empty:
            found = agreed(found, labels, at, self.bonds, clears_bar)
            labels, scores = labelled(found, len(rows.keys))
        doubts, kept = self._doubted(found, as_linked, by_text, at, texts)
        terms_of = tuple(each.terms for each in found)
        why = Reasons(rows, worded, texts if by_company is None else None, settings, model)
        return Grouping(rows, labels, scores, terms_of, model, CURRENT, doubts, why), kept

    def _texts(
        self,
        worded: IntArray,
        how: How,
        before: LinkedBefore | None,
        clears_bar: Callable[[GroupTerms], bool],
        leaves: Leaves | None,
    ) -> TextGroups:
        rows = subset(self.rows, worded)
        if leaves is not None and can_be_held(rows, how.model):
            asked = {*self.bonds.of, *self.bonds.grown}
            return text_groups_beside(rows, how, before, asked, clears_bar, self.tell, leaves)
        themes_of = self.by_company.labels[worded] if self.by_company else None
        return text_groups(rows, self.settings, how.model, self.tell, themes_of)

    def _found(self, worded: IntArray, texts: TextGroups | None) -> list[Found]:
        """The groups of rows with text, in their order."""
        if texts is None:
            return []
        told = ((worded[inside], terms) for inside, terms in texts.groups)
        if self.by_company is not None:
            return [self.by_company.told(inside, terms) for inside, terms in told]
        return [Found(inside, terms) for inside, terms in told]

    def _doubted(
        self,
        found: list[Found],
        as_linked: list[Found],
        by_text: list[Found],
        at: At,
        texts: TextGroups | None,
    ) -> tuple[tuple[GroupDoubts, ...], LinkedBefore | None]:
        """What speaks against each group, and what the next run can go on from."""
        if texts is None or self.by_company is not None:
            return (GroupDoubts(),) * len(found) if texts is None else (), None
        self.tell("looking for doubts", 0.85)
        number = {id(each): group for group, each in enumerate(by_text)}
        held = {id(by_text[group]): each.at_rows(at.worded) for group, each in texts.held.items()}
        doubts = doubted(found, as_linked, at, texts.linked, texts.steady, held)
        place = np.full(len(at.rows.keys), -1, dtype=np.int64)
        place[at.worded] = np.arange(len(at.worded))
        told = {
            number[id(each)]: doubt.at_rows(place)
            for each, doubt in zip(found, doubts, strict=True)
            if id(each) in number
        }
        return tuple(doubts), texts.kept(told)


def _by_codes(rows: Rows, coded: IntArray, settings: MiningSettings) -> Iterator[Found]:
    """The groups of rows that have codes alone."""
    for group in group_codes(subset(rows, coded), settings) if len(coded) else []:
        terms = GroupTerms(group.scores, code_fields=group.fields, is_burst=group.is_burst)
        yield Found(coded[group.rows], terms)
