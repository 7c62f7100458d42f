"""Whether the profile of a GLPI session lets a push write.

Source:
    GLPI, inc/define.php: READ 1, UPDATE 2, CREATE 4; the rights are in getFullSession.
"""

from collections.abc import Collection, Iterator
from typing import Any

from connectors.core.access_check import CHECK, UNKNOWN
from connectors.core.examining import failure, ok, warning
from connectors.core.source import Finding
from connectors.core.surroundings import Surroundings
from connectors.glpi.api import GlpiApi
from connectors.glpi.config import GlpiConfig
from itsm.pushing import PushKind

_UPDATE, _CREATE = 2, 4
_RIGHTS = {
    "problem": ("Problem", _UPDATE | _CREATE, PushKind.PROBLEM),
    "followup": ("ITILFollowup", _CREATE, PushKind.PROBLEM),
    "ticket": ("Ticket", _UPDATE, PushKind.INCIDENT),
    "project": ("Project", _UPDATE | _CREATE, PushKind.REGISTER_ENTRY),
}


def write_checks(
    name: str, config: GlpiConfig, around: Surroundings, kinds: Collection[PushKind]
) -> Iterator[Finding]:
    """What the active profile allows; asks only."""
    told: Any = GlpiApi(name, config, around).whole("getFullSession").value
    session = told.get("session", {}) if isinstance(told, dict) else {}
    profile = session.get("glpiactiveprofile", {}) if isinstance(session, dict) else {}
    called = profile.get("name", "?")
    for right, (itemtype, wanted, kind) in _RIGHTS.items():
        if kind not in kinds:
            continue
        held = profile.get(right)
        if not str(held).isdecimal():
            yield warning(CHECK, itemtype, f"{UNKNOWN}: the profile does not tell {right}", "")
        elif int(str(held)) & wanted == wanted:
            yield ok(CHECK, itemtype, f"profile {called} may write it")
        else:
            said = f"profile {called} may not write it (right {right} is {held})"
            yield failure(CHECK, itemtype, said, "see csi doctor --access-request")
