"""What would become of a group if what holds it together were not known.

A group is answered for by itself: what its texts say, or what one of their fields holds, is left
out, their pairs with each other and with what is near are scored again, and all of these are linked
anew. What is learned of the whole history is left as it is.
`python -m tests.eval.why_eval` takes the reason away for good, mines again and compares.
"""

from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np

from problem_mining.company import own_part
from problem_mining.features import Float32, identifiers
from problem_mining.grouping import link
from problem_mining.looked_for import Few, Flags, looked_at
from problem_mining.model import own_odds, probability
from problem_mining.nodes import FloatArray, IntArray
from problem_mining.settings import MiningSettings
from problem_mining.similarity import PairSpace, pair_features, with_fields_of
from problem_mining.surroundings import Asked, Local, Surroundings, changed
from problem_mining.text import clean
from problem_mining.tokens import LANGUAGES, is_machine_made, language_of
from problem_mining.tokens import terms as terms_in
from problem_mining.unworded import Unworded, cut_out

FIELDS = ("service", "ci", "category", "symptom", "location", "team")
PHRASE = "phrase"
"""The terms that at least half of the texts of a group share."""
REASONS = (PHRASE, *FIELDS)
SHARED_SHARE = 0.5
"""Of the texts of a group that name a field, so many must name the same."""

Bar = Callable[[int], float]
"""The mean score from which a group of so many incidents is proposed."""


@dataclass(frozen=True, slots=True)
class Without:
    """What is left of a group without one reason.

    Attributes:
        reason: one of REASONS.
        falls: how much the mean log-odds of its pairs fall by their own features.
        parts: rows that would still be proposed together, the largest part first.
        terms: of the phrase.
    """

    reason: str
    falls: float
    parts: tuple[IntArray, ...] = ()
    terms: tuple[str, ...] = ()


class Counterfactual:
    """Answers for the groups of one run."""

    def __init__(self, asked: Asked, settings: MiningSettings, bar: Bar) -> None:
        self._scorer = asked.scorer
        self._column = asked.column
        self._looks = asked.looks
        self._texts = asked.texts
        self._settings = settings
        self._bar = bar
        space = asked.scorer.space
        self._n = len(space.nodes)
        of_row = space.nodes.of_row
        self._rows_of = np.bincount(of_row[of_row >= 0], minlength=self._n)
        self._surroundings = Surroundings(asked)
        n_texts = self._n if asked.scorer.n is None else asked.scorer.n
        self._unworded = Unworded(space, identifiers(space.text.vocabulary), n_texts)

    def reasons(self, rows: IntArray) -> list[Without]:
        """What holds a group of rows together, the strongest first, and what it would be without.

        Told are the strongest of all and, where that is what is said, the strongest field.
        """
        nodes = np.unique(self._scorer.space.nodes.of_row[rows])
        if len(nodes) < 2:
            return []
        local = self._surroundings.of(nodes)
        inside = local.pairs[(local.pairs < local.n).all(axis=1)]
        features = pair_features(local.space, inside)
        before, found = self._own(features).mean(), []
        for reason, space, terms in self._spaces(local):
            # What texts say does not hang on fields, and is by far the most to measure.
            left = (
                pair_features(space, inside)
                if reason == PHRASE
                else with_fields_of(space, inside, features)
            )
            falls = float(before - self._own(left).mean())
            if falls > 0:
                found.append((Without(reason, falls, terms=terms), space))
        found.sort(key=lambda each: -round(each[0].falls, 6))
        fields = [each for each in found if each[0].reason != PHRASE]
        told = found[:1] + [each for each in fields[:1] if each is not found[0]]
        return [
            replace(each, parts=self._rows(rows, self._parts(local, space, bool(each.terms))))
            for each, space in told
        ]

    def _looked_at(
        self, local: Local, space: PairSpace, *, is_reworded: bool
    ) -> tuple[PairSpace, Flags]:
        """The space with the density there would be, and which pairs would be scored."""
        if self._looks is None or space.meaning.vectors is None:
            return space, local.is_scored
        few = Few(
            at=self._column[local.nodes],
            n=local.n,
            dense=space.text.dense,
            meanings=space.meaning.vectors,
            rare=self._unworded.rare_shared(space.text.words),
            codes=space.nodes.codes,
            is_reworded=is_reworded,
        )
        found, density = looked_at(self._looks, few)
        if density is not None:
            both = space.density.copy()
            both[: local.n] = density
            space = replace(space, density=both)
        i, j = local.pairs.T
        return space, found[i, j]

    def _spaces(self, local: Local) -> Iterator[tuple[str, PairSpace, tuple[str, ...]]]:
        """The space as it would be without each reason that there is."""
        members = np.arange(local.n)
        for field in FIELDS:
            codes = local.space.nodes.codes[field][: local.n]
            known = codes[codes >= 0]
            if len(known) >= 2 and np.bincount(known).max() >= max(2, SHARED_SHARE * local.n):
                yield field, _blank(local.space, members, field), ()
        terms = self._unworded.phrase(local.nodes[: local.n])
        if len(terms) and self._unworded.can_tell:
            space = self._unworded.without(local.space, local.nodes, local.n, terms)
            vocabulary = self._scorer.space.text.vocabulary
            said = tuple(vocabulary[term] for term in terms.tolist())
            yield PHRASE, self._read_again(local, space, said), said

    def _read_again(self, local: Local, space: PairSpace, gone: Sequence[str]) -> PairSpace:
        """The space where language and kind of what has lost terms are told from what is left."""
        if not self._texts:
            return space
        nodes, terms = space.nodes, set(gone)
        language, kind = nodes.language.copy(), nodes.is_machine_made.copy()
        for at, text in enumerate(self._cut(local, terms)):
            language[at] = ("", *LANGUAGES).index(language_of(text)) - 1
            kind[at] = is_machine_made(text, terms_in(text))
        return replace(space, nodes=replace(nodes, language=language, is_machine_made=kind))

    def _cut(self, local: Local, gone: Collection[str]) -> list[str]:
        spelling = self._scorer.space.nodes.spelling
        rows = self._scorer.space.nodes.first[local.nodes[: local.n]]
        found = (cut_out(self._texts[row], gone, spelling) for row in rows.tolist())
        return [clean(text) for text in found]

    def _own(self, features: Float32) -> FloatArray:
        scorer = self._scorer
        n = self._n if scorer.n is None else scorer.n
        return own_odds(features, scorer.model, n, corrects_prior=scorer.corrects_prior)

    def _parts(self, local: Local, space: PairSpace, is_reworded: bool) -> list[IntArray]:
        """The members that would still be proposed together, by place, the largest part first."""
        space, scored = self._looked_at(local, space, is_reworded=is_reworded)
        features = pair_features(space, local.pairs)
        own = self._own(features)
        company = changed(local, scored, probability(own))
        scorer = replace(self._scorer, company=company)
        p = probability(scorer.with_company(local.pairs, own, own_part(features)))
        labels = link(
            len(local.nodes),
            np.concatenate([local.pairs[scored], local.beside.pairs]),
            np.concatenate([p[scored], local.beside.p]),
            threshold=self._settings.threshold,
            link_cap=self._settings.link_cap,
        )
        alone = labels < 0
        labels[alone] = len(labels) + np.flatnonzero(alone)
        parts = []
        for label in np.unique(labels[: local.n]).tolist():
            inside = np.flatnonzero(labels == label)
            if self._clears(local, inside, p):
                parts.append(inside[inside < local.n])
        return parts

    def _clears(self, local: Local, inside: IntArray, p: FloatArray) -> bool:
        """Whether some texts would be proposed as one group, by the mean of their pairs."""
        rows_of = self._rows_of[local.nodes]
        n = int(rows_of[inside].sum())
        if n < self._settings.min_members:
            return False
        is_in = np.zeros(len(local.nodes), dtype=bool)
        is_in[inside] = True
        there = is_in[local.pairs].all(axis=1)
        weight = rows_of[local.pairs[there]].prod(axis=1)
        beside = is_in[local.beside.pairs].all(axis=1)
        beside_weight = rows_of[local.beside.pairs[beside]].prod(axis=1)
        same = float((rows_of[inside] * (rows_of[inside] - 1) / 2).sum())
        total = float((p[there] * weight).sum() + (local.beside.p[beside] * beside_weight).sum())
        counted = float(weight.sum() + beside_weight.sum())
        return (total + same) / (counted + same) >= self._bar(n)

    def _rows(self, rows: IntArray, parts: Sequence[IntArray]) -> tuple[IntArray, ...]:
        """The rows of parts that have two or more, the largest first."""
        of_row = self._scorer.space.nodes.of_row[rows]
        nodes = np.unique(of_row)
        told = [rows[np.isin(of_row, nodes[part])] for part in parts]
        told = [each for each in told if len(each) > 1]
        return tuple(sorted(told, key=lambda each: (-len(each), int(each[0]))))


def _blank(space: PairSpace, members: IntArray, field: str) -> PairSpace:
    """The space where a field of members is not known; a CI may still be named by the text."""
    codes = dict(space.nodes.codes)
    for each in ("category", "subcategory") if field == "category" else (field,):
        values = codes[each].copy()
        values[members] = space.nodes.named_ci[members] if each == "ci" else -1
        codes[each] = values
    return replace(space, nodes=replace(space.nodes, codes=codes))
