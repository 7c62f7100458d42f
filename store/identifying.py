"""Who a session or a token belongs to: asked with every request, so one look by key each."""

from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Engine, Row

from itsm.accounts import Account, AccountOrigin, ApiToken, LoginSession
from store.access_tables import ACCOUNTS, API_TOKENS, LOGIN_SESSIONS
from store.accounts import account_of
from store.api_tokens import token_of
from store.engine import store_errors
from store.unit_of_work import Store


class Identifying:
    """Reads for whoever asks who is asking, each in a transaction of its own."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    @classmethod
    def of(cls, store: Store) -> "Identifying":
        """The reads of a store."""
        return cls(store.queries.engine)

    def session(self, session_hash: str) -> tuple[LoginSession, Account] | None:
        """A session with its account; None where it has ended."""
        row = self._joined(LOGIN_SESSIONS, LOGIN_SESSIONS.c.session_hash == session_hash)
        if row is None:
            return None
        names = LOGIN_SESSIONS.columns.keys()
        values: dict[str, Any] = {name: row._mapping[name] for name in names}
        return LoginSession(**values), _account(row)

    def token(self, token_hash: str) -> tuple[ApiToken, Account] | None:
        """A token with its account; None where there is none."""
        row = self._joined(API_TOKENS, API_TOKENS.c.token_hash == token_hash)
        return None if row is None else (token_of(row), _account(row))

    def is_claimed(self) -> bool:
        """Whether anybody has an account of their own: beyond the first, untouched one."""
        account = ACCOUNTS.c
        is_own = sa.or_(
            account.last_login_at.is_not(None),
            account.must_change.is_(False),
            account.origin != AccountOrigin.LOCAL.value,
        )
        query = sa.select(sa.exists().where(is_own))
        with store_errors(self._engine), self._engine.connect() as connection:
            n = connection.execute(sa.select(sa.func.count()).select_from(ACCOUNTS)).scalar_one()
            return n > 1 or bool(connection.execute(query).scalar())

    def _joined(self, table: sa.Table, which: sa.ColumnElement[bool]) -> Row[Any] | None:
        """A row with that of its account, whose columns begin with `of_`."""
        theirs = [column.label(f"of_{column.name}") for column in ACCOUNTS.c]
        joined = table.join(ACCOUNTS, ACCOUNTS.c.account_id == table.c.account_id)
        query = sa.select(*table.c, *theirs).select_from(joined).where(which)
        with store_errors(self._engine), self._engine.connect() as connection:
            return connection.execute(query).first()


def _account(row: Row[Any]) -> Account:
    return account_of(row, prefix="of_")
