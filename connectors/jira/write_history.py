"""What the change log of an issue tells of edits, in our words."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from connectors.core.writing import Edit
from connectors.jira.api import JiraApi
from connectors.jira.write_fields import WriteIssue, said, short
from itsm.pushed import Remote
from itsm.pushing import STATE


@dataclass(frozen=True, slots=True)
class WriteHistory:
    """The change logs of issues of one kind.

    Attributes:
        names: our names of fields by what the change log calls them.
        me: the account, or the name, that we write as.
    """

    api: JiraApi
    issue: WriteIssue
    names: Mapping[str, str]
    me: str

    def since(self, before: Remote) -> Sequence[Edit]:
        """The edits after the last entry that was read before, oldest first."""
        last = int(before.version or 0)
        entries = [one for one in self._entries(before.key) if int(one["id"]) > last]
        entries.sort(key=lambda one: int(one["id"]))
        return [edit for entry in entries for edit in self._edits(entry)]

    def _entries(self, key: str) -> list[Any]:
        """The whole change log of an issue."""
        path = f"{self.api.root}/issue/{key}"
        if not self.api.config.is_cloud:
            value = self.api.whole(path, {"fields": "updated", "expand": "changelog"}).value
            return list(value["changelog"]["histories"])
        found: list[Any] = []
        while True:
            params = {"startAt": len(found), "maxResults": 100}
            value = self.api.whole(f"{path}/changelog", params).value
            found += value["values"]
            if value.get("isLast", True) or not value["values"]:
                return found

    def _edits(self, entry: Mapping[str, Any]) -> list[Edit]:
        author = entry.get("author") or {}
        found = []
        for item in entry.get("items") or []:
            name = self.names.get(str(item.get("fieldId") or item.get("field")))
            if name is not None:
                found.append(
                    Edit(
                        field=name,
                        before=self._side(name, item.get("fromString")),
                        after=self._side(name, item.get("toString")),
                        by=str(author.get("displayName") or author.get("name") or ""),
                        is_ours=self.me in (author.get("accountId"), author.get("name")),
                        at=datetime.fromisoformat(str(entry["created"])),
                    )
                )
        return found

    def _side(self, name: str, told: object) -> str:
        text = "" if told is None else str(told)
        if name == STATE:
            return self.issue.state_of(text)
        return short(text) if name == "title" else said(text)
