"""One vendor's dossier from an installation: its terms, its own list, what was agreed on lines."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path

import pandas as pd

from connectors.files.table import read_table
from connectors.files.vendor_list import VendorList, vendor_list
from flows.figures import stored_data
from flows.frames import DTYPES
from flows.vendor_settings import VendorSettings
from flows.wiring import Parts
from itsm.clocks import ReportingWeek, zone_of
from itsm.errors import ConfigError
from itsm.fields import fields_of
from itsm.periods import Months
from itsm.states import RecordKind
from reports.measures.data import MeasureData, Rung
from reports.measures.reconciliation import COLUMNS
from reports.measures.vendor_lines import Dossier, Standings
from reports.measures.vendor_review import dossier, vendor_number

AGREED = "csi.toml"
"""The number that a configured contract goes by, before the vendor's."""


@dataclass(frozen=True, slots=True)
class TheirList:
    """The vendor's own list: the file, columns as a person corrects them, and the zone."""

    file: Path
    pairs: tuple[str, ...] = ()
    zone: str = "UTC"


@dataclass(frozen=True, slots=True)
class Review:
    """A dossier, and what was read of the vendor's own list; None where it gave none."""

    dossier: Dossier
    their_list: VendorList | None


def review(
    parts: Parts,
    asked: str,
    period: ReportingWeek | Months,
    cutoff_at: datetime,
    theirs: TheirList | None,
    standings: Standings,
) -> Review:
    """The dossier of one vendor for one period.

    Raises:
        ConfigError: there is no such vendor, or its list or its terms cannot be used.
    """
    data = with_terms(stored_data(parts, period, cutoff_at), parts.settings.vendors)
    read = None if theirs is None else _read(theirs)
    if read is not None:
        _, name = vendor_number(data, asked)
        data = replace(data, vendor_lists=_frame(read, name))
    return Review(dossier(data, asked, period, cutoff_at, standings), read)


def _read(theirs: TheirList) -> VendorList:
    try:
        return vendor_list(list(read_table(theirs.file)), theirs.pairs, zone_of(theirs.zone))
    except ConfigError as error:
        raise ConfigError(f"{theirs.file}: {error}") from None


def _frame(read: VendorList, name: str) -> pd.DataFrame:
    rows = [(name, one.reference, one.target.value, one.is_met, *[None] * 3) for one in read.lines]
    return pd.DataFrame(rows, columns=list(COLUMNS))


def with_terms(data: MeasureData, vendors: Mapping[str, VendorSettings]) -> MeasureData:
    """The records with what is configured of vendors: fees, clauses, ladders, contingencies.

    Raises:
        ConfigError: a vendor is configured that no record names; names those there are.
    """
    for asked, terms in vendors.items():
        try:
            number, name = vendor_number(data, asked)
        except ConfigError as error:
            raise ConfigError(f"[vendors.{asked!r}]: {error}") from None
        frames = dict(data.frames)
        if terms.clauses or terms.monthly_fee:
            _agree(frames, number, terms)
        if terms.contingency:
            _name(frames, data, (number, name), terms.contingency)
        ladder = tuple(Rung(one.misses, one.of_weeks, one.step) for one in terms.ladder)
        ladders = {**data.ladders, name: ladder} if ladder else data.ladders
        data = replace(data, frames=frames, ladders=ladders)
    return data


Frames = dict[RecordKind, pd.DataFrame]


def _agree(frames: Frames, number: str, terms: VendorSettings) -> None:
    """Puts the vendor's cases under the configured clauses, and the fee where it is charged."""
    cases = frames[RecordKind.VENDOR_CASE]
    own = (cases["vendor"] == number).to_numpy()
    fee = None if terms.monthly_fee is None else terms.monthly_fee * 12
    if not terms.clauses:
        _charge(frames, number, fee)
        return
    contract = f"{AGREED} {number}"
    fee = _recorded_fee(frames, number) if fee is None else fee
    frames[RecordKind.VENDOR_CASE] = cases.assign(contract=cases["contract"].mask(own, contract))
    for source in sorted(set(cases["source"][own])):
        about = {"source": source, "contract": contract}
        paper = {"source": source, "number": contract, "vendor": number, "cost_per_year": fee}
        _add(frames, RecordKind.CONTRACT, [paper])
        rows = [{**about, **one.model_dump()} for one in terms.clauses]
        _add(frames, RecordKind.CONTRACT_CLAUSE, rows)


def _recorded_fee(frames: Frames, number: str) -> float | None:
    """What the vendor's only contract costs in a year; None where there is none, or several."""
    contracts = frames.get(RecordKind.CONTRACT)
    if contracts is None:
        return None
    fees = contracts["cost_per_year"][(contracts["vendor"] == number).to_numpy()].dropna()
    return float(fees.iloc[0]) if len(fees) == 1 else None


def _charge(frames: Frames, number: str, fee: float | None) -> None:
    contracts = frames.get(RecordKind.CONTRACT)
    if contracts is not None:
        own = (contracts["vendor"] == number).to_numpy()
        yearly = contracts["cost_per_year"].mask(own, fee)
        frames[RecordKind.CONTRACT] = contracts.assign(cost_per_year=yearly)


def _name(frames: Frames, data: MeasureData, vendor: tuple[str, str], contingency: str) -> None:
    number, name = vendor
    vendors = data.frame(RecordKind.VENDOR)
    own = None if vendors is None else (vendors["number"] == number).to_numpy()
    if vendors is None or own is None or not own.any():
        row = {"source": AGREED, "number": number, "name": name, "contingency": contingency}
        _add(frames, RecordKind.VENDOR, [row])
        return
    told = vendors["contingency"].mask(own, contingency)
    frames[RecordKind.VENDOR] = vendors.assign(contingency=told)


def _add(frames: Frames, kind: RecordKind, rows: Sequence[Mapping[str, object]]) -> None:
    """Adds rows to the frame of a kind, with its types."""
    columns = {
        spec.name: pd.Series([row.get(spec.name) for row in rows], dtype=DTYPES[spec.type])
        for spec in fields_of(kind)
    }
    before = frames.get(kind)
    parts = [pd.DataFrame(columns)] if before is None else [before, pd.DataFrame(columns)]
    frames[kind] = pd.concat(parts, ignore_index=True)
