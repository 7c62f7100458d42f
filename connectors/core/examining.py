"""What examinations of sources have in common: findings about network, TLS, clock and codes."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime
from urllib.parse import urlsplit

from connectors.core.answers import Response
from connectors.core.source import Finding, Level
from connectors.core.waits import told_time
from itsm.errors import FatalSourceError, SourceError
from itsm.fields import FieldSpec
from itsm.states import UNMAPPED

_SKEW_S = 60.0
_LOCAL = frozenset({"localhost", "127.0.0.1", "::1"})


def ok(check: str, subject: str, said: str) -> Finding:
    """A finding that all is well."""
    return Finding(check=check, level=Level.OK, subject=subject, said=said)


def warning(check: str, subject: str, said: str, remedy: str = "") -> Finding:
    """A finding that a person should know of."""
    return Finding(
        check=check, level=Level.WARNING, subject=subject, said=said, remedy=remedy or None
    )


def failure(check: str, subject: str, said: str, remedy: str) -> Finding:
    """A finding that a pull would fail on."""
    return Finding(check=check, level=Level.FAILURE, subject=subject, said=said, remedy=remedy)


def reached(url: str) -> Iterator[Finding]:
    """What an answer of a system proves about network and TLS."""
    parts = urlsplit(url)
    yield ok("network", "", f"{parts.netloc} answers")
    if parts.scheme == "https":
        yield ok("tls", "", "the certificate is trusted")
    elif parts.hostname in _LOCAL:
        yield ok("tls", "", "not needed: the system is on this machine")
    else:
        said = "the connection is not encrypted: passwords and tickets can be read on it"
        yield warning("tls", "", said, "write the url with https://")


def unreached(error: SourceError) -> Finding:
    """What it means that a system cannot be reached."""
    if isinstance(error, FatalSourceError):
        check = "tls" if "certificate" in error.message else "network"
        return failure(check, "", error.message, "look at url and http.ca_bundle")
    return failure("network", "", error.message, "look at url, proxy and firewall")


def clock(response: Response, now: datetime) -> Finding:
    """How far a system's clock is from this machine's."""
    theirs = told_time(response.headers)
    if theirs is None:
        return warning("clock", "", "the system does not tell the time")
    ahead_s = (theirs - now).total_seconds()
    if abs(ahead_s) <= _SKEW_S:
        return ok("clock", "", f"differs by {abs(ahead_s):.0f} s from this machine's")
    word = "ahead of" if ahead_s > 0 else "behind"
    return warning(
        "clock",
        "",
        f"the system's clock is {abs(ahead_s):,.0f} s {word} this machine's",
        "set this machine's clock by NTP; nothing is lost, as the system's own times count",
    )


@dataclass(frozen=True, slots=True)
class Unexplained:
    """A code that nobody has given a meaning.

    Attributes:
        source: its name in the configuration.
        subject: of what, such as incident.state.
        table: the code table that it would be looked up in.
        word: the code.
        label: what people see of it, where that is another word.
    """

    source: str
    subject: str
    table: str
    word: str
    label: str = ""


def unexplained(code: Unexplained, spec: FieldSpec) -> Finding:
    """A finding about a code without a meaning, with the line to add."""
    known = [meaning for meaning in spec.enum or () if meaning != UNMAPPED]
    meanings = f"one of {', '.join(known)}" if known else f"a {spec.type.value}"
    called = f" ({code.label})" if code.label and code.label != code.word else ""
    return Finding(
        check="codes",
        level=Level.WARNING,
        subject=code.subject,
        said=f'code "{code.word}"{called} has no meaning; its records count as unmapped',
        remedy=f"say what it means: {meanings}",
        line=f'[sources.{code.source}.codes.{code.table}]\n"{code.word}" = "..."',
    )


def each(
    find: Callable[[], Iterator[Finding]], trouble: Callable[[SourceError], Finding]
) -> Iterator[Finding]:
    """Findings, and what was in the way of more."""
    try:
        yield from find()
    except SourceError as error:
        yield trouble(error)
