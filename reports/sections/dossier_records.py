"""The cases behind each figure of the vendor edition: the vendor's own numbers, and no others."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace

from reports.language import _
from reports.measures.reconciliation import RESULTS
from reports.measures.vendor_lines import Compared, Dossier, Past
from reports.model import EvidenceList

_SPLIT = "rows-dossier-split"
_KIND = "vendor_dossier"


def split_anchor(found: Dossier) -> str | None:
    """Where the resolved cases are listed; None where there are none."""
    return _SPLIT if found.resolved else None


def past_anchor(past: Past) -> str | None:
    """Where the cases due in a period are listed; None where there are none."""
    return _past(past) if past.due else None


def _past(past: Past) -> str:
    return f"rows-dossier-{past.label.lower()}"


def compared_anchor(found: Dossier, result: str) -> str | None:
    """Where the commitments that compare so are listed; None where there are none."""
    return _compared(result) if any(one.result == result for one in found.compared or ()) else None


def _compared(result: str) -> str:
    return f"rows-dossier-compared-{RESULTS.index(result)}"


def dossier_records(found: Dossier, code: Callable[[str], str]) -> Iterator[EvidenceList]:
    """The cases behind the split of time, behind each period, and behind both lists.

    Args:
        found: the dossier.
        code: shows a number that looks like one, and hides everything else.
    """
    return (one for one in _all(found, code) if one.rows or one.base_rows)


def _all(found: Dossier, code: Callable[[str], str]) -> Iterator[EvidenceList]:
    split, trend = _("Whose time the resolved cases took"), _("How it has been")
    yield _listed(found, _SPLIT, (split, ""), _codes(found.resolved, code))
    for past in found.trend:
        rows, base = _codes(past.missed, code), _codes(past.due, code)
        listed = _listed(found, _past(past), (trend, ""), rows, base)
        yield replace(listed, period=code(past.label))
    for result in RESULTS if found.compared is not None else ():
        kept = [one for one in found.compared or () if one.result == result]
        told = (_("Your list beside ours"), result)
        yield _listed(found, _compared(result), told, _codes(map(_number, kept), code))


def _number(one: Compared) -> str:
    """A commitment's case, by our number where we have one."""
    return one.case or one.reference


def _codes(numbers: Iterable[str], code: Callable[[str], str]) -> tuple[str, ...]:
    return tuple(code(one) for one in numbers)


def _listed(
    found: Dossier,
    anchor: str,
    told: tuple[str, str],
    rows: tuple[str, ...],
    base_rows: tuple[str, ...] = (),
) -> EvidenceList:
    return EvidenceList(
        figure_id=_KIND,
        anchor=anchor,
        title=told[0],
        dimension=told[1],
        period=found.period,
        rows=rows,
        base_rows=base_rows,
    )
