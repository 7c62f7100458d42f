"""Writes problems, links, notes and register entries over the Table API.

The API has no lock: `sys_mod_count` tells afterwards whether somebody wrote between our look and
our write, and `sys_audit` what.

Source:
    ServiceNow, Table API, "POST /now/table/{tableName}" and "PATCH .../{sys_id}"; problem states
    and what they ask for: "Problem Management", Madrid and later.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from urllib.parse import urlsplit

import orjson

from connectors.core.surroundings import Surroundings
from connectors.core.writing import Abilities, Creation, Edit, Identity, send
from connectors.servicenow.api import Query, Row, TableApi, instant, joined, label_of, value_of
from connectors.servicenow.config import ServiceNowConfig
from connectors.servicenow.write_tables import (
    ENDED,
    LONGEST,
    REFERENCES,
    WriteTable,
    move_values,
    write_tables,
)
from itsm.errors import (
    FatalSourceError,
    ForbiddenError,
    MappingError,
    TransientSourceError,
)
from itsm.pushed import Remote
from itsm.pushing import PROBLEM, STATE, PushKind

_TABLES = "api/now/table/"
_SYSTEM = ("sys_id", "number", "sys_mod_count", "sys_updated_on", "active", "state")
_ORIGIN = "csi-pipeline"
_NAMED_HOST = ".service-now.com"


@dataclass(slots=True)
class ServiceNowWriter:
    """Writes to one instance."""

    name: str
    config: ServiceNowConfig
    around: Surroundings = field(default_factory=Surroundings)
    _api: TableApi = field(init=False, repr=False)
    _tables: Mapping[PushKind, WriteTable] = field(init=False, repr=False)
    _ids: dict[tuple[str, str], str] = field(default_factory=dict, init=False, repr=False)
    _names: dict[tuple[str, str], str] = field(default_factory=dict, init=False, repr=False)

    def __post_init__(self) -> None:
        """Reads the settings; nothing is sent yet."""
        self._api = TableApi(self.name, self.config, self.around)
        self._tables = write_tables(self.config)

    @property
    def abilities(self) -> Abilities:
        """Problems and register entries; an incident has one problem."""
        writable = (PushKind.PROBLEM, PushKind.REGISTER_ENTRY)
        return Abilities(
            fields={kind: frozenset(self._tables[kind].columns) for kind in writable},
            states={kind: frozenset(self._tables[kind].states) for kind in writable},
            settles_s=self.config.push.settle_s,
        )

    def identity(self) -> Identity:
        """The property `instance_name`, which a clone keeps or, if nobody saw to it, does not."""
        query = Query("sys_properties", "name=instance_name", columns=("name", "value"))
        try:
            rows = self._api.whole(query, 2, counts=False).rows
        except ForbiddenError:
            rows = []
        told = [value_of(row, "value") for row in rows if value_of(row, "name") == "instance_name"]
        found = identity_of(next(iter(told), ""), urlsplit(self.config.url).hostname or "")
        if not found.name:
            raise FatalSourceError(
                self.name, "it does not say its name: let the user read sys_properties"
            )
        return found

    def held(self, kind: PushKind, values: Mapping[str, str]) -> Mapping[str, str]:
        """Texts with plain line ends, without blanks around them, cut to the column's length."""
        columns = self._tables[kind].columns
        found = {}
        for name, value in values.items():
            text = value.replace("\r\n", "\n").replace("\r", "\n").replace("\x00", "").strip()
            found[name] = text[: LONGEST.get(columns.get(name, ""), 4000)].strip()
        return found

    def find(self, kind: PushKind, key: str) -> Sequence[Remote]:
        """Records whose `correlation_id` is the key.

        Raises:
            FatalSourceError: the table has no such column, so that everything would be found.
        """
        found = self._read(kind, f"correlation_id={_quoted(key)}", order=("sys_created_on",))
        if any(value_of(row, "correlation_id") != key for row in found):
            table = self._tables[kind].table
            raise FatalSourceError(self.name, f"{table} has no correlation_id to find records by")
        return [self._remote(kind, row) for row in found]

    def read(self, kind: PushKind, record: str) -> Remote | None:
        """A record by its sys_id."""
        return self._one(kind, "sys_id", record)

    def numbered(self, kind: PushKind, number: str) -> Remote | None:
        """A record by its number."""
        return self._one(kind, "number", number)

    def create(self, what: Creation) -> str:
        """Post a record with the key as `correlation_id`."""
        table = self._tables[what.kind]
        body = self._cells(what.kind, what.values)
        body |= {"correlation_id": what.key, "correlation_display": _ORIGIN}
        answer = send(self._api.client, "POST", _TABLES + table.table, body)
        try:
            return str(orjson.loads(answer.body)["result"]["sys_id"])
        except (orjson.JSONDecodeError, KeyError, TypeError):
            raise TransientSourceError(
                self.name, f"{table.table}: created, and the answer does not say which"
            ) from None

    def write(self, before: Remote, values: Mapping[str, str]) -> None:
        """Patch the columns of some fields."""
        self._patch(before, self._cells(before.kind, values))

    def move(self, before: Remote, state: str, text: str) -> None:
        """Patch the state, with what the state asks for."""
        table = self._tables[before.kind]
        self._patch(before, move_values(table, before, state, text))

    def link(self, incident: Remote, problem: Remote) -> None:
        """Not used: an incident has one problem, which is a field of it."""
        self.write(incident, {PROBLEM: problem.number})

    def unlink(self, incident: Remote, problem: Remote) -> None:
        """Not used, as `link`."""
        del problem
        self.write(incident, {PROBLEM: ""})

    def note(self, record: Remote, text: str) -> None:
        """Work notes, which customers never see; never `comments`, which they do."""
        self._patch(record, {"work_notes": text})

    def has_note(self, record: Remote, mark: str) -> bool:
        """Whether the journal, or what the record shows of it, holds the mark."""
        where = f"element_id={record.key}^element=work_notes^valueLIKE{_quoted(mark)}"
        query = Query("sys_journal_field", where, columns=("sys_id", "value"))
        try:
            rows = self._api.whole(query, 10, counts=False).rows
        except ForbiddenError:
            rows = self._read(record.kind, f"sys_id={record.key}", more=("work_notes",))
            return any(mark in label_of(row, "work_notes") for row in rows)
        return any(mark in value_of(row, "value") for row in rows)

    def nobody_between(self, before: Remote, after: Remote) -> bool:
        """Whether the modification count rose by our one write."""
        if not (before.version.isdecimal() and after.version.isdecimal()):
            return False
        return int(after.version) - int(before.version) == 1

    def edits(self, before: Remote) -> Sequence[Edit] | None:
        """What `sys_audit` tells since a modification count; None where it tells nothing of us."""
        table = self._tables[before.kind]
        where = joined(f"documentkey={before.key}", f"tablename={table.table}")
        columns = ("fieldname", "oldvalue", "newvalue", "user", "record_checkpoint")
        query = Query("sys_audit", where, ("sys_created_on",), ("sys_created_on", *columns))
        rows = [row for row in self._api.all_rows(query) if _is_later(row, before)]
        rows.sort(key=lambda row: int(value_of(row, "record_checkpoint") or 0))
        return [self._edit(table, row) for row in rows] or None

    def _edit(self, table: WriteTable, row: Row) -> Edit:
        column, user = value_of(row, "fieldname"), value_of(row, "user")
        name = STATE if column == "state" else table.fields.get(column, column)
        sides = [self._shown(table, column, value_of(row, x)) for x in ("oldvalue", "newvalue")]
        ours = self.config.push.user or self.config.user or ""
        at = instant(value_of(row, "sys_created_on"))
        is_ours = bool(ours) and user == ours
        return Edit(field=name, before=sides[0], after=sides[1], by=user, is_ours=is_ours, at=at)

    def _shown(self, table: WriteTable, column: str, value: str) -> str:
        """A value of history as `read` shows it."""
        if column == "state":
            return table.state_of(value)
        if column not in REFERENCES or not value:
            return value
        target, name = REFERENCES[column]
        if (target, value) not in self._names:
            query = Query(target, f"sys_id={value}", columns=("sys_id", name))
            rows = self._api.whole(query, 1, counts=False).rows
            self._names[target, value] = value_of(rows[0], name) if rows else value
        return self._names[target, value]

    def _patch(self, record: Remote, body: Mapping[str, str]) -> None:
        path = f"{_TABLES}{self._tables[record.kind].table}/{record.key}"
        send(self._api.client, "PATCH", path, dict(body))

    def _cells(self, kind: PushKind, values: Mapping[str, str]) -> dict[str, str]:
        columns = self._tables[kind].columns
        cells = {name: self._cell(name, columns[name], text) for name, text in values.items()}
        return {columns[name]: cell for name, cell in cells.items()}

    def _cell(self, name: str, column: str, text: str) -> str:
        """A value as it is written: an id where the column refers to another table.

        Raises:
            MappingError: there is no such record, or several.
        """
        if column not in REFERENCES or not text:
            return text
        target, shown = REFERENCES[column]
        if (target, text) not in self._ids:
            query = Query(target, f"{shown}={_quoted(text)}", columns=("sys_id", shown))
            rows = self._api.whole(query, 3, counts=False).rows
            exact = [value_of(row, "sys_id") for row in rows if value_of(row, shown) == text]
            if len(exact) != 1:
                told = "is not there" if not exact else "is there several times"
                raise MappingError(
                    self.name, name, f"{text!r} {told} in {target}", "correct its name there"
                )
            self._ids[target, text] = exact[0]
        return self._ids[target, text]

    def _one(self, kind: PushKind, column: str, value: str) -> Remote | None:
        for row in self._read(kind, f"{column}={_quoted(value)}"):
            if value_of(row, column) == value:
                return self._remote(kind, row)
        return None

    def _read(
        self, kind: PushKind, where: str, order: tuple[str, ...] = (), more: tuple[str, ...] = ()
    ) -> Sequence[Row]:
        table = self._tables[kind]
        columns = (*_SYSTEM, "correlation_id", "resolution_code", *table.columns.values(), *more)
        query = Query(table.table, where, order, tuple(dict.fromkeys(columns)))
        return self._api.whole(query, 20, counts=False).rows

    def _remote(self, kind: PushKind, row: Row) -> Remote:
        table, key = self._tables[kind], value_of(row, "sys_id")
        fields = {name: _cell_of(row, column) for name, column in table.columns.items()}
        state = table.state_of(value_of(row, "state"), value_of(row, "resolution_code"))
        problem = fields.get(PROBLEM, "")
        return Remote(
            kind=kind,
            key=key,
            number=value_of(row, "number"),
            link=f"{self.config.url}/nav_to.do?uri={table.table}.do?sys_id={key}",
            version=value_of(row, "sys_mod_count"),
            fields=fields,
            state=state,
            is_closed=value_of(row, "active") == "false" or state in ENDED,
            problems=(problem,) if problem else (),
        )


def identity_of(told: str, host: str) -> Identity:
    """Which instance it is, by what it says and by the host it is reached at."""
    by_host = host.removesuffix(_NAMED_HOST) if host.endswith(_NAMED_HOST) else ""
    name = told or by_host
    is_copy = bool(by_host) and by_host.casefold() != name.casefold()
    copy = f"it calls itself {name} and is reached as {by_host}" if is_copy else ""
    return Identity(name=name, copy_of=copy)


def _cell_of(row: Row, column: str) -> str:
    """What people read in a cell that refers to another record, else its value."""
    return label_of(row, column) if column in REFERENCES else value_of(row, column)


def _is_later(row: Row, before: Remote) -> bool:
    count = value_of(row, "record_checkpoint")
    if not count.isdecimal() or not before.version.isdecimal():
        return False
    return int(count) > int(before.version)


def _quoted(text: str) -> str:
    """A value in an encoded query; a caret in it is doubled."""
    return text.replace("^", "^^")
