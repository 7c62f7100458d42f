"""The features two incidents with text are measured by, and those that need no text."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from problem_mining.features import Float32
from problem_mining.nodes import IntArray, Nodes

TYPICAL_GAP = float(np.log1p(60)) / 5
"""Stands for `days_apart` where an opening is not known: two months."""


@dataclass(frozen=True, slots=True)
class PairFeature:
    """One feature of a pair; `topic` says under which heading it is explained."""

    name: str
    topic: str


FEATURES: tuple[PairFeature, ...] = (
    PairFeature("dense_cosine", "wording"),
    PairFeature("word_cosine", "wording"),
    PairFeature("char_cosine", "wording"),
    PairFeature("term_overlap", "wording"),
    PairFeature("term_containment", "wording"),
    PairFeature("same_text", "wording"),
    PairFeature("density_lift", "wording"),
    PairFeature("rarest_shared_term", "shared_terms"),
    PairFeature("unshared_terms", "unshared_terms"),
    PairFeature("rarest_unshared_term", "unshared_terms"),
    PairFeature("meaning_overlap", "meaning"),
    PairFeature("meaning_containment", "meaning"),
    PairFeature("meaning_cosine", "meaning"),
    PairFeature("uncovered_terms", "unshared_terms"),
    PairFeature("rarest_uncovered_term", "unshared_terms"),
    PairFeature("each_leaves_unsaid", "unshared_terms"),
    PairFeature("said_again_least", "meaning"),
    PairFeature("said_again_most", "meaning"),
    PairFeature("code_shared", "names"),
    PairFeature("code_differs", "names"),
    PairFeature("name_shared", "names"),
    PairFeature("name_differs", "names"),
    PairFeature("language_differs", "language"),
    PairFeature("both_alerts", "alerts"),
    PairFeature("alert_and_person", "alerts"),
    PairFeature("service_same", "service"),
    PairFeature("service_differs", "service"),
    PairFeature("service_rarity", "service"),
    PairFeature("ci_same", "ci"),
    PairFeature("ci_differs", "ci"),
    PairFeature("ci_rarity", "ci"),
    PairFeature("category_same", "category"),
    PairFeature("category_differs", "category"),
    PairFeature("subcategory_same", "category"),
    PairFeature("subcategory_differs", "category"),
    PairFeature("symptom_same", "symptom"),
    PairFeature("symptom_differs", "symptom"),
    PairFeature("location_same", "location"),
    PairFeature("location_differs", "location"),
    PairFeature("team_same", "team"),
    PairFeature("team_differs", "team"),
    PairFeature("days_apart", "time"),
    PairFeature("alike_on_same_ci", "ci"),
    PairFeature("alike_in_same_service", "service"),
)
NAMES = tuple(feature.name for feature in FEATURES)
INDEX: Mapping[str, int] = {name: column for column, name in enumerate(NAMES)}
_CODED = ("service", "ci", "category", "subcategory", "symptom", "location", "team")
PLAIN = frozenset(
    {
        *(f"{field}_{how}" for field in _CODED for how in ("same", "differs")),
        *("days_apart", "language_differs", "both_alerts", "alert_and_person"),
    }
)
"""Features that are told by codes, time, language and kind alone: next to nothing to compute."""


def plain_features(nodes: Nodes, i: IntArray, j: IntArray, table: Float32) -> None:
    """The features in PLAIN of pairs, put into their columns."""
    for field in _CODED:
        left, right = nodes.codes[field][i], nodes.codes[field][j]
        known = (left >= 0) & (right >= 0)
        table[:, INDEX[f"{field}_same"]] = known & (left == right)
        table[:, INDEX[f"{field}_differs"]] = known & (left != right)
    _same_ci(nodes, i, j, table)
    gap = np.log1p(np.abs(nodes.days[i] - nodes.days[j])) / 5
    table[:, INDEX["days_apart"]] = np.where(np.isfinite(gap), gap, TYPICAL_GAP)
    language = nodes.language
    differs = (language[i] >= 0) & (language[j] >= 0) & (language[i] != language[j])
    table[:, INDEX["language_differs"]] = differs
    alerts = nodes.is_machine_made[i] + nodes.is_machine_made[j]
    table[:, INDEX["both_alerts"]] = alerts == 2
    table[:, INDEX["alert_and_person"]] = alerts == 1


def _same_ci(nodes: Nodes, i: IntArray, j: IntArray, table: Float32) -> None:
    """The CI of the field or the one the text names: either may be right."""
    field, named = nodes.codes["ci"], nodes.named_ci
    named = np.where(named >= 0, named, field)
    same = np.zeros(len(i), dtype=bool)
    for left in (field, named):
        for right in (field, named):
            same |= (left[i] == right[j]) & (left[i] >= 0)
    table[:, INDEX["ci_same"]] = same
    table[:, INDEX["ci_differs"]] = (field[i] >= 0) & (field[j] >= 0) & ~same
