"""Facts of changes."""

import pandas as pd

from itsm.states import ChangeState, RecordKind
from reports.extract.agreements import as_known
from reports.extract.columns import instants
from reports.extract.incidents import Known
from reports.extract.keys import record_keys
from reports.measures.data import flags, times


def change_facts(rows: pd.DataFrame, known: Known) -> pd.DataFrame:
    """The facts of some changes, which have the columns of changes."""
    seen = as_known(RecordKind.CHANGE, rows, known)
    key, restricted = known.members.keys, flags(seen, "restricted")
    kind = pd.Series(RecordKind.CHANGE.value, index=seen.index)
    return pd.DataFrame(
        {
            "change_key": record_keys(seen["source"], seen["number"]),
            "source_key": key("source", seen["source"]),
            "number": seen["number"].mask(restricted),
            "type": seen["type"],
            "outcome": seen["outcome"],
            "state_key": key("state", kind, seen["state"]),
            "service_key": key("service", seen["service"]),
            "team_key": key("team", seen["team"]),
            "ci_key": key("ci", seen["ci"].mask(restricted)),
            "category_key": key("category", seen["category"], _nothing(seen)),
            "risk": seen["risk"],
            **instants(seen, _TIMES),
            **known.calendar.keys("opened", times(seen, "opened_at")),
            **known.calendar.keys("closed", times(seen, "closed_at")),
            "is_canceled": (seen["state"] == ChangeState.CANCELED.value).to_numpy(),
        }
    )


_TIMES = ("opened_at", "planned_start_at", "planned_end_at", "implemented_at", "closed_at")


def _nothing(seen: pd.DataFrame) -> "pd.Series[str]":
    """Changes have no subcategory."""
    return pd.Series(None, index=seen.index, dtype="str")
