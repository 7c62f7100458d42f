"""The table of the digests of portions of records, and the triggers that let go of them."""

from typing import Any

import sqlalchemy as sa
from sqlalchemy import event
from sqlalchemy.types import TypeEngine

from itsm.states import RecordKind
from store.columns import TEXT
from store.tables import CANONICAL, METADATA


def _kept(name: str, of: TypeEngine[Any], *, key: bool = False) -> sa.Column[Any]:
    return sa.Column(name, of, primary_key=key, nullable=False, info={"volatile": True})


PORTION_DIGESTS = sa.Table(
    "portion_digests",
    METADATA,
    _kept("kind", TEXT, key=True),
    _kept("begins", sa.BigInteger(), key=True),
    _kept("size", sa.BigInteger()),
    _kept("mark", TEXT),
    _kept("digests", TEXT),
    sqlite_with_rowid=False,
)
"""See `store.portion_digests`; all of it differs between databases with the same records."""


_FORGET = (
    "DELETE FROM portion_digests WHERE kind = '{kind}' AND begins + size > OLD.rowid AND begins = "
    "(SELECT max(begins) FROM portion_digests WHERE kind = '{kind}' AND begins <= OLD.rowid);"
)
_BEHIND = (
    "DELETE FROM portion_digests WHERE kind = '{kind}' "
    "AND begins + size > coalesce((SELECT max(rowid) FROM {table}), 0);"
)
_WAS_LAST = "OLD.rowid > coalesce((SELECT max(rowid) FROM {table}), 0)"
_TRIGGERS = {
    "{table}_changed": f"AFTER UPDATE ON {{table}} BEGIN {_FORGET} END",
    "{table}_deleted": f"AFTER DELETE ON {{table}} BEGIN {_FORGET} END",
    "{table}_shortened": f"AFTER DELETE ON {{table}} WHEN {_WAS_LAST} BEGIN {_BEHIND} END",
}


def triggers(kind: RecordKind) -> dict[str, str]:
    """What SQLite does by itself when a record of a kind is written, by the names of the triggers.

    The digest of the portion that a record lies in goes when it is changed or deleted. A new record
    lies behind all others, where no digest is: so nothing is to be done for it, unless the last one
    was deleted, and the next takes its place.
    """
    names = {"kind": kind.value, "table": CANONICAL[kind].name}
    return {
        name.format(**names): f"CREATE TRIGGER {name} {does}".format(**names)
        for name, does in _TRIGGERS.items()
    }


for _kind, _table in CANONICAL.items():
    for _sql in triggers(_kind).values():
        _does: sa.DDL = sa.DDL(_sql)  # type: ignore[no-untyped-call]  # of the library
        event.listen(_table, "after_create", _does.execute_if(dialect="sqlite"))
