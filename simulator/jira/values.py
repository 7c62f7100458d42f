"""The values of an issue's fields as the site answers them."""

from collections.abc import Callable, Iterable, Mapping

from simulator.jira.fields import BY_ID, FIELDS, Field, Shape
from simulator.jira.rendering import EMBEDDED, WORKSPACE, Json, Renderer
from simulator.jira.site import Issue
from simulator.jira.words import LINK_TYPES


def shown_issue(
    renderer: Renderer, issue: Issue, wanted: Iterable[Field], expand: frozenset[str]
) -> Json:
    """An issue with some fields."""
    told: Json = {
        "expand": "operations,versionedRepresentations,editmeta,changelog,renderedFields",
        "id": str(issue.id),
        "self": f"{renderer.root}/issue/{issue.id}",
        "key": issue.key,
    }
    fields = {field.id: value_of(renderer, issue, field) for field in wanted}
    if fields:
        told["fields"] = fields
    if "changelog" in expand:
        told["changelog"] = renderer.changelog(issue)
    return told


def value_of(renderer: Renderer, issue: Issue, field: Field) -> object:
    """The value of a field."""
    special = _SPECIAL.get(field.id)
    if special is not None:
        return special(renderer, issue)
    return _BY_SHAPE[field.shape](renderer, issue, field)


def _option(renderer: Renderer, word: str) -> Json:
    key = str(10_300 + sum(map(ord, word)))
    return {
        "self": f"{renderer.root}/customFieldOption/{key}",
        "value": word,
        "id": key,
    }


def _services(renderer: Renderer, name: str) -> list[object]:
    key = renderer.site.object_ids.get(("Service", name), 0)
    return [{"id": f"ari:cloud:graph::service/practice/{key}", "name": name}]


def _assets(renderer: Renderer, name: str) -> list[object]:
    """Cloud tells ids alone; Data Center labels with keys."""
    key = renderer.site.object_ids.get(("Configuration item", name), 0)
    if renderer.site.is_cloud:
        return [{"workspaceId": WORKSPACE, "id": f"{WORKSPACE}:{key}", "objectId": str(key)}]
    return [f"{name} (CMDB-{key})"]


def _request_type(renderer: Renderer, name: str) -> object:
    if not renderer.site.is_cloud:
        return name
    kind = {"id": str(100 + sum(map(ord, name)) % 900), "name": name, "issueTypeId": "10009"}
    return {"requestType": kind}


def _feedback(renderer: Renderer, issue: Issue, field: Field) -> object:
    return None if issue.rating is None else {"rating": issue.rating.score}


def _feedback_at(renderer: Renderer, issue: Issue, field: Field) -> object:
    return None if issue.rating is None else renderer.time(issue.rating.at)


def _links(renderer: Renderer, issue: Issue) -> list[object]:
    told: list[object] = []
    for link, name, side, other_id in issue.links:
        other = renderer.site.issues.get(other_id)
        if other is not None:
            key, inward, outward = LINK_TYPES[name]
            kind = {"id": key, "name": name, "inward": inward, "outward": outward,
                    "self": f"{renderer.root}/issueLinkType/{key}"}  # fmt: skip
            told.append(
                {
                    "id": str(link),
                    "self": f"{renderer.root}/issueLink/{link}",
                    "type": kind,
                    side: _brief(renderer, other),
                }
            )
    return told


def _brief(renderer: Renderer, issue: Issue) -> Json:
    return {
        "id": str(issue.id),
        "key": issue.key,
        "self": f"{renderer.root}/issue/{issue.id}",
        "fields": {
            "summary": issue.words.get("Summary", ""),
            "status": renderer.status(issue.words["Status"]),
            "issuetype": renderer.issue_type(issue.type),
        },
    }


def _parent(renderer: Renderer, issue: Issue) -> object:
    above = renderer.site.issues.get(issue.parent) if issue.parent is not None else None
    return None if above is None else _brief(renderer, above)


def _comments(renderer: Renderer, issue: Issue) -> Json:
    first = issue.remarks[-EMBEDDED:] if renderer.site.is_cloud else issue.remarks
    return {
        "comments": [renderer.comment(one, issue) for one in first],
        "maxResults": len(first),
        "total": len(issue.remarks),
        "startAt": 0,
        "self": f"{renderer.root}/issue/{issue.id}/comment",
    }


def _resolution(renderer: Renderer, issue: Issue) -> object:
    name = issue.words.get("Resolution", "")
    if not name and "Resolved" in issue.times and issue.words["Status"] != "Canceled":
        name = "Done"
    if not name:
        return None
    key = str(10_000 + sum(map(ord, name)) % 1000)
    return {"self": f"{renderer.root}/resolution/{key}", "id": key, "name": name}


def _of_word(make: Callable[[Renderer, str], object]) -> Callable[[Renderer, Issue, Field], object]:
    def value(renderer: Renderer, issue: Issue, field: Field) -> object:
        word = issue.words.get(field.name)
        return make(renderer, word) if word else None

    return value


_SPECIAL: Mapping[str, Callable[[Renderer, Issue], object]] = {
    "status": lambda renderer, issue: renderer.status(issue.words["Status"]),
    "priority": lambda renderer, issue: renderer.priority(issue.words.get("Priority", "")),
    "issuetype": lambda renderer, issue: renderer.issue_type(issue.type),
    "project": lambda renderer, issue: renderer.project(issue.project),
    "resolution": _resolution,
    "created": lambda renderer, issue: renderer.time(issue.created),
    "updated": lambda renderer, issue: renderer.time(issue.updated),
    "issuelinks": _links,
    "parent": _parent,
    "comment": _comments,
    "labels": lambda renderer, issue: list(issue.labels),
}
_BY_SHAPE: Mapping[Shape, Callable[[Renderer, Issue, Field], object]] = {
    Shape.TEXT: _of_word(lambda _renderer, word: word),
    Shape.DOC: _of_word(lambda renderer, word: renderer.text(word)),
    Shape.OPTION: _of_word(_option),
    Shape.OPTIONS: _of_word(lambda renderer, word: [_option(renderer, word)]),
    Shape.USER: _of_word(lambda renderer, word: renderer.person(word)),
    Shape.SERVICES: _of_word(_services),
    Shape.ASSETS: _of_word(_assets),
    Shape.REQUEST_TYPE: _of_word(_request_type),
    Shape.TIME: lambda renderer, issue, field: renderer.time(issue.times.get(field.name)),
    Shape.DATE: lambda _renderer, _issue, _field: None,
    Shape.NUMBER: lambda _renderer, _issue, _field: None,
    Shape.CLOCK: lambda renderer, issue, field: renderer.clock(field.name, issue),
    Shape.FEEDBACK: _feedback,
    Shape.FEEDBACK_AT: _feedback_at,
}


def chosen(names: Iterable[str] | None, otherwise: str) -> tuple[Field, ...]:
    """The fields that a request asks for; unknown names ask for nothing."""
    words = [word.strip() for word in names or [otherwise] if word.strip()]
    found: dict[str, Field] = {}
    if "*all" in words or "*navigable" in words or any(word.startswith("-") for word in words):
        found = {field.id: field for field in FIELDS}
    for word in words:
        if word.startswith("-"):
            found.pop(word[1:], None)
        elif word in BY_ID:
            found[word] = BY_ID[word]
    return tuple(found.values())
