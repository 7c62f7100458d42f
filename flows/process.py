"""The delay map of any log of cases with steps: no database, no server, no configuration."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import pandas as pd

from connectors.files.case_log import CaseLog, case_log
from connectors.files.table import read_table
from itsm.clocks import zone_of
from itsm.errors import ConfigError
from reports.measures.process_delay import Delay, delay_of
from reports.measures.process_map import COLUMNS

_TIMES = ("ready_at", "begun_at", "ended_at", "needed_at")


@dataclass(frozen=True, slots=True)
class LogFile:
    """A log: the file, columns as a person corrects them, its zone, its vendors."""

    file: Path
    pairs: tuple[str, ...] = ()
    zone: str = "UTC"
    process: str | None = None
    vendors: tuple[str, ...] = ()

    @property
    def title(self) -> str:
        """The name of the process."""
        return self.process or self.file.name.split(".")[0].replace("_", " ").replace("-", " ")


def read_log(log: LogFile) -> CaseLog:
    """The steps of a log file.

    Raises:
        ConfigError: the file cannot be used; names it, and what would mend it.
    """
    rows = list(read_table(log.file))
    try:
        return case_log(rows, log.pairs, zone_of(log.zone), process=log.title, vendors=log.vendors)
    except ConfigError as error:
        raise ConfigError(f"{log.file}: {error}") from None


def steps_frame(read: CaseLog) -> pd.DataFrame:
    """The steps as figures take them, with times in naive UTC."""
    frame = pd.DataFrame([asdict(step) for step in read.steps], columns=list(COLUMNS))
    times = {name: _naive([getattr(step, name) for step in read.steps]) for name in _TIMES}
    return frame.assign(**times)


def _naive(times: Sequence[datetime | None]) -> "pd.Series[pd.Timestamp]":
    utc = [None if one is None else one.astimezone(UTC).replace(tzinfo=None) for one in times]
    return pd.Series(np.array(utc, dtype="datetime64[us]"))


def delay_map(read: CaseLog, at: datetime | None, ahead_days: int) -> Delay:
    """The delay map as known at an instant; without one, as of the last time of the log.

    Raises:
        ConfigError: no step has a time.
    """
    steps = steps_frame(read)
    last = steps[["ready_at", "begun_at", "ended_at"]].max().max()
    if pd.isna(last):
        raise ConfigError(
            "no step has a time that can be read; name the columns with --map ended_at=COLUMN"
        )
    known = pd.Timestamp(last) if at is None else pd.Timestamp(at.astimezone(UTC)).tz_localize(None)
    return delay_of(steps, known, ahead_days)
