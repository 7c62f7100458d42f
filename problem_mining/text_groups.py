"""The groups of incidents with text: over everything at once, or beside what a run before left."""

import json
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field
from hashlib import sha256

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from problem_mining.corpus import content_hashes
from problem_mining.doubts import LEAST_NEAR, GroupDoubts, Steady
from problem_mining.grouping import link, numbered, within_reach
from problem_mining.model import PairModel, Scorer, as_plain
from problem_mining.night import History, How, Night, looks_of, night
from problem_mining.night_groups import (
    Linkage,
    Steadied,
    compact,
    linked_now,
    still_there,
)
from problem_mining.night_lists import Match, matched
from problem_mining.nodes import FloatArray, IntArray, Rows, collapse, is_text_alone
from problem_mining.pair_rows import of_both, with_one_of
from problem_mining.pair_scoring import score_pairs, taught
from problem_mining.scoring import GroupTerms, score_groups
from problem_mining.search import Progress, search, widened
from problem_mining.settings import DEFAULT, MiningSettings
from problem_mining.steadiness import Linked, rounds_of, spread, stability, turns_of
from problem_mining.surroundings import Asked
from problem_mining.texts import Hashes
from problem_mining.versions import CURRENT
from problem_mining.weights import teacher_of


@dataclass(frozen=True, slots=True)
class LinkedBefore:
    """The groups of texts as a run before linked them.

    Attributes:
        history: what that run left of texts and pairs.
        linkage: the group of each text.
        keys: hashes of the keys of the rows with text.
        groups: the group of each of these rows, -1 for singles.
        terms: what holds each group together.
        doubts: what speaks against some groups, by number; rows are those with text.
        n_new: how many texts were new to that run; None where all of them were.
    """

    history: History
    linkage: Linkage
    keys: Hashes
    groups: IntArray
    terms: tuple[GroupTerms, ...]
    doubts: Mapping[int, GroupDoubts]
    n_new: int | None = None


@dataclass(frozen=True, slots=True)
class TextGroups:
    """Groups of the rows with text, in order of their first row, and what they can be asked.

    `held` has what is known to speak against some of them. `tonight` and `linkage` are there where
    the next run can go on from this one.
    """

    groups: tuple[tuple[IntArray, GroupTerms], ...]
    scorer: Scorer
    linked: Linked
    steady: Steady
    held: Mapping[int, GroupDoubts] = field(default_factory=dict)
    tonight: Night | None = None
    linkage: Linkage | None = None
    keys: Hashes = field(default_factory=lambda: np.empty(0, dtype=np.uint64))
    settings: MiningSettings = DEFAULT

    def asked(self, groups: Collection[IntArray]) -> Asked:
        """The pair model at work on the texts of some groups of rows, and on what is near."""
        n_nodes = len(self.scorer.space.nodes)
        if self.tonight is None:
            return Asked(self.scorer, self.linked, np.arange(n_nodes))
        anew = spread(list(groups), len(self.keys))
        nobody = np.zeros(len(anew), dtype=bool)
        at_work = _at_work(self.tonight, anew, nobody, least=0.0, is_lean=False)
        return Asked(*at_work, looks_of(self.tonight, self.settings))

    def kept(self, doubts: Mapping[int, GroupDoubts]) -> LinkedBefore | None:
        """What the next run can go on from; `doubts` are by number of group."""
        if self.tonight is None or self.linkage is None:
            return None
        of_row = np.full(len(self.keys), -1, dtype=np.int64)
        for group, (rows, _) in enumerate(self.groups):
            of_row[rows] = group
        terms = tuple(each for _, each in self.groups)
        tonight = self.tonight
        n_new = None if tonight.changed is None else len(tonight.match.new)
        return LinkedBefore(tonight.history, self.linkage, self.keys, of_row, terms, doubts, n_new)


def recipe_of(settings: MiningSettings, model: PairModel) -> str:
    """A name for all that scores hang on but the incidents: version, settings, weights."""
    told = json.dumps([CURRENT.name, settings.model_dump(), as_plain(model)], sort_keys=True)
    return sha256(told.encode()).hexdigest()[:16]


def can_be_held(rows: Rows, model: PairModel) -> bool:
    """Whether the next run can go on from this one: not where there is little, or text alone."""
    return model.second is not None and not is_text_alone(rows.codes)


def text_groups(
    rows: Rows,
    settings: MiningSettings,
    model: PairModel,
    tell: Progress,
    themes: IntArray | None = None,
) -> TextGroups:
    """Groups of rows with text, over everything at once; as `themes`, where these are known."""
    nodes = collapse(rows)
    space, pairs = search(nodes, settings, tell)
    tell("scoring pairs", 0.4)
    if teacher := teacher_of(model):
        space = taught(space, pairs, teacher)
        pairs = widened(space, pairs, settings)
    scorer, p = score_pairs(space, pairs, model, corrects_prior=settings.corrects_prior)
    tell("linking", 0.65)
    kept = within_reach(len(nodes), pairs, p, settings.threshold)
    of_node = link(
        len(nodes),
        pairs[kept],
        p[kept],
        threshold=settings.threshold,
        link_cap=settings.link_cap,
    )
    near = np.flatnonzero(p >= LEAST_NEAR)
    told = np.union1d(kept, near)
    linked = Linked(pairs[told], p[told])
    rounds = rounds_of(len(near))
    names = content_hashes(nodes, rows.values, rows.keys)

    def steady(groups: Collection[IntArray]) -> tuple[FloatArray, int]:
        return stability(names, linked, list(groups), settings, rounds), rounds

    labels = of_rows(of_node, nodes.of_row)
    if themes is not None:
        labels = themes
    tell("weighing groups", 0.7)
    return TextGroups(tuple(score_groups(scorer, labels)), scorer, linked, steady)


def of_rows(of_node: IntArray, of_row: IntArray) -> IntArray:
    """The group of each row; a text that stands alone may still be several rows: exact repeats."""
    alone = np.flatnonzero(of_node < 0)
    of_node = of_node.copy()
    of_node[alone] = of_node.max(initial=-1) + 1 + np.arange(len(alone))
    return numbered(of_node[of_row])


def text_groups_beside(
    rows: Rows,
    how: How,
    before: LinkedBefore | None,
    asked: Collection[str],
    clears_bar: Callable[[GroupTerms], bool],
    tell: Progress,
    leaves: Callable[[History], None],
) -> TextGroups:
    """The same, beside what a run before left.

    Args:
        rows: those with text.
        how: how the run is made.
        before: what the run before left.
        asked: keys of rows whose groups people had a say in.
        clears_bar: whether a group is proposed, and so doubted.
        tell: is told the stage and the share of a whole run that is done.
        leaves: is told what this run will leave of texts and pairs, before they are linked.
    """
    tonight = night(rows, how, before.history if before else None, tell)
    leaves(tonight.history)
    if tonight.changed is None:
        before = None
    tell("linking", 0.65)
    steady = _linked_tonight(tonight, before, how.settings)
    labels = of_rows(steady.linkage.label, tonight.nodes.of_row)
    keys = _key_hashes(rows)
    by_people = np.fromiter((key in asked for key in rows.keys), bool, len(rows.keys))
    old = matched(before.keys if before else keys[:0], keys)
    was = (before.groups if before else labels[:0]), old.old
    unchanged = still_there(labels, was, tonight, steady.linkage, by_people)
    same = _settled(unchanged, before, clears_bar) if before else {}
    tell("weighing groups", 0.7)
    anew = np.where(np.isin(labels, list(same)), -1, labels)
    scorer, linked, chosen = _at_work(tonight, anew, by_people)
    groups = dict(_as_before(before, labels, same))
    held = _held(before, same, old, groups, tonight.nodes.of_row, steady)
    found = score_groups(scorer, compact(anew))
    groups |= {int(labels[inside[0]]): (inside, terms) for inside, terms in found}
    return TextGroups(
        groups=tuple(groups[label] for label in sorted(groups)),
        scorer=scorer,
        linked=linked,
        steady=lambda some: steady([chosen[nodes] for nodes in some]),
        held=held,
        tonight=tonight,
        linkage=steady.linkage,
        keys=keys,
        settings=how.settings,
    )


def _linked_tonight(
    tonight: Night, before: LinkedBefore | None, settings: MiningSettings
) -> Steadied:
    """How texts are linked, and how steady that is."""
    history = tonight.history
    turns = turns_of(history.hashes, history.basis.n_rounds)
    was = before.linkage if before else None
    linkage = linked_now(history.scored, settings, was, tonight.match, tonight.changed, turns)
    return Steadied(linkage, turns)


def _settled(
    same: Mapping[int, int], before: LinkedBefore, clears_bar: Callable[[GroupTerms], bool]
) -> dict[int, int]:
    """The unchanged groups of which everything is known that will be told."""
    return {
        now: was
        for now, was in same.items()
        if was in before.doubts or not clears_bar(before.terms[was])
    }


def _key_hashes(rows: Rows) -> Hashes:
    return pd.util.hash_array(np.array(rows.keys, dtype=object), categorize=False)


def _as_before(
    before: LinkedBefore | None, labels: IntArray, same: Mapping[int, int]
) -> list[tuple[int, tuple[IntArray, GroupTerms]]]:
    """The groups that are as they were."""
    if before is None or not same:
        return []
    rows = np.flatnonzero(np.isin(labels, list(same)))
    rows = rows[np.argsort(labels[rows], kind="stable")]
    cuts = np.flatnonzero(np.diff(labels[rows])) + 1
    return [
        (int(labels[some[0]]), (some, before.terms[same[int(labels[some[0]])]]))
        for some in np.split(rows, cuts)
    ]


def _held(
    before: LinkedBefore | None,
    same: Mapping[int, int],
    old: Match,
    groups: Mapping[int, tuple[IntArray, GroupTerms]],
    of_row: IntArray,
    steady: Steadied,
) -> dict[int, GroupDoubts]:
    """What is known to speak against groups that are as they were, and how steady they are now."""
    known = {} if before is None else {g: w for g, w in same.items() if w in before.doubts}
    if before is None or not known:
        return {}
    nodes = [np.unique(of_row[groups[group][0]]) for group in known]
    now = [before.doubts[was].at_rows(old.now) for was in known.values()]
    return dict(zip(known, steady.told(now, nodes), strict=True))


def _at_work(
    tonight: Night,
    anew: IntArray,
    by_people: NDArray[np.bool_],
    least: float = LEAST_NEAR,
    *,
    is_lean: bool = True,
) -> tuple[Scorer, Linked, IntArray]:
    """The pair model at work on the texts of some groups and all that nearly are in them.

    Near is what one of them is at least so likely to repeat.
    """
    scored, of_row = tonight.history.scored, tonight.nodes.of_row
    n = len(tonight.nodes)
    chosen = np.zeros(n, dtype=bool)
    chosen[of_row[anew >= 0]] = True
    chosen[of_row[by_people]] = True
    near = np.flatnonzero(scored.p >= least)
    pairs = scored.pairs[near]
    beside = pairs[with_one_of(pairs, chosen)]
    chosen[beside[:, 0]] = chosen[beside[:, 1]] = True
    nodes = np.flatnonzero(chosen)
    scorer = tonight.measures.scorer(scored, nodes, tonight.history.basis.fall, is_lean=is_lean)
    place = np.full(n, -1, dtype=np.int64)
    place[nodes] = np.arange(len(nodes))
    told = near[of_both(pairs, chosen)]
    return scorer, Linked(place[scored.pairs[told]], scored.p[told].astype(np.float64)), nodes
