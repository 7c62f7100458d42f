"""What goes wrong with an instance: around a request, and with the records between requests."""

import sqlite3
import time
from dataclasses import dataclass, field
from functools import partial

import orjson

from simulator.faults import Fault, FaultName, drawn
from simulator.servicenow.accounts import Accounts
from simulator.servicenow.answers import failure, unauthenticated
from simulator.servicenow.churn import Churn
from simulator.servicenow.fields import FieldType
from simulator.servicenow.ids import Ids
from simulator.servicenow.instance import Instance
from simulator.servicenow.table_api import table_of
from simulator.servicenow.tables import TABLES
from simulator.servicenow.writing import Writer, record_of
from simulator.trouble import broken_off, failed, with_headers
from simulator.web import Answer, Application, Request
from simulator.write_mishaps import PersonEdit, Touched, WriteMishaps

_F = FaultName
_FAILING = (_F.RATE_LIMIT, _F.SERVER_ERROR, _F.CONNECTION_DROPPED, _F.TRUNCATED_200, _F.HTML_200,
            _F.EXPIRED_TOKEN)  # fmt: skip
_HIBERNATING = (
    b"<!DOCTYPE html><html><head><title>Instance Hibernating page</title></head>"
    b"<body><h1>Your instance is hibernating</h1></body></html>"
)
_QUOTA = "Transaction cancelled: maximum execution time exceeded"
PER_HOUR = 36_000


@dataclass(slots=True)
class Mishaps:
    """Applies the faults of an instance."""

    instance: Instance
    accounts: Accounts
    writes: WriteMishaps = field(init=False)

    def __post_init__(self) -> None:
        """Meddle with writes, too."""
        self.writes = WriteMishaps(lambda: self.instance.chances, touched, self._edit)

    def enter_user(self, login: str) -> None:
        """Enter the user who asks, in GMT; one who is there stays as they are."""
        key = Ids(self.instance.settings.seed).of("sys_user", f"login/{login}")
        record = {"sys_id": key, "user_name": login, "name": login, "time_zone": "GMT"}
        record.update(active="true", web_service_access_only="true")
        record.update(sys_created_on=self.instance.now_text())
        record.update(sys_updated_on=self.instance.now_text())
        with self.instance.writing() as connection:
            if record_of(connection, TABLES["sys_user"], key) is None:
                Writer(self.instance, login).enter(connection, "sys_user", record)

    def prepare(self) -> None:
        """Bring the records into the state that the faults ask for."""
        faults = self.instance.chances.faults
        zone = faults.first(_F.USER_ZONE)
        told = "true" if faults.first(_F.INVALID_CLAUSE_NO_ROWS) else "false"
        with self.instance.writing() as connection:
            connection.execute(
                "UPDATE sys_user SET time_zone = ? WHERE user_name = ?",
                (zone.text if zone else "GMT", self.instance.login),
            )
            connection.execute(
                "UPDATE sys_properties SET value = ? "
                "WHERE name = 'glide.invalid_query.returns_no_rows'",
                (told,),
            )
        self._limit_rules()
        for fault in faults.of(_F.SAME_SECOND):
            for table in sorted(fault.tables):
                self._churn().tie(table, int(fault.rows))

    def around(self, request: Request, application: Application) -> Answer:
        """Answer a request, unless something goes wrong; afterwards records may change."""
        found = table_of(request.path)
        table = found.name if found is not None else ""
        chances = self.instance.chances
        slow = chances.hit(_F.SLOW, table)
        if slow is not None:
            time.sleep(slow[0].seconds)
        hit = chances.failing(self._possible(request), table)
        carry_out = partial(self.writes.carry_out, application=application)
        answer = self._failed(request, carry_out, *hit) if hit else carry_out(request)
        if request.method == "GET" and answer.status == 200 and table:
            self._churn().after(table)
        return self._with_limit(answer)

    def _possible(self, request: Request) -> tuple[FaultName, ...]:
        """A token can only expire where one is used, and only lists are cut."""
        scheme = request.header("authorization")[:6].lower()
        is_list = request.method == "GET" and request.path.split("/")[-2] == "table"
        return tuple(
            name
            for name in _FAILING
            if (name is not _F.EXPIRED_TOKEN or scheme == "bearer")
            and (name is not _F.TRUNCATED_200 or is_list)
        )

    def _failed(
        self, request: Request, application: Application, fault: Fault, ordinal: int
    ) -> Answer:
        chance = drawn(self.instance.chances.faults.seed, "how", fault.name, ordinal)
        if fault.name is _F.RATE_LIMIT:
            return self._limited(fault)
        if fault.name is _F.SERVER_ERROR:
            return failed(chance)
        if fault.name is _F.HTML_200:
            return Answer(200, _HIBERNATING, content_type="text/html;charset=UTF-8")
        if fault.name is _F.EXPIRED_TOKEN:
            self.accounts.expire(request.header("authorization").partition(" ")[2])
            return unauthenticated()
        answer = application(request)
        if fault.name is _F.TRUNCATED_200:
            return _cut(answer, int(chance * 4))
        return broken_off(answer, chance)

    def _limited(self, fault: Fault) -> Answer:
        detail = f"Rate limit of {PER_HOUR} requests per hour for Table API exceeded"
        wait = ("Retry-After", str(max(1, round(fault.seconds))))
        return failure(429, "Rate limit exceeded", detail, wait)

    def _with_limit(self, answer: Answer) -> Answer:
        """Where a rule limits the rate, every answer names it."""
        fault = self.instance.chances.faults.first(_F.RATE_LIMIT)
        if fault is None:
            return answer
        reset = int(self.instance.now().timestamp() + max(1, round(fault.seconds)))
        headers = (
            ("X-RateLimit-Limit", str(PER_HOUR)),
            ("X-RateLimit-Reset", str(reset)),
            ("X-RateLimit-Rule", self._rule()),
        )
        return with_headers(answer, *headers)

    def _rule(self) -> str:
        return Ids(self.instance.settings.seed).of("sys_rate_limit_rules", "Table API")

    def _limit_rules(self) -> None:
        limited = self.instance.chances.faults.first(_F.RATE_LIMIT) is not None
        with self.instance.writing() as connection:
            connection.execute("DELETE FROM sys_rate_limit_rules")
            if limited:
                record = {"sys_id": self._rule(), "name": "Table API", "active": "true"}
                record.update(request_limit_per_hour=str(PER_HOUR), method="GET")
                writer = Writer(self.instance, self.instance.login)
                writer.enter(connection, "sys_rate_limit_rules", record)

    def _churn(self) -> Churn:
        return Churn(self.instance)

    def _edit(self, one: Touched, name: str, ordinal: int) -> PersonEdit | None:
        return edited_by_hand(self.instance, one, name, f"words of a person, {ordinal}")


def edited_by_hand(
    instance: Instance, one: Touched, name: str, value: str, who: str = "gwen.harper"
) -> PersonEdit | None:
    """Change a field of a record as somebody at a form does; None if the record is not there."""
    table = TABLES[one.table]
    with instance.writing() as connection:
        before = record_of(connection, table, one.key)
        if before is None:
            return None
        if table.by_name[name].type is FieldType.REFERENCE:
            value = _another(connection, table.by_name[name].target, before[name], value)
        Writer(instance, who).apply(connection, table, before, {name: value})
    return PersonEdit(one.table, one.key, name, before[name], value)


def _another(connection: sqlite3.Connection, target: str, before: str, word: str) -> str:
    """A record that a reference may lead to, other than it does; by a number in the word."""
    stored = TABLES[target].stored_in
    if connection.execute(f'SELECT 1 FROM "{stored}" WHERE sys_id = ?', (word,)).fetchone():
        return word
    rows = connection.execute(
        f'SELECT sys_id FROM "{stored}" WHERE sys_id <> ? ORDER BY sys_id', (before,)
    ).fetchall()
    digits = "".join(filter(str.isdigit, word)) or "0"
    return str(rows[int(digits) % len(rows)][0])


def touched(request: Request) -> Touched | None:
    """The record that a request writes to."""
    table = table_of(request.path)
    if table is None or request.method not in {"POST", "PUT", "PATCH"}:
        return None
    last = request.path.rstrip("/").split("/")[-1]
    return Touched(table.name, "" if last == table.name else last)


def _cut(answer: Answer, how: int) -> Answer:
    """Half of the result and an error behind it; mostly no valid JSON."""
    told = orjson.loads(answer.body)
    records = told.get("result") if answer.status == 200 else None
    if not isinstance(records, list):
        return answer
    kept = [orjson.dumps(record) for record in records[: len(records) // 2]]
    tail = (b"", b",", b',"java.lang.InterruptedException"', b"")[how] if kept else b""
    detail = f"{_QUOTA} Check logs for error trace or enable glide.rest.debug property to verify"
    error = {"message": _QUOTA, "detail": f"{detail} REST request processing"}
    behind = b'],"error":' + orjson.dumps(error) + b',"status":"failure"}'
    if how == 3:
        behind = b""
    body = b'{"result":[' + b",".join(kept) + tail + behind
    return Answer(200, body, answer.headers, answer.content_type)
