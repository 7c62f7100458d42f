"""Who is logged in, and the brakes on guessing passwords; shared by all processes."""

from collections.abc import Collection
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from itsm.access import Braking
from itsm.accounts import LoginSession
from store.access_tables import LOGIN_BRAKES, LOGIN_SESSIONS
from store.bulk import in_order_of_keys, insert_new, upsert

_S = LOGIN_SESSIONS.c
_B = LOGIN_BRAKES.c


class LoginSessions:
    """The sessions of browsers that have logged in."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def start(self, session: LoginSession) -> None:
        """Keep a new session."""
        names = LOGIN_SESSIONS.columns.keys()
        upsert(self._connection, LOGIN_SESSIONS, [tuple(getattr(session, n) for n in names)])

    def seen(self, session_hash: str, at: datetime) -> None:
        """Remember that a session was used."""
        here = _S.session_hash == session_hash
        self._connection.execute(sa.update(LOGIN_SESSIONS).where(here).values(seen_at=at))

    def end(self, session_hash: str) -> bool:
        """End a session; whether there was one."""
        query = sa.delete(LOGIN_SESSIONS).where(_S.session_hash == session_hash)
        return self._connection.execute(query).rowcount > 0

    def end_all(self, account_id: str, *, but: str = "") -> int:
        """End all sessions of an account, but for one; returns how many."""
        query = sa.delete(LOGIN_SESSIONS).where(_S.account_id == account_id, _S.session_hash != but)
        return self._connection.execute(query).rowcount

    def count(self, account_id: str) -> int:
        """How many sessions an account has."""
        query = sa.select(sa.func.count()).where(_S.account_id == account_id)
        return int(self._connection.execute(query).scalar_one())

    def forget(self, *, seen_before: datetime, made_before: datetime) -> int:
        """Take away what has run out; returns how many."""
        out = sa.or_(_S.seen_at < seen_before, _S.created_at < made_before)
        return self._connection.execute(sa.delete(LOGIN_SESSIONS).where(out)).rowcount


class LoginBrakes:
    """How often it was tried in vain, by name and by address, under hashes of them."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def try_once(self, brakes: Collection[tuple[str, Braking]], now: datetime) -> float:
        """Count an attempt before its password is looked at, unless it has to wait.

        Counted first, so that many attempts at once do not slip through together.

        Args:
            brakes: the brakes that it goes past, each with its rule.
            now: when.

        Returns:
            How many seconds to wait; 0 where it was counted and may go on.
        """
        fresh = [(brake, 0, now) for brake, _ in brakes]
        insert_new(self._connection, LOGIN_BRAKES, fresh)
        found = {row[0]: self._locked(row[0]) for row in in_order_of_keys(LOGIN_BRAKES, fresh)}
        waits = [rule.wait_s(*found[brake], now) for brake, rule in brakes]
        if max(waits, default=0.0) > 0:
            return max(waits)
        rows = [(brake, rule.remembered(*found[brake], now) + 1, now) for brake, rule in brakes]
        upsert(self._connection, LOGIN_BRAKES, rows)
        return 0.0

    def release(self, brakes: Collection[str], whole: Collection[str]) -> None:
        """Take an attempt back that was right: of some brakes one attempt, of others all."""
        one_less = sa.update(LOGIN_BRAKES).where(_B.brake.in_(brakes), _B.n_failed > 0)
        self._connection.execute(one_less.values(n_failed=_B.n_failed - 1))
        self._connection.execute(sa.delete(LOGIN_BRAKES).where(_B.brake.in_(whole)))

    def forget(self, *, before: datetime) -> None:
        """Take away what is so old that it brakes nothing any more."""
        self._connection.execute(sa.delete(LOGIN_BRAKES).where(_B.failed_at < before))

    def _locked(self, brake: str) -> tuple[int, datetime]:
        query = sa.select(_B.n_failed, _B.failed_at).where(_B.brake == brake).with_for_update()
        row = self._connection.execute(query).one()
        return int(row.n_failed), row.failed_at
