"""The account of somebody the provider vouches for: made at the first log-in, then kept true."""

import secrets
from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any

from itsm.accounts import AccessEventKind, Account, AccountOrigin, short_name
from itsm.errors import AccessError
from review_app.identity.browser import Access
from review_app.identity.config import OidcConfig
from review_app.identity.logging_in import event
from store.unit_of_work import UnitOfWork

MAX_DISPLAY = 120


def account_for(access: Access, claims: Mapping[str, Any], config: OidcConfig) -> Account:
    """The account of the person whom the claims describe, with what their groups give now.

    Raises:
        AccessError: they are in no group that may use the pages, were disabled, or have the short
            name of somebody else.
    """
    told = _told(claims, config, access.now())
    with access.store.begin() as uow:
        known = uow.accounts.of_subject(config.issuer, told.subject or "")
        if known is None:
            account = _made(uow, access, told) if told.roles else told
        else:
            account = _renewed(uow, access, known, told)
        uow.commit()
    if not account.roles:
        raise AccessError(
            "You are in no group that may use these pages. Ask who runs them to give one of your "
            "groups a role."
        )
    if account.is_disabled:
        raise AccessError("Your account was disabled here. An administrator can enable it again.")
    return account


def _told(claims: Mapping[str, Any], config: OidcConfig, now: datetime) -> Account:
    """The account as the claims would have it."""
    named = claims.get(config.name_claim)
    if not isinstance(named, str):
        raise AccessError(
            f"The log-in provider does not say your short name (claim {config.name_claim}). Ask "
            "who runs it, or set name_claim under [review.oidc]."
        )
    display = claims.get(config.display_claim)
    groups = _groups(claims.get(config.groups_claim))
    giving = sorted(groups & (config.roles.keys() | config.services.keys()))
    none: frozenset[Any] = frozenset()
    return Account(
        account_id=secrets.token_hex(8),
        name=short_name(named),
        display=(display if isinstance(display, str) else named).strip()[:MAX_DISPLAY],
        origin=AccountOrigin.OIDC,
        roles=none.union(*(config.roles.get(group, none) for group in giving)),
        services=none.union(*(config.services.get(group, none) for group in giving)),
        source_groups=tuple(giving),
        issuer=config.issuer,
        subject=str(claims["sub"]),
        created_at=now,
        changed_at=now,
    )


def _groups(claim: object) -> frozenset[str]:
    """The groups of a person: a list of texts, or one text."""
    given = claim if isinstance(claim, list) else [claim]
    return frozenset(one for one in given if isinstance(one, str))


def _made(uow: UnitOfWork, access: Access, told: Account) -> Account:
    """A new account; a name that somebody else acts under is not given away."""
    if uow.accounts.find(told.name) is not None:
        raise AccessError(
            f"The short name {told.name} is that of another account here. An administrator can "
            "remove that one, if it is yours (csi users remove)."
        )
    uow.accounts.add(told, "")
    said = ",".join(sorted(told.roles))
    uow.access_events.append(event(access, AccessEventKind.CREATED, told, said=said))
    return told


def _renewed(uow: UnitOfWork, access: Access, known: Account, told: Account) -> Account:
    """The account with what the provider says today; the short name stays what it was."""
    now = replace(
        known,
        display=told.display,
        roles=told.roles,
        services=told.services,
        source_groups=told.source_groups,
    )
    if now == known:
        return known
    kept = uow.accounts.put(now, "", seen=known.version, at=access.now())
    if (known.roles, known.services) != (kept.roles, kept.services):
        said = f"groups give {','.join(sorted(kept.roles)) or 'nothing'}"
        uow.access_events.append(event(access, AccessEventKind.CHANGED, kept, said=said))
    return kept
