"""How long the packs of a week take to render: `python -m tests.bench.pack_render`.

All editions in their usual formats, for 20 services, with the records of a week of an estate that
holds 1,000,000 incidents behind the figures. The figures themselves are made beforehand: computing
them is measured by `tests.bench.measures_speed`.

A timer that runs with the processor time looks every 2 ms who is at work: a library, or we. The
ratio is all time over the libraries' own. For PDF, the same page is also laid out by the library
alone, as a second way to its number.
"""

import argparse
import signal
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path
from types import FrameType

import numpy as np

from itsm.figures import Direction, Figure, Unit
from reports.editions import EDITIONS, Choice, EditionKind
from reports.formats import Format, render
from reports.model import Pack
from reports.pack import PackInput, build_pack
from reports.pdf import require_library
from reports.render import render_html
from tests.reports.narrow_packs import edition_of
from tests.reports.sample_pack import figure, numbers, sample_input, steady

INTERVAL_S = 0.002
LIMIT = 1.5
BESIDE = 3
"""So many PDFs are laid out by the library alone, too."""
ROOT = Path(__file__).parents[2]
_WEEKS = 104
"""Weeks that the incidents of the estate are spread over."""
_DIMENSIONS = ("team", "priority", "category")
_PARTS = 8
OURS = "this project"


@dataclass(slots=True)
class Watch:
    """Who was at work, in samples."""

    seen: Counter[str] = field(default_factory=Counter)
    cpu_s: float = 0.0

    @property
    def n(self) -> int:
        """Samples taken."""
        return max(sum(self.seen.values()), 1)

    @property
    def ratio(self) -> float:
        """All time over that of the libraries."""
        return self.n / max(self.n - self.seen[OURS], 1)


@contextmanager
def watched(watch: Watch) -> Iterator[None]:
    """Look while the block runs."""

    def look(_signal: int, frame: FrameType | None) -> None:
        watch.seen[_owner(frame)] += 1

    before = signal.signal(signal.SIGPROF, look)
    begun = time.process_time()
    signal.setitimer(signal.ITIMER_PROF, INTERVAL_S, INTERVAL_S)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_PROF, 0.0)
        watch.cpu_s += time.process_time() - begun
        signal.signal(signal.SIGPROF, before)


def _owner(frame: FrameType | None) -> str:
    """The library, or us, that the innermost known frame belongs to."""
    while frame is not None:
        name = frame.f_code.co_filename
        if "site-packages" in name:
            return name.partition("site-packages/")[2].partition("/")[0].removesuffix(".py")
        if name.endswith(".j2"):
            return "jinja2"
        if name.startswith(str(ROOT)):
            return OURS
        frame = frame.f_back
    return "python"


def figures_of(n_week: int, seed: int) -> Iterator[Figure]:
    """The figures of a scope with so many incidents a week: wholes, and parts by three cuts."""
    kinds = ("opened", "resolved", "backlog", "resolution_time", "fcr", "reopen_rate")
    for place, figure_id in enumerate(kinds):
        unit = (Unit.COUNT, Unit.COUNT, Unit.COUNT, Unit.HOURS, Unit.SHARE, Unit.SHARE)[place]
        level = (n_week, n_week, n_week / 2, 9.0, 0.6, 0.05)[place]
        series = steady(seed + place, level, level / 20)
        whole = figure(figure_id, figure_id.replace("_", " "), unit, Direction.DOWN, series, n_week)
        records = numbers(n_week, seed * 100_000)
        yield replace(whole, rows=records)
        for name in _DIMENSIONS:
            for part, chunk in enumerate(np.array_split(np.arange(n_week), _PARTS)):
                kept = tuple(records[i] for i in chunk)
                yield replace(
                    whole,
                    rows=kept,
                    n=len(kept),
                    value=float(len(kept)) if unit is Unit.COUNT else whole.value,
                    dimensions={name: f"{name} {part}"},
                    series=None,
                    signal=None,
                )


@dataclass(frozen=True, slots=True)
class Asked:
    """An edition of the week, and how its pack is built."""

    kind: EditionKind
    build: Callable[[], Pack]


def week_of(n_incidents: int, n_services: int) -> Iterator[Asked]:
    """The packs of a week: every edition, a service owner's for each service."""
    for choice, given in _weekly(n_incidents, n_services):
        yield Asked(choice.kind, partial(build_pack, replace(given, choice=choice)))
    yield Asked(EditionKind.VENDOR, partial(edition_of, EditionKind.VENDOR))
    yield Asked(EditionKind.WATCH_LIST, partial(edition_of, EditionKind.WATCH_LIST))


def _weekly(n_incidents: int, n_services: int) -> Iterator[tuple[Choice, PackInput]]:
    """The choices and inputs of all editions that show figures."""
    base = sample_input(40)
    n_week = n_incidents // _WEEKS
    whole = replace(base, figures=tuple(figures_of(n_week, 1)))
    for kind in (EditionKind.FULL, EditionKind.EXECUTIVE, EditionKind.PROBLEM_REVIEW,
                 EditionKind.CAB):  # fmt: skip
        yield Choice(kind=kind), whole
    yield (
        Choice(kind=EditionKind.TEAM_LEAD, name="Network"),
        replace(base, figures=tuple(figures_of(n_week // 10, 2))),
    )
    for place in range(n_services):
        figures = tuple(figures_of(n_week // n_services, 10 + place))
        name = f"Service {place}"
        yield Choice(kind=EditionKind.SERVICE_OWNER, name=name), replace(base, figures=figures)


def main() -> None:
    """Render a week's packs, and print who took how long."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--incidents", type=int, default=1_000_000)
    parser.add_argument("--services", type=int, default=20)
    parser.add_argument("--formats", nargs="*", help="Beside the usual ones, of the full edition.")
    given = parser.parse_args()
    require_library()
    week = list(week_of(given.incidents, given.services))
    warm_up()
    whole, alone_s, pdf_s, beside = Watch(), 0.0, 0.0, 0
    print(f"{'format':10} {'editions':>8} {'files MB':>9} {'CPU s':>8} {'ratio':>6}")
    for kind, packs in by_format(week, given.formats or [one.value for one in Format]):
        watch = Watch()
        size = 0
        for asked in packs:
            before = watch.cpu_s
            size += rendered(asked, kind, watch)
            if kind is Format.PDF and beside < BESIDE:
                beside += 1
                pdf_s += watch.cpu_s - before
                alone_s += laid_out(asked)
        told = f"{kind:10} {len(packs):8} {size / 1e6:9.1f} {watch.cpu_s:8.2f} {watch.ratio:6.2f}"
        print(told, flush=True)
        whole.seen += watch.seen
        whole.cpu_s += watch.cpu_s
    report(whole, pdf_s, alone_s)


def warm_up() -> None:
    """Load what is loaded once in a process: libraries, typefaces, templates."""
    pack = build_pack(replace(sample_input(), figures=(), candidates=()))
    for kind in Format:
        render(pack, kind)


def by_format(week: Sequence[Asked], beside: Sequence[str]) -> Iterator[tuple[Format, list[Asked]]]:
    """The packs by the format they usually go out in, and the full edition in all others."""
    for kind in Format:
        packs = [one for one in week if EDITIONS[one.kind].format == kind]
        if kind.value in beside and week[0] not in packs:
            packs.append(week[0])
        if packs:
            yield kind, packs


def rendered(asked: Asked, kind: Format, watch: Watch) -> int:
    """Build and render one pack; the size of its files."""
    with watched(watch):
        files = render(asked.build(), kind)
    return sum(len(file.data) for file in files)


def laid_out(asked: Asked) -> float:
    """The processor time that the PDF library takes alone, for the same page."""
    import weasyprint

    page = render_html(asked.build(), is_print=True)
    begun = time.process_time()
    weasyprint.HTML(string=page).write_pdf(pdf_variant="pdf/ua-1", pdf_identifier=b"x" * 16)
    return time.process_time() - begun


def report(whole: Watch, pdf_s: float, alone_s: float) -> None:
    """Who took how long, and whether the limit is kept."""
    print(f"\n{'who':24} {'share':>7} {'CPU s':>8}")
    for name, n in whole.seen.most_common(12):
        print(f"{name:24} {n / whole.n:7.1%} {whole.cpu_s * n / whole.n:8.2f}")
    print(f"\nall editions: {whole.cpu_s:.1f} s, {whole.ratio:.2f} times the libraries' own time")
    if alone_s:
        print(f"PDF, beside the library alone with the same pages: {pdf_s / alone_s:.2f} times")
    if whole.ratio > LIMIT:
        raise SystemExit(f"more than {LIMIT} times the libraries' own time")


if __name__ == "__main__":
    main()
