"""Which portions have changed since the last check, found out ahead where that is not known."""

from collections.abc import Mapping
from functools import partial

from flows.checked_before import CheckedBefore
from flows.stages.check_run import Run
from itsm.states import RecordKind
from problem_mining.side_by_side import mapped
from store.portion_digests import Digests, PortionDigests
from store.portions import digests_at, places_of

Ahead = Mapping[tuple[RecordKind, int], Digests]
"""The digests of portions that were read ahead, by kind and place."""
FOR_TWO = 64
"""From so many portions on a second process helps to read them."""


def digests_ahead(run: Run, known: PortionDigests, before: CheckedBefore, rows: int) -> Ahead:
    """The digests of portions that are not known, if they are most: half by a second process.

    Where most are known, something was written to the others since, so that they are read to be
    judged; to read them for that alone would be to read them twice.

    Args:
        run: what all parts have in common.
        known: which digests are.
        before: what was found before; if there is nothing, all have to be read and judged.
        rows: so many records are a part at most.
    """
    store = run.parts.store
    known.begin(run.kinds)
    every = places_of(store, run.kinds, run.cutoff_at, rows) if before.is_there else []
    there = {kind: known.places(kind) for kind in run.kinds}
    unknown = [(kind, place) for kind, place in every if place not in there[kind]]
    if len(unknown) < max(FOR_TWO, len(every) // 2):
        return {}
    run.parts.say(f"check  looking what has changed in {len(unknown)} parts")
    in_turn = [*unknown[::2], *unknown[1::2]]
    url = store.queries.engine.url.render_as_string(hide_password=False)
    work = partial(digests_at, url, run.cutoff_at, rows)
    store.queries.engine.dispose()  # the process that is forked off opens the file by itself
    return dict(zip(in_turn, mapped(work, in_turn, least=FOR_TWO), strict=True))
