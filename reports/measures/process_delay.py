"""Where the cases of a log wait: hop by hop, own staff and vendors, and what is needed soon."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

import numpy as np
import pandas as pd

START = "start"
OWN, VENDORS = "own staff", "vendors"
WAITING, WORK, UNTOLD = "waiting", "work", "waiting or work"
_TIMES = ("ready_at", "begun_at", "ended_at", "needed_at")
_HOUR = pd.Timedelta(hours=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Hop:
    """From one step to the next: hours of all cases; `untold_h` where work's begin is not known."""

    process: str
    before: str
    step: str
    owners: tuple[str, ...]
    n: int
    wait_h: float
    median_wait_h: float | None
    p90_wait_h: float | None
    work_h: float
    untold_h: float

    @property
    def whole_h(self) -> float:
        """From the moment the step could begin to its end."""
        return self.wait_h + self.work_h + self.untold_h


@dataclass(frozen=True, slots=True, kw_only=True)
class Unfinished:
    """A step that is not done of a case that is needed soon, or was needed already."""

    case: str
    process: str
    step: str
    owner: str
    is_vendor: bool
    needed_at: datetime
    waits_h: float | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Delay:
    """The map of a log, as known at one instant; `split` is hours by side and part."""

    at: datetime
    n_cases: int
    n_done: int
    n_steps: int
    through_h: float | None
    hops: tuple[Hop, ...]
    split: Mapping[tuple[str, str], float]
    upcoming: tuple[Unfinished, ...]


def followed(steps: pd.DataFrame) -> pd.DataFrame:
    """Steps in the order of their cases, each with the step before it, and when it could begin.

    Where that is not known, a step could begin when the one before it ended; the first of a case
    when it began.
    """
    when = steps["ready_at"].fillna(steps["begun_at"]).fillna(steps["ended_at"])
    steps = steps.assign(order=when)
    steps = steps.sort_values(["process", "case", "order", "ended_at", "step"], kind="stable")
    groups = steps.groupby(["process", "case"], sort=False)
    before, done = groups["step"].shift(), groups["ended_at"].shift()
    ready = steps["ready_at"].fillna(done)
    ready = ready.where(ready.notna() | before.notna(), steps["begun_at"])
    told = steps.assign(before=before.fillna(START), ready_at=ready)
    return told.drop(columns="order").reset_index(drop=True)


def hours(start: "pd.Series[pd.Timestamp]", end: "pd.Series[pd.Timestamp]") -> "pd.Series[float]":
    """Elapsed hours, never negative; missing where an end is missing."""
    return ((end - start) / _HOUR).clip(lower=0.0)


def delay_of(steps: pd.DataFrame, at: pd.Timestamp, ahead_days: int) -> Delay:
    """The delay map of a log.

    Args:
        steps: columns `process_map.COLUMNS`, times in naive UTC.
        at: what is known; a time after it has not come yet.
        ahead_days: cases needed within so many days from it are needed soon.
    """
    known = {name: steps[name].mask(steps[name] > at) for name in _TIMES if name != "needed_at"}
    steps = followed(steps.assign(**known))
    ended = steps[steps["ended_at"].notna()]
    parts = _parts(ended)
    cases = steps.groupby(["process", "case"], sort=True)
    is_done = cases["ended_at"].apply(lambda column: bool(column.notna().all()))
    through = hours(cases["ready_at"].min(), cases["ended_at"].max())[is_done].dropna()
    return Delay(
        at=_utc(at),
        n_cases=len(is_done),
        n_done=int(is_done.sum()),
        n_steps=len(ended),
        through_h=float(through.median()) if len(through) else None,
        hops=_hops(parts),
        split=_split(parts),
        upcoming=_upcoming(steps, at, ahead_days),
    )


def _utc(at: pd.Timestamp) -> datetime:
    """An instant in naive UTC as an aware one."""
    return at.tz_localize("UTC").to_pydatetime()


def _parts(ended: pd.DataFrame) -> pd.DataFrame:
    """Hours of waiting and of work of each step; as one where its begin is not known."""
    wait = hours(ended["ready_at"], ended["begun_at"])
    work = hours(ended["begun_at"], ended["ended_at"])
    untold = hours(ended["ready_at"], ended["ended_at"]).where(ended["begun_at"].isna())
    return ended.assign(wait=wait, work=work, untold=untold)


def _hops(parts: pd.DataFrame) -> tuple[Hop, ...]:
    """Each hop, the longest wait in total first."""
    found = []
    for (process, before, step), rows in parts.groupby(["process", "before", "step"], sort=True):
        wait = rows["wait"].dropna().to_numpy(dtype=np.float64)
        found.append(
            Hop(
                process=str(process),
                before=str(before),
                step=str(step),
                owners=tuple(sorted(set(rows["owner"]))),
                n=len(rows),
                wait_h=float(np.sort(wait).sum()),
                median_wait_h=float(np.median(wait)) if len(wait) else None,
                p90_wait_h=float(np.quantile(wait, 0.9)) if len(wait) else None,
                work_h=float(np.sort(rows["work"].dropna()).sum()),
                untold_h=float(np.sort(rows["untold"].dropna()).sum()),
            )
        )
    return tuple(sorted(found, key=lambda hop: (-hop.wait_h, -hop.untold_h, hop.before, hop.step)))


def _split(parts: pd.DataFrame) -> dict[tuple[str, str], float]:
    side = np.where(parts["is_vendor"].fillna(False).to_numpy(dtype=bool), VENDORS, OWN)
    columns = ((WAITING, "wait"), (WORK, "work"), (UNTOLD, "untold"))
    return {
        (who, part): float(np.sort(parts[column][side == who].dropna()).sum())
        for who in (OWN, VENDORS)
        for part, column in columns
    }


def _upcoming(steps: pd.DataFrame, at: pd.Timestamp, days: int) -> tuple[Unfinished, ...]:
    """Unfinished steps of cases needed soon, the most urgent first."""
    until = at + pd.Timedelta(days=days)
    needed = steps.groupby(["process", "case"])["needed_at"].transform("max")
    rows = steps.assign(needed=needed)[(needed < until) & steps["ended_at"].isna()]
    rows = rows.sort_values(["needed", "process", "case", "ready_at", "step"], kind="stable")
    waits = hours(rows["ready_at"], pd.Series(at, index=rows.index))
    columns = [rows[name].tolist() for name in ("case", "process", "step", "owner", "is_vendor")]
    return tuple(
        Unfinished(
            case=str(case),
            process=str(process),
            step=str(step),
            owner=str(owner),
            is_vendor=bool(is_vendor),
            needed_at=_utc(pd.Timestamp(by)),
            waits_h=None if np.isnan(waited) else float(waited),
        )
        for case, process, step, owner, is_vendor, by, waited in zip(
            *columns, rows["needed"].tolist(), waits.tolist(), strict=True
        )
    )
