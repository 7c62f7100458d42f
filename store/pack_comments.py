"""Signed remarks of owners on sections of a pack."""

from dataclasses import replace
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from itsm.codec import to_bytes
from itsm.errors import NotThereError, TransitionError
from itsm.journal import JournalKind, JournalNote
from itsm.packs import SectionComment
from store.bulk import upsert
from store.journal import Journal
from store.pack_tables import SECTION_COMMENTS

_C = SECTION_COMMENTS.c


class SectionComments:
    """Remarks on sections; one that was withdrawn stays, and no newer version shows it."""

    def __init__(self, connection: Connection, journal: Journal) -> None:
        self._connection = connection
        self._journal = journal

    def add(self, comment: SectionComment) -> SectionComment:
        """Keep a remark; its id is given here.

        Raises:
            TransitionError: it says nothing.
        """
        if not comment.text.strip():
            raise TransitionError("a remark without words is none; say what readers should know")
        self._journal.lock()
        n = self._connection.execute(sa.select(sa.func.count()).select_from(SECTION_COMMENTS))
        kept = replace(comment, comment_id=f"R{(n.scalar() or 0) + 1}")
        self._write(kept)
        return kept

    def withdraw(self, comment_id: str, actor: str, at: datetime) -> SectionComment:
        """Take a remark back.

        Raises:
            NotThereError: there is none, or it was taken back.
        """
        row = self._connection.execute(
            sa.select(SECTION_COMMENTS).where(_C.comment_id == comment_id)
        ).first()
        if row is None or row.withdrawn_at is not None:
            raise NotThereError(f"there is no remark {comment_id!r} that could be taken back")
        kept = SectionComment(**{**row._mapping, "withdrawn_at": at})
        self._write(kept, actor)
        return kept

    def list(
        self, week: str | None = None, *, all_of_them: bool = False
    ) -> tuple[SectionComment, ...]:
        """The remarks that hold, oldest first; those of a week, or with those withdrawn."""
        query = sa.select(SECTION_COMMENTS).order_by(_C.at, _C.comment_id)
        if week is not None:
            query = query.where(_C.week == week)
        if not all_of_them:
            query = query.where(_C.withdrawn_at.is_(None))
        return tuple(SectionComment(**row._mapping) for row in self._connection.execute(query))

    def of_pack(
        self, week: str, edition: str, *, leaves_house: bool = False
    ) -> tuple[SectionComment, ...]:
        """The remarks that a pack shows, oldest first.

        Args:
            week: the label of its period.
            edition: what it is kept under.
            leaves_house: it is for a vendor; only remarks made for it are shown there.
        """
        meant = {edition} if leaves_house else {edition, ""}
        return tuple(one for one in self.list(week) if one.edition in meant)

    def _write(self, comment: SectionComment, actor: str | None = None) -> None:
        row = tuple(getattr(comment, column.name) for column in SECTION_COMMENTS.columns)
        upsert(self._connection, SECTION_COMMENTS, [row])
        facts = {
            "comment": comment.comment_id,
            "edition": comment.edition,
            "section": comment.section,
            "said": "withdrawn" if comment.withdrawn_at else "signed",
        }
        self._journal.append(
            JournalNote(
                kind=JournalKind.COMMENT,
                subject=comment.week,
                actor=comment.actor if actor is None else actor,
                role="owner",
                at=comment.withdrawn_at or comment.at,
                facts=facts,
                content=to_bytes(comment),
            )
        )
