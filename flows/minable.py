"""The incidents that are mined: which of them, which of their fields, and without personal data."""

from collections.abc import Callable, Iterable, Sequence
from datetime import datetime

import pandas as pd

from checks.known_names import KnownNames
from checks.privacy import redact_all
from flows.mining_run import TOLD_FIELDS
from flows.reading import some_of
from flows.wiring import Parts
from itsm.clocks import ReportingWeek
from itsm.states import IncidentState, RecordKind

MINED_FIELDS = (
    "service",
    "ci",
    "category",
    "subcategory",
    "symptom",
    "location",
    "team",
    "priority",
    "opened_at",
)
"""The fields mining may use beside the text; never a person, never a problem link."""

TEXT_FIELDS = ("title", "description")
"""The texts that are mined, without personal data."""

KEY_FIELDS = ("source", "number", "restricted", "is_test", "state")
LINK_FIELDS = ("problem", "parent_incident", "duplicate_of", "caused_by_change")

PERSON_FIELDS = ("assignee", "caller", "opened_by", "resolved_by")
"""The fields whose names are taken out of texts."""

READ_FIELDS = tuple(
    sorted(
        {
            *KEY_FIELDS,
            *MINED_FIELDS,
            *LINK_FIELDS,
            *TOLD_FIELDS,
            *PERSON_FIELDS,
            *TEXT_FIELDS,
            *("close_notes", "resolved_at"),
        }
    )
)
"""The fields that are read at all."""

Names = Callable[[Iterable[object]], Iterable[object]]
"""The names of people that fields hold the pseudonyms of."""
Redacts = Callable[[Sequence[pd.Series], KnownNames], list[pd.Series]]
"""Takes personal data out of columns of texts."""


def minable(parts: Parts, week: ReportingWeek, cutoff_at: datetime) -> pd.DataFrame:
    """The incidents to be mined: one row per incident, personal data out, ordered by key."""
    chosen = chosen_incidents(parts, week, cutoff_at)
    return prepared(chosen, parts.store.people.everyone)


def chosen_incidents(parts: Parts, week: ReportingWeek, cutoff_at: datetime) -> pd.DataFrame:
    """The incidents to be mined as they are stored, with `key` as "source/number".

    Restricted, canceled, test and duplicate incidents are left out.
    """
    first_at = week.shifted(1 - parts.settings.mining.lookback_weeks).start_at
    since = ("opened_at", first_at, min(week.end_at, cutoff_at))
    incidents = some_of(parts.store, RecordKind.INCIDENT, cutoff_at, READ_FIELDS, since=since)
    chosen = incidents[
        ~incidents["restricted"]
        & ~incidents["is_test"]
        & (incidents["state"] != IncidentState.CANCELED)
        & incidents["duplicate_of"].isna()
    ]
    return chosen.assign(key=chosen["source"] + "/" + chosen["number"])


def all_redacted(columns: Sequence[pd.Series], names: KnownNames) -> list[pd.Series]:
    """Columns of texts without personal data."""
    return [
        pd.Series(redact_all(each, known_names=names).texts, each.index, dtype="str")
        for each in columns
    ]


def prepared(
    incidents: pd.DataFrame, names_of: Names = frozenset, redacts: Redacts = all_redacted
) -> pd.DataFrame:
    """A frame with `key` and any of the mined fields as mining takes it: redacted, by key.

    Args:
        incidents: the frame.
        names_of: whose the pseudonyms in its fields are.
        redacts: takes personal data out of texts.
    """
    texts = [name for name in TEXT_FIELDS if name in incidents]
    columns = redacts([incidents[name] for name in texts], people(incidents, names_of))
    fields = [name for name in (*MINED_FIELDS, *TOLD_FIELDS) if name in incidents]
    frame = incidents[["key", *fields]].assign(**dict(zip(texts, columns, strict=True)))
    is_sorted = frame["key"].is_monotonic_increasing
    return frame if is_sorted else frame.sort_values("key", ignore_index=True)


def people(incidents: pd.DataFrame, names_of: Names = frozenset) -> KnownNames:
    """The people that the records name, so that their names can be taken out of texts."""
    columns = [incidents[name].unique() for name in PERSON_FIELDS if name in incidents]
    return KnownNames.of(names_of(set().union(*columns)))
