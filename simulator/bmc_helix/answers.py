"""Answers in the AR System's words: entries, and errors, which are always lists."""

from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from urllib.parse import quote

from simulator.desk.records import Value
from simulator.desk.tables import Row, Table, Type
from simulator.web import Answer, json_answer


def failed(status: int, number: int, text: str, appended: str = "") -> Answer:
    """An error."""
    told = {
        "messageType": "ERROR",
        "messageText": text,
        "messageAppendedText": appended,
        "messageNumber": number,
    }
    return json_answer([told], status)


def no_login(user: str = "") -> Answer:
    """Who asks is not known."""
    return failed(401, 623, "Authentication failed", user)


def unknown_field(table: Table, name: str) -> Answer:
    """A form does not have such a field."""
    return failed(400, 314, "Field does not exist on current form", f"{table.name} : <{name}>")


def no_entry(form: str, key: str) -> Answer:
    """An entry is not there."""
    return failed(404, 302, "Entry does not exist in database", f"{form} : {key}")


def no_form(form: str) -> Answer:
    """A form is not there."""
    return failed(404, 303, "Form does not exist on server", form)


def address(base: str, form: str, key: str) -> str:
    """Where an entry is."""
    return f"{base}/api/arsys/v1/entry/{quote(form, safe=':')}/{quote(key, safe='')}"


def entry(table: Table, row: Row, names: Sequence[str], base: str) -> dict[str, object]:
    """An entry with some of its fields."""
    values = {name: written(table, row, name) for name in names}
    href = address(base, table.name, table.key(row.id))
    return {"values": values, "_links": {"self": [{"href": href}]}}


def entries(found: Iterable[dict[str, object]], this: str, following: str | None) -> Answer:
    """A page of entries, and where more are."""
    links = {"self": [{"href": this}]}
    if following is not None:
        links = {"next": [{"href": following}], **links}
    return json_answer({"entries": list(found), "_links": links})


def written(table: Table, row: Row, name: str) -> Value:
    """A value as JSON has it; moments with a zone, in UTC."""
    value = table.value(row, name)
    if table.columns[name].form.type is Type.TIME and isinstance(value, int):
        return datetime.fromtimestamp(value, UTC).strftime("%Y-%m-%dT%H:%M:%S.000+0000")
    return value
