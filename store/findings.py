"""Findings of audits in the database, each change with its row in the journal."""

from dataclasses import replace

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from itsm.codec import to_bytes
from itsm.errors import NotThereError
from itsm.findings import Finding
from itsm.journal import JournalNote
from store.bulk import upsert
from store.journal import Journal
from store.journal_tables import AUDIT_FINDINGS


class Findings:
    """What audits found."""

    def __init__(self, connection: Connection, journal: Journal) -> None:
        self._connection = connection
        self._journal = journal

    def add(self, finding: Finding, told: JournalNote) -> Finding:
        """Keep a finding under the next id."""
        taken = [int(one.finding_id.removeprefix("F")) for one in self.list()]
        kept = replace(finding, finding_id=f"F{max(taken, default=0) + 1}")
        self.put(kept, told)
        return kept

    def put(self, finding: Finding, told: JournalNote) -> None:
        """Keep a finding as it is now."""
        names = AUDIT_FINDINGS.columns.keys()
        upsert(self._connection, AUDIT_FINDINGS, [tuple(getattr(finding, n) for n in names)])
        facts = {**told.facts, "finding": finding.finding_id, "due": finding.due_on.isoformat()}
        people = {"owner": finding.owner}
        self._journal.append(replace(told, facts=facts, people=people, content=to_bytes(finding)))

    def get(self, finding_id: str) -> Finding:
        """A finding.

        Raises:
            NotThereError: there is none of that id.
        """
        for one in self.list():
            if one.finding_id == finding_id:
                return one
        raise NotThereError(f"there is no finding {finding_id!r}; `csi audit findings` shows all")

    def list(self) -> tuple[Finding, ...]:
        """All findings, in the order they were raised."""
        rows = self._connection.execute(sa.select(AUDIT_FINDINGS))
        found = [Finding(**row._mapping) for row in rows]
        return tuple(sorted(found, key=lambda one: int(one.finding_id.removeprefix("F"))))
