"""A site out of an estate: issues with their life, and what Assets knows of the rest."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from itertools import groupby
from typing import Any

import numpy as np

from itsm.states import RecordKind
from simulator.columns import Column, ColumnBlock
from simulator.dirt import planted_defects
from simulator.estate import iter_blocks
from simulator.exports_jira import STATES
from simulator.jira.fields import BY_NAME, CLOCKS
from simulator.jira.objects import enter_objects
from simulator.jira.site import Approval, Change, Cycle, Entry, Issue, Rating, Remark, Site
from simulator.jira.words import PRIORITIES, STATUSES, UNKNOWN_STATUS, WORK, Work, key_of

K = RecordKind
_HOUR_MS = 3_600_000
_SEVEN_YEARS_MS = 7 * 365 * 24 * _HOUR_MS
_STATE_FIELDS = {"state": "Status", "team": "Team", "assignee": "Assignee", "priority": "Priority"}
_DECISIONS = {"approved": "approved", "rejected": "declined"}


@dataclass(slots=True)
class Maker:
    """Enters the blocks of an estate into a site."""

    site: Site
    ids: dict[str, int] = field(default_factory=dict)
    _links: list[tuple[str, int, str, bool]] = field(default_factory=list)
    _parents: list[tuple[int, str]] = field(default_factory=list)

    def all(self) -> None:
        """Everything there is in the estate."""
        for block in iter_blocks(self.site.settings):
            if block.n:
                self._enter(block)
        self._connect()
        _damage(self.site)
        self.site.index_all()

    def _enter(self, block: ColumnBlock) -> None:
        if block.kind in WORK:
            self._issues(block, WORK[block.kind])
        elif block.kind is K.HISTORY:
            self._history(block)
        elif block.kind is K.COMMENT:
            self._remarks(block)
        elif block.kind is K.SLA_CLOCK:
            self._clocks(block)
        elif block.kind is K.APPROVAL:
            self._approvals(block)
        elif block.kind is K.SURVEY_RESPONSE:
            self._ratings(block)
        else:
            enter_objects(self.site, block)

    def _issues(self, block: ColumnBlock, work: Work) -> None:
        columns = block.columns
        blank = [""] * block.n
        words = {
            name: form(columns[estate]) if estate in columns else blank
            for name, estate, form in work.columns
        }
        times = {
            name: instants(columns[estate]) if estate in columns else [None] * block.n
            for name, estate in work.times.items()
        }
        for row, number in enumerate(map(str, columns["number"])):
            made = {name: at for name, cells in times.items() if (at := cells[row]) is not None}
            updated = made.pop("Updated", self.site.settings.start_s * 1000)
            created = made.pop("Created", updated)
            project, n = key_of(number)
            key = self.site.serial("issue", 10_001)
            shown = {name: cells[row] for name, cells in words.items() if cells[row]}
            self.site.issues[key] = Issue(
                key, project, n, work.type, block.kind, number, created, updated, shown, made
            )
            self.site.by_key[f"{project}-{n}"] = self.ids[number] = key
            self._note_links(block, work, row, key)

    def _note_links(self, block: ColumnBlock, work: Work, row: int, key: int) -> None:
        for name, estate, is_inward in work.links:
            other = block.columns[estate][row] if estate in block.columns else None
            if other is not None:
                self._links.append((name, key, str(other), is_inward))
        if work.parent and work.parent in block.columns:
            above = block.columns[work.parent][row]
            if above is not None:
                self._parents.append((key, str(above)))

    def _connect(self) -> None:
        """Links, now that all issues are there; numbers and children follow."""
        issues = self.site.issues
        for name, key, number, is_inward in self._links:
            other = self.ids.get(number)
            if other is not None:
                ends = (key, other) if is_inward else (other, key)
                link = self.site.serial("link", 20_001)
                issues[ends[0]].links.append((link, name, "outwardIssue", ends[1]))
                issues[ends[1]].links.append((link, name, "inwardIssue", ends[0]))
        for key, number in self._parents:
            issues[key].parent = self.ids.get(number)
            if issues[key].kind is K.REVIEW_ACTION and issues[key].parent is not None:
                above = issues[self.ids[number]]
                issues[key].created = min(above.times.get("Resolved", above.created),
                                          issues[key].updated)  # fmt: skip
        for issue in issues.values():
            self.site.reserve(issue.project, issue.n)

    def _history(self, block: ColumnBlock) -> None:
        """What was set when a record was opened is what it was created with."""
        names = ("record", "at", "actor", "field", "old", "new")
        columns = {name: block.columns[name] for name in names}
        columns["at"] = instants(columns["at"])
        rows = zip(*columns.values(), strict=True)
        for (record, at, actor), changes in groupby(rows, key=lambda row: row[:3]):
            issue = self.site.issues[self.ids[str(record)]]
            made = [_change(str(name), old, new) for *_, name, old, new in changes]
            told = tuple(one for one in made if at != issue.created or one.old is not None)
            if told:
                key = self.site.serial("history", 100_001)
                issue.history.append(Entry(key, int(str(at)), str(actor), told))

    def _remarks(self, block: ColumnBlock) -> None:
        columns = block.columns
        for record, at, author, text, is_internal in zip(
            columns["record"],
            instants(columns["at"]),
            columns["author"],
            columns["text"],
            columns["is_work_note"],
            strict=True,
        ):
            issue = self.site.issues[self.ids[str(record)]]
            key = self.site.serial("comment", 30_001)
            said = Remark(key, int(str(at)), str(author), str(text), bool(is_internal))
            issue.remarks.append(said)

    def _clocks(self, block: ColumnBlock) -> None:
        columns = block.columns
        for record, kind, target, start, stop, due, goal, elapsed, is_breached in zip(
            columns["record"],
            columns["type"],
            columns["target"],
            instants(columns["started_at"]),
            instants(columns["ended_at"]),
            instants(columns["due_at"]),
            columns["target_h"],
            columns["elapsed_h"],
            columns["is_breached"],
            strict=True,
        ):
            issue = self.site.issues[self.ids[str(record)]]
            cycle = Cycle(
                int(str(start)),
                stop,
                int(str(due)),
                _ms(goal),
                _ms(elapsed),
                bool(is_breached),
            )
            issue.clocks.setdefault(CLOCKS[str(kind), str(target)], []).append(cycle)

    def _approvals(self, block: ColumnBlock) -> None:
        columns = block.columns
        for change, name, approver, state, created, decided in zip(
            columns["change"],
            columns["step"],
            columns["approver"],
            columns["state"],
            instants(columns["requested_at"]),
            instants(columns["decided_at"]),
            strict=True,
        ):
            issue = self.site.issues[self.ids[str(change)]]
            decision = _DECISIONS.get(str(state), "pending")
            key = self.site.serial("approval")
            issue.approvals.append(
                Approval(key, str(name), str(approver), decision, int(str(created)), decided)
            )

    def _ratings(self, block: ColumnBlock) -> None:
        """Only what was answered is kept."""
        columns = block.columns
        for record, at, score, text in zip(
            columns["record"],
            instants(columns["answered_at"]),
            columns["score"],
            columns["text"],
            strict=True,
        ):
            if at is not None and score is not None:
                rating = Rating(round(float(str(score))), str(text or ""), at)
                self.site.issues[self.ids[str(record)]].rating = rating


def made_site(site: Site) -> Site:
    """A site with all of its estate in it."""
    Maker(site).all()
    return site


def instants(column: Column) -> list[int | None]:
    """Times in milliseconds since 1970."""
    times = np.asarray(column, dtype="datetime64[s]")
    none = np.isnat(times).tolist()
    seconds = times.astype(np.int64).tolist()
    return [None if gone else at * 1000 for at, gone in zip(seconds, none, strict=True)]


def side_of(name: str, word: str) -> tuple[str, str]:
    """A value as the changelog tells it: id and word."""
    if name == "Status":
        return STATUSES[word][0], word
    if name == "Priority":
        return PRIORITIES[word], word
    return word.lower().replace(" ", "."), word


def _change(estate: str, old: object, new: object) -> Change:
    name = _STATE_FIELDS[estate]
    sides = [None if value is None else side_of(name, _word(name, str(value)))
             for value in (old, new)]  # fmt: skip
    return Change(BY_NAME[name].id, name if name == "Team" else name.lower(), sides[0], sides[1])


def _word(name: str, value: str) -> str:
    if name == "Status":
        return STATES[value]
    if name == "Priority":
        return next(word for word, number in PRIORITIES.items() if number == value)
    return value


def _ms(hours: object) -> int:
    return round(float(str(hours)) * _HOUR_MS)


def _damage(site: Site) -> None:
    """Damage what an issue can hold: a status nobody knows, a resolution before the opening."""
    defects: Mapping[int, str] = planted_defects(site.settings)
    for issue in _incidents(site.issues.values()):
        defect = defects.get(issue.n - 1)
        if defect == "unknown_state":
            issue.words["Status"] = UNKNOWN_STATUS
        elif defect == "resolved_before_opened" and "Resolved" in issue.times:
            issue.times["Resolved"] = issue.created - _SEVEN_YEARS_MS


def _incidents(issues: Iterable[Issue]) -> Iterable[Any]:
    return (issue for issue in issues if issue.kind is K.INCIDENT)
