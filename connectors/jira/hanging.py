"""What hangs on issues and comes with them, or one request beside: clocks, comments, ratings."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from connectors.core.mapping.raw import Cells, cell, raw_of
from connectors.jira.api import Issue, JiraApi
from connectors.jira.changes import Kinds
from connectors.jira.facts import RATING, Facts
from connectors.jira.rows import sides_of
from itsm.records import RawRecord
from itsm.states import RecordKind

_PENDING, _NOT_NEEDED = "pending", "not needed"


@dataclass(frozen=True, slots=True)
class ClockMaker:
    """Makes a raw record of each run of each clock of issues."""

    api: JiraApi
    kinds: Kinds
    fields: tuple[str, ...]

    def __call__(self, issues: Sequence[Issue]) -> Sequence[RawRecord]:
        """All runs, ended and running."""
        return [
            raw_of(self.api.name, RecordKind.SLA_CLOCK, f"{issue['id']}.{name}.{start}", cells)
            for issue, own in _owned(issues, self.kinds)
            for name in self.fields
            for start, cells in _runs(issue["fields"].get(name), own)
        ]


@dataclass(frozen=True, slots=True)
class CommentMaker:
    """Makes raw records of the comments of issues."""

    api: JiraApi
    kinds: Kinds

    def __call__(self, issues: Sequence[Issue]) -> Sequence[RawRecord]:
        """All comments; those that did not come with their issue are asked for."""
        return [
            raw_of(self.api.name, RecordKind.COMMENT, str(one["id"]), {**own, **_said(one)})
            for issue, own in _owned(issues, self.kinds)
            for one in self._comments(issue)
        ]

    def _comments(self, issue: Issue) -> Sequence[Any]:
        page = issue["fields"].get("comment") or {}
        comments = page.get("comments") or ()
        if len(comments) >= int(page.get("total", 0)):
            return list(comments)
        return self.api.comments(str(issue["id"]))


@dataclass(frozen=True, slots=True)
class RatingMaker:
    """Makes raw records of what customers answered."""

    api: JiraApi
    kinds: Kinds
    facts: Facts
    answered: str

    def __call__(self, issues: Sequence[Issue]) -> Sequence[RawRecord]:
        """A rating per issue that has one, with the words that came with it."""
        (rating,) = self.facts.of_custom(RATING)[:1] or ("",)
        found = []
        for issue, own in _owned(issues, self.kinds):
            sides = sides_of(issue["fields"].get(rating))
            at = sides_of(issue["fields"].get(self.answered))
            if sides is not None and at is not None:
                cells = {**own, "rating": cell(*sides), "answered": cell(*at)}
                cells |= self._words(str(issue["id"]))
                key = f"{issue['id']}.csat"
                found.append(raw_of(self.api.name, RecordKind.SURVEY_RESPONSE, key, cells))
        return found

    def _words(self, key: str) -> Cells:
        told = self.api.desk(f"request/{key}/feedback") or {}
        comment = told.get("comment")
        body = comment.get("body") if isinstance(comment, Mapping) else comment
        return {"comment": cell(str(body))} if body else {}


@dataclass(frozen=True, slots=True)
class ApprovalMaker:
    """Makes raw records of the answers of approvers."""

    api: JiraApi

    def __call__(self, issues: Sequence[Issue]) -> Sequence[RawRecord]:
        """An answer per approver of each approval."""
        return [
            raw_of(self.api.name, RecordKind.APPROVAL, f"{issue['id']}.{key}", cells)
            for issue in issues
            for approval in self._approvals(str(issue["id"]))
            for key, cells in _answers(approval, issue)
        ]

    def _approvals(self, key: str) -> Iterator[Mapping[str, Any]]:
        start = 0
        while True:
            page = self.api.desk(f"request/{key}/approval?start={start}&limit=50") or {}
            values = page.get("values") or ()
            yield from values
            if page.get("isLastPage", True) or not values:
                return
            start += len(values)


def _owned(issues: Sequence[Issue], kinds: Kinds) -> Iterator[tuple[Issue, Cells]]:
    """Issues of the kinds that others hang on, with the cells that say so."""
    for issue in issues:
        kind = kinds.get(str(issue["fields"]["issuetype"]["id"]))
        if kind is not None:
            yield issue, {"issue": cell(str(issue["id"])), "kind": cell(kind.value)}


def _runs(clock: object, own: Cells) -> Iterator[tuple[int, Cells]]:
    """The runs of a clock, each with its start in milliseconds."""
    if not isinstance(clock, Mapping):
        return
    running = clock.get("ongoingCycle")
    name = cell(str(clock.get("id", "")), str(clock.get("name", "")))
    for run in (*(clock.get("completedCycles") or ()), *([running] if running else ())):
        start = run.get("startTime", {}).get("epochMillis")
        if start is None:
            continue
        cells: Cells = {**own, "metric": name, "started": _moment(run["startTime"])}
        for column, key in (("stopped", "stopTime"), ("breach", "breachTime")):
            if isinstance(run.get(key), Mapping):
                cells[column] = _moment(run[key])
        for column, key in (("goal_s", "goalDuration"), ("elapsed_s", "elapsedTime")):
            if isinstance(run.get(key), Mapping):
                cells[column] = cell(str(run[key]["millis"] / 1000))
        is_breached = bool(run.get("breached"))
        cells["breached"] = cell(str(is_breached).lower())
        if is_breached and "breach" in cells:
            cells["breached_at"] = cells["breach"]
        yield int(start), cells


def _moment(told: Mapping[str, Any]) -> dict[str, str]:
    at = datetime.fromtimestamp(int(told["epochMillis"]) / 1000, UTC)
    return cell(at.isoformat())


def _said(comment: Mapping[str, Any]) -> Cells:
    body = sides_of(comment.get("body")) or ("", "")
    cells = {
        "body": cell("", body[1]),
        "created": cell(str(comment.get("created", ""))),
        "updated": cell(str(comment.get("updated", comment.get("created", "")))),
        "internal": cell(str(not comment.get("jsdPublic", True)).lower()),
    }
    author = sides_of(comment.get("author"))
    return cells if author is None else {**cells, "author": cell(*author)}


def _answers(approval: Mapping[str, Any], issue: Issue) -> Iterator[tuple[str, Cells]]:
    """An approver who had not answered when it was decided did not have to."""
    is_decided = approval.get("finalDecision", _PENDING) != _PENDING
    created, completed = approval.get("createdDate"), approval.get("completedDate")
    for place, one in enumerate(approval.get("approvers") or ()):
        decision = str(one.get("approverDecision", _PENDING))
        cells = {
            "issue": cell(str(issue["id"]), str(issue["key"])),
            "name": cell(str(approval.get("name", ""))),
            "decision": cell(_NOT_NEEDED if is_decided and decision == _PENDING else decision),
        }
        if isinstance(created, Mapping):
            cells["created"] = cells["changed"] = _moment(created)
        if isinstance(completed, Mapping):
            cells["changed"] = _moment(completed)
            if decision != _PENDING:
                cells["completed"] = _moment(completed)
        approver = sides_of(one.get("approver"))
        if approver is not None:
            cells["approver"] = cell(*approver)
        yield f"{approval.get('id', '')}.{place}", cells
