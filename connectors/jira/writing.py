"""Writes problems, links, internal comments and register entries to a Jira site.

Jira has no lock: the change log tells afterwards what people changed meanwhile. What is created is
found again by a label, which search knows after a moment only (`push.settle_s`).

Source:
    Atlassian, "The Jira Cloud platform REST API": issues, transitions, issue links, comments; for
    Data Center "Jira REST API" 2. A link's inward issue is the one that shows the outward phrase.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

import orjson

from connectors.core.surroundings import Surroundings
from connectors.core.writing import Abilities, Creation, Edit, Identity, send
from connectors.jira.adf import document
from connectors.jira.api import Issue, JiraApi, is_missing
from connectors.jira.config import JiraConfig
from connectors.jira.write_fields import WriteIssue, plain, said, short, write_issues
from connectors.jira.write_history import WriteHistory
from itsm.errors import FatalSourceError, MappingError, TransientSourceError
from itsm.pushed import Remote
from itsm.pushing import STATE, PushKind

_GATEWAY = "api.atlassian.com"
_INTERNAL = [{"key": "sd.public.comment", "value": {"internal": True}}]


@dataclass(slots=True)
class JiraWriter:
    """Writes to one site, Cloud or Data Center."""

    name: str
    config: JiraConfig
    around: Surroundings = field(default_factory=Surroundings)
    _api: JiraApi = field(init=False, repr=False)
    _issues: Mapping[PushKind, WriteIssue] = field(init=False, repr=False)
    _user: str | None = field(default=None, init=False, repr=False)

    def __post_init__(self) -> None:
        """Reads the settings; nothing is sent yet."""
        self._api = JiraApi(self.name, self.config, self.around)
        self._issues = write_issues(self.config)

    @property
    def abilities(self) -> Abilities:
        """What has a project can be created; an incident may have several problems."""
        made = {kind: one for kind, one in self._issues.items() if one.project}
        return Abilities(
            fields={kind: frozenset(one.fields) for kind, one in made.items()},
            states={kind: frozenset(one.states) for kind, one in made.items()},
            has_one_problem=False,
            settles_s=max(self.config.push.settle_s, float(self.config.index_lag_s)),
        )

    def identity(self) -> Identity:
        """The host of the address that the site tells as its own; a copy keeps it."""
        value = self._api.whole(f"{self._api.root}/serverInfo").value
        told = urlsplit(str(value.get("baseUrl", "")) if isinstance(value, dict) else "").netloc
        if not told:
            raise FatalSourceError(self.name, "serverInfo does not say the site's address")
        reached = urlsplit(self.config.url).netloc
        is_copy = reached not in (told, _GATEWAY)
        copy = f"it says it is {told} and is reached as {reached}" if is_copy else ""
        return Identity(name=told, copy_of=copy)

    def held(self, kind: PushKind, values: Mapping[str, str]) -> Mapping[str, str]:
        """Summaries in one line, other texts with plain line ends, cut to Jira's lengths."""
        del kind
        return {name: short(one) if name == "title" else said(one) for name, one in values.items()}

    def find(self, kind: PushKind, key: str) -> Sequence[Remote]:
        """Issues with the key as a label, oldest first, as far as search knows them."""
        jql = f'labels = "{_label(key)}" ORDER BY created ASC'
        found = self._api.search(jql, ("labels",), 50).issues
        remotes = [self.read(kind, str(one["id"])) for one in found]
        return [one for one in remotes if one is not None]

    def read(self, kind: PushKind, record: str) -> Remote | None:
        """An issue by id, or by key."""
        issue = self._issues[kind]
        names = ("summary", "status", "issuelinks", "labels", *self._ids(issue).values())
        params = {"fields": ",".join(dict.fromkeys(names)), "expand": "changelog"}
        try:
            value = self._api.whole(f"{self._api.root}/issue/{record}", params).value
        except FatalSourceError as error:
            if is_missing(error):
                return None
            raise
        return self._remote(issue, value) if isinstance(value, dict) else None

    def numbered(self, kind: PushKind, number: str) -> Remote | None:
        """An issue by its key."""
        return self.read(kind, number)

    def create(self, what: Creation) -> str:
        """Post an issue with the key as a label."""
        issue = self._issues[what.kind]
        if not issue.project:
            raise FatalSourceError(
                self.name, f"push.projects.{what.kind}: say in which project it is created"
            )
        fields: dict[str, object] = {
            "project": {"key": issue.project},
            "issuetype": {"name": issue.type},
            "labels": [_label(what.key)],
            **self._cells(issue, what.values),
        }
        answer = self._send("POST", "issue", {"fields": fields})
        try:
            return str(orjson.loads(answer)["id"])
        except (orjson.JSONDecodeError, KeyError, TypeError):
            raise TransientSourceError(
                self.name, "created an issue, and the answer does not say which"
            ) from None

    def write(self, before: Remote, values: Mapping[str, str]) -> None:
        """Put some fields."""
        cells = self._cells(self._issues[before.kind], values)
        self._send("PUT", f"issue/{before.key}", {"fields": cells})

    def move(self, before: Remote, state: str, text: str) -> None:
        """Take the transition that leads to a status of that meaning, then say why, internally.

        Raises:
            FatalSourceError: the workflow has none from here.
        """
        issue = self._issues[before.kind]
        path = f"{self._api.root}/issue/{before.key}/transitions"
        value = self._api.whole(path, {"expand": "transitions.fields"}).value
        offered = value.get("transitions", []) if isinstance(value, dict) else []
        fits = [one for one in offered if issue.state_of(str(one["to"]["name"])) == state]
        if not fits:
            names = ", ".join(str(one["to"]["name"]) for one in offered) or "none"
            raise FatalSourceError(
                self.name, f"{before.number}: no transition leads to {state}; there is {names}"
            )
        chosen = min(fits, key=lambda one: issue.rank(str(one["to"]["name"]), state))
        body: dict[str, object] = {"transition": {"id": str(chosen["id"])}}
        if resolution := _resolution(chosen):
            body["fields"] = {"resolution": {"name": resolution}}
        self._send("POST", f"issue/{before.key}/transitions", body)
        if text:
            self.note(before, text)

    def link(self, incident: Remote, problem: Remote) -> None:
        """Post a link; one that is there already is not doubled."""
        ends = {"inwardIssue": {"key": problem.number}, "outwardIssue": {"key": incident.number}}
        self._send("POST", "issueLink", {"type": {"name": self.config.push.link_type}, **ends})

    def unlink(self, incident: Remote, problem: Remote) -> None:
        """Delete the link between them."""
        params = {"fields": "issuelinks"}
        value = self._api.whole(f"{self._api.root}/issue/{incident.key}", params).value
        for one in value["fields"].get("issuelinks") or []:
            if self._problem_of(one) == problem.number:
                self._send("DELETE", f"issueLink/{one['id']}")

    def note(self, record: Remote, text: str) -> None:
        """Add an internal comment; one that a customer could see all the same is deleted.

        Raises:
            FatalSourceError: the site made it public.
        """
        body = {"body": self._text(said(text)), "properties": _INTERNAL}
        answer = self._send("POST", f"issue/{record.key}/comment", body)
        try:
            made = orjson.loads(answer)
        except orjson.JSONDecodeError:
            return
        if isinstance(made, dict) and made.get("jsdPublic") is True:
            self._send("DELETE", f"issue/{record.key}/comment/{made['id']}")
            raise FatalSourceError(
                self.name, f"{record.number}: the site shows comments to customers; none was left"
            )

    def has_note(self, record: Remote, mark: str) -> bool:
        """Whether a comment holds the mark."""
        return any(mark in plain(one.get("body")) for one in self._api.comments(record.key))

    def nobody_between(self, before: Remote, after: Remote) -> bool:
        """Never sure: only the change log tells."""
        del before, after
        return False

    def edits(self, before: Remote) -> Sequence[Edit] | None:
        """What the change log tells since its last entry that was read before."""
        issue = self._issues[before.kind]
        history = WriteHistory(self._api, issue, self._names(issue), self._me())
        return history.since(before)

    def _names(self, issue: WriteIssue) -> Mapping[str, str]:
        """Our names of fields by what a change log calls them: ids, or what people see."""
        shown = self._api.facts().names
        ids = self._ids(issue)
        by_label = {shown[key]: name for name, key in ids.items() if key in shown}
        return {**by_label, **{key: name for name, key in ids.items()}, "status": STATE}

    def _remote(self, issue: WriteIssue, value: Issue) -> Remote:
        fields = value["fields"]
        ids = self._ids(issue)
        held = {name: plain(fields.get(key)) for name, key in ids.items()}
        status = str((fields.get("status") or {}).get("name", ""))
        state = issue.state_of(status)
        entries = (value.get("changelog") or {}).get("histories") or []
        problems = [self._problem_of(one) for one in fields.get("issuelinks") or []]
        return Remote(
            kind=issue.kind,
            key=str(value["id"]),
            number=str(value["key"]),
            link=f"{self.config.url}/browse/{value['key']}",
            version=str(max((int(one["id"]) for one in entries), default=0)),
            fields={name: short(x) if name == "title" else said(x) for name, x in held.items()},
            state=state,
            is_closed=state in {"closed", "canceled"},
            problems=tuple(one for one in problems if one),
        )

    def _problem_of(self, link: Mapping[str, Any]) -> str:
        """The key of the problem that a link of an incident leads to, "" for other links."""
        if (link.get("type") or {}).get("name") != self.config.push.link_type:
            return ""
        return str((link.get("inwardIssue") or {}).get("key", ""))

    def _ids(self, issue: WriteIssue) -> Mapping[str, str]:
        """The ids of the fields that the site has, by our name."""
        facts, found = self._api.facts(), {}
        for name, column in issue.fields.items():
            ids = facts.of_column(column)
            if ids:
                found[name] = ids[0]
        return found

    def _cells(self, issue: WriteIssue, values: Mapping[str, str]) -> dict[str, object]:
        """Values as Jira takes them: documents, options, or plain text."""
        ids, facts, found = self._ids(issue), self._api.facts(), {}
        for name, text in values.items():
            if name not in ids:
                raise MappingError(
                    self.name, name, f"the site has no field {issue.fields[name]!r}",
                    f"name yours in push.fields.{issue.kind}",
                )  # fmt: skip
            custom = facts.custom.get(ids[name], "")
            found[ids[name]] = self._cell(ids[name], custom.rpartition(":")[2], text)
        return found

    def _cell(self, key: str, shape: str, text: str) -> object:
        if key == "description" or shape == "textarea":
            return self._text(text) if text else None
        if shape == "select":
            return {"value": text} if text else None
        if key == "priority":
            return {"name": text} if text else None
        return text or None

    def _text(self, text: str) -> object:
        """A text with format: a document in Cloud, wiki text in Data Center."""
        return document(text) if self.config.is_cloud else text

    def _me(self) -> str:
        """The account or the name we write as."""
        if self._user is None:
            value = self._api.whole(f"{self._api.root}/myself").value
            own = value.get("accountId") or value.get("name") if isinstance(value, dict) else ""
            self._user = self.config.push.user or str(own or "")
        return self._user

    def _send(self, method: str, path: str, body: object = None) -> bytes:
        return send(self._api.client, method, f"{self._api.root}/{path}", body).body


def _resolution(transition: Mapping[str, Any]) -> str:
    """The resolution that a transition demands, "" where it demands none."""
    asked = (transition.get("fields") or {}).get("resolution") or {}
    names = [str(one.get("name")) for one in asked.get("allowedValues") or []]
    return names[0] if asked.get("required") and names else ""


def _label(key: str) -> str:
    """A key as a label, which holds no blanks."""
    return "_".join(key.split())
