"""What other tables know of a row: names behind ids, the hold reason beside a state, answers.

It is put into the row as cells of their own before the row is stored, so that mapping stays pure.
"""

import logging
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from operator import itemgetter
from typing import NamedTuple

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
from connectors.servicenow.audit_cells import AUTHORED, NAMED_IN, PEOPLE, Told, audit_cells
from connectors.servicenow.events import ADDED, ANSWERS, HOLD, STATE_COLUMNS, StateWords
from connectors.servicenow.rows import Cells
from itsm.errors import FatalSourceError, ForbiddenError

LOGGER = logging.getLogger(__name__)

_PAIRED = tuple(sorted({*STATE_COLUMNS, HOLD}))
_LOOKED_AT = frozenset({*_PAIRED, *NAMED_IN})
_STATE = "state"
_MOST_KEPT = 200_000
_RESULTS = "asmt_metric_result"
_ANSWER = ("instance", "metric", "actual_value", "string_value", "sys_id")
_NO_NUMBER = frozenset({"", "-1"})

Moment = tuple[str, ...]
"""A record, a time and a count: what changed together has these in common."""


class Audited(NamedTuple):
    """A row of sys_audit, as far as it is looked at; "" where a cell is empty or missing."""

    documentkey: str
    sys_created_on: str
    record_checkpoint: str
    fieldname: str
    oldvalue: str
    newvalue: str
    tablename: str = ""
    user: str = ""

    @property
    def moment(self) -> Moment:
        """What it has in common with what changed together with it."""
        return self[:3]


_AUDIT = Audited._fields[:6]
_FIELD = Audited._fields.index("fieldname")
_CREATED = Audited._fields.index("sys_created_on")
_OLD, _NEW = (Audited._fields.index(name) for name in ("oldvalue", "newvalue"))
_USER = Audited._fields.index("user")
_AUTHORED = itemgetter(*(Audited._fields.index(name) for name in AUTHORED))
AUDIT_ADDS = tuple(ADDED[name] for name in ADDED if name != "sys_created_by")
"""The columns that may be added to a row of sys_audit."""


@dataclass(slots=True)
class Enricher:
    """Adds to rows of one instance what other tables know of them; asks for each name once."""

    api: TableApi
    words: StateWords
    _names: dict[str, dict[str, str]] = field(default_factory=dict)
    _denied: set[str] = field(default_factory=set)

    def audit(self, rows: Sequence[Row], is_run: bool) -> None:
        """Names beside ids and logins, and hold reasons beside the states they changed with."""
        known = [tuple([value_of(row, name) for name in Audited._fields]) for row in rows]
        _put_into(rows, audit_cells(map(_AUTHORED, known), self._told(known, is_run)))

    def told(self, rows: Sequence[tuple[str, ...]]) -> Told:
        """What `audit_cells` needs of a run of rows in time, each in the order of `Audited`."""
        return self._told(rows, is_run=True)

    def _told(self, rows: Sequence[tuple[str, ...]], is_run: bool) -> Told:
        places: dict[str, list[int]] = {}
        for place, row in enumerate(rows):
            if row[_FIELD] in _LOOKED_AT:
                places.setdefault(row[_FIELD], []).append(place)
        of = [place for name in _PAIRED for place in places.get(name, ())]
        paired = [Audited._make(rows[place]) for place in of]
        together = self._together(paired, _ends(rows, is_run))
        pairs = zip(of, paired, strict=True)
        beside = {place: _put_beside(row, together[row.moment]) for place, row in pairs}
        names: dict[str, dict[str, str]] = {}
        for column, table in NAMED_IN.items():
            named = [rows[place] for place in places.get(column, ())]
            for cell in (_OLD, _NEW):
                words = {row[cell] for row in named} - {""}
                names.setdefault(table, {}).update(self._names_of(table, words))
        authors = set(map(itemgetter(_USER), rows)) - {""}
        names[PEOPLE] = self._names_of(PEOPLE, authors)
        return Told(names, {place: cells for place, cells in beside.items() if cells})

    def _names_of(self, table: str, words: Collection[str]) -> dict[str, str]:
        known = self._known(table, words)
        return {word: name for word in words if (name := known.get(word))}

    def authors(self, rows: Sequence[Row], is_run: bool) -> None:
        """The names of people beside their logins."""
        logins = [value_of(row, "sys_created_by") for row in rows]
        names, column = self._names_of(PEOPLE, set(logins) - {""}), ADDED["sys_created_by"]
        for row, login in zip(rows, logins, strict=True):
            if login in names:
                row[column] = {"value": login, "display_value": names[login]}

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
        key, name = ("user_name", "sys_user") if table == PEOPLE else ("sys_id", table)
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

    def _together(
        self, rows: Sequence[Audited], ends: frozenset[str] | None
    ) -> Mapping[Moment, Mapping[str, Audited]]:
        """What changed at once: a state, its reason, and the state's other columns.

        Args:
            rows: about states and reasons.
            ends: the only times at which another row may have been left outside; None: any.
        """
        together: dict[Moment, dict[str, Audited]] = {}
        for row in rows:
            together.setdefault(row.moment, {})[row.fieldname] = row
        alone = [
            row
            for row in rows
            if (ends is None or row.sys_created_on in ends)
            and self._lacks(row, together[row.moment])
        ]
        for row in self._outside(alone):
            if row.moment in together:
                together[row.moment].setdefault(row.fieldname, row)
        return together

    def _lacks(self, row: Audited, beside: Mapping[str, Audited]) -> bool:
        """Whether something should have changed together with a row, and is not there."""
        if row.fieldname != _STATE:
            return _STATE not in beside
        waiting = self.words.on_hold(row.tablename)
        return (
            waiting is not None
            and HOLD not in beside
            and any(
                self.words.state(row.tablename, code, "") == waiting
                for code in (row.oldvalue, row.newvalue)
            )
        )

    def _outside(self, rows: Sequence[Audited]) -> Iterator[Audited]:
        """Rows that changed at the same times as these, of the same records."""
        times = sorted({row.sys_created_on for row in rows})
        if not times:
            return
        where = joined(
            f"fieldnameIN{','.join(_PAIRED)}",
            f"sys_created_on>={times[0]}",
            f"sys_created_on<={times[-1]}",
        )
        for some in parts_of(sorted({row.documentkey for row in rows}), 100):
            query = Query("sys_audit", where, columns=_AUDIT)
            for row in self.api.by_value(query, "documentkey", some):
                yield Audited(*(value_of(row, name) for name in _AUDIT))


def _ends(rows: Sequence[tuple[str, ...]], is_run: bool) -> frozenset[str] | None:
    """The first and the last time of a run of rows, where the next rows may belong to its own."""
    return frozenset({rows[0][_CREATED], rows[-1][_CREATED]}) if is_run else None


def _put_beside(row: Audited, beside: Mapping[str, Audited]) -> Cells:
    """What is put beside a state, or what says that a state tells of it."""
    if row.fieldname != _STATE:
        return {ADDED["with_state"]: ("true", "true")} if _STATE in beside else {}
    if HOLD not in beside:
        return {}
    held = beside[HOLD]
    return {
        ADDED["hold_old"]: (held.oldvalue, held.oldvalue),
        ADDED["hold_new"]: (held.newvalue, held.newvalue),
    }


def _put_into(rows: Sequence[Row], added: Sequence[Cells]) -> None:
    for row, cells in zip(rows, added, strict=True):
        for name, (value, label) in cells.items():
            row[name] = {"value": value, "display_value": label}


def _cell(value: str) -> dict[str, str]:
    return {"value": value, "display_value": value}
