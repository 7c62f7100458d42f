"""What moved between two runs of the same period, and figures that lead to nothing."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass

from itsm.figures import Figure, FigureResult, NotAvailable

UNUSED_WEEKS = 13
"""A figure that led to no decision for so long is proposed for removal."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Restatement:
    """A figure that a later run tells otherwise; None where it was, or is, not available.

    `came` and `went` are record numbers now counted, or no longer counted.
    """

    figure_id: str
    title: str
    period: str
    dimensions: Mapping[str, str]
    before: float | None
    after: float | None
    came: tuple[str, ...]
    went: tuple[str, ...]
    reason: str


def restatements(
    earlier: Iterable[FigureResult], later: Iterable[FigureResult]
) -> tuple[Restatement, ...]:
    """Every figure of the same period that two runs tell differently.

    Args:
        earlier: figures of the earlier run, or of the pack that was sent.
        later: figures of the later one.

    Returns:
        In the order of the later run; figures it no longer tells come last.
    """
    was, now = _by_key(earlier), _by_key(later)
    keys = [*now, *(key for key in was if key not in now)]
    found = (_restated(was.get(key), now.get(key)) for key in keys)
    return tuple(one for one in found if one is not None)


def proposed_for_removal(
    used: Mapping[str, Collection[str]], figure_ids: Sequence[str], weeks: Sequence[str]
) -> tuple[str, ...]:
    """Figures that led to no decision in the newest 13 weeks in which they were told.

    Args:
        used: from the log of decisions, the labels of the weeks in which a figure led to one.
        figure_ids: of the catalogue, in its order.
        weeks: labels of the weeks in which packs were sent, oldest first; with fewer than 13,
            nothing is proposed, because nobody has had the time to use anything.
    """
    if len(weeks) < UNUSED_WEEKS:
        return ()
    newest = set(weeks[-UNUSED_WEEKS:])
    return tuple(one for one in figure_ids if newest.isdisjoint(used.get(one, ())))


_Key = tuple[str, str, tuple[tuple[str, str], ...]]


def _by_key(results: Iterable[FigureResult]) -> dict[_Key, FigureResult]:
    return {
        (one.figure_id, one.period, tuple(sorted(one.dimensions.items()))): one for one in results
    }


def _restated(was: FigureResult | None, now: FigureResult | None) -> Restatement | None:
    shown = now or was
    assert shown is not None
    before = was.value if isinstance(was, Figure) else None
    after = now.value if isinstance(now, Figure) else None
    rows_before = set(was.rows) if isinstance(was, Figure) else set()
    rows_after = set(now.rows) if isinstance(now, Figure) else set()
    if before == after and rows_before == rows_after:
        return None
    return Restatement(
        figure_id=shown.figure_id,
        title=shown.title,
        period=shown.period,
        dimensions=shown.dimensions,
        before=before,
        after=after,
        came=tuple(sorted(rows_after - rows_before)),
        went=tuple(sorted(rows_before - rows_after)),
        reason=_reason(was, now),
    )


def _reason(was: FigureResult | None, now: FigureResult | None) -> str:
    """Why it moved: another formula, a source that came or went, or records that changed."""
    if was is None or now is None:
        return "a slice that only one of the runs has"
    if was.version != now.version:
        return f"formula version {was.version} became {now.version}"
    if isinstance(was, NotAvailable):
        return f"was not available: {was.reason}"
    if isinstance(now, NotAvailable):
        return f"is not available any more: {now.reason}"
    if set(was.sources) != set(now.sources):
        return "other sources"
    return "records that came or changed after the earlier cut-off"
