"""What other tables know of a row: names behind ids, the hold reason beside a state, answers.

It is put into the row as cells of their own before the row is stored, so that mapping stays pure.
"""

import logging
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from functools import partial

from connectors.core.mapping.preset import folded
from connectors.servicenow.api import (
    Query,
    Row,
    TableApi,
    is_no_table,
    joined,
    label_of,
    parts_of,
    value_of,
)
from connectors.servicenow.events import ADDED, ANSWERS, HOLD, STATE_COLUMNS, StateWords
from itsm.errors import FatalSourceError, ForbiddenError

LOGGER = logging.getLogger(__name__)

_NAMED_IN = {
    "assignment_group": "sys_user_group",
    "assigned_to": "sys_user",
    "vendor": "core_company",
}
_AUDIT = ("documentkey", "sys_created_on", "record_checkpoint", "fieldname", "oldvalue", "newvalue")
_PAIRED = tuple(sorted({*STATE_COLUMNS, HOLD}))
_MOST_KEPT = 200_000
_PEOPLE = "user_name"
_RESULTS = "asmt_metric_result"
_ANSWER = ("instance", "metric", "actual_value", "string_value", "sys_id")
_NO_NUMBER = frozenset({"", "-1"})

Moment = tuple[str, str, str]
"""A record, a time and a count: what changed together has these in common."""


@dataclass(slots=True)
class Enricher:
    """Adds to rows of one instance what other tables know of them; asks for each name once."""

    api: TableApi
    words: StateWords
    _names: dict[str, dict[str, str]] = field(default_factory=dict)
    _denied: set[str] = field(default_factory=set)

    def audit(self, rows: Sequence[Row], is_run: bool) -> None:
        """Names beside ids and logins, and hold reasons beside the states they changed with."""
        by_column: dict[str, list[Row]] = {}
        for row in rows:
            by_column.setdefault(value_of(row, "fieldname"), []).append(row)
        self._pair(
            [row for name in _PAIRED for row in by_column.get(name, ())], _ends(rows, is_run)
        )
        for column, table in _NAMED_IN.items():
            for cell in ("oldvalue", "newvalue"):
                self._name(by_column.get(column, ()), cell, table)
        self._name(rows, "user", _PEOPLE)

    def authors(self, rows: Sequence[Row], is_run: bool) -> None:
        """The names of people beside their logins."""
        self._name(rows, "sys_created_by", _PEOPLE)

    def answers(self, rows: Sequence[Row], is_run: bool) -> None:
        """The answers of surveys, each in a column named after its question."""
        query = Query(_RESULTS, columns=_ANSWER)
        ids = sorted(value_of(row, "sys_id") for row in rows)
        by_id = {value_of(row, "sys_id"): row for row in rows}
        for result in self._readable(_RESULTS, partial(self.api.by_value, query, "instance", ids)):
            answer = value_of(result, "actual_value")
            if answer in _NO_NUMBER:
                answer = value_of(result, "string_value")
            row = by_id.get(value_of(result, "instance"))
            if row is not None and answer:
                row[ANSWERS + folded(label_of(result, "metric"))] = _cell(answer)

    def _name(self, rows: Sequence[Row], cell: str, table: str) -> None:
        words = [value_of(row, cell) for row in rows]
        known = self._known(table, set(words) - {""})
        added = ADDED[cell]
        for row, word in zip(rows, words, strict=True):
            name = known.get(word)
            if name:
                row[added] = {"value": word, "display_value": name}

    def _known(self, table: str, words: Iterable[str]) -> dict[str, str]:
        """Names by id, or those of people by login; "" for what is not there."""
        known = self._names.setdefault(table, {})
        if len(known) > _MOST_KEPT:
            known.clear()
        new = sorted(word for word in words if word not in known and word.isprintable())
        new = [word for word in new if not {",", "^"} & set(word)]
        if new:
            known.update(dict.fromkeys(new, ""))
            known.update(self._asked(table, new))
        return known

    def _asked(self, table: str, words: Sequence[str]) -> dict[str, str]:
        key, name = ("user_name", "sys_user") if table == _PEOPLE else ("sys_id", table)
        query = Query(name, columns=(key, "name"))
        rows = self._readable(name, partial(self.api.by_value, query, key, words))
        return {value_of(row, key): label_of(row, "name") for row in rows}

    def _readable(self, table: str, ask: Callable[[], Sequence[Row]]) -> Sequence[Row]:
        """Rows of a table, none if the user may not read it or it is not there."""
        if table in self._denied:
            return []
        try:
            return ask()
        except FatalSourceError as error:
            if not isinstance(error, ForbiddenError) and not is_no_table(error):
                raise
            self._denied.add(table)
            LOGGER.warning(
                "%s: the user may not read %s: what it would add to other records is missing",
                self.api.name,
                table,
            )
            return []

    def _pair(self, rows: Sequence[Row], ends: frozenset[str] | None) -> None:
        """Puts together what changed at once: a state, its reason, and the state's other columns.

        Args:
            rows: about states and reasons.
            ends: the only times at which another row may have been left outside; None: any.
        """
        moments = [_moment(row) for row in rows]
        together: dict[Moment, dict[str, Row]] = {}
        for row, moment in zip(rows, moments, strict=True):
            together.setdefault(moment, {})[value_of(row, "fieldname")] = row
        alone = [
            row
            for row, moment in zip(rows, moments, strict=True)
            if (ends is None or moment[1] in ends) and self._lacks(row, together[moment])
        ]
        for row in self._outside(alone):
            if (moment := _moment(row)) in together:
                together[moment].setdefault(value_of(row, "fieldname"), row)
        for row, moment in zip(rows, moments, strict=True):
            _put_beside(row, together[moment])

    def _lacks(self, row: Row, beside: dict[str, Row]) -> bool:
        """Whether something should have changed together with a row, and is not there."""
        column = value_of(row, "fieldname")
        if column != "state":
            return "state" not in beside
        table = value_of(row, "tablename")
        waiting = self.words.on_hold(table)
        codes = (value_of(row, "oldvalue"), value_of(row, "newvalue"))
        return (
            waiting is not None
            and HOLD not in beside
            and any(self.words.state(table, code, "") == waiting for code in codes)
        )

    def _outside(self, rows: Sequence[Row]) -> Iterable[Row]:
        """Rows that changed at the same times as these, of the same records."""
        times = sorted({value_of(row, "sys_created_on") for row in rows})
        if not times:
            return []
        keys = sorted({value_of(row, "documentkey") for row in rows})
        where = joined(
            f"fieldnameIN{','.join(_PAIRED)}",
            f"sys_created_on>={times[0]}",
            f"sys_created_on<={times[-1]}",
        )
        found: list[Row] = []
        for some in parts_of(keys, 100):
            query = Query("sys_audit", where, columns=_AUDIT)
            found.extend(self.api.by_value(query, "documentkey", some))
        return found


def _ends(rows: Sequence[Row], is_run: bool) -> frozenset[str] | None:
    """The first and the last time of a run of rows, where the next rows may belong to its own."""
    if not is_run:
        return None
    return frozenset(value_of(row, "sys_created_on") for row in (rows[0], rows[-1]))


def _moment(row: Row) -> Moment:
    return (
        value_of(row, "documentkey"),
        value_of(row, "sys_created_on"),
        value_of(row, "record_checkpoint"),
    )


def _put_beside(row: Row, beside: dict[str, Row]) -> None:
    column = value_of(row, "fieldname")
    if column != "state":
        if "state" in beside:
            row[ADDED["with_state"]] = _cell("true")
        return
    if HOLD in beside:
        row[ADDED["hold_old"]] = _cell(value_of(beside[HOLD], "oldvalue"))
        row[ADDED["hold_new"]] = _cell(value_of(beside[HOLD], "newvalue"))


def _cell(value: str) -> dict[str, str]:
    return {"value": value, "display_value": value}
