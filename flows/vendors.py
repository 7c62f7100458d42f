"""One vendor's dossier from an installation: its terms, its own list, what was agreed on lines."""

from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path

import pandas as pd

from connectors.files.table import read_table
from connectors.files.vendor_list import VendorList, vendor_list
from flows.vendor_terms import unknown_vendors
from flows.wiring import Parts
from itsm.clocks import ReportingWeek, zone_of
from itsm.errors import ConfigError
from itsm.periods import Months
from reports.measures.data import MeasureData
from reports.measures.reconciliation import COLUMNS
from reports.measures.vendor_lines import Dossier, Standings
from reports.measures.vendor_review import ELSEWHERE, dossier, vendor_number


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
    data: MeasureData,
    asked: str,
    period: ReportingWeek | Months,
    cutoff_at: datetime,
    theirs: TheirList | None,
    standings: Standings,
) -> Review:
    """The dossier of one vendor for one period.

    Args:
        parts: of the installation.
        data: what the store holds for the period, from `flows.figures.stored_data`.
        asked: number or name of the vendor.
        period: the week, month or quarter.
        cutoff_at: what is known.
        theirs: the vendor's own list; None where it gave none.
        standings: what was agreed on lines.

    Raises:
        ConfigError: there is no such vendor, or its list or its terms cannot be used.
    """
    for one in unknown_vendors(data, parts.settings.vendors):
        parts.say(f"vendor [vendors.{one!r}] is not used: no record names such a vendor")
    read = None if theirs is None else _read(theirs)
    if read is not None:
        _, name = vendor_number(data, asked)
        data = replace(data, vendor_lists=_frame(read, name, period))
    return Review(dossier(data, asked, period, cutoff_at, standings), read)


def _read(theirs: TheirList) -> VendorList:
    try:
        return vendor_list(list(read_table(theirs.file)), theirs.pairs, zone_of(theirs.zone))
    except ConfigError as error:
        raise ConfigError(f"{theirs.file}: {error}") from None


def _frame(read: VendorList, name: str, period: ReportingWeek | Months) -> pd.DataFrame:
    """Their lines, each with whether it is due in another period by their own word."""
    rows = [
        (name, one.reference, one.target.value, one.is_met, None, None, None) for one in read.lines
    ]
    elsewhere = [
        one.due_at is not None and not period.start_at <= one.due_at < period.end_at
        for one in read.lines
    ]
    return pd.DataFrame(rows, columns=list(COLUMNS)).assign(**{ELSEWHERE: elsewhere})
