"""Accounts of the review pages in the database."""

import json
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection, Row

from itsm.access import AppRole
from itsm.accounts import Account, AccountOrigin
from itsm.errors import AccessError, StaleDecisionError
from itsm.journal import JournalKind, JournalNote
from store.access_tables import ACCESS_SECRETS, ACCOUNTS, API_TOKENS, LOGIN_SESSIONS
from store.bulk import insert_new, upsert
from store.journal import Journal

_A = ACCOUNTS.c
_LISTS = ("roles", "services", "source_groups")


class Accounts:
    """Who may use the review pages; what they may do is told in the journal, too."""

    def __init__(self, connection: Connection, journal: Journal) -> None:
        self._connection = connection
        self._journal = journal

    def list(self) -> tuple[Account, ...]:
        """All accounts, by name."""
        rows = self._connection.execute(sa.select(ACCOUNTS).order_by(_A.name))
        return tuple(map(account_of, rows))

    def get(self, name: str) -> Account:
        """An account by its short name.

        Raises:
            AccessError: there is none.
        """
        found = self.find(name)
        if found is None:
            raise AccessError(f"there is no account {name!r}; `csi users list` shows all")
        return found

    def find(self, name: str) -> Account | None:
        """An account by its short name; None where there is none."""
        return self._one(_A.name == name)

    def of_subject(self, issuer: str, subject: str) -> Account | None:
        """The account of a person as the provider knows them."""
        return self._one(sa.and_(_A.issuer == issuer, _A.subject == subject))

    def add(self, account: Account, by: str) -> None:
        """Keep a new account.

        Args:
            account: with a name that nobody has.
            by: the short name of who adds it, "" for the pipeline.

        Raises:
            AccessError: the name is taken.
        """
        if self.find(account.name) is not None:
            raise AccessError(f"there is an account {account.name!r} already; choose another name")
        upsert(self._connection, ACCOUNTS, [_row(account)])
        self._tell(account, by, "created", account.created_at)

    def put(self, account: Account, by: str, *, seen: int, at: datetime) -> Account:
        """Change an account.

        Args:
            account: as it is to be.
            by: the short name of who changes it, "" for the pipeline.
            seen: the version that was looked at.
            at: when.

        Raises:
            StaleDecisionError: somebody has changed it since it was looked at.
            AccessError: nobody would be left who can let people in.
        """
        before = self.get(account.name)
        if before.version != seen:
            raise StaleDecisionError(
                f"account {account.name}: somebody has changed it since you opened it (version "
                f"{before.version}, you saw {seen}); look at it again"
            )
        self._keep_an_administrator(before, account)
        kept = replace(account, version=seen + 1, changed_at=at)
        upsert(self._connection, ACCOUNTS, [_row(kept)])
        if what := _difference(before, kept):
            self._tell(kept, by, what, at)
        return kept

    def noted_login(self, account: Account, at: datetime) -> None:
        """Remember when a person logged in last."""
        change = sa.update(ACCOUNTS).where(_A.account_id == account.account_id)
        self._connection.execute(change.values(last_login_at=at))

    def erase(self, name: str) -> bool:
        """Take an account away with its sessions and tokens; whether there was one."""
        found = self.find(name)
        if found is None:
            return False
        for table in (LOGIN_SESSIONS, API_TOKENS, ACCOUNTS):
            here = table.c.account_id == found.account_id
            self._connection.execute(sa.delete(table).where(here))
        return True

    def erase_person(self, names: Sequence[str]) -> int:
        """Take the accounts of a person away, under any of their names; returns how many."""
        written = {name.casefold() for name in names}
        found = [one for one in self.list() if {one.name, one.display.casefold()} & written]
        return sum(self.erase(one.name) for one in found)

    def secret(self, name: str, drawn: str) -> str:
        """A secret that all processes share: the one drawn first."""
        insert_new(self._connection, ACCESS_SECRETS, [(name, drawn)])
        query = sa.select(ACCESS_SECRETS.c.secret).where(ACCESS_SECRETS.c.name == name)
        return str(self._connection.execute(query).scalar_one())

    def _one(self, which: sa.ColumnElement[bool]) -> Account | None:
        row = self._connection.execute(sa.select(ACCOUNTS).where(which)).first()
        return None if row is None else account_of(row)

    def _keep_an_administrator(self, before: Account, after: Account) -> None:
        if not before.administers or after.administers or before.origin is AccountOrigin.OIDC:
            return  # who administers by a group can be replaced by the group
        others = [one for one in self.list() if one.account_id != before.account_id]
        if not any(one.administers for one in others):
            raise AccessError(
                f"{before.name} is the only administrator; make somebody else one first, or "
                "nobody can let people in"
            )

    def _tell(self, account: Account, by: str, what: str, at: datetime) -> None:
        """A row in the journal: what became of an account; the people are pseudonyms there."""
        self._journal.append(
            JournalNote(
                kind=JournalKind.ROLE,
                subject="accounts",
                at=at,
                actor=by,
                role="administrator" if by else "",
                facts={
                    "what": what,
                    "roles": ",".join(sorted(account.roles)),
                    "services": ",".join(sorted(account.services)),
                    "origin": account.origin,
                },
                people={"account": account.name},
            )
        )


def _difference(before: Account, after: Account) -> str:
    """What of two states is worth a row in the journal, "" for nothing."""
    names = ("roles", "services", "team", "is_disabled")
    return ",".join(name for name in names if getattr(before, name) != getattr(after, name))


def account_of(row: Row[Any], prefix: str = "") -> Account:
    """An account from its row, whose columns have a prefix; further columns are passed over."""
    values: dict[str, Any] = {c.name: row._mapping[prefix + c.name] for c in ACCOUNTS.columns}
    lists: dict[str, Sequence[str]] = {name: json.loads(values[name]) for name in _LISTS}
    values |= {
        "origin": AccountOrigin(values["origin"]),
        "roles": frozenset(map(AppRole, lists["roles"])),
        "services": frozenset(lists["services"]),
        "source_groups": tuple(lists["source_groups"]),
    }
    flags = {name: bool(values[name]) for name in ("must_change", "is_disabled")}
    return Account(**values | flags)


def _row(account: Account) -> tuple[object, ...]:
    texts = {name: json.dumps(sorted(getattr(account, name))) for name in _LISTS}
    names = ACCOUNTS.columns.keys()
    return tuple(texts.get(name, getattr(account, name)) for name in names)
