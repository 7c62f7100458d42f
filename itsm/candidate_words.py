"""A candidate in a few words, for records that are read where the review pages are not at hand."""

from collections.abc import Iterable, Mapping
from types import MappingProxyType

from itsm.candidates import ProblemCandidate
from itsm.deciding import CLEAR_SHARE

MAX_TERMS = 6
"""Shared terms that are named at most."""
_FIELD_WORDS = MappingProxyType({"ci": "configuration item"})
_COST_WORDS: Mapping[str, str] = MappingProxyType(
    {
        "handling_h": "hours of handling",
        "lost_h_per_user": "hours a user loses",
        "affected_users": "users affected",
        "rate_per_h": "what an hour costs",
    }
)


def in_common(candidate: ProblemCandidate) -> str:
    """What most members share: fields with their share, then terms; "" where nothing is clear."""
    fields = [
        f"{_FIELD_WORDS.get(one.field, one.field.replace('_', ' '))} {one.value} "
        f"({one.share:.0%} of {one.n})"
        for one in candidate.purity
        if one.share >= CLEAR_SHARE
    ]
    terms = ", ".join(candidate.terms[:MAX_TERMS])
    return "; ".join([*fields, *([f"words {terms}"] if terms else [])])


def assumed_in_words(names: Iterable[str]) -> str:
    """The inputs of a cost that are assumptions, as people say them."""
    return ", ".join(_COST_WORDS.get(name, name) for name in names)
