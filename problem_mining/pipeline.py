"""From incidents to groups: clean, represent, search, score, link. Pure and deterministic."""

import hashlib
import math
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import pandas as pd
from threadpoolctl import threadpool_limits

from problem_mining.binding import At, Found, agreed, doubted
from problem_mining.bonds import Bonds
from problem_mining.code_groups import group_codes
from problem_mining.correction import Correction, corrected
from problem_mining.doubts import LEAST_NEAR, GroupDoubts
from problem_mining.embedding import Embed
from problem_mining.grouping import link, numbered, within_reach
from problem_mining.model import PairModel, Scorer
from problem_mining.nodes import FloatArray, IntArray, Rows, collapse, read_rows, subset
from problem_mining.pair_scoring import score_pairs, taught
from problem_mining.scoring import GroupTerms, score_groups
from problem_mining.search import Progress, search, widened
from problem_mining.settings import DEFAULT, MiningSettings
from problem_mining.steadiness import NOTHING_LINKED, Linked
from problem_mining.themes import Themes, are_bare, themes
from problem_mining.versions import CURRENT, MiningVersion
from problem_mining.weights import shipped_model, teacher_of
from problem_mining.wording import spoken, wording

BAR_AT = 5_000
"""Incidents up to which the bars hold as they are set; with more they rise."""
MAX_SMALL = 5
"""Larger groups are hardly ever there by chance, of however many incidents."""
NO_BONDS = Bonds()
"""Nobody has said anything yet."""


@dataclass(frozen=True, slots=True)
class Grouping:
    """Incidents in order of key, each with its group.

    `labels[r]` is the group of row r, -1 for a single; `scores[r]` its mean pair probability with
    the other members, 0 for a single. `terms[g]` says what speaks for and against group g,
    `doubts[g]` what is nearly in it, where it would part and how steady it is.
    `model` is the pair model for rows with text, None where no row has text.
    """

    rows: Rows
    labels: IntArray
    scores: FloatArray
    terms: tuple[GroupTerms, ...]
    model: PairModel | None
    version: MiningVersion
    doubts: tuple[GroupDoubts, ...] = ()

    @property
    def keys(self) -> tuple[str, ...]:
        """The keys of the incidents, in order."""
        return self.rows.keys

    @property
    def n_groups(self) -> int:
        """How many groups there are."""
        return len(self.terms)

    def members(self) -> tuple[IntArray, ...]:
        """The rows of each group, in order of key."""
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
        grouping = _mine(rows, settings, bonds, correction, found, tell)
    tell("done", 1.0)
    return grouping


def _themes(incidents: pd.DataFrame, embed: Embed | None) -> Themes | None:
    return themes(wording(spoken(incidents), embed))


def _mine(
    rows: Rows,
    settings: MiningSettings,
    bonds: Bonds,
    correction: Correction | None,
    by_company: Themes | None,
    tell: Progress,
) -> Grouping:
    worded, coded = np.flatnonzero(rows.has_word), np.flatnonzero(~rows.has_word)
    model = corrected(shipped_model(rows.codes, worded), correction) if len(worded) else None
    found: list[Found] = []
    scorer, linked = None, NOTHING_LINKED

    def clears_bar(terms: GroupTerms) -> bool:
        bar = bar_of(len(terms.scores), len(worded), settings, model)
        return float(terms.scores.mean()) >= bar

    if model is not None:
        scorer, linked, of_worded = _link_texts(rows, worded, model, settings, tell)
        tell("weighing groups", 0.7)
        if by_company is not None:
            of_worded = by_company.labels[worded]
        for inside, terms in score_groups(scorer, of_worded):
            if by_company is not None:
                found.append(by_company.told(worded[inside], terms))
            elif len(inside) >= settings.min_members and clears_bar(terms):
                found.append(Found(worded[inside], terms))
    tell("comparing codes", 0.8)
    found += _by_codes(rows, coded, settings)
    found.sort(key=lambda group: int(group.rows[0]))
    labels, scores = _labelled(found, len(rows.keys))
    at, as_linked = At(rows, worded, scorer), found
    if not bonds.is_empty:
        found = agreed(found, labels, at, bonds, clears_bar)
        labels, scores = _labelled(found, len(rows.keys))
    tell("looking for doubts", 0.85)
    doubts = doubted(found, as_linked, at, linked, settings) if by_company is None else ()
    terms_of = tuple(each.terms for each in found)
    return Grouping(rows, labels, scores, terms_of, model, CURRENT, tuple(doubts))


def _by_codes(rows: Rows, coded: IntArray, settings: MiningSettings) -> Iterator[Found]:
    """The groups of rows that have codes alone."""
    for group in group_codes(subset(rows, coded), settings) if len(coded) else []:
        terms = GroupTerms(group.scores, code_fields=group.fields, is_burst=group.is_burst)
        yield Found(coded[group.rows], terms)


def _labelled(found: list[Found], n: int) -> tuple[IntArray, FloatArray]:
    """A label and a score per row."""
    labels = np.full(n, -1, dtype=np.int64)
    scores = np.zeros(n)
    for label, each in enumerate(found):
        labels[each.rows] = label
        scores[each.rows] = each.terms.scores
    return labels, scores


def _link_texts(
    rows: Rows, worded: IntArray, model: PairModel, settings: MiningSettings, tell: Progress
) -> tuple[Scorer, Linked, IntArray]:
    """Links the rows with text: the pair model at work, its pairs, and a label per such row."""
    nodes = collapse(subset(rows, worded))
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
    # A node that stands alone may still be several rows: the same text, service and CI.
    alone = np.flatnonzero(of_node < 0)
    of_node[alone] = of_node.max(initial=-1) + 1 + np.arange(len(alone))
    told = np.union1d(kept, np.flatnonzero(p >= LEAST_NEAR))
    return scorer, Linked(pairs[told], p[told]), numbered(of_node[nodes.of_row])


def bar_of(n_members: int, n: int, settings: MiningSettings, model: PairModel | None) -> float:
    """The mean pair probability from which a group of one of n incidents is proposed.

    Two that look alike by chance are common, five are not; and of n incidents there are n times n
    chances. A plain model does not see how much repeats at all, so more is asked of it.
    """
    small = {2: settings.bar_two, 3: settings.bar_three}
    if model is None or model.second is None:
        small = {2: settings.plain_bar_two, 3: settings.plain_bar_three}
    bar = small.get(n_members, settings.bar)
    if n <= BAR_AT or n_members > MAX_SMALL or not bar:
        return bar
    odds = math.log(bar / (1 - bar)) + settings.bar_growth * math.log(n / BAR_AT)
    return 1 / (1 + math.exp(-odds))


def candidate_id(keys: list[str]) -> str:
    """An id made from the members alone."""
    digest = hashlib.sha256("\x1f".join(sorted(keys)).encode()).hexdigest()
    return f"PC-{digest[:10]}"


def assignments(grouping: Grouping) -> pd.DataFrame:
    """Every incident once, in order of id, with its candidate and score.

    Returns:
        Columns `id`, `candidate_id` ("" for a single) and `score` (0 for a single, 6 decimals).
    """
    ids = [""] * len(grouping.keys)
    for members in grouping.members():
        name = candidate_id([grouping.keys[row] for row in members])
        for row in members:
            ids[row] = name
    return pd.DataFrame(
        {
            "id": pd.Series(grouping.keys, dtype="str"),
            "candidate_id": pd.Series(ids, dtype="str"),
            "score": np.round(grouping.scores, 6),
        }
    )
