"""Whether the profile of a GLPI session lets a push write, and what templates of problems demand.

Source:
    GLPI, inc/define.php: READ 1, UPDATE 2, CREATE 4; the rights are in getFullSession.
    ITILTemplateMandatoryField: a template's mandatory fields, by number of the search option.
"""

from collections.abc import Collection, Iterator
from typing import Any

from connectors.core.access_check import CHECK, UNKNOWN, untold
from connectors.core.examining import failure, ok, warning
from connectors.core.source import Finding
from connectors.core.surroundings import Surroundings
from connectors.glpi.api import GlpiApi
from connectors.glpi.config import GlpiConfig
from connectors.glpi.write_words import COLUMNS
from itsm.errors import FatalSourceError
from itsm.pushing import PushKind

TEMPLATES = "ProblemTemplateMandatoryField"
_UPDATE, _CREATE = 2, 4
_GIVEN = frozenset({*COLUMNS[PushKind.PROBLEM].values(), "status"})
"""The columns that a new problem is given."""
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
    api = GlpiApi(name, config, around)
    told: Any = api.whole("getFullSession").value
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
    if PushKind.PROBLEM in kinds:
        yield from _templates(api)
    if PushKind.REGISTER_ENTRY in kinds:
        yield ok(CHECK, "Project", "projects have no templates with mandatory fields")


def _templates(api: GlpiApi) -> Iterator[Finding]:
    """What templates of problems demand; which one holds, entity, category and profile say."""
    try:
        rows = [row for some in api.all(TEMPLATES) for row in some]
        options = api.options("Problem") if rows else {}
    except FatalSourceError as error:
        said = f"templates of problems may not be read: {error.message}"
        yield untold("Problem", said, "look at Setup, Dropdowns, Problem templates")
        return
    demands: dict[str, set[str]] = {}
    for row in rows:
        number = int(row.get("num") or 0)
        told = options.get(number, {})
        is_own = told.get("table") == "glpi_problems"
        column = str(told.get("field" if is_own else "name") or f"field {number}")
        if not is_own or column not in _GIVEN:
            demands.setdefault(str(row.get("problemtemplates_id", "?")), set()).add(column)
    for template, columns in sorted(demands.items()):
        said = (
            f"template {template} of problems demands {', '.join(sorted(columns))}, which a push "
            "leaves empty: a creation is refused where this template holds"
        )
        remedy = "let our user's profile or entity have a template without them"
        yield warning(CHECK, "Problem", said, remedy)
    if not demands:
        yield ok(CHECK, "Problem", "no template of problems demands what a push leaves empty")
