"""What a pull counted beside what the systems count, as the lines of a table."""

from collections.abc import Iterator, Sequence

from flows.stages.counts import KindCount
from store.runs import Reconciliation

COLUMNS = tuple("kind read new changed landed aside system held deleted hidden".split())


def counted(counts: Sequence[KindCount]) -> Iterator[str]:
    """One line per kind under a line of headings; then what is not explained.

    Every record of the system is held or hidden, or the last lines say how many are neither.
    """
    rows = [
        (c.kind.value, c.read, c.new, c.changed, c.landed, c.quarantined, c.on_server, c.held,
         c.deleted, c.hidden)
        for c in counts
    ]  # fmt: skip
    yield from _table(COLUMNS, rows)
    yield from unexplained([(c.kind.value, c.unexplained) for c in counts])


def compared(rows: Sequence[Reconciliation]) -> Iterator[str]:
    """The last comparison with each system's own count."""
    yield from _table(
        ("source", "kind", "system", "held", "deleted", "hidden"),
        [(r.source, r.kind.value, r.n_server, r.n_held, r.n_deleted, r.n_hidden) for r in rows],
    )


def unexplained(differences: Sequence[tuple[str, int | None]]) -> Iterator[str]:
    """A sentence for each kind whose counts do not agree."""
    for kind, n in differences:
        if n is not None and n > 0:
            yield f"{kind}: the system counts {n:,} more than are held or known to be hidden"
        elif n is not None and n < 0:
            yield f"{kind}: {-n:,} are held that the system does not count"


def _table(headings: Sequence[str], rows: Sequence[Sequence[object]]) -> Iterator[str]:
    written = [headings, *([_cell(value) for value in row] for row in rows)]
    widths = [max(len(row[i]) for row in written) for i in range(len(headings))]
    for row in written:
        cells = [
            cell.rjust(width) if place and _is_count(rows, place) else cell.ljust(width)
            for place, (cell, width) in enumerate(zip(row, widths, strict=True))
        ]
        yield "  ".join(cells).rstrip()


def _is_count(rows: Sequence[Sequence[object]], place: int) -> bool:
    return all(not isinstance(row[place], str) for row in rows)


def _cell(value: object) -> str:
    if value is None:
        return "-"
    return f"{value:,}" if isinstance(value, int) else str(value)
