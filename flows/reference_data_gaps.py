"""What is missing of the reference data, and which figures cannot be told without it."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime

import pandas as pd

from connectors.core.source import Finding, Level
from flows.reading import frame
from flows.reference_data_sheets import BY_NAME
from flows.reference_settings import ServiceSettings
from flows.settings import Settings
from flows.vendor_terms import AGREED, add_rows
from itsm.candidates import COST_INPUTS
from itsm.states import RecordKind
from reports.measures.data import MeasureData
from reports.measures.vendor_review import known_vendors
from store.unit_of_work import Store

NAMED = 5
"""So many names are told of each gap."""
LOOKED_AT = (
    RecordKind.INCIDENT,
    RecordKind.SERVICE,
    RecordKind.TEAM,
    RecordKind.VENDOR,
    RecordKind.VENDOR_CASE,
    RecordKind.CONTRACT,
    RecordKind.CONTRACT_CLAUSE,
)
_HEADS = {
    "productive_h": "staff_needed without an assumption",
    "desk_people": "`csi tradeoff` without --people",
}
"""What the numbers of people open."""
Frames = Mapping[RecordKind, pd.DataFrame]


def looked_at(store: Store) -> Frames:
    """The records that say which services, teams and vendors there are."""
    now = datetime.now(UTC)
    return {kind: frame(store, kind, now) for kind in LOOKED_AT}


@dataclass(frozen=True, slots=True)
class Gap:
    """Something that nobody has said.

    Attributes:
        sheet: where it is said.
        column: in which column; "" for whole rows.
        names: of what.
        said: what is missing, in a few words.
        blocks: what cannot be told without it.
    """

    sheet: str
    column: str
    names: tuple[str, ...]
    said: str
    blocks: str


def gaps(settings: Settings, frames: Frames) -> Iterator[Gap]:
    """Every gap, in the order of the sheets.

    Args:
        settings: what is declared.
        frames: the records that say which services, teams and vendors there are.
    """
    data = with_services(MeasureData(frames=frames), settings.services)
    yield from _services(data)
    yield from _teams(settings, data)
    figures = settings.figures
    if figures.service_hours is None:
        yield _gap("calendar", "no service hours")
    if not figures.targets:
        yield _gap("targets", "no target")
    yield from _vendors(settings, data)
    assumed = [name for name in COST_INPUTS if getattr(settings.cost, name, None) is None]
    if assumed:
        yield _gap("costs", "assumed", assumed, "value")
    for name, blocks in _HEADS.items():
        if not getattr(figures, name):
            yield Gap("costs", "value", (name,), "not said", blocks)
    if not figures.events:
        yield _gap("events", "no event")
    if not figures.promises:
        yield _gap("promises", "none; taken from SLA clocks where there are any")


def with_services(data: MeasureData, services: Mapping[str, ServiceSettings]) -> MeasureData:
    """The records with what is declared of services; a service that no record names is added."""
    if not services:
        return data
    frames = dict(data.frames)
    held = frames.get(RecordKind.SERVICE)
    known = set() if held is None else set(held["name"])
    new = [name for name in sorted(services) if name not in known]
    if new:
        rows = [{"source": AGREED, "number": name, "name": name} for name in new]
        add_rows(frames, RecordKind.SERVICE, rows)
    told_of = frames[RecordKind.SERVICE]
    for column in ("owner", "criticality", "users"):
        told = {name: getattr(one, column) for name, one in services.items()}
        said = {name: value for name, value in told.items() if value is not None}
        if said:
            ours = told_of["name"].map(said).astype(told_of[column].dtype)
            told_of = told_of.assign(**{column: ours.fillna(told_of[column])})
    frames[RecordKind.SERVICE] = told_of
    return replace(data, frames=frames)


def _services(data: MeasureData) -> Iterator[Gap]:
    services = data.frame(RecordKind.SERVICE)
    incidents = data.frame(RecordKind.INCIDENT)
    used = set() if incidents is None else set(incidents["service"].dropna())
    recorded = set() if services is None else set(services["name"])
    for column in ("owner", "criticality", "users"):
        told = set() if services is None else set(services.dropna(subset=column)["name"])
        if lacking := sorted((used | recorded) - told):
            yield _gap("services", f"no {column}", lacking, column)


def _teams(settings: Settings, data: MeasureData) -> Iterator[Gap]:
    incidents = data.frame(RecordKind.INCIDENT)
    used = set() if incidents is None else set(incidents["team"].dropna())
    lacking = sorted(used - {*data.sizes(), *settings.figures.team_sizes})
    if lacking:
        yield _gap("teams", "size unknown", lacking, "people")


def _vendors(settings: Settings, data: MeasureData) -> Iterator[Gap]:
    vendors = known_vendors(data)
    told = settings.vendors
    contracts, clauses = data.frame(RecordKind.CONTRACT), data.frame(RecordKind.CONTRACT_CLAUSE)
    fees = set() if contracts is None else set(contracts.dropna(subset="cost_per_year")["vendor"])
    held = set() if contracts is None or clauses is None else set(
        contracts[contracts["number"].isin(clauses["contract"])]["vendor"]
    )  # fmt: skip
    records = data.frame(RecordKind.VENDOR)
    covered = set() if records is None else set(records.dropna(subset="contingency")["number"])
    for column, known, sheet, said in (
        ("monthly_fee", fees, "contracts", "no fee"),
        ("contingency", covered, "contracts", "no contingency"),
        ("clauses", held, "clauses", "no clause"),
    ):
        lacking = sorted(
            name
            for number, name in vendors.items()
            if number not in known
            and not any(getattr(told[one], column) for one in (number, name) if one in told)
        )
        if lacking:
            yield _gap(sheet, said, lacking, "" if column == "clauses" else column)


def _gap(sheet: str, said: str, names: Iterable[str] = (), column: str = "") -> Gap:
    return Gap(sheet, column, tuple(names), said, BY_NAME[sheet].opens)


def told(gap: Gap) -> str:
    """A gap in a sentence."""
    more = f" and {len(gap.names) - NAMED} more" if len(gap.names) > NAMED else ""
    names = f": {', '.join(gap.names[:NAMED])}{more}" if gap.names else ""
    counted = f" ({len(gap.names):,})" if len(gap.names) > 1 else ""
    return f"{gap.said}{counted}{names}"


def findings(settings: Settings, frames: Frames) -> Iterator[Finding]:
    """The gaps, as `csi doctor` tells them."""
    found = list(gaps(settings, frames))
    for gap in found:
        yield Finding(
            check="reference",
            level=Level.OK,
            subject=gap.sheet,
            said=f"{told(gap)}; blocks {gap.blocks}",
            remedy="csi reference export, fill in the sheet, csi reference import",
        )
    if not found:
        said = "owners, sizes, calendar, targets, contracts and costs are all said"
        yield Finding(check="reference", level=Level.OK, subject="", said=said)
