"""The platform's API beside search: single issues, and what the site is made of."""

from collections.abc import Mapping
from dataclasses import dataclass

from simulator.faults import FaultName
from simulator.jira.answers import no_issue, whole
from simulator.jira.fields import FIELDS
from simulator.jira.people import account_id, user_name
from simulator.jira.searching import Search
from simulator.jira.site import Site
from simulator.jira.values import chosen, shown_issue
from simulator.jira.words import LINK_TYPES, PRIORITIES, PROJECTS, STATUSES, TYPES
from simulator.web import Answer, Request, json_answer

Places = Mapping[str, str]
_BUILT = "2026-10-01T08:00:00.000+0000"


@dataclass(slots=True)
class Platform:
    """Handlers of `/rest/api`."""

    site: Site
    search: Search

    def issue(self, request: Request, places: Places) -> Answer:
        """`GET issue/{key}`."""
        issue = self.search.seen(places["key"])
        if issue is None:
            return no_issue()
        wanted = request.parameters
        fields = chosen(wanted["fields"].split(",") if "fields" in wanted else None, "*all")
        expand = frozenset(wanted.get("expand", "").split(","))
        return json_answer(shown_issue(self.search.renderer(request), issue, fields, expand))

    def delete(self, _request: Request, places: Places) -> Answer:
        """`DELETE issue/{key}`."""
        issue = self.search.seen(places["key"])
        if issue is None:
            return no_issue()
        self.site.remove(issue)
        return Answer(204)

    def changelog(self, request: Request, places: Places) -> Answer:
        """`GET issue/{key}/changelog`, of Cloud only."""
        issue = self.search.seen(places["key"])
        if issue is None or not self.site.is_cloud:
            return no_issue()
        start, limit = whole(request, "startAt", 0), min(whole(request, "maxResults", 100), 100)
        renderer = self.search.renderer(request)
        shown = issue.history[start : start + limit]
        base = f"{renderer.root}/issue/{issue.id}/changelog"
        told: dict[str, object] = {
            "self": f"{base}?maxResults={limit}&startAt={start}",
            "maxResults": limit,
            "startAt": start,
            "total": len(issue.history),
            "isLast": start + limit >= len(issue.history),
            "values": [renderer.entry(one) for one in shown],
        }
        if not told["isLast"]:
            told["nextPage"] = f"{base}?maxResults={limit}&startAt={start + limit}"
        return json_answer(told)

    def comments(self, request: Request, places: Places) -> Answer:
        """`GET issue/{key}/comment`."""
        issue = self.search.seen(places["key"])
        if issue is None:
            return no_issue()
        start, limit = whole(request, "startAt", 0), min(whole(request, "maxResults", 50), 100)
        renderer = self.search.renderer(request)
        shown = issue.remarks[start : start + limit]
        told = {
            "startAt": start,
            "maxResults": limit,
            "total": len(issue.remarks),
            "comments": [renderer.comment(one, issue) for one in shown],
        }
        return json_answer(told)

    def worklogs(self, _request: Request, places: Places) -> Answer:
        """`GET issue/{key}/worklog`: the estate knows of none."""
        if self.search.seen(places["key"]) is None:
            return no_issue()
        return json_answer({"startAt": 0, "maxResults": 20, "total": 0, "worklogs": []})

    def myself(self, request: Request, _: Places) -> Answer:
        """`GET myself`: the user who asks, with the zone."""
        shown = self.search.renderer(request).person(self.site.user) or {}
        return json_answer({**shown, "timeZone": self.site.zone, "locale": "en_US"})

    def server_info(self, request: Request, _: Places) -> Answer:
        """`GET serverInfo`."""
        told: dict[str, object] = {
            "baseUrl": request.base,
            "version": "1001.0.0-SNAPSHOT" if self.site.is_cloud else "10.3.0",
            "deploymentType": "Cloud" if self.site.is_cloud else "Server",
            "buildNumber": 100_300,
            "buildDate": _BUILT,
            "serverTime": self.search.renderer(request).time(self.site.now_ms()),
            "scmInfo": "practice",
            "serverTitle": "Practice",
        }
        told["versionNumbers"] = [1001, 0, 0] if self.site.is_cloud else [10, 3, 0]
        return json_answer(told)

    def fields(self, _request: Request, _: Places) -> Answer:
        """`GET field`."""
        return json_answer([field.described for field in FIELDS])

    def statuses(self, request: Request, _: Places) -> Answer:
        """`GET status`."""
        renderer = self.search.renderer(request)
        return json_answer([renderer.status(name) for name in STATUSES])

    def priorities(self, request: Request, _: Places) -> Answer:
        """`GET priority`."""
        renderer = self.search.renderer(request)
        return json_answer([renderer.priority(name) for name in PRIORITIES])

    def issue_types(self, request: Request, _: Places) -> Answer:
        """`GET issuetype`."""
        renderer = self.search.renderer(request)
        return json_answer([renderer.issue_type(name) for name in TYPES])

    def link_types(self, request: Request, _: Places) -> Answer:
        """`GET issueLinkType`."""
        root = self.search.renderer(request).root
        told = [
            {"id": key, "name": name, "inward": inward, "outward": outward,
             "self": f"{root}/issueLinkType/{key}"}
            for name, (key, inward, outward) in LINK_TYPES.items()
        ]  # fmt: skip
        return json_answer({"issueLinkTypes": told})

    def projects(self, request: Request, _: Places) -> Answer:
        """`GET project`."""
        renderer = self.search.renderer(request)
        return json_answer([renderer.project(key) for key in PROJECTS])

    def project(self, request: Request, places: Places) -> Answer:
        """`GET project/{key}`."""
        key = places["key"].upper()
        if key not in PROJECTS:
            return no_issue()
        return json_answer(self.search.renderer(request).project(key))

    def user(self, request: Request, _: Places) -> Answer:
        """`GET user`: anybody who appears in an issue."""
        wanted = request.parameters.get("accountId") or request.parameters.get("username", "")
        people = {name for issue in self.site.issues.values() for name in _people(issue.words)}
        for name in sorted(people):
            if wanted in {account_id(name), user_name(name)}:
                return json_answer(self.search.renderer(request).person(name))
        return no_issue()

    def permissions(self, _request: Request, _: Places) -> Answer:
        """`GET mypermissions`: all of them, unless writing was denied."""
        is_denied = self.site.chances.faults.first(FaultName.WRITE_DENIED) is not None
        told = {
            key: {"id": str(place), "key": key, "name": key.replace("_", " ").capitalize(),
                  "havePermission": key == "BROWSE_PROJECTS" or not is_denied}
            for place, key in enumerate(("BROWSE_PROJECTS", "CREATE_ISSUES", "EDIT_ISSUES",
                                         "LINK_ISSUES", "ADD_COMMENTS", "TRANSITION_ISSUES"), 10)
        }  # fmt: skip
        return json_answer({"permissions": told})


def _people(words: Mapping[str, str]) -> list[str]:
    return [words[name] for name in ("Assignee", "Reporter", "Creator") if name in words]
