"""Writing to the platform's API: issues, transitions, comments and links, as people may, too."""

from collections.abc import Mapping
from dataclasses import dataclass

import orjson

from simulator.jira.answers import no_issue, refused
from simulator.jira.editing import (
    KINDS,
    change_status,
    changed,
    link_issues,
    note,
    saved,
    table_named,
    table_of_issue,
)
from simulator.jira.fields import BY_ID, Shape
from simulator.jira.given import Given, given_value
from simulator.jira.searching import Search
from simulator.jira.site import Issue, Remark, Site
from simulator.jira.words import IMPROVEMENT, LINK_TYPES, MOVES, PROJECTS, STATUSES, TYPES
from simulator.web import Answer, Request, json_answer
from simulator.write_mishaps import Refusals

Places = Mapping[str, str]
_DENIED = "You do not have permission to edit issues in this project."
_LONGEST_SUMMARY = 255


@dataclass(slots=True)
class Writing:
    """Handlers of what changes issues."""

    site: Site
    search: Search

    def create(self, request: Request, _: Places) -> Answer:
        """`POST issue`."""
        body, root = _body(request), self.search.renderer(request).root
        fields = body.get("fields")
        if not isinstance(fields, dict):
            return refused(400, "Field 'fields' is missing.")
        project, name = _project(fields.get("project")), _type_name(fields.get("issuetype"))
        if not project or not name:
            return (
                refused(400, project="valid project is required")
                if not project
                else refused(400, issuetype="valid issue type is required")
            )
        table = table_named(name)
        own = {key: value for key, value in fields.items() if key not in {"project", "issuetype"}}
        problem = self._problem(request, table, own, is_new=True)
        if problem is not None:
            return problem
        issue = self._added(project, name)
        self._set(request, issue, own, self.site.user, is_new=True)
        self.site.add(issue)
        told = {"id": str(issue.id), "key": issue.key, "self": f"{root}/issue/{issue.id}"}
        return json_answer(told, 201)

    def edit(self, request: Request, places: Places) -> Answer:
        """`PUT issue/{key}`: fields that are set, labels that are added or taken away."""
        issue = self.search.seen(places["key"])
        if issue is None:
            return no_issue()
        body = _body(request)
        fields, update = body.get("fields") or {}, body.get("update") or {}
        if not isinstance(fields, dict) or not isinstance(update, dict):
            return refused(400, "Can not deserialize the body.")
        problem = self._problem(request, table_of_issue(issue), fields, is_new=False)
        if problem is not None:
            return problem
        with self.site.lock:
            self._set(request, issue, fields, self.site.user)
            for step in update.get("labels", ()):
                if "add" in step and step["add"] not in issue.labels:
                    issue.labels.append(str(step["add"]))
            self._saved(issue)
        return Answer(204)

    def transitions(self, request: Request, places: Places) -> Answer:
        """`GET issue/{key}/transitions`: where the workflow lets the issue go."""
        issue = self.search.seen(places["key"])
        if issue is None:
            return no_issue()
        renderer = self.search.renderer(request)
        told = [
            {"id": key, "name": f"To {name}", "to": renderer.status(name), "hasScreen": False,
             "isGlobal": True, "isInitial": False, "isConditional": False, "fields": {}}
            for key, name in self._moves(issue).items()
        ]  # fmt: skip
        return json_answer({"expand": "transitions", "transitions": told})

    def move(self, request: Request, places: Places) -> Answer:
        """`POST issue/{key}/transitions`."""
        issue = self.search.seen(places["key"])
        if issue is None:
            return no_issue()
        if Refusals(self.site.chances).is_denied(table_of_issue(issue)):
            return refused(403, _DENIED)
        wanted = _body(request).get("transition")
        key = str(wanted.get("id")) if isinstance(wanted, dict) else ""
        moves = self._moves(issue)
        if key not in moves:
            return refused(
                400, "It seems that you have tried to perform a workflow operation that is not "
                "valid for the current state of this issue."
            )  # fmt: skip
        with self.site.lock:
            change_status(self.site, issue, moves[key], self.site.user)
        return Answer(204)

    def comment(self, request: Request, places: Places) -> Answer:
        """`POST issue/{key}/comment`; public unless a property says that it is internal."""
        issue = self.search.seen(places["key"])
        if issue is None:
            return no_issue()
        if Refusals(self.site.chances).is_denied(table_of_issue(issue)):
            return refused(403, _DENIED)
        body = _body(request)
        renderer = self.search.renderer(request)
        text = given_value(renderer, BY_ID["description"], body.get("body"))
        if not isinstance(text, Given) or not text.word:
            return refused(400, comment="Comment body can not be empty!")
        is_internal = _is_internal(body.get("properties"))
        key = self.site.serial("remark", 900_001)
        remark = Remark(key, self.site.now_ms(), self.site.user, text.word, is_internal)
        with self.site.lock:
            issue.remarks.append(remark)
            self._saved(issue)
        return json_answer(renderer.comment(remark, issue), 201)

    def delete_comment(self, _request: Request, places: Places) -> Answer:
        """`DELETE issue/{key}/comment/{id}`."""
        issue = self.search.seen(places["key"])
        if issue is None:
            return no_issue()
        issue.remarks = [one for one in issue.remarks if str(one.id) != places["id"]]
        return Answer(204)

    def link(self, request: Request, _: Places) -> Answer:
        """`POST issueLink`: the issue named as inward shows the outward phrase."""
        body = _body(request)
        told = body.get("type")
        name = str(told.get("name", "")) if isinstance(told, dict) else ""
        ends = [self._end(body, side) for side in ("inwardIssue", "outwardIssue")]
        if name not in LINK_TYPES:
            return refused(404, f"No issue link type with name '{name}' found.")
        first, second = ends
        if first is None or second is None:
            return no_issue()
        refusals = Refusals(self.site.chances)
        if any(refusals.is_denied(table_of_issue(one)) for one in (first, second)):
            return refused(403, _DENIED)
        with self.site.lock:
            link_issues(self.site, name, first, second, self.site.user)
        return Answer(201)

    def unlink(self, _request: Request, places: Places) -> Answer:
        """`DELETE issueLink/{id}`."""
        is_gone = False
        with self.site.lock:
            for issue in self.site.issues.values():
                kept = [one for one in issue.links if str(one[0]) != places["id"]]
                if len(kept) < len(issue.links):
                    issue.links, is_gone = kept, True
                    self._saved(issue)
        return Answer(204) if is_gone else refused(404, "No issue link with this id.")

    def _problem(
        self, request: Request, table: str, fields: Mapping[str, object], *, is_new: bool
    ) -> Answer | None:
        """Why fields are refused, all of them."""
        refusals = Refusals(self.site.chances)
        if refusals.is_denied(table):
            return refused(403, _DENIED)
        errors: dict[str, str] = {}
        renderer = self.search.renderer(request)
        for key, value in fields.items():
            known = BY_ID.get(key)
            if key == "labels":
                continue
            if known is None or known.shape not in _SETTABLE:
                errors[key] = (
                    f"Field '{key}' cannot be set. It is not on the appropriate screen, or unknown."
                )
                continue
            made = given_value(renderer, known, value)
            if isinstance(made, str):
                errors[key] = made
        summary = fields.get("summary")
        if is_new and not summary:
            errors["summary"] = "You must specify a summary of the issue."
        if isinstance(summary, str) and ("\n" in summary or "\r" in summary):
            errors["summary"] = "The summary is invalid because it contains newline characters."
        if isinstance(summary, str) and len(summary) > _LONGEST_SUMMARY:
            errors["summary"] = f"Summary must be less than {_LONGEST_SUMMARY} characters."
        if missing := refusals.missing(table, fields, is_new=is_new):
            errors[missing] = f"{missing} is required."
        return json_answer({"errorMessages": [], "errors": errors}, 400) if errors else None

    def _set(
        self,
        request: Request,
        issue: Issue,
        fields: Mapping[str, object],
        author: str,
        *,
        is_new: bool = False,
    ) -> None:
        renderer = self.search.renderer(request)
        changes = []
        for key, value in fields.items():
            if key == "labels":
                issue.labels = [str(one) for one in value] if isinstance(value, list) else []
                continue
            made = given_value(renderer, BY_ID[key], value)
            assert isinstance(made, Given), "it was looked at before"
            changes += changed(issue, BY_ID[key], made.word)
        if changes and not is_new:
            note(self.site, issue, author, changes)

    def _added(self, project: str, name: str) -> Issue:
        now, n = self.site.now_ms(), self.site.serial(project)
        return Issue(
            self.site.serial("issue"), project, n, name, KINDS[name], f"{project}-{n}", now, now,
            {"Status": "Open", "Reporter": self.site.user, "Creator": self.site.user}, {},
        )  # fmt: skip

    def _moves(self, issue: Issue) -> dict[str, str]:
        """Where a transition leads, by its id."""
        if Refusals(self.site.chances).ignores_moves(table_of_issue(issue)):
            return {}
        names = MOVES["improvement" if issue.type == IMPROVEMENT else "work"]
        return {str(10 * (list(STATUSES).index(name) + 1) + 1): name for name in names}

    def _end(self, body: Mapping[str, object], side: str) -> Issue | None:
        told = body.get(side)
        word = (told.get("key") or told.get("id") or "") if isinstance(told, dict) else ""
        return self.search.seen(str(word))

    def _saved(self, issue: Issue) -> None:
        saved(self.site, issue)


def _is_internal(properties: object) -> bool:
    """Whether a comment is for agents only."""
    told = properties if isinstance(properties, list) else []
    return any(
        one.get("key") == "sd.public.comment" and (one.get("value") or {}).get("internal")
        for one in told
        if isinstance(one, dict)
    )


def _project(told: object) -> str:
    key = str(told.get("key") or "") if isinstance(told, dict) else ""
    return key if key in PROJECTS else ""


def _type_name(told: object) -> str:
    if not isinstance(told, dict):
        return ""
    by_id = {key: name for name, key in TYPES.items()}
    return str(told.get("name") or by_id.get(str(told.get("id")), ""))


def _body(request: Request) -> dict[str, object]:
    try:
        value = orjson.loads(request.body)
    except orjson.JSONDecodeError:
        return {}
    return value if isinstance(value, dict) else {}


_SETTABLE = frozenset({Shape.TEXT, Shape.DOC, Shape.OPTION, Shape.NAMED})
