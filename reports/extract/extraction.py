"""One extract from its facts to the files: what is put in, and how it takes its place."""

import json
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import date, datetime
from pathlib import Path

import numpy as np
import pandas as pd

from itsm.clocks import ReportingWeek
from itsm.errors import PublishError
from reports.extract.dimensions import Reference, dimension_rows
from reports.extract.draft import CURRENT, Draft, drafted, link_or_copy, write
from reports.extract.hyper import HYPER, require_hyper, write_hyper
from reports.extract.keys import NOT_GIVEN, Keys
from reports.extract.manifest import MANIFEST, Manifest, manifest_bytes
from reports.extract.members import Members
from reports.extract.package import package_json, readme
from reports.extract.parts import PartFormat, read_part
from reports.extract.tables import FACTS, TABLES

ALL = "all"
"""The one part of a table that is not cut by weeks."""
_EPOCH = date(1970, 1, 1)
_INCIDENT = "fact_incident"
_NO_WEEK = "none"
"""The part of a table without any rows, so that readers find its columns."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """What is asked for.

    Attributes:
        home: the folder of the extract.
        formats: of the parts.
        with_hyper: with a file for Tableau, which is made of the Parquet parts.
        week: the newest week.
        cutoff_at: the moment it is true for.
        since: parts of weeks before it stay as the last extract has them; None to make all.
    """

    home: Path
    formats: tuple[PartFormat, ...]
    with_hyper: bool
    week: ReportingWeek
    cutoff_at: datetime
    since: ReportingWeek | None = None


@dataclass(frozen=True, slots=True)
class Extracted:
    """What an extract came to."""

    folder: Path
    version: str
    n_rows: Mapping[str, int]
    n_written: int
    n_kept: int


class Extraction:
    """The facts of an extract, as they come, and then its dimensions."""

    def __init__(self, draft: Draft, wanted: Wanted, members: Members) -> None:
        self._draft = draft
        self._wanted = wanted
        self._members = members
        self._incidents: list[Keys] = []
        if wanted.since is not None:
            self._take_over(wanted.since.label)

    def put(self, week: str, facts: Mapping[str, pd.DataFrame]) -> None:
        """The facts of a week; a table without rows has no part of the week."""
        for name, rows in facts.items():
            if len(rows):
                self._draft.put(TABLES[name], week, rows)
        if _INCIDENT in facts:
            self._incidents.append(facts[_INCIDENT]["incident_key"].to_numpy(dtype=np.int64))

    def incident_keys(self) -> Keys:
        """The keys of all incidents that were put in, in order.

        Raises:
            PublishError: two of them have one key.
        """
        keys = np.sort(np.concatenate([np.zeros(0, dtype=np.int64), *self._incidents]))
        if (keys[1:] == keys[:-1]).any():
            raise PublishError(
                f"two incidents have one key, {keys[1:][keys[1:] == keys[:-1]][0]}: about one "
                "chance in 20,000 with a million incidents; leave one of them out at its source"
            )
        return keys

    def put_whole(self, facts: Mapping[str, pd.DataFrame]) -> None:
        """The facts of tables that are not cut by weeks."""
        for name, rows in facts.items():
            self._draft.put(TABLES[name], ALL, rows)

    def finish(self, reference: Reference) -> Extracted:
        """Write the dimensions and what describes it all, and let the extract take its place."""
        draft, wanted = self._draft, self._wanted
        for name, rows in dimension_rows(self._members, reference, wanted.week):
            draft.put(TABLES[name], ALL, rows)
        present = {part.table for part in draft.parts}
        for table in FACTS:
            if table.name not in present:
                draft.put(table, _NO_WEEK if table.by_week else ALL, pd.DataFrame())
        manifest = self._manifest()
        self._describe(manifest)
        return Extracted(
            folder=draft.publish(manifest.version),
            version=manifest.version,
            n_rows={name: sum(part.rows for part in manifest.parts_of(name)) for name in TABLES},
            n_written=draft.n_written,
            n_kept=draft.n_kept,
        )

    def _manifest(self) -> Manifest:
        order = {name: place for place, name in enumerate(TABLES)}
        parts = sorted(self._draft.parts, key=lambda part: (order[part.table], part.part))
        manifest = Manifest(
            week=self._wanted.week.label,
            zone=self._wanted.week.zone,
            cutoff_at=self._wanted.cutoff_at,
            parts=tuple(parts),
        )
        if self._wanted.with_hyper:
            manifest = replace(manifest, hyper_of=manifest.content_hash())
        return manifest.named()

    def _describe(self, manifest: Manifest) -> None:
        draft = self._draft
        if manifest.hyper_of:
            self._hyper(manifest)
        for kind in draft.formats:
            content = package_json(manifest, TABLES, kind)
            write(draft.folder / kind / "datapackage.json", content)
        write(draft.folder / "README.txt", readme(manifest, TABLES))
        write(draft.folder / MANIFEST, manifest_bytes(manifest))

    def _hyper(self, manifest: Manifest) -> None:
        """Tableau's file; its bytes differ from run to run, so that of equal rows is kept."""
        draft, previous = self._draft, self._draft.previous
        held = draft.home / CURRENT / HYPER
        if previous and previous.hyper_of == manifest.hyper_of and held.exists():
            link_or_copy(held, draft.folder / HYPER)
        else:
            write_hyper(draft.folder, manifest, TABLES)

    def _take_over(self, since: str) -> None:
        """The parts of earlier weeks, and the members and days that they name."""
        for table in FACTS:
            if table.by_week:
                self._draft.carry(table, since)
        for dimension in _LABELLED:
            self._members.keep(dimension, dict(_labels_of(self._draft, dimension)))
        self._members.days.update(_days_of(self._draft))
        keys = [key for (key,) in _rows_of(self._draft, _INCIDENT, ("incident_key",), since)]
        self._incidents.append(np.array(keys, dtype=np.int64))


_LABELLED: Mapping[str, tuple[str, ...]] = {
    "source": ("source",),
    "service": ("service",),
    "team": ("team",),
    "ci": ("ci",),
    "category": ("category", "subcategory"),
    "vendor": ("vendor",),
    "state": ("record_kind", "state"),
    "channel": ("channel",),
    "location": ("location",),
    "close_code": ("close_code",),
    "candidate": ("candidate",),
    "slice": ("parts",),
}
"""The columns that name the members of each dimension that facts name."""


def _labels_of(draft: Draft, dimension: str) -> Iterator[tuple[int, tuple[str | None, ...]]]:
    """The members of a dimension in the last extract."""
    rows = _rows_of(draft, f"dim_{dimension}", (f"{dimension}_key", *_LABELLED[dimension]))
    for key, *label in rows:
        assert isinstance(key, int)
        if key != NOT_GIVEN:
            named = json.loads(str(label[0])) if dimension == "slice" else label
            yield key, tuple(None if part is None else str(part) for part in named)


def _days_of(draft: Draft) -> Iterator[int]:
    """The days in the last extract, as days since 1970."""
    for (day,) in _rows_of(draft, "dim_date", ("date",)):
        assert isinstance(day, date)
        yield (day - _EPOCH).days


def _rows_of(
    draft: Draft, table: str, names: Sequence[str], before: str = "~"
) -> Iterator[tuple[object, ...]]:
    for part in draft.previous.parts_of(table) if draft.previous else ():
        if part.part >= before:
            continue
        held = read_part(TABLES[table], draft.home / CURRENT / part.files[0].path)
        yield from zip(*(held.column(name).to_pylist() for name in names), strict=True)


@contextmanager
def extraction(wanted: Wanted, members: Members) -> Iterator[Extraction]:
    """An extract to be filled and finished; without `finish` the one before stays.

    Raises:
        PublishError: it cannot be made there, or Tableau's library is missing.
    """
    if wanted.with_hyper:
        require_hyper()
    with drafted(wanted.home, wanted.formats) as draft:
        if wanted.since is not None and draft.previous is None:
            raise PublishError(
                f"{wanted.home}: there is no extract to go on from; run once without --since"
            )
        yield Extraction(draft, wanted, members)
