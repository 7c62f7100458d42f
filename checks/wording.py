"""How the checks put their findings into words."""

from collections.abc import Mapping, Sequence

from itsm.quality import CheckReport, ExpectationResult

N_EXAMPLES = 3
"""So many record numbers stand in a sentence."""


def percent(share: float) -> str:
    """A share in words: whole percents, finer where a whole one would hide something."""
    if 0 < share < 0.01:
        return "under 1 %"
    if 0.99 < share < 1:
        return "over 99 %"
    return f"{100 * share:.0f} %"


def examples(numbers: Sequence[str]) -> str:
    """The first few numbers, and that there are more."""
    shown = ", ".join(numbers[:N_EXAMPLES])
    return f"{shown}, …" if len(numbers) > N_EXAMPLES else shown


def failed_rows(title: str, n_failed: int, n_checked: int, mostly: float) -> str:
    """What is said of records that fail an expectation."""
    limit = f" (up to {percent(1 - mostly)} may)" if mostly < 1 else ""
    share = percent(n_failed / n_checked) if n_checked else "0 %"
    return f'{n_failed:,} of {n_checked:,} records ({share}) fail "{title}"{limit}'


def commonest(counts: Mapping[str, int]) -> str:
    """The commonest values and how often each occurs, commonest first."""
    shown = sorted(counts.items(), key=lambda item: (-item[1], item[0]))[:N_EXAMPLES]
    more = ", …" if len(counts) > N_EXAMPLES else ""
    told = ", ".join(f"{value!r} {n:,} times" for value, n in shown)
    return f": {told}{more}" if shown else ""


def sentence(report: CheckReport, result: ExpectationResult) -> str:
    """One finding as a sentence: where, what, and what would mend it."""
    where = f"{report.source} {report.kind.value.replace('_', ' ')}"
    remedy = f"; {result.remedy}" if result.remedy else ""
    return f"{where}: {result.observed or result.title}{remedy}"
