"""What a reviewer should know of the data behind a candidate."""

from collections.abc import Mapping

from reports.numbers import number
from reports.words import noun, plural
from store.reviewed import MemberTotals


def quality_notes(
    totals: MemberTotals, set_aside: Mapping[str, int], config: str
) -> tuple[str, ...]:
    """Sentences on what is missing or hidden; what is in order is not mentioned."""
    notes = [*_hidden(totals), *_missing(totals)]
    for source in totals.sources:
        if n := set_aside.get(source, 0):
            notes.append(
                f"{plural(n, 'incident')} of {source} {noun(n, 'is', 'are')} set aside in "
                f"quarantine and may belong here; csi status --config {config} says why."
            )
    return tuple(notes) or ("Every incident has a title, a service and a configuration item.",)


def _hidden(totals: MemberTotals) -> list[str]:
    n, gone = totals.n_restricted, totals.n - totals.n_known
    notes = []
    if n:
        notes.append(
            f"{plural(n, 'incident')} {noun(n, 'has', 'have')} been restricted since the week was "
            "mined: the statement and the evidence, which may quote such a text, are not shown."
        )
    if gone:
        verb = noun(gone, "has", "have")
        notes.append(f"{plural(gone, 'incident')} {verb} been deleted in the source since.")
    return notes


def _missing(totals: MemberTotals) -> list[str]:
    counted = (
        (totals.n_without_title, "no title: mined by its codes alone", "no title"),
        (totals.n_without_service, "no service", "no service"),
        (totals.n_without_ci, "no configuration item", "no configuration item"),
        (totals.n_unmapped, "a state that nobody has explained", "a state nobody has explained"),
    )
    return [
        f"{number(n)} of {number(totals.n_known)} {noun(totals.n_known, 'incident')} "
        f"{noun(n, 'has', 'have')} {what if n == totals.n_known else short}."
        for n, what, short in counted
        if n
    ]
