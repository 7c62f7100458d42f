"""The access review: who may do what, by whose word, and what was changed, as CSV and JSON."""

import csv
import io
import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import datetime

from itsm.accounts import AccessEvent, AccessEventKind, Account
from store.unit_of_work import Store

CHANGES = frozenset(
    {
        AccessEventKind.CREATED,
        AccessEventKind.CHANGED,
        AccessEventKind.DISABLED,
        AccessEventKind.ENABLED,
        AccessEventKind.RESET,
        AccessEventKind.TOKEN_MADE,
        AccessEventKind.TOKEN_REVOKED,
    }
)
FORMULA = ("=", "+", "-", "@", "\t", "\r")
"""How a cell begins that a spreadsheet would run."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Reviewed:
    """An account as the access review has it."""

    name: str
    display: str
    origin: str
    source_groups: str
    roles: str
    services: str
    team: str
    state: str
    created_at: str
    last_login_at: str
    sessions: int
    tokens: int
    failed_logins: int
    changes: tuple[str, ...]


def access_review(store: Store, now: datetime) -> tuple[Reviewed, ...]:
    """Every account, by name, with what was changed about it."""
    with store.look() as uow:
        accounts = uow.accounts.list()
        names = {one.account_id: one.name for one in accounts}
        return tuple(
            _reviewed(
                one,
                events=uow.access_events.of(one.account_id),
                n_sessions=uow.sessions.count(one.account_id),
                n_tokens=sum(t.is_valid(now) for t in uow.tokens.of(one.account_id)),
                names=names,
            )
            for one in accounts
        )


def as_csv(rows: Sequence[Reviewed]) -> str:
    """The review as a table; cells that a spreadsheet would run begin with an apostrophe."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\r\n")
    writer.writerow(Reviewed.__dataclass_fields__)
    for row in rows:
        cells = asdict(row) | {"changes": "; ".join(row.changes)}
        writer.writerow([_cell(value) for value in cells.values()])
    return out.getvalue()


def as_json(rows: Sequence[Reviewed], at: datetime) -> str:
    """The review as JSON."""
    said = {"made_at": at.isoformat(), "accounts": [asdict(row) for row in rows]}
    return json.dumps(said, ensure_ascii=False, indent=2) + "\n"


def _reviewed(
    account: Account,
    events: Sequence[AccessEvent],
    n_sessions: int,
    n_tokens: int,
    names: dict[str, str],
) -> Reviewed:
    return Reviewed(
        name=account.name,
        display=account.display,
        origin=account.origin.value,
        source_groups=", ".join(account.source_groups),
        roles=", ".join(sorted(account.roles)),
        services=", ".join(sorted(account.services)) or "all",
        team=account.team,
        state=state_of(account),
        created_at=account.created_at.isoformat(timespec="seconds"),
        last_login_at=(
            account.last_login_at.isoformat(timespec="seconds") if account.last_login_at else ""
        ),
        sessions=n_sessions,
        tokens=n_tokens,
        failed_logins=sum(event.kind is AccessEventKind.LOGIN_FAILED for event in events),
        changes=tuple(_told(event, names) for event in events if event.kind in CHANGES),
    )


def state_of(account: Account) -> str:
    """Whether an account lets somebody in, in a word or two."""
    if account.is_disabled:
        return "disabled"
    return "one-time password" if account.must_change else "active"


def _told(event: AccessEvent, names: dict[str, str]) -> str:
    by = names.get(event.by_account_id or "", "command line or provider")
    said = f" ({event.said})" if event.said else ""
    return f"{event.at.isoformat(timespec='seconds')} {event.kind}{said} by {by}"


def _cell(value: object) -> object:
    return f"'{value}" if isinstance(value, str) and value.startswith(FORMULA) else value
