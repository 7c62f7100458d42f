"""What a mining run is known by."""

import hashlib
from datetime import UTC, datetime

import pandas as pd

from itsm.clocks import ReportingWeek
from problem_mining.nodes import Rows
from problem_mining.pipeline import Known
from problem_mining.settings import DEFAULT, MiningSettings
from store.runs import MiningRun

TOLD_FIELDS = ("problem", "handling_h", "affected_users")
"""The fields a candidate is told and ranked by, once it is there."""


def version_name(version: str, settings: MiningSettings) -> str:
    """The mining version, with a mark of its own where settings differ from the defaults."""
    if settings == DEFAULT:
        return version
    return f"{version}+{hashlib.sha256(repr(settings).encode()).hexdigest()[:6]}"


def run_of(
    run_id: str,
    week: ReportingWeek,
    cutoff_at: datetime,
    version: str,
    n_incidents: int,
    started_at: datetime,
) -> MiningRun:
    """A run that ends now."""
    return MiningRun(
        run_id=run_id,
        week=week.label,
        cutoff_at=cutoff_at,
        mining_version=version,
        n_incidents=n_incidents,
        input_hash=run_id.rsplit("-", 1)[1],
        started_at=started_at,
        finished_at=datetime.now(UTC),
    )


def run_id_of(
    incidents: pd.DataFrame,
    rows: Rows,
    week: ReportingWeek,
    settings: MiningSettings,
    known: Known,
) -> str:
    """An id that is the same for the same incidents, week, mining version and basis."""
    basis = known.linked.history.basis.name if known.linked else ""
    told = [
        repr(settings),
        week.label,
        week.zone,
        basis,
        *rows.keys,
        str(sorted(rows.values.items())),
    ]
    digest = hashlib.sha256("\n".join(told).encode())
    digest.update(rows.table.hashes[rows.of_text].tobytes())
    for _, codes in sorted(rows.codes.items()):
        digest.update(codes.tobytes())
    digest.update(rows.days.tobytes())
    others = [name for name in ("priority", *TOLD_FIELDS) if name in incidents]
    rest = pd.util.hash_pandas_object(incidents[["key", *others]], index=False)
    digest.update(rest.to_numpy().tobytes())
    return f"M-{week.label}-{digest.hexdigest()[:12]}"
