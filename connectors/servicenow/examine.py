"""Whether an instance can be read, before anything is pulled."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from connectors.core.source import Finding, Level
from connectors.servicenow.api import TableApi
from connectors.servicenow.history import HistorySource
from connectors.servicenow.reading import TableReader
from connectors.servicenow.tables import Tables
from itsm.errors import SourceError
from itsm.states import RecordKind


@dataclass(slots=True)
class Examination:
    """Looks at one instance; asks only."""

    api: TableApi
    tables: Tables
    history: HistorySource
    reader: Callable[[RecordKind], TableReader | None]

    def findings(self) -> Iterator[Finding]:
        """What was found, in the order it was looked at."""
        for kind in self.tables.kinds:
            yield self._permission(kind)

    def _permission(self, kind: RecordKind) -> Finding:
        try:
            reader = self.reader(kind)
            n = reader.count(None) if reader else None
        except SourceError as error:
            return Finding(
                check="permission", level=Level.FAILURE, subject=kind, said=error.message
            )
        return Finding(check="permission", level=Level.OK, subject=kind, said=f"{n} rows")
