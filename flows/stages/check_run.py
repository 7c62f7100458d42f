"""What all parts of a check have in common: the week, the numbers that were read, the program."""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cache
from hashlib import sha256
from importlib import resources
from importlib.metadata import version
from typing import Any

import pandas as pd

from checks.context import CheckContext
from flows.mapping_aliases import confirmed, with_aliases
from flows.reading import as_it_came
from flows.wiring import Parts
from itsm.clocks import ReportingWeek
from itsm.fields import column_names
from itsm.naming import KEPT_IN, Alias
from itsm.states import RecordKind
from store.chosen import Chosen
from store.portions import are_there

_FRAMING = (
    "frames.py",
    "mapping_aliases.py",
    "reading.py",
    "stages/check_line.py",
    "stages/check_parts.py",
    "stages/check_run.py",
)
"""The modules here that what is judged depends on."""


class Known(Mapping[RecordKind, frozenset[str]]):
    """The numbers that were read of one source, per kind; read when they are first asked for.

    Args:
        parts: of the installation.
        source: whose.
        kinds: those that are there at all.
        cutoff_at: without the records deleted by then.
        aliases: of names that count: records may go for another one's sake.
    """

    def __init__(
        self,
        parts: Parts,
        source: str,
        kinds: tuple[RecordKind, ...],
        cutoff_at: datetime,
        aliases: tuple[Alias, ...],
    ) -> None:
        self._parts, self._source, self._cutoff_at = parts, source, cutoff_at
        self._kinds, self._aliases = kinds, aliases
        self._read: dict[RecordKind, frozenset[str]] = {}

    def __getitem__(self, kind: RecordKind) -> frozenset[str]:
        if kind not in self._kinds:
            raise KeyError(kind)
        if kind not in self._read:
            self._read[kind] = frozenset(self._numbers(kind))
        return self._read[kind]

    def __iter__(self) -> Iterator[RecordKind]:
        return iter(self._kinds)

    def __len__(self) -> int:
        return len(self._kinds)

    def _numbers(self, kind: RecordKind) -> list[Any]:
        store, at = self._parts.store, self._cutoff_at
        if self._aliases and (kind in KEPT_IN.values() or kind is RecordKind.HISTORY):
            rows = with_aliases(kind, as_it_came(store, kind, at), self._aliases, at)
            return list(rows.loc[rows["source"] == self._source, "number"])
        equal = {"source": self._source}
        return Chosen.of(store).columns(kind, ["number"], known_at=at, equal=equal)["number"]


@dataclass(frozen=True, slots=True)
class Run:
    """What all parts of a check have in common.

    Attributes:
        parts: of the installation.
        week: that is checked.
        cutoff_at: what the check is true for.
        kinds: those that there is any record of, whatever its source.
        aliases: of names that count.
        known: the numbers that were read, by source.
        there: of which kinds each source has records.
    """

    parts: Parts
    week: ReportingWeek
    cutoff_at: datetime
    kinds: tuple[RecordKind, ...]
    aliases: tuple[Alias, ...]
    known: Mapping[str, Known]
    there: Mapping[str, Mapping[RecordKind, bool]]

    @classmethod
    def of(cls, parts: Parts, week: ReportingWeek, cutoff_at: datetime) -> "Run":
        """A check of all that is there at a cut-off."""
        of_any = are_there(parts.store, None, cutoff_at)
        kinds = tuple(kind for kind, is_there in sorted(of_any.items()) if is_there)
        aliases = confirmed(parts.store)
        known = {s: Known(parts, s, kinds, cutoff_at, aliases) for s in parts.sources}
        there = {s: are_there(parts.store, s, cutoff_at) for s in parts.sources}
        return cls(parts, week, cutoff_at, kinds, aliases, known, there)

    def context(self, source: str) -> CheckContext:
        """What the records of a source are judged against, apart from its past."""
        return CheckContext(
            source=source,
            cutoff_at=self.cutoff_at,
            week=self.week,
            known=self.known[source],
            settings=self.parts.settings.checks,
        )

    def guessed_at(self) -> datetime:
        """The moment after which nothing can have happened, unless much has come later."""
        return self.cutoff_at + timedelta(days=self.parts.settings.checks.future_days)


def names_there(run: Run, kind: RecordKind) -> frozenset[str] | None:
    """Of the names that stand for others, those that a record of this kind has."""
    kinds = [name for name, holder in KEPT_IN.items() if holder is kind]
    wanted = {one.stands_for for one in run.aliases if one.kind in kinds}
    if not wanted:
        return frozenset()
    names = Chosen.of(run.parts.store).columns(kind, ["name"], known_at=run.cutoff_at)["name"]
    return frozenset(wanted.intersection(map(str, names)))


def circumstances(run: Run, kind: RecordKind, source: str, there: frozenset[str] | None) -> str:
    """All that what is found of some records depends on, but for what `Judged.holds` tells."""
    at = pd.Timestamp(run.cutoff_at)
    days = [day for one in run.aliases for day in (one.since, one.until) if day is not None]
    told = [
        _program(),
        kind.value,
        column_names(kind),
        source,
        run.week.zone,
        run.parts.settings.checks.model_dump(mode="json"),
        list(map(repr, run.aliases)),
        [pd.Timestamp(day, tz="UTC") <= at for day in days],
        sorted(there or ()),
        [one.value for one in run.kinds if run.there[source][one]],
    ]
    return json.dumps(told)


@cache
def _program() -> str:
    """The program that judges, by its text and by the libraries it asks."""
    texts = [*_texts("checks"), *_texts("checks.suites")]
    texts += [resources.files("flows").joinpath(name).read_bytes() for name in _FRAMING]
    texts += [
        resources.files("itsm").joinpath(name).read_bytes() for name in ("fields.py", "states.py")
    ]
    libraries = [version(name) for name in ("great_expectations", "numpy", "pandas")]
    return sha256(b"\0".join(texts) + repr(libraries).encode()).hexdigest()


def _texts(package: str) -> list[bytes]:
    files = sorted(resources.files(package).iterdir(), key=lambda file: file.name)
    return [file.read_bytes() for file in files if file.name.endswith(".py")]
