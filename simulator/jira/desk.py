"""The service desk's API: requests, clocks, approvals, ratings; and the objects of Assets."""

import re
from collections.abc import Mapping
from dataclasses import dataclass

from simulator.faults import FaultName
from simulator.jira.answers import asked, desk_page, desk_refused, number, refused, whole
from simulator.jira.fields import FIELDS, Shape
from simulator.jira.rendering import WORKSPACE, Json, Renderer
from simulator.jira.searching import Search
from simulator.jira.site import Approval, AssetObject, Issue, Site
from simulator.jira.words import PROJECTS
from simulator.web import Answer, Request, json_answer

Places = Mapping[str, str]
_TYPE = re.compile(r'objectType\s*=\s*"?([^"]+?)"?\s*(?:ORDER BY.*)?$', re.IGNORECASE)
_IDS = re.compile(r"objectId\s+in\s*\(([\d,\s]*)\)", re.IGNORECASE)


@dataclass(slots=True)
class Desk:
    """Handlers of `/rest/servicedeskapi`."""

    site: Site
    search: Search

    def info(self, _request: Request, _: Places) -> Answer:
        """`GET info`."""
        return json_answer({"version": "5.20.0", "isLicensedForUse": True})

    def desks(self, request: Request, _: Places) -> Answer:
        """`GET servicedesk`."""
        told = [
            {"id": str(place), "projectId": str(9_999 + place), "projectKey": key,
             "projectName": name}
            for place, (key, name) in enumerate(PROJECTS.items(), 1)
        ]  # fmt: skip
        return desk_page(request, told)

    def requests(self, request: Request, _: Places) -> Answer:
        """`GET request`: newest activity first; nothing restricts it to what changed."""
        found = [issue for _, issue in self.site.found(None, None)][::-1]
        renderer = self._renderer(request)
        start, limit = whole(request, "start", 0), min(whole(request, "limit", 50), 100)
        shown = {place: self._request(renderer, issue)
                 for place, issue in enumerate(found[start : start + limit], start)}  # fmt: skip
        return desk_page(request, [shown.get(place) for place in range(len(found))])

    def request(self, request: Request, places: Places) -> Answer:
        """`GET request/{key}`."""
        issue = self.search.seen(places["key"])
        if issue is None:
            return _nothing()
        return json_answer(self._request(self._renderer(request), issue))

    def clocks(self, request: Request, places: Places) -> Answer:
        """`GET request/{key}/sla`."""
        issue = self.search.seen(places["key"])
        if issue is None:
            return _nothing()
        renderer = self._renderer(request)
        names = [field.name for field in FIELDS if field.shape is Shape.CLOCK]
        told = [renderer.clock(name, issue) for name in names]
        return desk_page(request, [one for one in told if one is not None])

    def approvals(self, request: Request, places: Places) -> Answer:
        """`GET request/{key}/approval`."""
        issue = self.search.seen(places["key"])
        if issue is None:
            return _nothing()
        renderer = self._renderer(request)
        return desk_page(request, [self._approval(renderer, issue, a) for a in issue.approvals])

    def feedback(self, request: Request, places: Places) -> Answer:
        """`GET request/{key}/feedback`; experimental, so it has to be asked for as such."""
        issue = self.search.seen(places["key"])
        if request.header("x-experimentalapi") != "opt-in":
            return desk_refused(412, "This API is experimental.", "sd.experimental")
        if issue is None or issue.rating is None:
            return _nothing()
        told: Json = {"type": "csat", "rating": issue.rating.score}
        if issue.rating.text:
            told["comment"] = {"body": issue.rating.text}
        return json_answer(told)

    def comments(self, request: Request, places: Places) -> Answer:
        """`GET request/{key}/comment`."""
        issue = self.search.seen(places["key"])
        if issue is None:
            return _nothing()
        renderer = self._renderer(request)
        told = [
            {"id": str(one.id), "body": one.text, "public": not one.is_internal,
             "author": renderer.person(one.author), "created": renderer.moment(one.created)}
            for one in issue.remarks
        ]  # fmt: skip
        return desk_page(request, told)

    def workspaces(self, request: Request, _: Places) -> Answer:
        """`GET assets/workspace`."""
        return desk_page(request, [{"workspaceId": WORKSPACE}])

    def _renderer(self, request: Request) -> Renderer:
        return Renderer(self.site, request.base, 2)

    def _request(self, renderer: Renderer, issue: Issue) -> Json:
        status = renderer.status(issue.words["Status"])
        return {
            "issueId": str(issue.id),
            "issueKey": issue.key,
            "requestTypeId": "100",
            "serviceDeskId": str(list(PROJECTS).index(issue.project) + 1),
            "createdDate": renderer.moment(issue.created),
            "reporter": renderer.person(issue.words.get("Reporter", "")),
            "requestFieldValues": [
                {"fieldId": "summary", "label": "Summary", "value": issue.words.get("Summary", "")}
            ],
            "currentStatus": {
                "status": status["name"],
                "statusCategory": "DONE" if "Resolved" in issue.times else "INDETERMINATE",
                "statusDate": renderer.moment(issue.updated),
            },
            "_links": {"self": f"{renderer.base}/rest/servicedeskapi/request/{issue.id}"},
        }

    def _approval(self, renderer: Renderer, issue: Issue, one: Approval) -> Json:
        told: Json = {
            "id": str(one.id),
            "name": one.name,
            "finalDecision": one.decision,
            "canAnswerApproval": False,
            "approvers": [
                {"approver": renderer.person(one.approver), "approverDecision": one.decision}
            ],
            "createdDate": renderer.moment(one.created),
            "_links": {
                "self": f"{renderer.base}/rest/servicedeskapi/request/{issue.id}/approval/{one.id}"
            },
        }
        if one.completed is not None:
            told["completedDate"] = renderer.moment(one.completed)
        return told


@dataclass(slots=True)
class Assets:
    """Handlers of Assets: objects by AQL."""

    site: Site

    def find(self, request: Request, _: Places) -> Answer:
        """`POST object/aql` of Cloud, `GET aql/objects` of Data Center."""
        wanted = asked(request)
        denied = self.site.chances.faults.of(FaultName.DENIED)
        if any("assets" in fault.tables for fault in denied):
            return refused(403, "You do not have permission to access Assets.")
        found = self._meant(str(wanted.get("qlQuery") or ""))
        if found is None:
            return refused(400, "Error in the AQL query.")
        if self.site.is_cloud:
            start, limit = number(wanted.get("startAt"), 0), number(wanted.get("maxResults"), 25)
        else:
            limit = number(wanted.get("resultPerPage"), 25)
            start = (number(wanted.get("page"), 1) - 1) * limit
        shown = [self._shown(one) for one in found[start : start + limit]]
        is_last = start + limit >= len(found)
        if self.site.is_cloud:
            told = {"startAt": start, "maxResults": limit, "total": len(found), "isLast": is_last,
                    "values": shown}  # fmt: skip
            return json_answer(told)
        return json_answer({"objectEntries": shown, "totalFilterCount": len(found)})

    def one(self, _request: Request, places: Places) -> Answer:
        """`GET object/{id}`."""
        found = self.site.objects.get(int(places["id"]) if places["id"].isdecimal() else 0)
        return (
            refused(404, "Object not found.") if found is None else json_answer(self._shown(found))
        )

    def _meant(self, query: str) -> list[AssetObject] | None:
        ids, kind = _IDS.search(query), _TYPE.search(query)
        if ids is not None:
            wanted = {int(one) for one in ids[1].split(",") if one.strip()}
            return [one for key, one in sorted(self.site.objects.items()) if key in wanted]
        if kind is None:
            return None
        return [one for _, one in sorted(self.site.objects.items()) if one.type == kind[1]]

    def _shown(self, one: AssetObject) -> Json:
        when = Renderer(self.site, "", 3).time(one.updated)
        attributes = [
            {
                "id": f"{one.id}{place:03d}",
                "objectTypeAttribute": {"id": str(place), "name": name},
                "objectAttributeValues": self._values(value),
            }
            for place, (name, value) in enumerate(one.attributes.items(), 1)
        ]
        return {
            "workspaceId": WORKSPACE,
            "id": str(one.id),
            "label": one.label,
            "objectKey": f"CMDB-{one.id}",
            "objectType": {"id": str(sum(map(ord, one.type))), "name": one.type},
            "created": when,
            "updated": when,
            "hasAvatar": False,
            "attributes": attributes,
        }

    def _values(self, value: str | tuple[int, ...]) -> list[object]:
        if isinstance(value, str):
            return [{"value": value, "displayValue": value, "searchValue": value}]
        return [self._reference(self.site.objects[key]) for key in value]

    def _reference(self, other: AssetObject) -> object:
        label, key = other.label, f"CMDB-{other.id}"
        referenced = {"workspaceId": WORKSPACE, "id": str(other.id), "label": label,
                      "objectKey": key}  # fmt: skip
        return {"displayValue": label, "searchValue": key, "referencedType": True,
                "referencedObject": referenced}  # fmt: skip


def _nothing() -> Answer:
    return desk_refused(
        404,
        "The request does not exist, or you do not have permission to view it.",
        "sd.customerview.error.issueNotFound",
    )
