"""Mining any export file by itself: no database, no server, no configuration."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import pandas as pd

from connectors.files.guess import guess_columns
from connectors.files.table import read_table
from flows.files import write_whole
from flows.progress import Say, Throttled
from flows.stages.mine import MINED_FIELDS, prepared
from itsm.errors import ConfigError
from problem_mining.pipeline import assignments, mine
from problem_mining.settings import DEFAULT

ALIASES: Mapping[str, str] = {
    "number": "id",
    "short_description": "title",
    "summary": "title",
    "cmdb_ci": "ci",
    "business_service": "service",
    "assignment_group": "team",
    "u_symptom": "symptom",
    "created": "opened_at",
}
"""Names that ITSM tools use for the fields, as --map takes them beside our own."""

FIELDS = ("id", "title", "description", *MINED_FIELDS)
"""The fields a file may be mined by."""


@dataclass(frozen=True, slots=True)
class FileMined:
    """How many rows were mined and how many candidates came of them."""

    n_rows: int
    n_candidates: int


def mine_file(file: Path, maps: Sequence[str], output: Path, say: Say) -> FileMined:
    """Mine a file and write `id,candidate_id,score` for every id, in order of id.

    An id that comes several times counts once, with its last row.

    Raises:
        ConfigError: the file, or a --map, cannot be used; says what would mend it.
    """
    table = pd.DataFrame(read_table(file), dtype="str")
    columns = chosen_columns(list(table.columns), table.head(200), maps)
    say("mine   " + ", ".join(f"{field}={column}" for field, column in columns.items()))
    incidents = _incidents(table, columns, file)
    tell = Throttled(say)
    grouping = mine(
        incidents, DEFAULT, progress=lambda step, share: tell(f"mine   {step} {share:.0%}")
    )
    rows = assignments(grouping)
    write_whole(output, rows.to_csv(index=False, lineterminator="\n").encode())
    return FileMined(len(rows), rows["candidate_id"].replace("", pd.NA).nunique())


def chosen_columns(
    columns: Sequence[str], sample: pd.DataFrame, maps: Sequence[str]
) -> dict[str, str]:
    """The column of each field: what --map says, then what the columns suggest.

    Raises:
        ConfigError: a --map names no field or no column, or no id or nothing to mine is found.
    """
    given = dict(_parsed(pair, columns) for pair in maps)
    guessed = guess_columns(columns, sample)
    free = {f: c for f, c in guessed.items() if f in FIELDS and c not in given.values()}
    chosen = free | given
    if "id" not in chosen:
        raise ConfigError(
            f"no column looks like an id; name it with --map id=COLUMN ({_of(columns)})"
        )
    if len(chosen) == 1:
        raise ConfigError(
            f"no column to mine by; name one with --map title=COLUMN ({_of(columns)})"
        )
    return {field: chosen[field] for field in FIELDS if field in chosen}


def _parsed(pair: str, columns: Sequence[str]) -> tuple[str, str]:
    """Field and column of one --map."""
    name, equals, column = pair.partition("=")
    field = ALIASES.get(name.strip().lower(), name.strip().lower())
    if not equals or field not in FIELDS:
        raise ConfigError(f"--map {pair}: write FIELD=COLUMN with one of {', '.join(FIELDS)}")
    if column not in columns:
        raise ConfigError(f"--map {pair}: the file has no column {column!r} ({_of(columns)})")
    return field, column


def _of(columns: Sequence[str]) -> str:
    return f"its columns: {', '.join(columns)}"


def _incidents(table: pd.DataFrame, columns: Mapping[str, str], file: Path) -> pd.DataFrame:
    """The rows as mining takes them."""
    chosen = pd.DataFrame({field: table[column] for field, column in columns.items()})
    chosen = chosen.rename(columns={"id": "key"})
    chosen = chosen[chosen["key"].notna() & (chosen["key"] != "")]
    if chosen.empty:
        raise ConfigError(f"{file}: no row has an id in column {columns['id']!r}")
    chosen = chosen.drop_duplicates("key", keep="last").replace("", pd.NA)
    if "opened_at" in chosen:
        times = pd.to_datetime(chosen["opened_at"], utc=True, errors="coerce", format="mixed")
        chosen["opened_at"] = times.astype("datetime64[us, UTC]")
    if "priority" in chosen:
        leading = chosen["priority"].str.extract(r"^\s*(\d+)", expand=False)
        chosen["priority"] = pd.to_numeric(leading).astype("Int64")
    return prepared(chosen)
