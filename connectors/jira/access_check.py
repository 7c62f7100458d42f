"""Whether the user may write in the projects of a push, and what a new issue has to hold there.

Source:
    Atlassian, "Get my permissions": GET /rest/api/{2,3}/mypermissions; "Get create field metadata
    for a project and issue type id": GET issue/createmeta/{project}/issuetypes/{id}, whose list is
    `fields` in Cloud and `values` in Data Center.
"""

from collections.abc import Collection, Iterator, Mapping
from typing import Any

from connectors.core.access_check import CHECK, Written, demanded
from connectors.core.examining import failure, ok
from connectors.core.source import Finding
from connectors.core.surroundings import Surroundings
from connectors.jira.api import JiraApi
from connectors.jira.config import JiraConfig
from connectors.jira.write_fields import WriteIssue, write_issues
from itsm.pushing import PushKind, PushMode

_WRITES = ("CREATE_ISSUES", "EDIT_ISSUES", "TRANSITION_ISSUES", "ADD_COMMENTS")
_LINKS = ("LINK_ISSUES",)
_GIVEN = frozenset({"project", "issuetype", "summary", "labels"})
"""What every creation fills, by id."""
_PAGE = 50


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
            yield from _form(api, name, issue)


def _form(api: JiraApi, name: str, issue: WriteIssue) -> Iterator[Finding]:
    """What the form for new issues demands and offers."""
    path = f"{api.root}/issue/createmeta/{issue.project}/issuetypes"
    types = {str(one.get("name")): str(one.get("id")) for one in _all(api, path, "issueTypes")}
    if issue.type not in types:
        known = ", ".join(sorted(types)) or "none"
        said = f"project {issue.project} has no issue type {issue.type!r}; there is {known}"
        yield failure(CHECK, issue.kind, said, f"name yours in push.issue_types.{issue.kind}")
        return
    form = {
        str(one.get("fieldId") or one.get("key")): one
        for one in _all(api, f"{path}/{types[issue.type]}", "fields")
    }
    mandatory = {
        key: str(one.get("name", key))
        for key, one in form.items()
        if one.get("required") and not one.get("hasDefaultValue")
    }
    facts = api.facts()
    ours = {key for wanted in issue.fields.values() for key in facts.of_column(wanted)[:1]}
    what = Written(issue.kind, f"{issue.project}, {issue.type}", _GIVEN | ours, {})
    yield from demanded(name, what, [told for key, told in mandatory.items() if key not in ours
                                     | _GIVEN])  # fmt: skip
    off = sorted(facts.names.get(key, key) for key in (ours | _GIVEN) - form.keys())
    if form and off:
        said = f"{what.place}: {', '.join(off)} cannot be set: not on the screen for new issues"
        remedy = f"put it there, or leave it out of push.fields.{issue.kind}"
        yield failure(CHECK, issue.kind, said, remedy)


def _all(api: JiraApi, path: str, word: str) -> Iterator[Mapping[str, Any]]:
    """A list in pages; its rows have a word of their own in Cloud."""
    start = 0
    while True:
        told: Any = api.whole(path, {"startAt": start, "maxResults": _PAGE}).value
        whole = told if isinstance(told, dict) else {}
        rows = whole.get(word) or whole.get("values") or []
        yield from (one for one in rows if isinstance(one, dict))
        start += len(rows)
        if not rows or start >= int(whole.get("total") or 0):
            return
