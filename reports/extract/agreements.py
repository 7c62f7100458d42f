"""Facts of agreements: clocks, and cases raised with vendors."""

import numpy as np
import pandas as pd

from itsm.states import ClockType, RecordKind
from reports.extract.columns import flag_column, instants
from reports.extract.incidents import Known
from reports.extract.keys import record_keys, surrogate
from reports.measures.as_of import as_of
from reports.measures.data import Flags, MeasureData, Times, flags, hours_between, times
from reports.measures.sla_clocks import breached

BESIDE_CLOCK = ("incident", "service", "priority", "is_test", "duplicate_of")
"""What a clock's row says of the incident it runs on, beside the clock's own columns; `incident` is
its number, missing where there is none."""


def clock_facts(rows: pd.DataFrame, known: Known) -> pd.DataFrame:
    """The facts of some clocks.

    Args:
        rows: the columns of clocks, and those of `BESIDE_CLOCK`.
        known: what facts are told by.
    """
    seen = as_known(RecordKind.SLA_CLOCK, rows, known)
    key, type_ = known.members.keys, seen["type"]
    is_left_out = flags(seen, "is_canceled") | flags(seen, "is_test")
    is_left_out |= seen["duplicate_of"].notna().to_numpy()
    is_breached, marked = breached(seen)
    ended_at = times(seen, "ended_at")
    can_tell = ~np.isnat(ended_at) & (marked | ~np.isnat(times(seen, "due_at")))
    return pd.DataFrame(
        {
            "clock_key": record_keys(seen["source"], seen["number"]),
            "source_key": key("source", seen["source"]),
            "record_kind": seen["record_kind"],
            "incident_key": _incident_keys(seen),
            "type": type_,
            "target": seen["target"],
            "service_key": key("service", seen["service"]),
            "priority_key": seen["priority"].fillna(0),
            "vendor_key": key("vendor", seen["party"].where(type_ == ClockType.CONTRACT.value)),
            "team_key": key("team", seen["party"].where(type_ == ClockType.OLA.value)),
            **instants(seen, ("started_at", "due_at", "ended_at")),
            **known.calendar.keys("ended", ended_at),
            **{name: seen[name] for name in ("target_h", "elapsed_h", "paused_h")},
            "is_met": flag_column(~is_breached, can_tell),
            "is_computed": ~marked,
            "is_counted": ~is_left_out,
        }
    )


def case_facts(rows: pd.DataFrame, known: Known) -> pd.DataFrame:
    """The facts of some vendor cases.

    Args:
        rows: the columns of vendor cases; `incident` is missing where there is no such incident.
        known: what facts are told by.
    """
    seen = as_known(RecordKind.VENDOR_CASE, rows, known)
    key, opened_at = known.members.keys, times(seen, "opened_at")
    kind = pd.Series(RecordKind.VENDOR_CASE.value, index=seen.index)
    responded, resolved = times(seen, "responded_at"), times(seen, "resolved_at")
    return pd.DataFrame(
        {
            "vendor_case_key": record_keys(seen["source"], seen["number"]),
            "source_key": key("source", seen["source"]),
            "number": seen["number"].mask(flags(seen, "restricted")),
            "vendor_key": key("vendor", seen["vendor"]),
            "service_key": key("service", seen["service"]),
            "state_key": key("state", kind, seen["state"]),
            "incident_key": _incident_keys(seen),
            "severity": seen["severity"],
            **instants(seen, _CASE_TIMES),
            **known.calendar.keys("opened", opened_at),
            **known.calendar.keys("resolved", resolved),
            "response_h": hours_between(opened_at, responded),
            "resolution_h": hours_between(opened_at, resolved),
            "waiting_on_us_h": seen["waiting_on_us_h"],
            "is_response_late": _late(times(seen, "response_due_at"), responded, known),
            "is_resolution_late": _late(times(seen, "resolution_due_at"), resolved, known),
        }
    )


_CASE_TIMES = (
    *("opened_at", "response_due_at", "responded_at"),
    *("resolution_due_at", "resolved_at"),
)


def _late(due: Times, done: Times, known: Known) -> "pd.Series[bool]":
    """Whether a commitment was missed by the cut-off; null without one, or while it may be kept."""
    until = np.where(np.isnat(done), known.cutoff, done)
    is_late: Flags = until > due
    return flag_column(is_late, ~np.isnat(due) & (is_late | ~np.isnat(done)))


def _incident_keys(seen: pd.DataFrame) -> "pd.Series[int]":
    """The incident of each row, null where there is none."""
    is_told = seen["incident"].notna()
    told = seen[is_told]
    keys = [surrogate(*one) for one in zip(told["source"], told["incident"], strict=True)]
    return pd.Series(keys, index=told.index, dtype="Int64").reindex(seen.index)


def as_known(kind: RecordKind, rows: pd.DataFrame, known: Known) -> pd.DataFrame:
    """Rows as known at the cut-off, in the order (source, number)."""
    seen = as_of(MeasureData(frames={kind: rows}), known.cutoff_at).frames[kind]
    return seen.sort_values(["source", "number"], kind="stable", ignore_index=True)
