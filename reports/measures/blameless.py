"""Wording that blames nobody: what a sentence about figures may not say, and how to find it.

Figures are about paths, steps and records. A sentence that judges people, supposes what they felt
or left undone, or names one, is a finding; a test runs this over every sentence that is generated.
"""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from itsm.figures import Figure, FigureResult
from reports.measures.contract import Contract

_RULES = {
    "lays blame": r"blam(?:e|es|ed|ing)|at fault|faults? of|whose fault|guilt\w*|culprits?"
    r"|offend\w*|to answer for|responsible for the delay|caused by the team",
    "judges people": r"careless\w*|negligen\w*|incompeten\w*|laz(?:y|iness)|sloppy|unprofessional"
    r"|poor(?:ly)? perform\w*|under-?perform\w*|worst|bad team|slow(?:est)? (?:team|person|agent)"
    r"|weak(?:est)? (?:team|person|agent)|human error",
    "supposes what people left undone": r"failed to|neglect\w*|forgot\w*|ignor(?:ed|es|ing)"
    r"|should have|did not bother|refus(?:es|ed|al) to|unwilling\w*",
    "speaks of a person": r"he|she|him|his|hers?|herself|himself|employee \w+"
    r"|agent \w+ (?:is|was|took)",
}
_FOUND = {
    name: re.compile(rf"(?<![\w-])(?:{words})(?![\w-])", re.IGNORECASE)
    for name, words in _RULES.items()
}
_NEGATED = re.compile(r"without blame|nobody is blamed|blames nobody", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Finding:
    """A sentence, and what is wrong with it."""

    rule: str
    words: str
    text: str


def findings(text: str, names: Iterable[str] = ()) -> tuple[Finding, ...]:
    """What is wrong with a sentence.

    Args:
        text: one or more sentences.
        names: people who may not be named; compared as whole words, without case.
    """
    plain = _NEGATED.sub("", text)
    found = [
        Finding(rule, match[0], text)
        for rule, pattern in _FOUND.items()
        for match in pattern.finditer(plain)
    ]
    folded = plain.casefold()
    found += [
        Finding("names a person", name, text)
        for name in names
        if name.casefold() in folded and _names(name, plain)
    ]
    return tuple(found)


def _names(name: str, text: str) -> bool:
    return re.search(rf"(?<!\w){re.escape(name)}(?!\w)", text, re.IGNORECASE) is not None


def sentences_of_contract(contract: Contract) -> Iterator[str]:
    """Every text of a definition that a reader may see."""
    yield from (contract.title, contract.formula, contract.denominator, contract.exclusions)
    yield from (contract.decision, contract.owner)


def sentences_of_result(result: FigureResult) -> Iterator[str]:
    """Every text of a result that a reader may see; the numbers of records are none."""
    yield result.title
    yield from (f"{name} {value}" for name, value in result.dimensions.items())
    if isinstance(result, Figure):
        yield from result.companions
        yield from result.excluded
        if result.note is not None:
            yield result.note
    else:
        yield result.reason
