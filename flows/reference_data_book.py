"""The workbook for what no tool holds: written with what is known, read back cell by cell."""

import io
from collections.abc import Iterator, Mapping, Sequence
from datetime import date, datetime, time
from pathlib import Path
from typing import Any

from flows.reference_data import Row, cell_text
from flows.reference_data_sheets import BY_NAME, COSTS, SHEETS, Column, Sheet
from itsm.errors import ConfigError
from reports.tables_csv import neutral

MAX_BYTES = 10_000_000
MAX_ROWS = 20_000
MAX_ERRORS = 30
_EMPTY = "is empty and needed"
_UNANSWERED = frozenset({"tables", "values", "lists", "costs"})
"""The kinds of sheets whose rows may hold a name and nothing else: it waits for an answer."""
FIRST_ROW = 3
"""Of what is said; the first row is the head, the second says what it means."""


def written(rows: Mapping[str, Sequence[Row]]) -> bytes:
    """The workbook; the same rows give the same bytes, and no cell is a formula."""
    import xlsxwriter

    content = io.BytesIO()
    plain = {"strings_to_formulas": False, "strings_to_urls": False, "in_memory": True}
    book = xlsxwriter.Workbook(content, plain)
    book.set_properties({"title": "Reference data", "created": datetime(2000, 1, 1)})
    head = book.add_format({"bold": True, "bottom": 1})
    note = book.add_format({"italic": True, "text_wrap": True, "font_color": "#595959"})
    for sheet in SHEETS:
        page = book.add_worksheet(sheet.name)
        for n, column in enumerate(sheet.columns):
            page.write_string(0, n, column.name, head)
            page.write_string(1, n, _says(sheet, column), note)
            page.set_column(n, n, 28 if column.type == "text" else 16)
        for at, row in enumerate(rows.get(sheet.name, ()), FIRST_ROW - 1):
            for n, column in enumerate(sheet.columns):
                _write(page, at, n, column, row.get(column.name))
        page.freeze_panes(FIRST_ROW - 1, 1)
    book.close()
    return content.getvalue()


def _says(sheet: Sheet, column: Column) -> str:
    needed = " (needed)" if column.is_needed else ""
    known = f": {', '.join(COSTS)}" if (sheet.name, column.name) == ("costs", "name") else ""
    return f"{column.says}{needed}{known}"


def _write(page: Any, at: int, n: int, column: Column, value: object) -> None:  # noqa: ANN401  # xlsxwriter has no types
    if value is None:
        return
    if column.type in {"number", "whole"} and isinstance(value, int | float):
        page.write_number(at, n, value)
    else:
        page.write_string(at, n, neutral(cell_text(value)))


def read(path: Path) -> dict[str, list[tuple[int, Row]]]:
    """The rows of each sheet with their numbers.

    Raises:
        ConfigError: the file is no workbook, or cells cannot be understood; names each by sheet,
            row and column, and says what to write.
    """
    found: dict[str, list[tuple[int, Row]]] = {}
    wrong: list[str] = []
    for sheet, grid in _sheets(path):
        rows = found.setdefault(sheet.name, [])
        for n, cells in enumerate(grid, FIRST_ROW):
            row, errors = _row(sheet, n, cells)
            is_a_name = [k for k, value in row.items() if value is not None] == [
                sheet.columns[0].name
            ]
            if is_a_name and sheet.how in _UNANSWERED and all(_EMPTY in one for one in errors):
                continue
            wrong += errors
            if any(value is not None for value in row.values()):
                rows.append((n, row))
    if wrong:
        raise ConfigError(listed(path, wrong))
    return found


def listed(path: Path, wrong: Sequence[str]) -> str:
    """Errors as lines below each other; no more than one reads."""
    more = [f"... and {len(wrong) - MAX_ERRORS} more"] if len(wrong) > MAX_ERRORS else []
    told = "\n  ".join([*wrong[:MAX_ERRORS], *more])
    return f"{path}: nothing was taken over\n  {told}"


def _sheets(path: Path) -> Iterator[tuple[Sheet, list[dict[str, Any]]]]:
    from zipfile import BadZipFile

    from openpyxl import load_workbook
    from openpyxl.utils.exceptions import InvalidFileException

    if not path.is_file():
        raise ConfigError(f"{path} is no file; `csi reference export` writes one")
    if path.stat().st_size > MAX_BYTES:
        raise ConfigError(f"{path} is larger than {MAX_BYTES // 10**6} MB; is it the right file?")
    try:
        book = load_workbook(path, read_only=True, keep_links=False)
    except (BadZipFile, InvalidFileException, KeyError, ValueError, OSError):
        raise ConfigError(f"{path} is no Excel workbook; save it as .xlsx") from None
    try:
        for page in book.worksheets:
            sheet = BY_NAME.get(page.title)
            if sheet is None:
                known = ", ".join(BY_NAME)
                raise ConfigError(f"{path}: sheet {page.title!r}: unknown; there are {known}")
            yield sheet, _grid(path, sheet, page)
    finally:
        book.close()


def _grid(path: Path, sheet: Sheet, page: Any) -> list[dict[str, Any]]:  # noqa: ANN401  # openpyxl's sheet
    """The cells of each row from the third on, by column."""
    rows = page.iter_rows(max_row=MAX_ROWS + FIRST_ROW, max_col=len(sheet.columns) + 20)
    heads = [str(cell.value or "").strip() for cell in next(rows, ())]
    known = {column.name for column in sheet.columns}
    strange = [head for head in heads if head and head not in known]
    if strange:
        told = f"no such column: {', '.join(strange)}; there are {', '.join(sorted(known))}"
        raise ConfigError(f"{path}: {sheet.name}, row 1: {told}")
    missing = [one.name for one in sheet.columns if one.is_needed and one.name not in heads]
    if missing:
        raise ConfigError(f"{path}: {sheet.name}, row 1: lacks the column {', '.join(missing)}")
    next(rows, None)
    found = [dict(zip(heads, row, strict=False)) for row in rows]
    if len(found) > MAX_ROWS:
        raise ConfigError(f"{path}: {sheet.name} has more than {MAX_ROWS:,} rows; split it")
    return found


def _row(sheet: Sheet, n: int, cells: Mapping[str, Any]) -> tuple[dict[str, object], list[str]]:
    row: dict[str, object] = {}
    wrong: list[str] = []
    for column in sheet.columns:
        cell = cells.get(column.name)
        try:
            row[column.name] = None if cell is None else _value(column, cell)
        except ValueError as error:
            row[column.name] = None
            wrong.append(f"{sheet.name}, row {n}, {column.name}: {error}")
    is_said = bool(wrong) or any(value is not None for value in row.values())
    for column in sheet.columns:
        is_told = any(f", {column.name}: " in one for one in wrong)
        if is_said and column.is_needed and row[column.name] is None and not is_told:
            told = f"{_EMPTY}; write {column.says}, or clear the row"
            wrong.append(f"{sheet.name}, row {n}, {column.name}: {told}")
    name = row.get("name")
    if sheet.how == "costs" and name is not None and name not in COSTS:
        wrong.append(f"costs, row {n}, name: {name!r}: unknown; write one of {', '.join(COSTS)}")
    return row, wrong


def _value(column: Column, cell: Any) -> object:  # noqa: ANN401  # openpyxl's cell
    """What a cell says.

    Raises:
        ValueError: it cannot be understood; says what to write.
    """
    value = cell.value
    if value is None or (isinstance(value, str) and not value.strip()):
        return None
    if getattr(cell, "data_type", "") == "f":
        raise ValueError("holds a formula; paste its value instead")
    if getattr(cell, "data_type", "") == "e":
        raise ValueError(f"holds an error ({value}); write {column.says}")
    text = _plain(str(value).strip())
    readers = {"number": _number, "whole": _whole, "day": _day, "time": _time, "slice": _slice}
    return readers[column.type](value, text) if column.type in readers else _text(value, text)


def _plain(text: str) -> str:
    """A text without the apostrophe that `neutral` put before it."""
    return text[1:] if text.startswith("'") and neutral(text[1:]) != text[1:] else text


def _text(value: object, text: str) -> object:
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return text


def _number(value: object, text: str) -> float:
    if isinstance(value, bool):
        raise ValueError(f"{value} is no number")
    if isinstance(value, int | float):
        return float(value)
    share = text.endswith("%")
    try:
        found = float(text.removesuffix("%").strip().replace(" ", ""))
    except ValueError:
        raise ValueError(f"{text!r} is no number; write it as 0.95 or 1200") from None
    return found / 100 if share else found


def _whole(value: object, text: str) -> int:
    found = _number(value, text)
    if not found.is_integer():
        raise ValueError(f"{text!r} is no whole number")
    return int(found)


def _day(value: object, text: str) -> date:
    if isinstance(value, datetime):
        return value.date()
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise ValueError(f"{text!r} is no day; write it as 2026-12-24") from None


def _time(value: object, text: str) -> time:
    if isinstance(value, time):
        return value
    try:
        return time.fromisoformat(text)
    except ValueError:
        raise ValueError(f"{text!r} is no time; write it as 08:00") from None


def _slice(_value: object, text: str) -> dict[str, str]:
    pairs = [part.partition("=") for part in text.split(",")]
    if any(not name.strip() or not mark or not told.strip() for name, mark, told in pairs):
        raise ValueError(f"{text!r} is no slice; write it as target=resolution")
    return {name.strip(): told.strip() for name, _, told in pairs}
