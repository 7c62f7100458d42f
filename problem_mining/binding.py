"""How well incidents fit, for groups that people have changed: by pair score, else by codes."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType

import numpy as np

from problem_mining.bonds import Affinity, Bonds, regroup
from problem_mining.chunks import in_order, parts_of
from problem_mining.doubts import GroupDoubts, Steady, group_doubts
from problem_mining.model import Scorer, probability
from problem_mining.nodes import CODE_FIELDS, FloatArray, IntArray, Rows
from problem_mining.scoring import MAX_ANCHORS, GroupTerms, by_label, score_groups
from problem_mining.similarity import pair_features
from problem_mining.steadiness import Linked

NOTHING_HELD: Mapping[int, GroupDoubts] = MappingProxyType({})


@dataclass(frozen=True, slots=True)
class Found:
    """A group of rows and what holds it together; scores in the order of the rows."""

    rows: IntArray
    terms: GroupTerms


def affinity_of(rows: Rows, worded: IntArray, scorer: Scorer | None) -> Affinity:
    """How well rows fit with others: mean pair probability, or share of equal codes.

    The pair score is used where all rows have text, with up to 24 of the others, evenly spaced.

    Args:
        rows: all incidents.
        worded: those with text, in order; the scorer's rows.
        scorer: the pair model at work; None where no row has text.
    """
    place = np.full(len(rows.keys), -1, dtype=np.int64)
    place[worded] = np.arange(len(worded))

    def affinity(some: IntArray, others: IntArray) -> FloatArray:
        anchors = others[np.unique(np.linspace(0, len(others) - 1, MAX_ANCHORS).astype(np.int64))]
        has_text = bool((place[some] >= 0).all() and (place[anchors] >= 0).all())
        if scorer is None or not has_text:
            return equal_codes(rows, some, anchors)
        nodes = scorer.space.nodes.of_row
        left = np.repeat(nodes[place[some]], len(anchors))
        right = np.tile(nodes[place[anchors]], len(some))
        p = _pair_probability(scorer, np.column_stack([left, right]))
        means: FloatArray = p.reshape(len(some), len(anchors)).mean(axis=1)
        return means

    return affinity


def equal_codes(rows: Rows, some: IntArray, others: IntArray) -> FloatArray:
    """The share of codes that both have and that agree, mean over the others; shape (n,)."""
    agree = np.zeros((len(some), len(others)))
    known = np.zeros((len(some), len(others)))
    for field in CODE_FIELDS:
        left, right = rows.codes[field][some][:, None], rows.codes[field][others][None, :]
        both = (left >= 0) & (right >= 0)
        known += both
        agree += both & (left == right)
    means: FloatArray = (agree / np.maximum(known, 1)).mean(axis=1)
    return means


@dataclass(frozen=True, slots=True)
class At:
    """Where groups are looked at: all rows, those with text, the pair model at work on them."""

    rows: Rows
    worded: IntArray
    scorer: Scorer | None


def agreed(
    found: Sequence[Found],
    labels: IntArray,
    at: At,
    bonds: Bonds,
    clears_bar: Callable[[GroupTerms], bool],
) -> list[Found]:
    """Groups that agree with what people said.

    What is unchanged stays; what a person put together needs no bar; the rest has to clear it.

    Args:
        found: the groups before.
        labels: a label per row before, -1 for singles.
        at: where.
        bonds: what people said.
        clears_bar: whether a changed group is still proposed.
    """
    now, bound = regroup(labels, at.rows.keys, bonds, affinity_of(at.rows, at.worded, at.scorer))
    as_it_was = {id(group) for group in found}
    return [
        group
        for label, group in enumerate(rebound(found, now, at.rows, at.worded, at.scorer))
        if id(group) in as_it_was or label in bound or clears_bar(group.terms)
    ]


def rebound(
    found: Sequence[Found], labels: IntArray, rows: Rows, worded: IntArray, scorer: Scorer | None
) -> list[Found]:
    """Groups after people have had their say, in order of label; what is unchanged stays as it is.

    Args:
        found: the groups before.
        labels: a label per row now, -1 for singles.
        rows: all incidents.
        worded: those with text, in order; the scorer's rows.
        scorer: the pair model at work; None where no row has text.
    """
    before = {group.rows.tobytes(): group for group in found}
    groups = by_label(labels)
    changed = [rows_of for rows_of in groups if rows_of.tobytes() not in before]
    for rows_of, terms in _terms(changed, rows, worded, scorer):
        before[rows_of.tobytes()] = Found(rows_of, terms)
    return [before[rows_of.tobytes()] for rows_of in groups]


def _terms(
    groups: Sequence[IntArray], rows: Rows, worded: IntArray, scorer: Scorer | None
) -> list[tuple[IntArray, GroupTerms]]:
    has_text = np.zeros(len(rows.keys), dtype=bool)
    has_text[worded] = True
    texts = [group for group in groups if has_text[group].all()] if scorer else []
    of_worded = np.full(len(rows.keys), -1, dtype=np.int64)
    for label, group in enumerate(texts):
        of_worded[group] = label
    told = [(group, _code_terms(rows, group)) for group in groups if not has_text[group].all()]
    if scorer is not None:
        for inside, terms in score_groups(scorer, of_worded[worded]):
            told.append((worded[inside], terms))
    return told


def _code_terms(rows: Rows, group: IntArray) -> GroupTerms:
    """The terms of a group that people have put together, where not all of it has text."""
    scores = [equal_codes(rows, group[[k]], np.delete(group, k))[0] for k in range(len(group))]
    fields = tuple(f for f in CODE_FIELDS if _is_shared(rows.codes[f][group]))
    return GroupTerms(np.array(scores), code_fields=fields or CODE_FIELDS[:1])


def _is_shared(codes: IntArray) -> bool:
    """Whether at least half of some codes are one and the same."""
    known = codes[codes >= 0]
    return bool(len(known) and np.bincount(known).max() >= len(codes) / 2)


def _pair_probability(scorer: Scorer, pairs: IntArray) -> FloatArray:
    def of(part: slice) -> FloatArray:
        odds, _ = scorer.odds(pairs[part], pair_features(scorer.space, pairs[part]))
        return probability(odds)

    return np.concatenate([np.empty(0), *in_order(of, parts_of(len(pairs)))])


def doubted(
    found: Sequence[Found],
    as_linked: Sequence[Found],
    at: At,
    linked: Linked,
    steady: Steady,
    held: Mapping[int, GroupDoubts] = NOTHING_HELD,
) -> list[GroupDoubts]:
    """What speaks against each group; nothing is known of groups that are not all of text.

    Args:
        found: the groups, after people have had their say.
        as_linked: the groups before.
        at: where.
        linked: what linking went by.
        steady: tells how steady groups of texts are.
        held: what is known already, by the id of the group (`id(found[g])`).
    """
    place = np.full(len(at.rows.keys), -1, dtype=np.int64)
    place[at.worded] = np.arange(len(at.worded))
    is_worded = [bool((place[group.rows] >= 0).all()) for group in found]
    doubts = [GroupDoubts() for _ in found]
    if at.scorer is None:
        return doubts
    unchanged = {id(group) for group in as_linked}
    for g, group in enumerate(found):
        if id(group) in held:
            doubts[g] = held[id(group)]
    chosen = [g for g, has_text in enumerate(is_worded) if has_text and id(found[g]) not in held]
    told = group_doubts(
        at.scorer,
        linked,
        [place[found[g].rows] for g in chosen],
        [id(found[g]) in unchanged for g in chosen],
        steady,
    )
    for g, each in zip(chosen, told, strict=True):
        doubts[g] = each.at_rows(at.worded)
    return doubts


def labelled(found: Sequence[Found], n: int) -> tuple[IntArray, FloatArray]:
    """A label and a score per row."""
    labels = np.full(n, -1, dtype=np.int64)
    scores = np.zeros(n)
    for label, each in enumerate(found):
        labels[each.rows] = label
        scores[each.rows] = each.terms.scores
    return labels, scores
