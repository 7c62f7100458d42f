"""Secrets and log-ins that end: told before they do, with what to do about it."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path

from connectors.core.login_code import LoginSettings, with_file
from connectors.core.login_file import Login, LoginFile, LoginPlace
from connectors.core.source import Finding, Level
from connectors.logins import LOGINS
from flows.settings import Settings
from flows.wiring import logins_of
from itsm.errors import AuthError

AHEAD_DAYS = 30
"""So many days before a secret ends it is told."""
LOGIN_AHEAD_DAYS = 14
CHECK = "secrets"


def secrets_that_end(settings: Settings, base: Path, now: datetime) -> Iterator[Finding]:
    """What ends soon, or has ended; a log-in that nobody made is a failure.

    Args:
        settings: with the days that people noted.
        base: the folder that relative paths start from.
        now: the time.
    """
    for name, day in sorted(settings.secrets_end.items()):
        yield _secret(name, (day - now.date()).days, day.isoformat())
    for name, source in settings.sources.items():
        login = getattr(source, "login", None)
        if isinstance(login, LoginSettings) and getattr(source, "auth", None) == "oauth_code":
            kept = with_file(login, base, name)
            assert kept.file is not None, "with_file names it"
            places = logins_of(settings, base)
            place = places(name) if login.block else LoginFile(name, kept.file)
            yield _login(place, name, login.ends_after_days or LOGINS[source.kind].ends_after_days,
                         now)  # fmt: skip


def _secret(name: str, left: int, day: str) -> Finding:
    if left < 0:
        said, level = f"ended on {day}", Level.FAILURE
    elif left <= AHEAD_DAYS:
        said, level = f"ends on {day}, in {left} days", Level.WARNING
    else:
        return Finding(check=CHECK, level=Level.OK, subject=name, said=f"good until {day}")
    remedy = f"make a new one, put it in its place, and note its day under secrets_end.{name}"
    return Finding(check=CHECK, level=level, subject=name, said=said, remedy=remedy)


def _login(place: LoginPlace, name: str, days: int, now: datetime) -> Finding:
    remedy = f"csi login {name}"
    try:
        held = place.read()
    except AuthError as error:
        return Finding(
            check=CHECK, level=Level.FAILURE, subject=name, said=error.message, remedy=remedy
        )
    ends_at = _ends_at(held, days)
    left = (ends_at - now).days
    told = f"{ends_at:%Y-%m-%d}, unless it is renewed by then, as every pull does"
    if left < 0:
        said, level = f"the log-in was last renewed {held.renewed_at:%Y-%m-%d}", Level.FAILURE
        said += " and has ended"
    elif left <= LOGIN_AHEAD_DAYS:
        said, level = f"the log-in ends {told}: in {left} days", Level.WARNING
    else:
        return Finding(
            check=CHECK, level=Level.OK, subject=name, said=f"the log-in is good until {told}"
        )
    return Finding(check=CHECK, level=level, subject=name, said=said, remedy=remedy)


def _ends_at(held: Login, days: int) -> datetime:
    """When the log-in ends if nobody renews it."""
    return held.renewed_at + timedelta(days=days)
