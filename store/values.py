"""Values as the drivers take and give them, a column at a time."""

from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from types import NoneType
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Dialect

from store.columns import EPOCH, MICROSECOND, Instant, aware

POSTGRESQL_EPOCH = datetime(2000, 1, 1, tzinfo=UTC)
MAX_SHARED = 10_000
"""Up to so many different texts of a column are kept once each when reading, to save memory."""

_PLAIN_TYPES = frozenset({str, NoneType})


def all_storable(texts: Sequence[str]) -> Sequence[str]:
    """Texts as both databases can keep them; the same sequence if all of them are."""
    together = "".join(texts)
    if "\0" not in together and _is_encodable(together):
        return texts
    return list(map(storable, texts))


def storable(text: str) -> str:
    """A text as both databases can keep it: without NUL and lone surrogates."""
    if text.isascii() and "\0" not in text:
        return text
    return text.replace("\0", "\N{REPLACEMENT CHARACTER}").encode(errors="replace").decode()


def to_driver(dialect: str, column: sa.Column[Any], values: Sequence[Any]) -> Sequence[object]:
    """The values of a column as the driver of a database takes them with a statement."""
    if isinstance(column.type, sa.Text):
        return _texts(values)
    if values.count(None) == len(values):
        return values
    if isinstance(column.type, sa.Date) and dialect == "sqlite":
        return [None if value is None else value.isoformat() for value in values]
    if isinstance(column.type, Instant):
        return _microseconds(values, EPOCH) if dialect == "sqlite" else _aware(values)
    return values


def to_copy(column: sa.Column[Any], values: Sequence[Any]) -> Sequence[object]:
    """The values of a column as PostgreSQL takes them with COPY: times as microseconds since 2000.

    That is the very form in which it keeps and sends times, and takes a third of the work.
    """
    if isinstance(column.type, Instant) and values.count(None) < len(values):
        return _microseconds(_aware(values), POSTGRESQL_EPOCH)
    return to_driver("postgresql", column, values)


def from_driver(
    dialect: Dialect, column: sa.Column[Any], values: Sequence[Any], shared: dict[object, object]
) -> Iterable[object]:
    """The values of a column as the program sees them; `shared` are texts seen before."""
    if isinstance(column.type, sa.Text):
        return map(shared.setdefault, values, values) if len(shared) < MAX_SHARED else values
    if dialect.name != "sqlite":
        return values
    if isinstance(column.type, Instant):
        return [None if value is None else EPOCH + value * MICROSECOND for value in values]
    if isinstance(column.type, sa.Boolean):
        return [None if value is None else value == 1 for value in values]
    return values


def as_given(dialect: Dialect, column: sa.Column[Any]) -> sa.ColumnElement[Any]:
    """A column as the driver gives it; times as whole microseconds since 1970."""
    if dialect.name == "sqlite" or not isinstance(column.type, Instant):
        return sa.type_coerce(column, sa.types.NullType()).label(column.name)
    since = sa.extract("epoch", column) * sa.literal_column("1000000")
    return sa.cast(since, sa.BigInteger()).label(column.name)


def _texts(values: Sequence[object]) -> Sequence[object]:
    """Plain texts; an enum by its value."""
    if not _PLAIN_TYPES.issuperset(map(type, values)):
        values = [value if type(value) is str or value is None else str(value) for value in values]
    together = "".join(filter(None, values))  # type: ignore[arg-type]  # texts only, by now
    if "\0" not in together and _is_encodable(together):
        return values
    return [None if value is None else storable(str(value)) for value in values]


def _is_encodable(text: str) -> bool:
    if text.isascii():
        return True
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True


def _microseconds(values: Sequence[datetime | None], epoch: datetime) -> list[int | None]:
    """Whole microseconds since a moment; as `columns.microseconds`, and faster."""
    since = [None if value is None else value - epoch for value in values]
    return [
        None if one is None else (one.days * 86_400 + one.seconds) * 1_000_000 + one.microseconds
        for one in since
    ]


def _aware(values: Sequence[datetime | None]) -> list[datetime | None]:
    return [None if value is None else aware(value) for value in values]
