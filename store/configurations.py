"""Configurations that runs were made with, by their digest; secrets are never among them."""

from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from itsm.journal import JournalKind, JournalNote
from store.bulk import insert_new
from store.columns import TEXT, Instant
from store.journal import Journal
from store.tables import METADATA

CONFIGURATIONS = sa.Table(
    "configurations",
    METADATA,
    sa.Column("digest", TEXT, primary_key=True, info={"volatile": True}),
    sa.Column("settings", TEXT, nullable=False, info={"volatile": True}),
    sa.Column("versions", TEXT, nullable=False, info={"volatile": True}),
    sa.Column("seen_at", Instant(), nullable=False, info={"volatile": True}),
)
DIGEST = "configuration"
"""The fact of a journal row that names the configuration that was applied."""


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredConfiguration:
    """A configuration as runs were made with it.

    Attributes:
        digest: of the settings and versions.
        settings: the settings that bear on results, as JSON, without secrets.
        versions: of program, mining, formulas and mappings, as JSON.
        seen_at: when it was first used or applied.
    """

    digest: str
    settings: str
    versions: str
    seen_at: datetime


class Configurations:
    """The configurations that were used, and which of them was applied last, and by whom."""

    def __init__(self, connection: Connection, journal: Journal) -> None:
        self._connection = connection
        self._journal = journal

    def keep(self, one: StoredConfiguration) -> None:
        """Keep a configuration; one that is known stays as it is."""
        row = (one.digest, one.settings, one.versions, one.seen_at)
        insert_new(self._connection, CONFIGURATIONS, [row])

    def get(self, digest: str) -> StoredConfiguration | None:
        """A configuration by its digest."""
        query = sa.select(CONFIGURATIONS).where(CONFIGURATIONS.c.digest == digest)
        row = self._connection.execute(query).first()
        return None if row is None else StoredConfiguration(**row._mapping)

    def apply(self, one: StoredConfiguration, note: JournalNote) -> int:
        """Keep a configuration and journal that it holds from now on; the row of the journal."""
        self.keep(one)
        return self._journal.append(note)

    def applied(self) -> StoredConfiguration | None:
        """The configuration that was applied last; None where none ever was."""
        rows = self._journal.rows(kinds=(JournalKind.CONFIGURATION,))
        return self.get(rows[-1].facts[DIGEST]) if rows else None
