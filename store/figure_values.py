"""The figures of each week as values, as the newest pack of the week tells them."""

from collections.abc import Mapping, Sequence

import orjson
import sqlalchemy as sa
from sqlalchemy.engine import Connection

from itsm.figures import Figure, FigureResult
from store.bulk import upsert
from store.tables import METADATA, text

FIGURE_VALUES = sa.Table(
    "figure_values",
    METADATA,
    text("week", key=True),
    text("figure_id", key=True),
    text("slice", key=True),
    sa.Column("version", sa.BigInteger(), nullable=False),
    text("unit"),
    sa.Column("value", sa.Double()),
    sa.Column("n", sa.BigInteger()),
    sa.Column("numerator", sa.Double()),
    sa.Column("low", sa.Double()),
    sa.Column("high", sa.Double()),
    text("companions"),
    text("exactness", optional=True),
    text("verdict", optional=True),
    text("reason", optional=True),
)
"""`slice` and `companions` are JSON objects with their keys in order; `reason` is why there is no
value."""


NAMES_PEOPLE = frozenset({"owner", "theme"})
"""A value cut by these names persons, or words that people wrote: it is in the pack alone."""


class FigureValues:
    """The figures of each week."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def save(self, week: str, figures: Sequence[FigureResult]) -> None:
        """Keep the figures of a week; they replace all that are kept of it."""
        table = FIGURE_VALUES
        self._connection.execute(sa.delete(table).where(table.c.week == week))
        told = [figure for figure in figures if not NAMES_PEOPLE & figure.dimensions.keys()]
        upsert(self._connection, table, [_row(week, figure) for figure in told])

    def weeks(self) -> tuple[str, ...]:
        """The weeks that figures are kept of, oldest first."""
        query = sa.select(FIGURE_VALUES.c.week).distinct().order_by(FIGURE_VALUES.c.week)
        return tuple(self._connection.execute(query).scalars())


def _row(week: str, figure: FigureResult) -> tuple[object, ...]:
    """A figure as a row, in the order of the columns."""
    dimensions = _json(figure.dimensions)
    head = (week, figure.figure_id, dimensions, figure.version, figure.unit.value)
    if not isinstance(figure, Figure):
        return (*head, None, None, None, None, None, "{}", None, None, figure.reason)
    low, high = figure.interval or (None, None)
    verdict = figure.signal.verdict.value if figure.signal else None
    numbers = (_number(figure.value), int(figure.n), *map(_number, (figure.numerator, low, high)))
    companions = {name: float(value) for name, value in figure.companions.items()}
    return (*head, *numbers, _json(companions), figure.exactness.value, verdict, None)


def _number(value: float | None) -> float | None:
    """A number as drivers take it: what computes figures has types of its own."""
    return None if value is None else float(value)


def _json(value: Mapping[str, object]) -> str:
    return orjson.dumps(dict(value), option=orjson.OPT_SORT_KEYS).decode()
