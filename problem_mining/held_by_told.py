"""The main reason of a candidate in words, and what would be left of it without that."""

from collections.abc import Sequence

from itsm.doubts import TOPICS, LeftWithout
from problem_mining.counterfactual import PHRASE, Without
from problem_mining.explain import MemberFacts, purity_of
from problem_mining.nodes import IntArray
from problem_mining.tokens import terms

MAX_WORDS = 6
MAX_NAMED = 10


HEADS = ("Main reason", "Of the fields, most")


def lefts_without(
    without: Sequence[Without], rows: IntArray, members: Sequence[MemberFacts], refs: Sequence[str]
) -> tuple[LeftWithout, ...]:
    """What is left of a candidate without its main reason, and without the strongest field.

    Args:
        without: from `Reasons.of`.
        rows: the rows of its members.
        members: what is told of them, in that order.
        refs: source/number of each.
    """
    found = []
    for head, one in zip(HEADS, without, strict=False):
        stays = {row for part in one.parts for row in part.tolist()}
        gone = [ref for row, ref in zip(rows.tolist(), refs, strict=True) if row not in stays]
        sizes = tuple(len(part) for part in one.parts)
        named = _named(one, members)
        found.append(
            LeftWithout(
                reason=one.reason,
                parts=sizes,
                gone=tuple(gone[:MAX_NAMED]),
                text=f"{head}: {named}; {_left(sizes, gone)}.",
            )
        )
    return tuple(found)


def _named(without: Without, members: Sequence[MemberFacts]) -> str:
    """A reason by its name and value."""
    if without.reason == PHRASE:
        said = ", ".join(_in_order(without.terms, members)[:MAX_WORDS])
        return f"they say the same ({said})"
    pure = next((p for p in purity_of(members) if p.field == without.reason), None)
    value = f" {pure.value}" if pure is not None else ""
    return f"the same {TOPICS[without.reason]}{value}"


def _left(parts: Sequence[int], gone: Sequence[str]) -> str:
    """What would be left."""
    n = sum(parts) + len(gone)
    some = ", ".join(ref.partition("/")[2] for ref in gone[:3])
    others = f" ({some}{', …' if len(gone) > 3 else ''})"
    if not parts:
        return f"without it none of the {n} would be proposed together"
    if not gone and len(parts) == 1:
        return f"without it all {n} would still be one candidate"
    if len(parts) == 1:
        leave = "one would leave" if len(gone) == 1 else f"{len(gone)} would leave"
        return f"without it {parts[0]} of the {n} would stay together, {leave}{others}"
    sizes = f"{', '.join(map(str, parts[:-1]))} and {parts[-1]}"
    rest = f"; {len(gone)} would leave{others}" if gone else ""
    return f"without it {len(parts)} groups would remain, of {sizes} incidents{rest}"


def _in_order(shared: Sequence[str], members: Sequence[MemberFacts]) -> list[str]:
    """Terms in the order in which the member that says most of them does."""
    said = [[t for t in dict.fromkeys(terms(m.text)) if t in set(shared)] for m in members]
    best = max(said, key=len, default=[])
    return [*best, *(term for term in shared if term not in best)]
