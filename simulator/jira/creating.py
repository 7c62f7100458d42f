"""What a new issue has to hold: `GET issue/createmeta/{project}/issuetypes`, and of each type."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from simulator.faults import FaultName
from simulator.jira.answers import no_path, whole
from simulator.jira.editing import table_named
from simulator.jira.fields import FIELDS, Field, Shape
from simulator.jira.searching import Search
from simulator.jira.site import Site
from simulator.jira.words import PROJECTS, TYPES
from simulator.web import Answer, Request, json_answer

Places = Mapping[str, str]
_OFFERED = frozenset({Shape.TEXT, Shape.DOC, Shape.OPTION, Shape.NAMED, Shape.LABELS})
_DEMANDED = frozenset({"summary", "project", "issuetype"})


@dataclass(slots=True)
class Creating:
    """Handlers of `issue/createmeta`; every project takes every type here."""

    site: Site
    search: Search

    def types(self, request: Request, places: Places) -> Answer:
        """`GET issue/createmeta/{project}/issuetypes`."""
        if places["project"] not in PROJECTS:
            return no_path(request)
        renderer = self.search.renderer(request)
        return self._page(request, "issueTypes", [renderer.issue_type(name) for name in TYPES])

    def form(self, request: Request, places: Places) -> Answer:
        """`GET issue/createmeta/{project}/issuetypes/{type}`."""
        names = {key: name for name, key in TYPES.items()}
        if places["project"] not in PROJECTS or places["type"] not in names:
            return no_path(request)
        table = table_named(names[places["type"]])
        wanted, left_out = self._named(FaultName.FIELD_MANDATORY, table), self._left_out(table)
        shown = [
            self._shown(one, is_required=one.id in wanted | _DEMANDED)
            for one in FIELDS
            if (one.shape in _OFFERED or one.id in _DEMANDED) and one.id not in left_out
        ]
        system = [
            {"fieldId": name, "key": name, "name": name.capitalize(), "required": True,
             "hasDefaultValue": False, "operations": ["set"], "schema": {"type": name}}
            for name in sorted(_DEMANDED - {str(one["fieldId"]) for one in shown})
        ]  # fmt: skip
        return self._page(request, "fields", [*system, *shown])

    def _shown(self, one: Field, *, is_required: bool) -> Mapping[str, object]:
        return {
            "fieldId": one.id,
            "key": one.id,
            "name": one.name,
            "required": is_required or one.id == "reporter",
            "hasDefaultValue": one.id in {"reporter", "priority"},
            "operations": ["set"],
            "schema": one.described["schema"],
        }

    def _named(self, fault: FaultName, table: str) -> frozenset[str]:
        given = [one for one in self.site.chances.faults.of(fault) if one.concerns(table)]
        return frozenset(word for one in given for word in one.text.split())

    def _left_out(self, table: str) -> frozenset[str]:
        """Fields that are not on the screen: what is written to them is not kept."""
        return self._named(FaultName.FIELD_IGNORED, table)

    def _page(self, request: Request, word: str, rows: Sequence[object]) -> Answer:
        start, limit = whole(request, "startAt", 0), min(whole(request, "maxResults", 50), 200)
        some, total = list(rows[start : start + limit]), len(rows)
        told: dict[str, object] = {"maxResults": limit, "startAt": start, "total": total}
        if self.site.is_cloud:
            return json_answer({**told, word: some})
        return json_answer({**told, "isLast": start + limit >= total, "values": some})
