"""The figures of a week by id: the whole, its slices, and what cannot be had."""

import hashlib
import re
from collections.abc import Iterable, Mapping

from itsm.figures import Exactness, Figure, FigureResult, NotAvailable
from reports.language import known, told
from reports.measures.targets import Judged
from reports.text import clean

_CODE = re.compile(r"[a-z]+(?:_[a-z]+)+")
_TIME = re.compile(r"(\d{4}-\d\d-\d\d)T(\d\d:\d\d)(?::\d\d)?(?:\.\d+)?(?:Z|\+00:00)")
_PARTS = re.compile(r"\d+|\D+")
TOLD_APART = frozenset({"status", "target"})
"""Response and resolution, final and preliminary, are headline figures of their own."""
_LOWEST, _BETWEEN, _HIGHEST = -1, 0, 1


class FigureSet:
    """The results of one week, looked up by figure id; the order given is kept.

    `targets` are the declared targets, held against their figures; `beside` are figures that
    other editions show, from which a figure's partner is read.
    """

    def __init__(
        self,
        results: Iterable[FigureResult],
        targets: Iterable[Judged] = (),
        beside: Iterable[FigureResult] = (),
    ) -> None:
        self.results = tuple(results)
        self._targets = tuple(targets)
        self._beside = tuple(beside)
        self.figures = tuple(item for item in self.results if isinstance(item, Figure))
        self.unavailable = tuple(item for item in self.results if isinstance(item, NotAvailable))
        self.ids = tuple(dict.fromkeys(item.figure_id for item in self.results))
        self._by_id: dict[str, list[Figure]] = {}
        for figure in self.figures:
            self._by_id.setdefault(figure.figure_id, []).append(figure)

    def totals(self, figure_id: str) -> tuple[Figure, ...]:
        """The figures that stand for the whole; final ones before preliminary ones."""
        whole = [figure for figure in self._by_id.get(figure_id, ()) if is_headline(figure)]
        return tuple(sorted(whole, key=lambda f: f.exactness is Exactness.PRELIMINARY))

    def total(self, figure_id: str) -> Figure | None:
        """The first figure that stands for the whole, or None."""
        return next(iter(self.totals(figure_id)), None)

    def partner(self, figure_id: str) -> FigureResult | None:
        """A figure that is read beside others, also where it stands in no section of these."""
        found = self.total(figure_id) or self.missing(figure_id)
        return found or (FigureSet(self._beside).partner(figure_id) if self._beside else None)

    def targets(self, figure: Figure) -> tuple[Judged, ...]:
        """The targets of a figure: of the whole first, then of single services."""
        own = [
            one
            for one in self._targets
            if one.target.figure_id == figure.figure_id
            and dict(one.target.dimensions) == dict(figure.dimensions)
        ]
        return tuple(sorted(own, key=lambda one: one.target.service or ""))

    def slices(self, figure_id: str) -> dict[tuple[str, ...], tuple[Figure, ...]]:
        """The figures of parts, by the names of the dimensions they are cut by."""
        found: dict[tuple[str, ...], list[Figure]] = {}
        for figure in self._by_id.get(figure_id, ()):
            if not is_headline(figure):
                found.setdefault(tuple(figure.dimensions), []).append(figure)
        return {names: tuple(figures) for names, figures in found.items()}

    def missing(self, figure_id: str) -> NotAvailable | None:
        """Why the figure over everything cannot be had, or None where it can."""
        if self.total(figure_id):
            return None
        items = [item for item in self.unavailable if item.figure_id == figure_id]
        return next((item for item in items if not item.dimensions), next(iter(items), None))


def is_headline(figure: Figure) -> bool:
    """Whether a figure stands for the whole: no slice, or one of the few that are told apart."""
    return set(figure.dimensions) <= TOLD_APART


def name_of(figure: Figure | NotAvailable) -> str:
    """The title of a figure with the part it is about: SLA compliance (resolution)."""
    part = ", ".join(value_words(value) for value in figure.dimensions.values())
    title = told(figure.title)
    return f"{title} ({part})" if part else title


def evidence_anchor(figure: Figure) -> str:
    """The anchor of a figure's list of records; unique in a pack."""
    key = "|".join([figure.figure_id, figure.period, *map("=".join, figure.dimensions.items())])
    short = hashlib.sha256(key.encode(errors="replace")).hexdigest()[:8]
    return f"rows-{figure.figure_id}-{short}"


def evidence_of(figure: Figure) -> str | None:
    """The anchor of a figure's records, or None where it was not counted from any."""
    return evidence_anchor(figure) if figure.rows or figure.base_rows else None


def members_anchor(candidate_id: str) -> str:
    """The anchor of the list of a candidate's members."""
    kept = "".join(c if c.isascii() and c.isalnum() else "-" for c in candidate_id)
    return f"rows-candidate-{kept.lower()}"


def value_words(value: str) -> str:
    """A value of a dimension as a reader would write it: with_issues, an ISO time."""
    if _CODE.fullmatch(value):
        return known(value.replace("_", " "))
    if time_of := _TIME.fullmatch(value):
        return f"{time_of[1]} {time_of[2]}"
    if value.startswith("team "):
        return told(clean(value, 80))
    return known(clean(value, 80))


def is_time(value: str) -> bool:
    """Whether a value of a dimension is an instant in UTC."""
    return bool(_TIME.fullmatch(value))


def dimension_text(dimensions: Mapping[str, str]) -> str:
    """The part a figure is about, in words: "priority 1", "team Network"."""
    return ", ".join(f"{words(name)} {value_words(value)}" for name, value in dimensions.items())


def words(name: str) -> str:
    """An identifier as words: from_team becomes "from team"."""
    return known(name.replace("_", " "))


def natural_key(text: str) -> tuple[tuple[int, float, str], ...]:
    """A key that sorts "<1", "1-3", "4-7", "10", ">90" as a reader would."""
    stripped = text.strip()
    edge = {"<": _LOWEST, ">": _HIGHEST}.get(stripped[:1], _BETWEEN)
    parts = _PARTS.findall(stripped.lstrip("<> "))
    return tuple(
        (0, float(part) + edge / 2, "") if part.isdigit() else (1, 0.0, part.casefold())
        for part in parts
    )
