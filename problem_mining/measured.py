"""The features two incidents with text are measured by, and those that need no text."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from problem_mining.compiled import compiled
from problem_mining.features import Float32
from problem_mining.nodes import FloatArray, IntArray, Nodes

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
    i, j = (np.ascontiguousarray(side, dtype=np.int64) for side in (i, j))
    for field in _CODED:
        places = (INDEX[f"{field}_same"], INDEX[f"{field}_differs"])
        _codes(nodes.codes[field], i, j, table, places)
    _ci(nodes.codes["ci"], nodes.named_ci, i, j, table, (INDEX["ci_same"], INDEX["ci_differs"]))
    _days(nodes.days, i, j, table, INDEX["days_apart"])
    kinds = (INDEX["language_differs"], INDEX["both_alerts"], INDEX["alert_and_person"])
    _kinds(nodes.language, nodes.is_machine_made, i, j, table, kinds)


@compiled
def _codes(
    codes: IntArray, i: IntArray, j: IntArray, table: Float32, places: tuple[int, int]
) -> None:
    for pair in range(len(i)):
        left, right = codes[i[pair]], codes[j[pair]]
        known = left >= 0 and right >= 0
        table[pair, places[0]] = known and left == right
        table[pair, places[1]] = known and left != right


@compiled
def _ci(
    field: IntArray,
    named: IntArray,
    i: IntArray,
    j: IntArray,
    table: Float32,
    places: tuple[int, int],
) -> None:
    """The CI of the field or the one the text names: either may be right."""
    for pair in range(len(i)):
        left, right = field[i[pair]], field[j[pair]]
        by_left, by_right = named[i[pair]], named[j[pair]]
        by_left, by_right = by_left if by_left >= 0 else left, by_right if by_right >= 0 else right
        same = (left >= 0 and left in (right, by_right)) or (
            by_left >= 0 and by_left in (right, by_right)
        )
        table[pair, places[0]] = same
        table[pair, places[1]] = left >= 0 and right >= 0 and not same


@compiled
def _days(days: FloatArray, i: IntArray, j: IntArray, table: Float32, place: int) -> None:
    for pair in range(len(i)):
        gap = np.log1p(abs(days[i[pair]] - days[j[pair]])) / 5
        table[pair, place] = gap if np.isfinite(gap) else TYPICAL_GAP


@compiled
def _kinds(
    language: IntArray,
    is_machine_made: IntArray,
    i: IntArray,
    j: IntArray,
    table: Float32,
    places: tuple[int, int, int],
) -> None:
    for pair in range(len(i)):
        left, right = language[i[pair]], language[j[pair]]
        table[pair, places[0]] = left >= 0 and right >= 0 and left != right
        alerts = is_machine_made[i[pair]] + is_machine_made[j[pair]]
        table[pair, places[1]] = alerts == 2
        table[pair, places[2]] = alerts == 1
