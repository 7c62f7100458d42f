"""Whether the user may create, edit, link and comment in the projects that a push writes to.

Source:
    Atlassian, "Get my permissions": GET /rest/api/{2,3}/mypermissions.
"""

from collections.abc import Collection, Iterator
from typing import Any

from connectors.core.access_check import CHECK
from connectors.core.examining import failure, ok
from connectors.core.source import Finding
from connectors.core.surroundings import Surroundings
from connectors.jira.api import JiraApi
from connectors.jira.config import JiraConfig
from connectors.jira.write_fields import write_issues
from itsm.pushing import PushKind, PushMode

_WRITES = ("CREATE_ISSUES", "EDIT_ISSUES", "TRANSITION_ISSUES", "ADD_COMMENTS")
_LINKS = ("LINK_ISSUES",)


def write_checks(
    name: str, config: JiraConfig, around: Surroundings, kinds: Collection[PushKind]
) -> Iterator[Finding]:
    """What the site says of this user's permissions; asks only."""
    api = JiraApi(name, config, around)
    is_full = config.push.mode is PushMode.FULL
    for kind, issue in write_issues(config).items():
        if not issue.project or kind not in kinds:
            continue
        wanted = (*_WRITES, *(_LINKS if is_full else ()))
        params = {"permissions": ",".join(wanted), "projectKey": issue.project}
        told: Any = api.client.json(f"{api.root}/mypermissions", params).value
        held = told.get("permissions", {}) if isinstance(told, dict) else {}
        lacking = [one for one in wanted if not held.get(one, {}).get("havePermission")]
        if lacking:
            said = f"in project {issue.project} the user lacks {', '.join(lacking)}"
            yield failure(CHECK, kind, said, "see csi doctor --access-request")
        else:
            yield ok(CHECK, kind, f"may be written in project {issue.project}")
