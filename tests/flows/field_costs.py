"""What each field of records costs in figures, found out: a practice estate without it is measured.

Which figures may depend on a field, their contracts say: `kind.field` alone is needed for certain,
beside "or", "else" and the like there is another way. What really becomes of them is measured. Of
figures that a practice estate does not tell, as of the register, the contract's word is taken.

`python -m tests.flows.field_costs` writes `flows/field_costs.toml`; a test holds it against some
fields, and a slow one against all of them.
"""

import re
import sys
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import timedelta
from functools import cache
from pathlib import Path

import pandas as pd

from flows.frames import DTYPES
from itsm.fields import FieldSpec, FieldType, column_names, fields_of
from itsm.figures import FigureResult, NotAvailable
from itsm.states import HistoryField, RecordKind
from reports.measures.contracts import CATALOGUE
from reports.measures.data import MeasureData
from reports.measures.families import FAMILIES
from reports.measures.scope import Scope, scope_of
from simulator.settings import EstateSettings
from tests.measures.estate_data import estate_data

ESTATE = EstateSettings(n_incidents=700, n_weeks=12, seed=4, end_week="2026-W46")
FILE = Path("flows/field_costs.toml")
HEAD = """\
# What the figures lose without a field: a practice estate is measured with and without it.
# Written by `python -m tests.flows.field_costs`; "gone": not available any more, "other": told
# otherwise, of fewer records, or as nothing at all.
"""
Field = tuple[RecordKind, str]
Figures = dict[str, tuple[FigureResult, ...]]
_PLAIN = re.compile(r"[a-z_]+\.[a-z_]+")
_TOLD = re.compile(r"\b([a-z_]+)\.([a-z_]+)\b")
_SHORT = re.compile(r"\b([a-z_]+)\.[a-z_]+ or ([a-z_]+)\b(?!\.)")
_HISTORY = re.compile(r"history of ([a-z, ]+)|\b(state) history")
_OTHERWISE = re.compile(r"\b(or|else|where|with|for)\b")


@dataclass(frozen=True)
class Found:
    """What became of the figures without a field."""

    gone: tuple[str, ...]
    other: tuple[str, ...]


def fields_named(need: str) -> tuple[Field, ...]:
    """The fields that a need of a contract names, each after its kind."""
    found = [*_TOLD.findall(need), *_SHORT.findall(need)]
    real = [
        (RecordKind(kind), field)
        for kind, field in found
        if kind in set(RecordKind) and field in column_names(RecordKind(kind))
    ]
    events = [
        (RecordKind.HISTORY, field.value)
        for listed, state in _HISTORY.findall(need)
        for field in HistoryField
        if field.value in f"{listed} {state}".replace(",", " ").split()
    ]
    return tuple(dict.fromkeys([*real, *((kind, "") for kind, _ in (*real, *events)), *events]))


@cache
def needing() -> Mapping[Field, Mapping[str, bool]]:
    """The figures that name a field, or a kind, and whether they need it for certain."""
    found: dict[Field, dict[str, bool]] = {}
    for contract in CATALOGUE.values():
        found.setdefault((contract.kind, ""), {}).setdefault(contract.figure_id, True)
        for need in contract.needs:
            is_sure = _PLAIN.fullmatch(need) is not None or not _OTHERWISE.search(need)
            for field in fields_named(need):
                told = found.setdefault(field, {})
                told[contract.figure_id] = told.get(contract.figure_id, False) or is_sure
    return {field: found[field] for field in sorted(found)}


@cache
def estate() -> MeasureData:
    """The practice estate."""
    return estate_data(ESTATE)


@cache
def whole() -> Figures:
    """Its figures."""
    return _figures(estate(), CATALOGUE)


def without(kind: RecordKind, field: str) -> Found:
    """What becomes of the figures that name a field, or a kind, without it."""
    named = needing()[kind, field]
    frame = estate().frame(kind)
    blank = None if frame is None else _without(frame, kind, field)
    before = {} if blank is None else {n: whole()[n] for n in named if _is_told(whole()[n])}
    now: Figures = {}
    if blank is not None and before:
        frames = {**estate().frames, kind: blank}
        now = _figures(replace(estate(), frames=frames, made={}), before)
    gone = [n for n, sure in named.items() if (not _is_told(now[n]) if n in before else sure)]
    other = [n for n in named if n not in gone and (now[n] != before[n] if n in before else True)]
    return Found(tuple(gone), tuple(other))


def _without(frame: pd.DataFrame, kind: RecordKind, field: str) -> pd.DataFrame | None:
    """The records without a field; None where none of them has it."""
    if not field:
        return frame.iloc[:0]
    if kind is RecordKind.HISTORY:
        return frame[frame["field"] != field].reset_index(drop=True)
    if not frame[field].notna().any():
        return None
    spec = next(one for one in fields_of(kind) if one.name == field)
    return frame.assign(**{field: _nothing(spec, frame)})


def _nothing(spec: FieldSpec, frame: pd.DataFrame) -> pd.Series:
    if spec.type is FieldType.FLAG and spec.is_required:
        return pd.Series(False, index=frame.index, dtype=frame[spec.name].dtype)
    if spec.type is FieldType.TIME:
        return pd.Series(pd.NaT, index=frame.index, dtype=frame[spec.name].dtype)
    return pd.Series([None] * len(frame), index=frame.index, dtype=DTYPES[spec.type])


def _figures(data: MeasureData, wanted: Collection[str]) -> Figures:
    """The figures of the families that some are in."""
    week = ESTATE.last_week
    scope: Scope = scope_of(data, week, week.cutoff(timedelta(hours=24)), ESTATE.n_weeks)
    told: dict[str, list[FigureResult]] = {name: [] for name in CATALOGUE}
    for family in FAMILIES:
        if any(one.figure_id in wanted for one in family.CONTRACTS):
            for result in family.figures(scope):
                told[result.figure_id].append(result)
    return {name: tuple(told[name]) for name in wanted}


def _is_told(results: Iterable[FigureResult]) -> bool:
    return any(not isinstance(one, NotAvailable) for one in results)


def written(found: Iterable[tuple[Field, Found]]) -> str:
    """The file."""
    parts = [HEAD]
    for (kind, field), one in found:
        if one.gone or one.other:
            parts.append(f"\n[{kind}{'.' if field else ''}{field}]\n{_listed('gone', one.gone)}"
                         f"{_listed('other', one.other)}")  # fmt: skip
    return "".join(parts)


def _listed(word: str, names: tuple[str, ...]) -> str:
    return f"{word} = [{', '.join(map(_quoted, names))}]\n" if names else ""


def _quoted(name: str) -> str:
    return f'"{name}"'


def all_found() -> Iterator[tuple[Field, Found]]:
    """What becomes of the figures without each field; the contract's word where they break."""
    for kind, field in needing():
        try:
            yield (kind, field), without(kind, field)
        except (TypeError, ValueError, KeyError, IndexError) as error:
            sys.stderr.write(f"{kind}.{field}: no figures: {type(error).__name__} {error}\n")
            named = needing()[kind, field]
            gone = tuple(name for name, is_sure in named.items() if is_sure)
            rest = tuple(name for name, is_sure in named.items() if not is_sure)
            yield (kind, field), Found(gone, rest)


def main() -> None:
    """Measure the estate without each field, and write what was found."""
    FILE.write_text(written(all_found()), encoding="utf-8")


if __name__ == "__main__":
    main()
