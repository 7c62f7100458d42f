"""The weekly review in the database: decisions and actions, each with its row in the journal."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from itsm.codec import to_bytes
from itsm.errors import NotThereError, StaleDecisionError
from itsm.journal import JournalKind, JournalNote
from itsm.meetings import ActionStatus, MeetingAction, MeetingDecision
from store.bulk import upsert
from store.journal import Journal
from store.meeting_tables import MEETING_ACTIONS, MEETING_DECISIONS


class Meetings:
    """What weekly reviews decided, and the actions they gave."""

    def __init__(self, connection: Connection, journal: Journal) -> None:
        self._connection = connection
        self._journal = journal

    def decide(self, decision: MeetingDecision, role: str = "") -> MeetingDecision:
        """Keep a decision under the next id."""
        kept = replace(decision, decision_id=self._next("D", MEETING_DECISIONS, "decision_id"))
        upsert(self._connection, MEETING_DECISIONS, [_row(kept, MEETING_DECISIONS)])
        facts = {"decision": kept.decision_id, "section": kept.section, "about": kept.about}
        self._tell(kept, kept.week, kept.decided_by, kept.decided_at, facts, role=role)
        return kept

    def add(self, action: MeetingAction, role: str = "") -> MeetingAction:
        """Keep an action under the next id."""
        name = self._next("A", MEETING_ACTIONS, "action_id")
        kept = replace(action, action_id=name, version=1)
        upsert(self._connection, MEETING_ACTIONS, [_row(kept, MEETING_ACTIONS)])
        facts = {"action": name, "section": kept.section, "about": kept.about} | _due(kept)
        self._tell(kept, kept.week, kept.raised_by, kept.raised_at, facts, role=role)
        return kept

    def put(
        self,
        action: MeetingAction,
        *,
        seen: int,
        actor: str,
        at: datetime,
        reason: str = "",
        role: str = "",
    ) -> MeetingAction:
        """Keep an action as it is now.

        Raises:
            StaleDecisionError: somebody has changed it since it was looked at.
            NotThereError: there is no such action.
        """
        before = self.action(action.action_id)
        if before.version != seen:
            raise StaleDecisionError(
                f"{action.action_id} was changed in the meantime (version {before.version}, you "
                f"saw {seen}): it is {before.status}; look at it again"
            )
        kept = replace(action, version=seen + 1)
        upsert(self._connection, MEETING_ACTIONS, [_row(kept, MEETING_ACTIONS)])
        facts = {"action": kept.action_id, "from": before.status.value, "to": kept.status.value}
        self._tell(kept, kept.week, actor, at, facts | _due(kept), role=role, reason=reason)
        return kept

    def action(self, action_id: str) -> MeetingAction:
        """An action.

        Raises:
            NotThereError: there is none.
        """
        for one in self.actions():
            if one.action_id == action_id:
                return one
        raise NotThereError(f"there is no action {action_id!r}; the review of its week lists all")

    def actions(self, week: str | None = None) -> tuple[MeetingAction, ...]:
        """All actions, or those of a week, in the order they were given."""
        query = sa.select(MEETING_ACTIONS)
        if week is not None:
            query = query.where(MEETING_ACTIONS.c.week == week)
        found = [
            MeetingAction(**{**row._mapping, "status": ActionStatus(row.status)})
            for row in self._connection.execute(query)
        ]
        return tuple(sorted(found, key=lambda one: int(one.action_id[1:])))

    def decisions(self, week: str | None = None) -> tuple[MeetingDecision, ...]:
        """All decisions, or those of a week, in the order they were taken."""
        query = sa.select(MEETING_DECISIONS)
        if week is not None:
            query = query.where(MEETING_DECISIONS.c.week == week)
        found = [MeetingDecision(**row._mapping) for row in self._connection.execute(query)]
        return tuple(sorted(found, key=lambda one: int(one.decision_id[1:])))

    def _next(self, letter: str, table: sa.Table, key: str) -> str:
        taken = self._connection.execute(sa.select(table.c[key])).scalars()
        return f"{letter}{max((int(one[1:]) for one in taken), default=0) + 1}"

    def _tell(
        self,
        kept: MeetingAction | MeetingDecision,
        week: str,
        actor: str,
        at: datetime,
        facts: Mapping[str, str],
        *,
        role: str,
        reason: str = "",
    ) -> None:
        """The row of the journal; people become pseudonyms, and texts can be erased."""
        people = {"owner": kept.owner} if isinstance(kept, MeetingAction) else {}
        self._journal.append(
            JournalNote(
                kind=JournalKind.MEETING,
                subject=week,
                at=at,
                actor=actor,
                role=role,
                facts=facts,
                people=people,
                reason=reason or kept.text,
                content=to_bytes(kept),
            )
        )


def _row(kept: object, table: sa.Table) -> tuple[Any, ...]:
    return tuple(getattr(kept, column.name) for column in table.columns)


def _due(action: MeetingAction) -> dict[str, str]:
    return {"due": action.due_on.isoformat()}
