"""What a request for a page says: who asks, for which part of the queue, and what was just done."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Self

from itsm.access import AppRole
from review_app.asked import Asked, page_of
from review_app.identity.actors import Actor
from review_app.parts import ReviewParts

MAX_DONE = 1_200
"""Longer lists of what was just done are cut; so many are never made by one form."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Visit:
    """One request for a page.

    Attributes:
        actor: who asks.
        asked: which part of the queue they come from, or look at.
        page: of the members.
        done: the decisions that were just made, as the address names them.
        can_decide: whether they decide on candidates here.
    """

    actor: Actor
    asked: Asked
    page: int = 1
    done: str = ""
    can_decide: bool = False

    @classmethod
    def of(cls, parts: ReviewParts, actor: Actor, query: Mapping[str, str]) -> Self:
        """From the query of an address."""
        return cls(
            actor=actor,
            asked=Asked.of(query),
            page=page_of(query.get("members")),
            done=query.get("done", "")[:MAX_DONE],
            can_decide=may_decide(parts, actor),
        )


def may_decide(parts: ReviewParts, actor: Actor) -> bool:
    """Whether somebody decides on candidates here."""
    return parts.desk is not None and actor.is_known and actor.may(AppRole.PROBLEM_MANAGER)
