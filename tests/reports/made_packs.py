"""Packs of practice estates: every edition, several weeks, and the texts they hold."""

from collections.abc import Iterator
from dataclasses import fields, is_dataclass, replace
from datetime import timedelta
from functools import cache

from itsm.brought import Between, Brought
from itsm.figures import FigureResult
from itsm.quality import GateReport, QuarantineCount
from reports.editions import Choice, EditionKind
from reports.measures.compute import compute
from reports.measures.data import MeasureData
from reports.measures.narrowing import of_service, of_team, services_of, teams_of
from reports.model import Missing, Pack
from reports.pack import PackInput, build_pack
from simulator.settings import EstateSettings
from tests.measures.estate_data import estate_data
from tests.reports.sample_pack import SOURCE, sample_checks, sample_input, sample_quarantine

ESTATES = {
    "small": EstateSettings(n_incidents=700, n_weeks=12, seed=4),
    "other": EstateSettings(n_incidents=1_500, n_weeks=16, seed=9),
}
CASES = tuple((name, back) for name in ESTATES for back in (0, 2))
"""Estates, and how many weeks before their last one."""
BROUGHT = Brought(
    n_asked=31,
    n_taken=12,
    n_verified=2,
    n_failed=1,
    hours=Between(low=120.4, high=310.2),
    hours_spent=64.0,
    money=Between(low=5200.0, high=13800.0),
    money_spent=3840.0,
)


@cache
def data_of(name: str) -> MeasureData:
    """The records of an estate."""
    return estate_data(ESTATES[name])


@cache
def given_of(name: str, back: int, kind: EditionKind = EditionKind.FULL) -> PackInput:
    """What a pack of an estate is made from, for a week and an edition."""
    whole = data_of(name)
    data, about = whole, ""
    if kind is EditionKind.SERVICE_OWNER:
        about = services_of(whole)[0]
        data = of_service(whole, about)
    if kind is EditionKind.TEAM_LEAD:
        about = teams_of(whole)[0]
        data = of_team(whole, about)
    week = ESTATES[name].last_week.shifted(-back)
    cutoff = week.cutoff(timedelta(hours=24))
    return replace(
        sample_input(9 if back else 2),
        week=week,
        cutoff_at=cutoff,
        figures=_figures(data, name, back, about),
        checks=_checks(),
        quarantine=_quarantine(),
        missing=(
            Missing(
                what="candidates",
                why="the week has not been mined",
                remedy="see the reason; run the week again when it is mended",
            ),
        ),
        choice=Choice(kind=kind, name=about),
        late=(Missing(what=f"Source {SOURCE}", why="It was last read at 2026-01-02 03:04 UTC, "
                      "before the period had ended.",
                      remedy="Pull the source again, and make the pack anew."),),
        brought=BROUGHT,
    )  # fmt: skip


def _checks() -> GateReport:
    """What the checks of this product say, in their own words."""
    given = sample_checks()
    words = (
        ("number is unique within the source", "", ""),
        (
            "resolved_at is not before opened_at",
            "",
            "correct the times in the tool, or check date order and time zone of the mapping",
        ),
        (
            "ci is filled as often as before",
            "ci was given in 61% of the records and is now in 29%",
            "look whether a form or an interface of the tool has changed",
        ),
    )
    report = given.reports[0]
    results = tuple(
        replace(result, title=title, observed=observed, remedy=remedy)
        for result, (title, observed, remedy) in zip(report.results, words, strict=True)
    )
    return replace(given, reports=(replace(report, results=results),))


def _quarantine() -> tuple[QuarantineCount, ...]:
    first, second = sample_quarantine()
    return (
        replace(
            first,
            reason='fails "resolved_at is not before opened_at"',
            remedy="correct the times in the tool, or check date order and time zone of the "
            "mapping",
        ),
        replace(
            second,
            reason="hangs on a record of kind incident that has not landed",
            remedy="pull the records it belongs to, or check the mapping of the reference",
        ),
    )


_KEPT: dict[tuple[str, int, str], tuple[FigureResult, ...]] = {}


def _figures(data: MeasureData, name: str, back: int, about: str) -> tuple[FigureResult, ...]:
    key = (name, back, about)
    if key not in _KEPT:
        week = ESTATES[name].last_week.shifted(-back)
        _KEPT[key] = compute(data, week, week.cutoff(timedelta(hours=24)))
    return _KEPT[key]


PERIODICAL = tuple(
    kind for kind in EditionKind if kind not in (EditionKind.VENDOR, EditionKind.WATCH_LIST)
)
"""The editions that are made of sections."""


def packs(language: str = "en") -> Iterator[Pack]:
    """Every edition of every case."""
    for name, back in CASES:
        for kind in PERIODICAL:
            yield pack_of(name, back, kind, language)


@cache
def pack_of(name: str, back: int, kind: EditionKind, language: str = "en") -> Pack:
    """One edition of one case."""
    given = given_of(name, back, kind)
    return build_pack(replace(given, choice=replace(given.choice, language=language)))


def texts(value: object, path: str = "") -> Iterator[tuple[str, str]]:
    """Every text in a pack with the fields that lead to it: sections.tables.rows."""
    if isinstance(value, str):
        yield path, value
    elif is_dataclass(value):
        for one in fields(value):
            yield from texts(getattr(value, one.name), f"{path}.{one.name}".lstrip("."))
    elif isinstance(value, tuple | list):
        for item in value:
            yield from texts(item, path)
