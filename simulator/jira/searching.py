"""Search: by JQL, with tokens in Cloud and `startAt` in Data Center; and what is asked in bulk.

A token is no snapshot: it says how many rows were given, so that rows that leave the query push
others out of sight. That is the worst a client has to reckon with.
"""

import base64
from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial

import orjson

from simulator.faults import FaultName
from simulator.jira.answers import MOVED, asked, listed, number, refused
from simulator.jira.conditions import field_named, time_of
from simulator.jira.fields import Field
from simulator.jira.jql import Query, parsed
from simulator.jira.rendering import Renderer
from simulator.jira.site import Issue, Site
from simulator.jira.values import chosen, shown_issue
from simulator.jira.words import PRIORITIES
from simulator.web import Answer, Request, json_answer

_MOST = {"ids": 5_000, "fields": 100, "server": 1_000}
_AS_INDEXED = ((("updated", False),), (("updated", False), ("key", False)))
_ONLY_KEYS = frozenset({"id", "key"})


@dataclass(slots=True)
class Search:
    """Handlers of search and of bulk requests."""

    site: Site

    def cloud(self, request: Request, _: object) -> Answer:
        """`GET` or `POST search/jql`."""
        wanted = asked(request)
        jql = str(wanted.get("jql") or "")
        token = str(wanted.get("nextPageToken") or "")
        names = listed(wanted.get("fields")) or ["id"]
        is_bare = set(names) <= _ONLY_KEYS
        limit = max(1, min(number(wanted.get("maxResults"), 50),
                           _MOST["ids" if is_bare else "fields"]))  # fmt: skip
        start = _start_of(token, jql)
        if start is None:
            return refused(400, "The provided next page token is invalid or expired.")
        try:
            query = parsed(self.site, jql)
        except ValueError as error:
            return refused(400, str(error))
        if not query.is_bounded:
            return refused(400, "Unbounded JQL queries are not allowed here. Please add a search "
                           "restriction to your query.")  # fmt: skip
        short = self.site.chances.hit(FaultName.SHORT_PAGES, "search")
        n = max(1, int(limit * short[0].rows)) if short is not None else limit
        rows = list(self._rows(query, start, n + 1))
        has_more, rows = len(rows) > n, rows[:n]
        fields = () if is_bare else chosen(names, "id")
        told: dict[str, object] = {
            "issues": self._shown(request, rows, fields, wanted),
            "isLast": not has_more,
        }
        if has_more:
            told["nextPageToken"] = _token(start + n, jql)
        return json_answer(told)

    def removed(self, _request: Request, _places: object) -> Answer:
        """`search`, which Cloud no longer has."""
        return refused(410, MOVED)

    def server(self, request: Request, _: object) -> Answer:
        """`GET` or `POST search` of Data Center."""
        wanted = asked(request)
        limit = min(number(wanted.get("maxResults"), 50), _MOST["server"])
        start = number(wanted.get("startAt"), 0)
        try:
            query = parsed(self.site, _lenient(self.site, str(wanted.get("jql") or ""), wanted))
        except ValueError as error:
            return refused(400, str(error))
        rows = list(self._rows(query, 0, None))
        fields = chosen(listed(wanted.get("fields")), "*navigable")
        told = {
            "expand": "names,schema",
            "startAt": start,
            "maxResults": limit,
            "total": len(rows),
            "issues": self._shown(request, rows[start : start + limit], fields, wanted),
        }
        return json_answer(told)

    def count(self, request: Request, _: object) -> Answer:
        """`POST search/approximate-count`."""
        try:
            query = parsed(self.site, str(asked(request).get("jql") or ""))
        except ValueError as error:
            return refused(400, str(error))
        return json_answer({"count": sum(1 for _ in self._rows(query, 0, None))})

    def bulk(self, request: Request, _: object) -> Answer:
        """`POST issue/bulkfetch`: issues by id or key; those that are not there are left out."""
        wanted = asked(request)
        keys = listed(wanted.get("issueIdsOrKeys")) or []
        if not 0 < len(keys) <= 100:
            return refused(400, "The number of issues must be between 1 and 100.")
        found = {key: issue for key in keys if (issue := self.seen(key)) is not None}
        fields = chosen(listed(wanted.get("fields")), "*navigable")
        told = {
            "expand": "names,schema,operations,editmeta,changelog",
            "issues": self._shown(request, list(found.values()), fields, wanted),
            "issueErrors": [],
        }
        return json_answer(told)

    def changelogs(self, request: Request, _: object) -> Answer:
        """`POST changelog/bulkfetch`: changes of many issues, by issue, cut where it suits."""
        wanted = asked(request)
        keys = listed(wanted.get("issueIdsOrKeys")) or []
        names = listed(wanted.get("fieldIds"))
        if not 0 < len(keys) <= 1_000 or len(names or ()) > 10:
            return refused(400, "Between 1 and 1000 issues and at most 10 fields may be named.")
        limit = max(1, min(number(wanted.get("maxResults"), 1_000), 10_000))
        start = _start_of(str(wanted.get("nextPageToken") or ""), "changelog")
        if start is None:
            return refused(400, "The provided next page token is invalid or expired.")
        renderer = self.renderer(request)
        entries = [
            (issue.id, entry)
            for key in keys
            if (issue := self.seen(key)) is not None
            for entry in issue.history
            if names is None or any(change.field_id in names for change in entry.changes)
        ]
        by_issue: dict[int, list[object]] = {}
        for key, entry in entries[start : start + limit]:
            by_issue.setdefault(key, []).append(renderer.entry(entry, epoch=True))
        told: dict[str, object] = {
            "issueChangeLogs": [
                {"issueId": str(key), "changeHistories": made} for key, made in by_issue.items()
            ]
        }
        if start + limit < len(entries):
            told["nextPageToken"] = _token(start + limit, "changelog")
        return json_answer(told)

    def seen(self, word: str) -> Issue | None:
        """An issue by key or id, if the user may see it."""
        issue = self.site.resolved(word)
        return None if issue is None or self._is_hidden(issue) else issue

    def renderer(self, request: Request) -> Renderer:
        """Shows issues in the version that is asked for."""
        is_three = self.site.is_cloud and "/api/3/" in request.path
        return Renderer(self.site, request.base, 3 if is_three else 2)

    def _rows(self, query: Query, start: int, n: int | None) -> Iterator[Issue]:
        """Rows that meet a query; hidden ones are as if they were not there."""
        with self.site.lock:
            self.site.catch_up()
            hides = self.site.chances.hides_rows
            rows = [
                row
                for row in self.site.found(query.since, query.until)
                if query.test(row) and not (hides and self._is_hidden(row[1]))
            ]
        if query.order not in _AS_INDEXED:
            for name, is_down in reversed(query.order or (("key", False),)):
                rows.sort(key=partial(_sort_key, name), reverse=is_down)
        end = None if n is None else start + n
        return (issue for _, issue in rows[start:end])

    def _is_hidden(self, issue: Issue) -> bool:
        chances = self.site.chances
        return chances.hides_rows and chances.hidden("search")(str(issue.id))

    def _shown(
        self,
        request: Request,
        rows: list[Issue],
        fields: tuple[Field, ...],
        wanted: dict[str, object],
    ) -> list[object]:
        renderer = self.renderer(request)
        expand = frozenset(listed(wanted.get("expand")) or ())
        return [shown_issue(renderer, issue, fields, expand) for issue in rows]


def _sort_key(name: str, row: tuple[int, Issue]) -> tuple[int | str, ...]:
    """What rows are ordered by; times, words and numbers are not mixed under one name."""
    updated, issue = row
    if name in {"updated", "updateddate"}:
        return (updated,)
    if name in {"created", "createddate"}:
        return (issue.created,)
    if name == "priority":
        return (PRIORITIES.get(issue.words.get("Priority", ""), "9"),)
    if name.startswith("cf[") or name == "satisfaction date":
        return (time_of(issue, field_named(name)) or 0,)
    if name == "id":
        return (issue.id,)
    return issue.project, issue.n


def _lenient(site: Site, jql: str, wanted: dict[str, object]) -> str:
    """The query; where validation is switched off, without the ids that are not there."""
    if wanted.get("validateQuery") not in {False, "false", "none", "warn"}:
        return jql
    head, mark, rest = jql.partition("id in (")
    if not mark:
        return jql
    ids, _, tail = rest.partition(")")
    kept = [one.strip() for one in ids.split(",") if site.resolved(one.strip()) is not None]
    return f"{head}id in ({', '.join(kept)}){tail}" if kept else f"{head}updated < 0{tail}"


def _token(start: int, about: str) -> str:
    return base64.urlsafe_b64encode(orjson.dumps([start, _mark(about)])).decode()


def _start_of(token: str, about: str) -> int | None:
    """How many rows a token leaves out; None where it is none, or one of another query."""
    if not token:
        return 0
    try:
        start, mark = orjson.loads(base64.urlsafe_b64decode(token))
    except (ValueError, TypeError):
        return None
    return int(start) if mark == _mark(about) else None


def _mark(about: str) -> str:
    return base64.b32encode(about.encode())[-12:].decode()
