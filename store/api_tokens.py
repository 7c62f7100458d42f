"""Tokens of the API, and the notes on access, in the database."""

import json
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection, Row

from itsm.access import AppRole
from itsm.accounts import AccessEvent, AccessEventKind, ApiToken
from itsm.errors import AccessError
from store.access_tables import ACCESS_EVENTS, API_TOKENS
from store.bulk import upsert

_T = API_TOKENS.c
_E = ACCESS_EVENTS.c


class ApiTokens:
    """Tokens of the API."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def add(self, token: ApiToken) -> None:
        """Keep a new token."""
        names = API_TOKENS.columns.keys()
        roles = {"roles": json.dumps(sorted(token.roles))}
        row = tuple(roles.get(name, getattr(token, name)) for name in names)
        upsert(self._connection, API_TOKENS, [row])

    def of(self, account_id: str) -> tuple[ApiToken, ...]:
        """The tokens of an account, the newest first."""
        query = sa.select(API_TOKENS).where(_T.account_id == account_id)
        rows = self._connection.execute(query.order_by(_T.created_at.desc(), _T.token_id))
        return tuple(map(token_of, rows))

    def revoke(self, token_id: str, account_id: str, at: datetime) -> None:
        """Make a token open nothing any more.

        Raises:
            AccessError: the account has no such token.
        """
        change = sa.update(API_TOKENS).where(
            _T.token_id == token_id, _T.account_id == account_id, _T.revoked_at.is_(None)
        )
        if not self._connection.execute(change.values(revoked_at=at)).rowcount:
            raise AccessError("there is no such token, or it was revoked before; look at the list")

    def revoke_all(self, account_id: str, at: datetime) -> int:
        """Make all tokens of an account open nothing any more; returns how many."""
        change = sa.update(API_TOKENS).where(_T.account_id == account_id, _T.revoked_at.is_(None))
        return self._connection.execute(change.values(revoked_at=at)).rowcount

    def used(self, token_id: str, at: datetime) -> None:
        """Remember that a token was used."""
        change = sa.update(API_TOKENS).where(_T.token_id == token_id)
        self._connection.execute(change.values(used_at=at))


class AccessEvents:
    """What was noted about access; appended, never changed."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def append(self, event: AccessEvent) -> None:
        """Note something."""
        names = ACCESS_EVENTS.columns.keys()
        upsert(self._connection, ACCESS_EVENTS, [tuple(getattr(event, n) for n in names)])

    def newest(self, n: int) -> tuple[AccessEvent, ...]:
        """The newest notes first."""
        query = sa.select(ACCESS_EVENTS).order_by(_E.at.desc(), _E.event_id).limit(n)
        return tuple(map(_event, self._connection.execute(query)))

    def of(self, account_id: str) -> tuple[AccessEvent, ...]:
        """All notes on an account, oldest first."""
        query = sa.select(ACCESS_EVENTS).where(_E.account_id == account_id)
        rows = self._connection.execute(query.order_by(_E.at, _E.event_id))
        return tuple(map(_event, rows))

    def forget(self, *, before: datetime) -> int:
        """Take old notes away; returns how many."""
        query = sa.delete(ACCESS_EVENTS).where(_E.at < before)
        return self._connection.execute(query).rowcount


def token_of(row: Row[Any]) -> ApiToken:
    """A token from its row; further columns are passed over."""
    values: dict[str, Any] = {c.name: row._mapping[c.name] for c in API_TOKENS.columns}
    return ApiToken(**values | {"roles": frozenset(map(AppRole, json.loads(values["roles"])))})


def _event(row: Row[Any]) -> AccessEvent:
    values: dict[str, Any] = dict(row._mapping)
    return AccessEvent(**values | {"kind": AccessEventKind(values["kind"])})
