"""Answers in Cherwell's words: records with fields as lists, errors beside everything."""

from collections.abc import Iterable, Mapping, Sequence
from zoneinfo import ZoneInfo

from simulator.cherwell.objects import BusinessObject
from simulator.cherwell.words import written
from simulator.desk.tables import Row, Table
from simulator.web import Answer, json_answer

FINE: Mapping[str, object] = {
    "errorCode": None,
    "errorMessage": None,
    "hasError": False,
}
"""What stands in an answer that has no error.

`httpStatusCode` is left out: models made of the vendor's swagger (cherwell_pydantic_api) take
numbers only, and examples elsewhere have words.
"""


def trouble(code: str, message: str, http: str = "BadRequest") -> dict[str, object]:
    """What stands in an answer that has one."""
    return {"errorCode": code, "errorMessage": message, "hasError": True, "httpStatusCode": http}


def failed(status: int, code: str, message: str, http: str = "BadRequest") -> Answer:
    """An error."""
    return json_answer(trouble(code, message, http), status)


def unauthorized() -> Answer:
    """The token has ended, or is none."""
    return json_answer({"Message": "Authorization has been denied for this request."}, 401)


def not_found() -> Answer:
    """A record is not there."""
    return failed(404, "RECORDNOTFOUND", "Record not found", "NotFound")


def field_of(of: BusinessObject, name: str, value: str) -> dict[str, object]:
    """One field of a record."""
    number = of.field_id(name)
    return {
        "dirty": False,
        "displayName": name,
        "fieldId": number,
        "fullFieldId": f"BO:{of.id},FI:{number}",
        "html": None,
        "name": name,
        "value": value,
    }


def record(
    of: BusinessObject, table: Table, row: Row, names: Sequence[str], zone: ZoneInfo
) -> dict[str, object]:
    """A record with some of its fields."""
    fields = [field_of(of, name, cell(table, row, name, zone)) for name in names]
    return {
        "busObId": of.id,
        "busObPublicId": cell(table, row, of.public, zone),
        "busObRecId": table.key(row.id),
        "fields": fields,
        "links": [],
        **FINE,
    }


def cell(table: Table, row: Row, name: str, zone: ZoneInfo) -> str:
    """A field as text."""
    return written(table.value(row, name), table.columns[name].form, zone)


def page(records: Iterable[dict[str, object]], total: int, *, has_more: bool) -> Answer:
    """A page of a search."""
    return json_answer(
        {
            "businessObjects": list(records),
            "hasPrompts": False,
            "prompts": [],
            "searchResultsFields": [],
            "simpleResults": None,
            "totalRows": total,
            "hasMoreRecords": has_more,
            "links": [],
            **FINE,
        }
    )
