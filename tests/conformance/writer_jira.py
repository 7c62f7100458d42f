"""The practice site of Jira Service Management, Cloud and Data Center, to be written to."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import urlsplit

from itsm.pushing import PushKind
from itsm.states import RecordKind
from simulator.faults import Fault, Faults
from simulator.jira.server import Access, JiraServer
from simulator.jira.site import Issue
from simulator.write_mishaps import PersonEdit
from tests.conformance.fakes import TickingClock
from tests.conformance.writer_fakes import WriterFake

_DONE = {"Resolved", "Closed", "Canceled"}


class JiraWriterFake(WriterFake):
    """A site of Cloud with a small estate."""

    system = "jira"
    tables: Mapping[PushKind, str] = {
        PushKind.INCIDENT: "incident",
        PushKind.PROBLEM: "problem",
        PushKind.REGISTER_ENTRY: "improvement",
    }
    columns: Mapping[str, str] = {"title": "Summary", "description": "Description"}
    policy = ("priority", "priority")
    ignores_fields = False
    is_cloud = True

    @property
    def instance(self) -> str:
        """The site tells the address it is reached at."""
        return urlsplit(self.served.url).netloc

    @contextmanager
    def running(self, folder: Path) -> Iterator[None]:
        """Start the site."""
        clock = TickingClock(self.estate.export_at, step_s=0.2)
        access = Access("csi.writer@example.com" if self.is_cloud else "csi.writer")
        with JiraServer(
            self.estate, is_cloud=self.is_cloud, access=access, clock=clock
        ) as self.served:
            yield
        assert self.served.errors == []

    def settings(self) -> dict[str, object]:
        """A user with a token."""
        projects = {"problem": "PRB", "register_entry": "CSI"}
        return {
            "url": self.served.url,
            "deployment": "cloud" if self.is_cloud else "data_center",
            "user": self.served.user,
            "token": self.served.token,
            "push": {"mode": "full", "instance": self.instance, "projects": projects},
        }

    def misbehave(self, *faults: Fault, seed: int = 0) -> None:
        """Faults of the practice site."""
        self.served.faults = Faults(faults, seed)

    def incidents(self) -> list[tuple[str, str]]:
        """Open incidents without a problem."""
        found = []
        for issue in self.served.truth("[System] Incident"):
            has_problem = any(name == "Problem/Incident" for _, name, _, _ in issue.links)
            if issue.words["Status"] not in _DONE and not has_problem:
                found.append((str(issue.id), issue.key))
        return found

    def carrying(self, kind: PushKind, key: str) -> list[str]:
        """By label."""
        issues = self.served.truth()
        return [str(one.id) for one in issues if key in one.labels and self._is(one, kind)]

    def shown(self, kind: PushKind, record: str, field: str) -> str:
        """What people see in a field."""
        del kind
        return self._issue(record).words.get(self.columns.get(field, field), "")

    def edit(self, kind: PushKind, record: str, field: str, value: str) -> None:
        """As in a browser."""
        del kind
        self.served.edit(record, self.columns[field], value)

    def edit_entry(self, record: str, field: str, value: str) -> None:
        """As in a browser, by whatever transition leads there."""
        column = "Status" if field == "state" else self.columns[field]
        self.served.edit(record, column, value.capitalize() if field == "state" else value)

    def close(self, kind: PushKind, record: str) -> None:
        """By a transition."""
        del kind
        self.served.edit(record, "Status", "Closed")

    def notes(self, record: str) -> list[tuple[str, bool]]:
        """The comments; internal ones are for agents only."""
        return [(one.text, one.is_internal) for one in self._issue(record).remarks]

    def edits(self) -> list[PersonEdit]:
        """What the site remembers."""
        return self.served.edits

    def n_requests(self, method: str) -> int:
        """What the site has counted."""
        return sum(1 for one in self.served.requests if one.method == method)

    def _is(self, issue: Issue, kind: PushKind) -> bool:
        is_entry = issue.type == "Improvement"
        is_problem = issue.kind is RecordKind.PROBLEM and not is_entry
        return is_entry if kind is PushKind.REGISTER_ENTRY else is_problem

    def _issue(self, record: str) -> Issue:
        issue = self.served.site.resolved(record)
        assert issue is not None
        return issue


class JiraDataCenterWriterFake(JiraWriterFake):
    """A site of Data Center."""

    is_cloud = False
