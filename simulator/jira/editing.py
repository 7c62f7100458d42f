"""Changes to issues, whoever makes them, with what the history tells of them."""

from itsm.states import RecordKind
from simulator.jira.fields import BY_NAME, Field
from simulator.jira.site import Change, Entry, Issue, Site
from simulator.jira.words import IMPROVEMENT, STATUSES, WORK
from simulator.write_mishaps import PersonEdit, Touched

_DONE = frozenset({"Resolved", "Closed", "Canceled", "Done", "Completed"})
KINDS = {work.type: kind for kind, work in WORK.items()} | {IMPROVEMENT: RecordKind.PROBLEM}
"""The record kinds by issue type."""
_TABLES = {RecordKind.INCIDENT: "incident", RecordKind.PROBLEM: "problem"}


def saved(site: Site, issue: Issue) -> None:
    """An issue was changed just now."""
    issue.updated, issue.version = site.now_ms(), issue.version + 1
    site.changed(issue.id)


def changed(issue: Issue, field: Field, word: str) -> list[Change]:
    """Give a field another value; what the history tells of it, nothing if nothing differs."""
    old = issue.words.get(field.name, "")
    if old == word:
        return []
    if word:
        issue.words[field.name] = word
    else:
        issue.words.pop(field.name, None)
    sides = [("", text) if text else None for text in (old, word)]
    name = field.name if field.is_custom else field.id
    return [Change(field.id, name, sides[0], sides[1])]


def note(site: Site, issue: Issue, author: str, changes: list[Change]) -> None:
    """Enter a change into the history."""
    key = site.serial("history")
    issue.history.append(Entry(key, site.now_ms(), author, tuple(changes)))


def change_status(site: Site, issue: Issue, name: str, author: str) -> None:
    """Move an issue to a status."""
    old = issue.words["Status"]
    if old == name:
        return
    issue.words["Status"] = name
    sides = [(STATUSES[one][0], one) for one in (old, name)]
    note(site, issue, author, [Change("status", "status", sides[0], sides[1])])
    if name in _DONE:
        issue.times.setdefault("Resolved", site.now_ms())
    else:
        issue.times.pop("Resolved", None)
    saved(site, issue)


def link_issues(site: Site, name: str, first: Issue, second: Issue, author: str) -> None:
    """Link two issues; a link that is there is not made again."""
    if any(one[1:] == (name, "outwardIssue", second.id) for one in first.links):
        return
    link = site.serial("link")
    first.links.append((link, name, "outwardIssue", second.id))
    second.links.append((link, name, "inwardIssue", first.id))
    for one, other in ((first, second), (second, first)):
        note(site, one, author, [Change("", "Link", None, (other.key, f"links {other.key}"))])
        saved(site, one)


def edited_by_hand(
    site: Site, one: Touched, name: str, value: str, who: str = "Gwen Harper"
) -> PersonEdit | None:
    """Change a field of an issue as somebody in a browser does; by the name people see."""
    with site.lock:
        issue = site.resolved(one.key)
        if issue is None:
            return None
        before = issue.words.get(name, "")
        if name == "Status":
            change_status(site, issue, value, who)
        else:
            note(site, issue, who, changed(issue, BY_NAME[name], value))
            saved(site, issue)
    return PersonEdit(one.table, str(issue.id), name, before, value)


def table_of_issue(issue: Issue) -> str:
    """What faults of writes call an issue."""
    return table_named(issue.type)


def table_named(type_name: str) -> str:
    """What faults of writes call the issues of a type."""
    if type_name == IMPROVEMENT:
        return "improvement"
    return _TABLES.get(KINDS[type_name], type_name)
