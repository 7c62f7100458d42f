"""The views for dashboards as an upgrade sees them: dropped before tables change beneath them."""

import sqlalchemy as sa
from sqlalchemy.engine import Connection

PREFIX = "bi_"
"""What the names of all views for dashboards begin with, and of the table they use."""


def drop_views(connection: Connection) -> tuple[str, ...]:
    """Drop the views for dashboards, and their table; returns the names of the views."""
    inspector = sa.inspect(connection)
    views = tuple(name for name in inspector.get_view_names() if name.startswith(PREFIX))
    for name in views:
        connection.exec_driver_sql(f'DROP VIEW "{name}"')
    for name in inspector.get_table_names():
        if name.startswith(PREFIX):
            connection.exec_driver_sql(f'DROP TABLE "{name}"')
    return views
