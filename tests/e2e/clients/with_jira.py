"""A round through a Jira site with the client `jira`; run by its own interpreter."""

import json
import sys
from typing import Any

from jira import JIRA
from jira.exceptions import JIRAError

JQL = 'project = INC AND issuetype = "[System] Incident" ORDER BY updated ASC, key ASC'


def _cloud(client: Any) -> dict[str, Any]:
    seen: list[str] = []
    token: str | None = None
    pages = 0
    while True:
        found = client.enhanced_search_issues(
            JQL, nextPageToken=token, maxResults=100, fields="summary,status,updated"
        )
        seen += [issue.key for issue in found]
        token = found.nextPageToken
        pages += 1
        if not token:
            break
    whole = client.enhanced_search_issues(JQL, maxResults=False, fields="summary")
    return {
        "seen": len(set(seen)),
        "rows": len(seen),
        "whole": len(whole),
        "pages": pages,
        "count": client.approximate_issue_count(JQL.partition(" ORDER")[0]),
    }


def _server(client: Any) -> dict[str, Any]:
    found = client.search_issues(JQL, startAt=0, maxResults=100, fields="summary,status,updated")
    whole = client.search_issues(JQL, maxResults=False, fields="summary")
    with_log = client.search_issues("key = INC-7", expand="changelog")
    return {
        "seen": len({issue.key for issue in whole}),
        "rows": len(whole),
        "total": found.total,
        "histories": len(with_log[0].changelog.histories),
    }


def _one(client: Any) -> dict[str, Any]:
    issue = client.issue("INC-7", expand="changelog")
    by_id = client.issue(issue.id)
    return {
        "key": by_id.key,
        "summary": issue.fields.summary,
        "status": issue.fields.status.name,
        "category": issue.fields.status.statusCategory.key,
        "priority": issue.fields.priority.name,
        "type": issue.fields.issuetype.name,
        "reporter": issue.fields.reporter.displayName,
        "created": issue.fields.created,
        "histories": len(issue.changelog.histories),
        "comments": len(client.comments("INC-7")),
    }


def _site(client: Any) -> dict[str, Any]:
    return {
        "myself": client.myself()["displayName"],
        "deployment": client.server_info()["deploymentType"],
        "fields": len(client.fields()),
        "statuses": sorted(one.name for one in client.statuses()),
        "priorities": [one.name for one in client.priorities()],
        "types": sorted(one.name for one in client.issue_types()),
        "projects": sorted(one.key for one in client.projects()),
        "links": sorted(one.name for one in client.issue_link_types()),
        "project": client.project("INC").name,
    }


def _missing(client: Any) -> list[object]:
    try:
        client.issue("INC-999999")
    except JIRAError as error:
        return [error.status_code, error.text]
    return [200, ""]


def _refused(server: str, user: str) -> object:
    try:
        JIRA(
            server=server, basic_auth=(user, "wrong"), get_server_info=False, max_retries=0
        ).myself()
    except JIRAError as error:
        return error.status_code
    return "let in"


def main() -> None:
    """Address, user, token and deployment come as JSON on standard input."""
    given = json.load(sys.stdin)
    server, user, token = given["url"], given["user"], given["token"]
    is_cloud = given["deployment"] == "cloud"
    options = {"rest_api_version": "3"} if is_cloud else {}
    client = JIRA(server=server, basic_auth=(user, token), options=options, max_retries=1)
    told = {
        "search": _cloud(client) if is_cloud else _server(client),
        "one": _one(client),
        "site": _site(client),
        "missing": _missing(client),
        "refused": _refused(server, user),
    }
    json.dump(told, sys.stdout)


main()
