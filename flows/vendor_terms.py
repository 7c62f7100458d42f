"""What is configured of vendors, put beside what their records say."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace

import pandas as pd

from flows.frames import DTYPES
from flows.vendor_settings import VendorSettings
from itsm.fields import fields_of
from itsm.states import RecordKind
from reports.measures.data import MeasureData, Rung
from reports.measures.vendor_review import known_vendors, vendor_number

AGREED = "csi.toml"
"""The number that a configured contract goes by, before the vendor's."""


def with_terms(data: MeasureData, vendors: Mapping[str, VendorSettings]) -> MeasureData:
    """The records with what is configured of vendors: fees, clauses, ladders, contingencies.

    A vendor that no record names is left out: it may have no case yet.
    """
    unknown = unknown_vendors(data, vendors)
    for asked, terms in vendors.items():
        if asked in unknown:
            continue
        number, name = vendor_number(data, asked)
        frames = dict(data.frames)
        if terms.clauses or terms.monthly_fee:
            _agree(frames, number, terms)
        if terms.contingency:
            _name(frames, data, (number, name), terms.contingency)
        ladder = tuple(Rung(one.misses, one.of_weeks, one.step) for one in terms.ladder)
        ladders = {**data.ladders, name: ladder} if ladder else data.ladders
        data = replace(data, frames=frames, ladders=ladders)
    return data


def unknown_vendors(data: MeasureData, vendors: Iterable[str]) -> tuple[str, ...]:
    """The configured vendors that no record names."""
    known = {one.casefold() for pair in known_vendors(data).items() for one in pair}
    return tuple(one for one in vendors if one.strip().casefold() not in known)


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
        add_rows(frames, RecordKind.CONTRACT, [paper])
        rows = [{**about, **one.model_dump()} for one in terms.clauses]
        add_rows(frames, RecordKind.CONTRACT_CLAUSE, rows)


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
        add_rows(frames, RecordKind.VENDOR, [row])
        return
    told = vendors["contingency"].mask(own, contingency)
    frames[RecordKind.VENDOR] = vendors.assign(contingency=told)


def add_rows(frames: Frames, kind: RecordKind, rows: Sequence[Mapping[str, object]]) -> None:
    """Adds rows to the frame of a kind, with its types."""
    columns = {
        spec.name: pd.Series([row.get(spec.name) for row in rows], dtype=DTYPES[spec.type])
        for spec in fields_of(kind)
    }
    before = frames.get(kind)
    parts = [pd.DataFrame(columns)] if before is None else [before, pd.DataFrame(columns)]
    frames[kind] = pd.concat(parts, ignore_index=True)
