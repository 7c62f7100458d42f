"""Mining any export file by itself: no database, no server, no configuration."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import pandas as pd

from connectors.files.table import read_table
from flows.file_columns import (
    chosen_columns,
    person_columns,
    preset_of,
    with_ranks,
    without_empty_words,
)
from flows.file_report import render_groups
from flows.files import write_whole
from flows.known_labels import taught_by
from flows.language_model import embedder, model_folder
from flows.minable import prepared
from flows.progress import Say, Throttled
from itsm.errors import ConfigError
from problem_mining.assignments import assignments
from problem_mining.correction import Correction
from problem_mining.embedding import Embed
from problem_mining.most_alike import most_alike
from problem_mining.pipeline import Grouping, mine, mine_beside


@dataclass(frozen=True, slots=True, kw_only=True)
class Wish:
    """What is to be written of a mined file, and by which means.

    `neighbours` gets the `k` most alike of every id; `labels` names known causes, which teach;
    `preset` says whose export it is.
    """

    assignments: Path | None = None
    neighbours: Path | None = None
    k: int = 10
    report: Path | None = None
    labels: Path | None = None
    uses_model: bool = True
    preset: str | None = None


@dataclass(frozen=True, slots=True)
class FileMined:
    """How many rows were mined, how many candidates came of them, and what was written."""

    n_rows: int
    n_candidates: int | None
    written: tuple[Path, ...]


def mine_file(file: Path, maps: Sequence[str], wish: Wish, say: Say) -> FileMined:
    """Mine a file and write what is wished for, everything in order of id.

    An id that comes several times counts once, with its last row.

    Raises:
        ConfigError: the file, a --map, the preset or the labels cannot be used; says what would
            mend it.
    """
    table = pd.DataFrame(read_table(file), dtype="str")
    tool = None if wish.preset is None else preset_of(wish.preset)
    if tool is not None:
        table = without_empty_words(table, tool)
    columns = chosen_columns(list(table.columns), table.head(200), maps, tool)
    say("mine   " + ", ".join(f"{field}={column}" for field, column in columns.items()))
    people: dict[str, str] = {}
    if tool is not None:
        people = person_columns(list(table.columns), tool)
        table = with_ranks(table, columns, tool)
    incidents = _incidents(table, {**columns, **people}, file)
    embed = embedder(model_folder()) if wish.uses_model else None
    correction = _correction(incidents, wish.labels, say)
    written, n_candidates = [], None
    if wish.neighbours is not None:
        near = most_alike(incidents, wish.k, embed=embed, correction=correction)
        written.append(_csv(wish.neighbours, near))
    if wish.assignments is not None or wish.report is not None:
        grouping = _grouped(incidents, correction, embed, say)
        n_candidates = grouping.n_groups
        if wish.assignments is not None:
            written.append(_csv(wish.assignments, assignments(grouping)))
        if wish.report is not None:
            made_by = _made_by(embed is not None, correction is not None)
            page = render_groups(file.name, columns, incidents, grouping, made_by)
            written.append(write_whole(wish.report, page.encode()))
    return FileMined(len(incidents), n_candidates, tuple(written))


def _grouped(
    incidents: pd.DataFrame, correction: Correction | None, embed: Embed | None, say: Say
) -> Grouping:
    """The groups; where no language model is at hand, such as can be asked why in full."""
    tell = Throttled(say)

    def told(step: str, share: float) -> None:
        tell(f"mine   {step} {share:.0%}")

    if embed is not None:
        return mine(incidents, correction=correction, embed=embed, progress=told)
    return mine_beside(incidents, None, correction=correction, progress=told)[0]


def _csv(path: Path, table: pd.DataFrame) -> Path:
    return write_whole(path, table.to_csv(index=False, lineterminator="\n").encode())


def _correction(incidents: pd.DataFrame, labels: Path | None, say: Say) -> Correction | None:
    if labels is None:
        return None
    lesson = taught_by(incidents, labels)
    say(f"mine   {lesson.n_labels:,} labelled rows: {lesson.reason}")
    return lesson.correction if lesson.is_adopted else None


def _made_by(has_model: bool, is_taught: bool) -> str:
    """How groups were made, in a sentence or two."""
    means = "with the language model at hand" if has_model else "without a language model"
    told = "; known causes taught the pair score" if is_taught else ""
    return f"Grouped {means}{told}. Names, addresses and the like were taken out of texts first."


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
