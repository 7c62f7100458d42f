"""Lists and forms in a browser: what a link into an instance leads to, and where people edit."""

import sqlite3
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from urllib.parse import quote, urlencode

from simulator.practice_server import practice_word
from simulator.servicenow.fields import FieldType
from simulator.servicenow.instance import Instance
from simulator.servicenow.page_html import (
    Form,
    Line,
    Listed,
    Shown,
    form_page,
    home_page,
    list_page,
    login_page,
    nothing_page,
)
from simulator.servicenow.query import Condition, both, class_condition, equals, parsed
from simulator.servicenow.reading import Asked, Record, find, walks
from simulator.servicenow.rendering import Renderer, Show, Zone
from simulator.servicenow.tables import STORED, TABLES, Table, labels_of
from simulator.servicenow.writing import Change, Writer
from simulator.web import Answer, Request, Route

EDITABLE = ("short_description", "state", "assigned_to", "benefit", "description", "work_notes")
"""What people change at a form, of the fields that its table has."""
_COOKIE = "practice_session"
_HTML = "text/html;charset=UTF-8"
_LISTED = 50
_RELATED = 20
_COLUMNS = "number,short_description,state,assigned_to,sys_updated_on"


def is_page(path: str) -> bool:
    """Whether a path is one of those that people open, and not of the API."""
    return path == "/" or (path.endswith(".do") and path.count("/") == 1)


@dataclass(slots=True)
class Pages:
    """Answers people in a browser; whoever is in `sys_user` logs in with the one password."""

    instance: Instance
    password: str
    _sessions: dict[str, str] = field(default_factory=dict)

    def routes(self) -> list[Route]:
        """What is answered; forms and lists have the names they have in the product."""
        return [
            Route("GET", "/", self._home),
            Route("GET", "/login.do", self._login),
            Route("POST", "/login.do", self._logs_in),
            Route("GET", "/nav_to.do", self._navigate),
            Route("GET", "/{table}_list.do", self._list),
            Route("GET", "/{table}.do", self._form),
            Route("POST", "/{table}.do", self._save),
        ]

    def _login(self, request: Request, _: Mapping[str, str]) -> Answer:
        return _page(login_page(_path(request.parameters.get("to", "")), ""))

    def _logs_in(self, request: Request, _: Mapping[str, str]) -> Answer:
        given, to = request.form, _path(request.form.get("to", ""))
        user = given.get("user", "").strip()
        if given.get("password") != self.password or not self._is_known(user):
            return _page(login_page(to, "User name or password invalid"), 401)
        with self.instance.lock:
            word = practice_word(self.instance.settings.seed, f"session/{len(self._sessions)}")
            self._sessions[word] = user
        cookie = f"{_COOKIE}={word}; Path=/; HttpOnly; SameSite=Lax"
        return _to(to, ("Set-Cookie", cookie))

    def _home(self, request: Request, _: Mapping[str, str]) -> Answer:
        who = self._user(request)
        return _page(home_page(who)) if who else _asks(request)

    def _navigate(self, request: Request, _: Mapping[str, str]) -> Answer:
        """The frame of the product around a page; here the page itself."""
        return _to(_path(request.parameters.get("uri", "")))

    def _list(self, request: Request, places: Mapping[str, str]) -> Answer:
        who, table = self._user(request), TABLES.get(places["table"])
        if not who:
            return _asks(request)
        if table is None:
            return _page(nothing_page(who), 404)
        where = parsed(table, request.parameters.get("sysparm_query", "")).where
        return _page(list_page(who, self._listed(table, where, _LISTED, "")))

    def _form(self, request: Request, places: Mapping[str, str]) -> Answer:
        who, table = self._user(request), TABLES.get(places["table"])
        if not who:
            return _asks(request)
        record = self._record(request, table) if table else None
        if table is None or record is None:
            return _page(nothing_page(who), 404)
        is_saved = "saved" in request.parameters
        return _page(form_page(who, self._shown(table, record), "", is_saved=is_saved))

    def _save(self, request: Request, places: Mapping[str, str]) -> Answer:
        """What somebody changed at a form, as themselves."""
        who, table = self._user(request), TABLES.get(places["table"])
        if not who:
            return _asks(request)
        record = self._record(request, table) if table else None
        if table is None or record is None:
            return _page(nothing_page(who), 404)
        given = {name: text for name, text in request.form.items() if name in _editable(table)}
        if (name := given.get("assigned_to", "")) and not self._is_person(name):
            trouble = f"Invalid reference: there is no user {name}"
            return _page(form_page(who, self._shown(table, record), trouble), 400)
        key = _value(record, "sys_id")
        Writer(self.instance, who).update(Change(table, _as_typed(given), is_labelled=True), key)
        return _to(f"/{table.name}.do?{urlencode({'sys_id': key, 'saved': 'yes'})}")

    def _record(self, request: Request, table: Table) -> Record | None:
        asked = request.parameters
        if "sys_id" in asked:
            where = equals(table, {"sys_id": asked["sys_id"]})
        else:
            where = parsed(table, asked.get("sysparm_query", "")).where
        rows = self._rows(table, where, 1, "") if len(asked) else []
        return rows[0] if rows else None

    def _rows(
        self, table: Table, where: Condition, limit: int, names: str, order: str = ""
    ) -> list[Record]:
        wanted = both(class_condition(table), where)
        columns = walks(table, names)
        asked = Asked(table, wanted, order, limit, 0, columns, Show.BOTH, "", counts=False)
        renderer = Renderer(Show.BOTH, Zone("GMT"), self.instance.names, "")
        return list(find(self.instance, asked, None, renderer).records)

    def _listed(self, table: Table, where: Condition, limit: int, title: str) -> Listed:
        order = '"sys_updated_on" DESC, "sys_id"' if "sys_updated_on" in table.by_name else ""
        rows = self._rows(table, where, limit, f"sys_id,{table.display},{_COLUMNS}", order)
        return Listed(table.name, title, table.display, rows)

    def _shown(self, table: Table, record: Record) -> Shown:
        key = _value(record, "sys_id")
        form = Form(table, record, _editable(table), labels_of(table.name, "state"))
        return Shown(form, tuple(self._history(key)), tuple(self._related(table, key)))

    def _history(self, key: str) -> Iterator[Line]:
        """What was changed and said, the newest first."""
        with self.instance.connection() as connection:
            found = [*_audited(connection, key), *_said(connection, key)]
        for at, who, what, text in sorted(found, key=lambda one: one[0], reverse=True)[:100]:
            yield Line(at, who, what, text)

    def _related(self, table: Table, key: str) -> Iterator[Listed]:
        if table.name == "problem":
            where = equals(TABLES["incident"], {"problem_id": key})
            yield self._listed(TABLES["incident"], where, _RELATED, "Incidents of this problem")

    def _user(self, request: Request) -> str:
        """Who asks; "" for nobody."""
        cookies = request.header("cookie").split(";")
        words = [one.strip().removeprefix(f"{_COOKIE}=") for one in cookies if _COOKIE in one]
        return next((self._sessions[word] for word in words if word in self._sessions), "")

    def _is_known(self, user: str) -> bool:
        return bool(user) and self._has_user("user_name", user)

    def _is_person(self, name: str) -> bool:
        return self._has_user("name", name)

    def _has_user(self, column: str, text: str) -> bool:
        with self.instance.connection() as connection:
            statement = f'SELECT 1 FROM sys_user WHERE "{column}" = ?'
            return connection.execute(statement, (text,)).fetchone() is not None


def _audited(connection: sqlite3.Connection, key: str) -> Iterator[tuple[str, str, str, str]]:
    statement = """SELECT sys_created_on, "user", tablename, fieldname, oldvalue, newvalue
        FROM sys_audit WHERE documentkey = ?"""
    for at, who, table, name, old, new in connection.execute(statement, (key,)):
        sides = [_in_words(connection, table, name, text) for text in (old, new)]
        yield at, who, name, " → ".join(side or "(empty)" for side in sides)


def _in_words(connection: sqlite3.Connection, table: str, name: str, text: str) -> str:
    """A value of the history as a form shows it."""
    one = TABLES[table].by_name.get(name) if table in TABLES else None
    if one is not None and one.type is FieldType.REFERENCE and one.target in TABLES:
        target = TABLES[one.target]
        if target.stored_in in STORED:
            statement = f'SELECT "{target.display}" FROM "{target.stored_in}" WHERE sys_id = ?'
            row = connection.execute(statement, (text,)).fetchone()
            return str(row[0]) if row else text
    return labels_of(table, name).get(text, text)


def _said(connection: sqlite3.Connection, key: str) -> Iterator[tuple[str, str, str, str]]:
    statement = """SELECT sys_created_on, sys_created_by, element, value
        FROM sys_journal_field WHERE element_id = ?"""
    yield from connection.execute(statement, (key,))


def _editable(table: Table) -> tuple[str, ...]:
    return tuple(one for one in EDITABLE if one in table.by_name) if table.is_task else ()


def _as_typed(given: Mapping[str, str]) -> dict[str, str]:
    """What a browser sends, with the line ends that were typed."""
    return {name: text.replace("\r\n", "\n") for name, text in given.items()}


def _value(record: Record, name: str) -> str:
    cell = record[name]
    return cell if isinstance(cell, str) else cell["value"]


def _path(text: str) -> str:
    """A path on this server, whatever was given."""
    return "/" + text.lstrip("/\\")


def _asks(request: Request) -> Answer:
    """Nobody is logged in: log in first, and come back here."""
    return _to(f"/login.do?to={quote(request.target, safe='')}")


def _to(path: str, *headers: tuple[str, str]) -> Answer:
    return Answer(303, b"", (("Location", path), *headers), _HTML)


def _page(text: str, status: int = 200) -> Answer:
    return Answer(status, text.encode(), (), _HTML)
