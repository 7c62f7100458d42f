"""What people and things are called, looked up by id some at a time and remembered."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from functools import partial

from connectors.core.paging import Limit
from connectors.glpi.api import ID, Criterion, GlpiApi, Query, Row
from connectors.glpi.texts import text_of
from itsm.errors import FatalSourceError, ForbiddenError

AT_ONCE = 50
"""Ids in one request at most: each is a condition of its own in the address."""
_LABEL, _FIRST, _LAST = 1, 9, 34
_MOST_KEPT = 200_000


@dataclass(slots=True)
class Names:
    """Names by itemtype and id; of people first name and surname, else what they log in with."""

    api: GlpiApi
    _known: dict[tuple[str, str], str] = field(default_factory=dict, init=False, repr=False)
    _unreadable: set[str] = field(default_factory=set, init=False)

    def of(self, itemtype: str, ids: Collection[str]) -> Mapping[str, str]:
        """The names of some ids, of those that may be seen."""
        if len(self._known) > _MOST_KEPT:
            self._known.clear()
        wanted = sorted({key for key in ids if key and key != "0"})
        self._look_up(itemtype, [key for key in wanted if (itemtype, key) not in self._known])
        return {key: name for key in wanted if (name := self._known.get((itemtype, key)))}

    def _look_up(self, itemtype: str, ids: list[str]) -> None:
        columns = (ID, _LABEL, _FIRST, _LAST) if itemtype == "User" else (ID, _LABEL)
        for begin in range(0, len(ids), AT_ONCE):
            if itemtype in self._unreadable:
                return
            some = ids[begin : begin + AT_ONCE]
            self._known.update(dict.fromkeys(((itemtype, key) for key in some), ""))
            try:
                found = rows_by_id(self.api, Query(itemtype, columns=columns, sort=(ID,)), some)
            except FatalSourceError as error:
                if not (isinstance(error, ForbiddenError) or "ERROR_RESOURCE" in error.message):
                    raise
                self._unreadable.add(itemtype)
                return
            for row in found:
                self._known[itemtype, str(row[str(ID)])] = _name(row)


def rows_by_id(api: GlpiApi, query: Query, ids: Collection[str]) -> list[Row]:
    """The rows with some ids, of those that are there and may be seen."""
    rows: list[Row] = []
    wanted = list(ids)
    for begin in range(0, len(wanted), AT_ONCE):
        some = wanted[begin : begin + AT_ONCE]
        criteria = tuple(Criterion(ID, "contains", key, "OR") for key in some)
        asked = Query(query.itemtype, criteria, query.columns, (ID,), query.trash)
        rows += Limit(AT_ONCE, AT_ONCE).fetch(partial(_searched, api, asked))
    return rows


def _searched(api: GlpiApi, asked: Query, n_rows: int) -> list[Row]:
    return list(api.search(asked, n_rows, asks_again=True).rows)


def _name(row: Row) -> str:
    parts = (text_of(row.get(str(number))) for number in (_FIRST, _LAST))
    return " ".join(filter(None, parts)) or text_of(row.get(str(_LABEL)))
