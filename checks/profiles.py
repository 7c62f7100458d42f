"""What a pull looks like, to compare the next one with: fill rates, codes, records by week."""

from collections import Counter
from collections.abc import Sequence

import numpy as np
import pandas as pd

from checks.context import MAIN_TIMES, instant, moved_at
from checks.judged import Moments, Seen
from checks.settings import DEFAULT, CheckSettings
from itsm.fields import FieldType, fields_of
from itsm.quality import SourceProfile
from itsm.states import RecordKind

CODE_FIELDS = frozenset({"category", "close_code", "channel", "relation", "ci_class", "step"})
"""Fields that hold a source's own codes, beside those whose name ends in `_code`."""


def profile(
    source: str,
    kind: RecordKind,
    frame: pd.DataFrame,
    *,
    zone: str = "UTC",
    settings: CheckSettings = DEFAULT,
) -> SourceProfile:
    """What a pull looks like, to compare the next one with.

    Args:
        source: the source's name.
        kind: the kind of the records.
        frame: the records, with the columns of the kind.
        zone: IANA name of the zone that weeks are counted in.
        settings: says how many distinct codes a field may have to be watched.
    """
    seen = seen_of(kind, frame, zone=zone, settings=settings)
    return profile_of(source, kind, [seen], len(frame), moments(kind, frame)[-1:], settings)


def profile_of(
    source: str,
    kind: RecordKind,
    parts: Sequence[Seen],
    n_records: int,
    newest: Moments,
    settings: CheckSettings = DEFAULT,
) -> SourceProfile:
    """As `profile`, of parts of a pull.

    Args:
        source: the source's name.
        kind: the kind of the records.
        parts: what was seen of each.
        n_records: how many records there are in all of them.
        newest: the last time a record moved is the greatest of these; none where none did.
        settings: as for `profile`.
    """
    filled: Counter[str] = Counter()
    weeks: Counter[str] = Counter()
    for part in parts:
        filled.update(part.filled)
        weeks.update(part.weeks)
    return SourceProfile(
        source=source,
        kind=kind,
        n_records=n_records,
        newest_at=instant(int(newest.max())) if len(newest) else None,
        fill_rates={name: n / n_records for name, n in filled.items()} if n_records else {},
        codes=_joined_codes(parts, settings.max_codes),
        weekly_counts={week: weeks[week] for week in sorted(weeks)},
    )


def seen_of(
    kind: RecordKind, frame: pd.DataFrame, *, zone: str = "UTC", settings: CheckSettings = DEFAULT
) -> Seen:
    """What a profile tells of some records; arguments as for `profile`."""
    return Seen(
        filled={str(name): int(n) for name, n in frame.notna().sum().items()},
        codes=_codes(kind, frame, settings.max_codes),
        weeks=_weekly_counts(kind, frame, zone),
    )


def moments(kind: RecordKind, frame: pd.DataFrame) -> Moments:
    """When records last moved, in order; without those that have no time."""
    moved = moved_at(kind, frame).dropna().to_numpy(dtype="datetime64[us]")
    return np.sort(moved.astype(np.int64))


def _codes(kind: RecordKind, frame: pd.DataFrame, most: int) -> dict[str, tuple[str, ...] | None]:
    names = [
        spec.name
        for spec in fields_of(kind)
        if spec.type is FieldType.TEXT and (spec.name.endswith("_code") or spec.name in CODE_FIELDS)
    ]
    found = {name: frame[name].dropna().unique() for name in names}
    return {
        name: tuple(sorted(map(str, codes))) if len(codes) <= most else None
        for name, codes in found.items()
    }


def _joined_codes(parts: Sequence[Seen], most: int) -> dict[str, tuple[str, ...]]:
    """The codes of all parts; without those of fields that have too many to be watched."""
    names = list(dict.fromkeys(name for part in parts for name in part.codes))
    found: dict[str, tuple[str, ...]] = {}
    for name in names:
        each = [part.codes[name] for part in parts]
        codes = {code for some in each for code in some or ()}
        if None not in each and len(codes) <= most:
            found[name] = tuple(sorted(codes))
    return found


def _weekly_counts(kind: RecordKind, frame: pd.DataFrame, zone: str) -> dict[str, int]:
    name = MAIN_TIMES.get(kind)
    if name is None:
        return {}
    iso = frame[name].dropna().dt.tz_convert(zone).dt.isocalendar()
    counts = iso.groupby(["year", "week"]).size().sort_index()
    return {f"{year:04d}-W{week:02d}": int(n) for (year, week), n in counts.items()}
