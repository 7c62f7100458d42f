"""What is sent to save a record, and what the answers to writes say."""

from collections.abc import Mapping
from typing import Any

import orjson

from connectors.cherwell.api import BusObject, CherwellApi, Values
from connectors.core.answers import Response
from connectors.core.mapping.readers import read_utc
from connectors.core.write_words import WriteWords
from connectors.core.writing import Edit
from itsm.errors import FatalSourceError, MappingError, TransientSourceError

MADE = "CreatedDateTime"


def dirty(of: BusObject, cells: Mapping[str, str]) -> list[dict[str, object]]:
    """Fields that are to be saved."""
    return [
        {"dirty": True, "fieldId": of.fields[name], "name": name, "value": value}
        for name, value in cells.items()
        if name in of.fields
    ]


def raise_validation(
    source: str, of: BusObject, words: WriteWords, cells: Mapping[str, str], answer: Response
) -> None:
    """Tell what an instance says against a value.

    Raises:
        MappingError: it is one that was sent, by our name of the field.
        FatalSourceError: it is another one.
    """
    try:
        told: Any = orjson.loads(answer.body)
    except orjson.JSONDecodeError:
        return
    errors = told.get("fieldValidationErrors") if isinstance(told, dict) else None
    names = {number.rpartition("FI:")[2]: name for name, number in of.fields.items()}
    ours = {column: name for name, column in words.fields.items()}
    for one in errors or ():
        column = names.get(str(one.get("fieldId", "")).rpartition("FI:")[2], "")
        said = str(one.get("error") or "is refused")
        if column in cells and column in ours:
            raise MappingError(source, ours[column], said, "correct it there")
        raise FatalSourceError(source, f"{of.name}: {said}")


def checked(api: CherwellApi, answer: Response) -> dict[str, Any]:
    """An answer to a write that complains of nothing, whatever its status says.

    Raises:
        TransientSourceError: it broke off, so nobody knows what was done.
        FatalSourceError: the instance refused.
    """
    try:
        value = orjson.loads(answer.body or b"{}")
    except orjson.JSONDecodeError:
        raise TransientSourceError(api.name, "an answer to a write broke off") from None
    if answer.status >= 400 and not (isinstance(value, dict) and value.get("hasError")):
        raise FatalSourceError(api.name, f"a write was answered {answer.status}")
    return api.checked(value, "a write")


def edit_of(words: WriteWords, row: Values, ours: str) -> Edit:
    """An entry of the journal as a change in our words."""
    name, user = words.field_logged(row.get("FieldName", "")), row.get("CreatedBy", "")
    return Edit(
        field=name,
        before=words.shown(name, row.get("OldValue", "")),
        after=words.shown(name, row.get("NewValue", "")),
        by=user,
        is_ours=bool(ours) and user == ours,
        at=read_utc(row.get(MADE, "")),
    )
