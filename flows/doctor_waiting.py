"""How far reading and comparing have come that go on over days, and what waits for a person."""

from collections.abc import Iterator

from connectors.core.examining import ok, warning
from connectors.core.source import Finding
from flows.stages.pull_windows import told
from itsm.pairs import PairState
from store.unit_of_work import Store, UnitOfWork


def waiting(store: Store, sources: frozenset[str]) -> Iterator[Finding]:
    """How the sweeps stand, how many windows are left, and how many pairs wait for a word.

    Args:
        store: what was pulled.
        sources: the sources that are told of.
    """
    with store.look() as uow:
        yield from _sweeps(uow, sources)
        yield from _windows(uow, sources)
        n_pairs = sum(
            not sources.isdisjoint(ref.source for ref in pair.refs)
            for pair in uow.pairs.list(PairState.PROPOSED)
        )
    if n_pairs:
        said = f"{n_pairs:,} pairs of records look like one incident, and wait for a person"
        yield warning("pairs", "", said, "look at them in the review pages, or by csi pairs")


def _sweeps(uow: UnitOfWork, sources: frozenset[str]) -> Iterator[Finding]:
    stops = {(one.source, one.kind): one for one in uow.sweeps.stops()}
    for (source, kind), stop in stops.items():
        if source in sources:
            said = (
                f"the sweep for deleted records rests: {stop.n_gone:,} of {stop.n_held:,} are "
                f"missing since {stop.at:%Y-%m-%d %H:%M} UTC, and a person has to say why"
            )
            remedy = f"csi sweep, then csi sweep deleted|ill {source} {kind} --reason ..."
            yield warning("sweep", f"{source} {kind}", said, remedy)
    for one in uow.sweeps.list():
        if one.source in sources and (one.source, one.kind) not in stops:
            ended = f"{one.ended_at:%Y-%m-%d %H:%M} UTC" if one.ended_at else "never yet"
            said = f"last round ended {ended}; {one.n_asked:,} keys asked for in this one"
            yield ok("sweep", f"{one.source} {one.kind}", said)


def _windows(uow: UnitOfWork, sources: frozenset[str]) -> Iterator[Finding]:
    for source in sorted(sources):
        windows = uow.windows.list(source)
        n_left = sum(one.done_at is None for one in windows)
        if windows and n_left:
            said = f"{n_left:,} windows of the past are left: {'; '.join(told(windows))}"
            remedy = "the deployment `older` reads them at night; csi pull --older does it now"
            yield warning("windows", source, said, remedy)
        elif windows:
            yield ok("windows", source, f"all {len(windows):,} windows of the past are read")
