"""The register as a list: CSV and Excel, out without formulas, in row by row with named errors."""

import csv
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from io import BytesIO, StringIO
from pathlib import Path

from flows.registering import edit, resembling, take_request
from flows.wiring import Parts
from itsm.demand import rank
from itsm.errors import ConfigError, CsiError, MappingError
from itsm.register import Origin, RegisterEntry
from itsm.register_forms import FIELDS, as_text
from itsm.register_rules import Act
from reports.tables_csv import neutral
from store.unit_of_work import UnitOfWork

TOLD = (
    "number", "state", "origin", "origin_record", "raised_by", "raised_at", "score",
    "weights_version", "not_yet_reason", "closure_code", "outcome", "percent", "version",
)  # fmt: skip
"""What a list tells beside the fields that people fill in; a list that comes in may leave it out,
and changes nothing by it."""

COLUMNS = ("number", *FIELDS, *(name for name in TOLD if name != "number"), "why")
MAX_ROWS = 2_000
MAX_BYTES = 20_000_000


@dataclass(frozen=True, slots=True, kw_only=True)
class RowError:
    """A row that was not taken in, and why."""

    row: int
    error: CsiError

    def __str__(self) -> str:
        return f"row {self.row}: {self.error}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Imported:
    """What a list brought: entries added and changed, rows that are as they were, and errors."""

    added: tuple[RegisterEntry, ...]
    changed: tuple[RegisterEntry, ...]
    n_same: int
    errors: tuple[RowError, ...]
    alike: tuple[str, ...]


def rows_of(entries: Sequence[RegisterEntry]) -> Iterator[list[str]]:
    """Head and rows of a list, by number; every cell is text that no spreadsheet computes."""
    why = {one.entry.number: f"{one.place}. {one.why}" for one in rank(entries)}
    yield list(COLUMNS)
    for entry in sorted(entries, key=lambda one: one.number):
        cells = [as_text(getattr(entry, name)) for name in COLUMNS[:-1]]
        yield [neutral(cell) for cell in (*cells, why.get(entry.number, ""))]


def as_csv(entries: Sequence[RegisterEntry]) -> bytes:
    """The register as CSV."""
    text = StringIO(newline="")
    csv.writer(text, lineterminator="\r\n").writerows(rows_of(entries))
    return text.getvalue().encode("utf-8-sig")


def as_xlsx(entries: Sequence[RegisterEntry]) -> bytes:
    """The register as an Excel workbook; every cell is text, whatever it begins with."""
    from openpyxl import Workbook
    from openpyxl.cell.cell import ILLEGAL_CHARACTERS_RE

    book = Workbook()
    sheet = book.active
    assert sheet is not None
    sheet.title = "Register"
    for n, row in enumerate(rows_of(entries), 1):
        for k, text in enumerate(row, 1):
            cell = sheet.cell(
                row=n, column=k, value=ILLEGAL_CHARACTERS_RE.sub("\N{REPLACEMENT CHARACTER}", text)
            )
            cell.data_type = "s"
    sheet.freeze_panes = "B2"
    content = BytesIO()
    book.save(content)
    return content.getvalue()


def read_list(path: Path) -> list[dict[str, str]]:
    """The rows of a list by column; what was written by `neutral` is as it was before.

    Raises:
        ConfigError: the file cannot be read, has no head, or a column nobody knows.
    """
    if not path.is_file():
        raise ConfigError(f"{path} is no file; name a list as CSV or .xlsx")
    if path.stat().st_size > MAX_BYTES:
        raise ConfigError(f"{path} is larger than {MAX_BYTES // 10**6} MB; split it")
    grid = _xlsx(path) if path.suffix.lower() == ".xlsx" else _csv(path)
    head = [cell.strip() for cell in grid[0]] if grid else []
    if "title" not in head and "number" not in head:
        raise ConfigError(f"{path}: the first row has neither `title` nor `number` as a column")
    if strange := sorted(set(head) - set(COLUMNS) - {""}):
        said = ", ".join(COLUMNS)
        raise ConfigError(f"{path}: no such column: {', '.join(strange)}; there are {said}")
    if len(grid) > MAX_ROWS + 1:
        raise ConfigError(f"{path} has more than {MAX_ROWS} rows; split it")
    rows = [dict(zip(head, map(_plain, row), strict=False)) for row in grid[1:]]
    return [{name: cell for name, cell in row.items() if name} for row in rows]


def take_in(uow: UnitOfWork, parts: Parts, rows: Sequence[Mapping[str, str]], act: Act) -> Imported:
    """Take in a list: a row with a number changes that entry, one without adds one.

    A row with an error changes nothing; the others go on.
    """
    added: list[RegisterEntry] = []
    changed: list[RegisterEntry] = []
    errors: list[RowError] = []
    n_same = 0
    for n, row in enumerate(rows, 2):
        if not any(cell.strip() for cell in row.values()):
            continue
        try:
            if not row.get("number", "").strip():
                made = take_request(uow, parts, _filled(row), act, Origin.DEMAND).entry
                added += [made] if made else []
                continue
            before, after = _changed(uow, parts, row, act)
            n_same += after == before
            changed += [after] if after != before else []
        except CsiError as error:
            errors.append(RowError(row=n, error=error))
    return Imported(
        added=tuple(added),
        changed=tuple(changed),
        n_same=n_same,
        errors=tuple(errors),
        alike=resembling(uow, parts, *(one.number for one in added)),
    )


def _changed(
    uow: UnitOfWork, parts: Parts, row: Mapping[str, str], act: Act
) -> tuple[RegisterEntry, RegisterEntry]:
    """An entry before and after what a row says of it."""
    before = uow.register.get(row["number"].strip())
    texts = _differing(before, row)
    return before, edit(uow, parts, before.number, texts, act, _seen(row, before))


def _filled(row: Mapping[str, str]) -> dict[str, str]:
    return {name: cell for name, cell in row.items() if name in FIELDS and cell.strip()}


def _differing(entry: RegisterEntry, row: Mapping[str, str]) -> dict[str, str]:
    """The fields in which a row differs from the entry.

    Raises:
        MappingError: it wants another state, which is a transition and takes a reason.
    """
    state = row.get("state", "").strip()
    if state and state != entry.state:
        remedy = f"move it with csi register move {entry.number} {state} --reason ..."
        problem = f"{state!r} is not its state {entry.state}"
        raise MappingError(entry.number, "state", problem, remedy)
    told = {name: cell.strip() for name, cell in row.items() if name in FIELDS}
    return {name: cell for name, cell in told.items() if cell != as_text(getattr(entry, name))}


def _seen(row: Mapping[str, str], entry: RegisterEntry) -> int:
    """The version a row was written from, where the list still says so."""
    given = row.get("version", "").strip()
    return int(given) if given.isdecimal() else entry.version


def _csv(path: Path) -> list[list[str]]:
    try:
        text = path.read_bytes().decode("utf-8-sig")
    except UnicodeDecodeError:
        raise ConfigError(f"{path} is not UTF-8; save it as CSV UTF-8") from None
    first = text.partition("\n")[0]
    delimiter = ";" if first.count(";") > first.count(",") else ","
    try:
        return list(csv.reader(StringIO(text, newline=""), delimiter=delimiter, strict=True))
    except csv.Error as error:
        raise ConfigError(f"{path} is no CSV: {error}") from None


def _xlsx(path: Path) -> list[list[str]]:
    from zipfile import BadZipFile

    from openpyxl import load_workbook
    from openpyxl.utils.exceptions import InvalidFileException

    try:
        book = load_workbook(path, read_only=True, data_only=True)
    except (BadZipFile, InvalidFileException, KeyError, OSError):
        raise ConfigError(f"{path} is no Excel workbook; save it as .xlsx or as CSV") from None
    try:
        sheet = book.worksheets[0]
        rows = sheet.iter_rows(max_row=MAX_ROWS + 2, max_col=len(COLUMNS) + 10, values_only=True)
        return [[_cell(value) for value in row] for row in rows]
    finally:
        book.close()


def _cell(value: object) -> str:
    """A cell as the text a person would write: days without a time, whole numbers without .0."""
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    text = as_text(value)
    return text.removesuffix("T00:00:00")


def _plain(cell: str) -> str:
    """A cell without the apostrophe that `neutral` put before it."""
    return cell[1:] if cell.startswith("'") and neutral(cell[1:]) != cell[1:] else cell
