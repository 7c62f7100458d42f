"""Where an instance's history comes from."""

import logging
from dataclasses import dataclass, field
from typing import Literal

from connectors.servicenow.api import Query, TableApi, is_no_table
from connectors.servicenow.tables import Tables
from itsm.errors import FatalSourceError, ForbiddenError
from itsm.states import RecordKind

LOGGER = logging.getLogger(__name__)

Told = Literal["audit", "metric", "differences"]


@dataclass(slots=True)
class HistorySource:
    """Finds out once where history can be read."""

    api: TableApi
    tables: Tables
    _told: Told | None = field(default=None, init=False)

    @property
    def known(self) -> Told | None:
        """Where it is read, if that is set or has been found out."""
        chosen = self.api.config.history
        return self._told if chosen == "auto" else chosen

    def mode(self) -> Told:
        """Where it is read; the instance is asked the first time.

        Raises:
            SourceError: the instance cannot be asked.
        """
        if self.known is not None:
            return self.known
        self._told = self._found()
        LOGGER.info("%s: history is read from %s", self.api.name, self._told)
        return self._told

    def _found(self) -> Told:
        audit = self.tables.kinds.get(RecordKind.HISTORY)
        if audit is None:
            return "differences"
        if self._has_rows(Query(audit.table, audit.filter)):
            return "audit"
        metric = self.tables.metric
        return "metric" if self._has_rows(Query(metric.table, metric.filter)) else "differences"

    def _has_rows(self, query: Query) -> bool:
        try:
            return bool(self.api.whole(query, 1, counts=False).rows)
        except ForbiddenError:
            return False
        except FatalSourceError as error:
            if is_no_table(error):
                return False
            raise
