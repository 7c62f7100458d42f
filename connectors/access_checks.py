"""What can be known of writing to a source without writing, for every system."""

from collections.abc import Callable, Iterator, Mapping
from importlib import import_module
from typing import Any

from connectors.access import access_sheet
from connectors.core.access import Use
from connectors.core.access_check import CHECK, plain_checks, unknown
from connectors.core.examining import failure
from connectors.core.source import Finding
from connectors.core.surroundings import Surroundings
from connectors.registry import system
from itsm.errors import SourceError
from itsm.pushing import PushKind, PushMode

SAYS_MORE = frozenset(
    {"bmc_helix", "cherwell", "freshservice", "glpi", "itop", "jira", "rt", "servicenow"}
)
"""The systems with an `access_check` of their own: what a new record has to hold there, or that the
system does not tell."""
TELLS_RIGHTS = ("glpi", "jira")
"""Of these, the ones that tell whether this user may write."""


_KINDS: Mapping[Use, PushKind] = {
    Use.LOOK: PushKind.PROBLEM,
    Use.LINKS: PushKind.INCIDENT,
    Use.REGISTER: PushKind.REGISTER_ENTRY,
}
"""What is written where something is done."""


def write_checks(
    kind: str, name: str, given: Mapping[str, object], around: Surroundings, uses: tuple[Use, ...]
) -> Iterator[Finding]:
    """What is known of writing to a source; nothing where nothing is to be written.

    Args:
        kind: of the source.
        name: of the source.
        given: its settings.
        around: what it needs of the world.
        uses: what is to be done with it.

    Raises:
        ConfigError: a setting cannot be used.
    """
    config: Any = system(kind).config.model_validate(given)
    push = getattr(config, "push", None)
    if push is None or push.mode is PushMode.OFF:
        return
    http = config.http.model_copy(update={"tries": min(2, config.http.tries), "max_wait_s": 20.0})
    config = config.model_copy(update={"http": http})
    make = system(kind).make_writer
    assert make is not None, "what has a push has a writer"
    kinds = frozenset(kind for use, kind in _KINDS.items() if use in uses)
    yield from plain_checks(make(name, config, around), kinds, push.instance)
    try:
        if kind in SAYS_MORE:
            checks: Callable[..., Iterator[Finding]] = import_module(
                f"connectors.{kind}.access_check"
            ).write_checks
            yield from checks(name, config, around, kinds)
    except SourceError as error:
        yield failure(CHECK, "", error.message, "see csi doctor --access-request")
    sheet = access_sheet(kind, config, uses)
    if sheet is not None and kind not in TELLS_RIGHTS:
        yield from unknown(sheet)
