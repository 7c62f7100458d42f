"""Rows of the server's tables, as raw values, from blocks of the estate."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import numpy as np

from itsm.states import RecordKind
from simulator.columns import Column, ColumnBlock, Times
from simulator.dirt import damaged, planted_defects
from simulator.draws import Ints
from simulator.exports_servicenow import EXPORT
from simulator.servicenow.choices import CHOICES, UNKNOWN_STATE
from simulator.servicenow.fields import Field, FieldType
from simulator.servicenow.ids import Ids, user_name
from simulator.servicenow.tables import STORED, TABLES, Table, labels_of
from simulator.settings import EstateSettings
from simulator.sheets import Cells, iso_times, text

Row = tuple[str, ...]
TABLE_OF: Mapping[RecordKind, str] = {
    sheet.kind: sheet.file.removesuffix(".csv") for sheet in EXPORT.sheets
}
"""Where the records of each kind lie."""
_CREATED = ("opened_at", "requested_at", "sent_at", "at", "started_at", "starts_at", "restored_at")
_CHANGED = ("updated_at", "ended_at", "completed_at")
_AUTHORS = ("opened_by", "author", "caller", "owner", "approver")
_YEAR_S = 365 * 86_400
_NO_SUCH_DAMAGE = frozenset({"repeated_row", "odd_date"})
"""What a table of a database cannot hold."""
_times = iso_times()


@dataclass(frozen=True, slots=True)
class Filler:
    """Makes the rows of tables that correspond to a record kind."""

    settings: EstateSettings
    ids: Ids
    defects: Mapping[str, str]

    @staticmethod
    def over(settings: EstateSettings, ids: Ids) -> "Filler":
        """A filler for an estate, with its planted damage."""
        found = planted_defects(settings).items()
        kept = {f"INC{index + 1:07d}": kind for index, kind in found if kind not in _NO_SUCH_DAMAGE}
        return Filler(settings, ids, kept)

    def rows(self, block: ColumnBlock) -> Iterator[Row]:
        """The rows of a block in its table, in the order of the stored fields."""
        name = TABLE_OF[block.kind]
        cells = self.cells(TABLES[name], block)
        n = block.n
        stored = STORED[TABLES[name].stored_in].fields
        columns = [cells.get(field.name) or [field.preset] * n for field in stored]
        return zip(*columns, strict=True)

    def cells(self, table: Table, block: ColumnBlock) -> dict[str, Cells]:
        """Raw values of the columns that the estate, or the system, fills."""
        shown: dict[str, Cells] = {}
        for field in table.fields:
            if field.estate and (field.form is not None or field.estate in block.columns):
                shown[field.name] = _shown(field, block)
        if block.kind is RecordKind.INCIDENT and self.defects:
            _damage(shown, self.defects)
        raw = {name: self._raw(table, name, words) for name, words in shown.items()}
        raw.update(self._system(table, block, raw))
        return raw

    def _raw(self, table: Table, name: str, words: Cells) -> Cells:
        field = table.by_name[name]
        if field.type is FieldType.REFERENCE:
            return self.ids.many(field.target, words)
        codes = codes_of(table.name, name)
        return [codes.get(word, word) for word in words] if codes else words

    def _system(self, table: Table, block: ColumnBlock, raw: dict[str, Cells]) -> dict[str, Cells]:
        numbers = [str(number) for number in block.columns["number"]]
        made_s = _seconds(block, _CREATED, self._long_ago(numbers))
        changed_s = np.maximum(_seconds(block, _CHANGED, made_s), made_s)
        made = _times(made_s.astype("datetime64[s]"))
        system = {
            "sys_id": self.ids.many(table.name, numbers),
            "sys_created_on": made,
            "sys_created_by": _logins(block, _AUTHORS, "admin"),
            "sys_updated_on": _times(changed_s.astype("datetime64[s]")),
            "sys_updated_by": _logins(block, ("assignee", *_AUTHORS), "system"),
            "sys_mod_count": [str(int(key[-2:], 16) % 9) for key in self._hashed(numbers)],
            "sys_class_name": [
                name or table.name for name in raw.get("sys_class_name", [""] * block.n)
            ],
        }
        if "closed_at" in raw and "active" in table.by_name:
            system["active"] = ["false" if closed else "true" for closed in raw["closed_at"]]
        return system

    def _hashed(self, numbers: list[str]) -> list[str]:
        """Thirty-two digits that belong to each number, and are nobody's id."""
        return self.ids.many("", numbers)

    def _long_ago(self, numbers: list[str]) -> Ints:
        """When records without a time were entered: in the year before the estate begins."""
        hashed = [int(key[:7], 16) % _YEAR_S for key in self._hashed(numbers)]
        return self.settings.start_s - np.array(hashed, dtype=np.int64) - 86_400


def codes_of(table: str, field: str) -> dict[str, str]:
    """Codes by label, with the label of the unknown state; empty for fields without choices."""
    codes = {label: code for code, label in labels_of(table, field).items()}
    if (table, field) in CHOICES and field == "state":
        codes[f"Pending Review ({UNKNOWN_STATE})"] = UNKNOWN_STATE
    return codes


def words(column: Column) -> Cells:
    """Values as words: whole numbers without a point, nothing as ""."""
    return ["" if value is None else _word(value) for value in column]


def _word(value: object) -> str:
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return str(value)


def _shown(field: Field, block: ColumnBlock) -> Cells:
    column = block.columns.get(field.estate)
    if column is None:
        return [""] * block.n
    if field.form is None or field.form is text:
        return words(column)
    return field.form(column)


def _damage(shown: dict[str, Cells], defects: Mapping[str, str]) -> None:
    """Damage the incidents that were picked, as the file exports do."""
    names = ("opened_at", "resolved_at", "state", "problem_id")
    places = {"opened_at": 0, "resolved_at": 1, "state": 2, "problem": 3}
    for row, number in enumerate(shown["number"]):
        defect = defects.get(number)
        if defect is not None:
            (became,) = damaged([shown[name][row] for name in names], defect, places)
            for name, cell in zip(names, became, strict=True):
                shown[name][row] = cell


def _seconds(block: ColumnBlock, names: tuple[str, ...], otherwise: Ints) -> Ints:
    """The first of these times that the block has, in seconds; where it is missing, another."""
    for name in names:
        if name in block.columns:
            times: Times = np.asarray(block.columns[name], dtype="datetime64[s]")
            seconds = times.astype(np.int64)
            return np.where(np.isnat(times), otherwise, seconds)
    return otherwise


def _logins(block: ColumnBlock, names: tuple[str, ...], otherwise: str) -> Cells:
    for name in names:
        if name in block.columns:
            people = block.columns[name]
            return [user_name(str(person)) if person else otherwise for person in people]
    return [otherwise] * block.n
