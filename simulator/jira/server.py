"""The server: a site over an estate, its accounts, its routes, and what goes wrong."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import UTC, datetime

from simulator import practice_server
from simulator.faults import NONE, Faults
from simulator.jira.accounts import Accounts
from simulator.jira.answers import no_path, not_allowed
from simulator.jira.creating import Creating
from simulator.jira.desk import Assets, Desk
from simulator.jira.editing import edited_by_hand
from simulator.jira.making import made_site
from simulator.jira.mishaps import Mishaps
from simulator.jira.platform import Platform
from simulator.jira.rendering import WORKSPACE
from simulator.jira.searching import Search
from simulator.jira.site import Issue, Site
from simulator.jira.writing import Writing
from simulator.practice_server import PracticeServer, practice_word
from simulator.settings import EstateSettings
from simulator.web import Answer, Request, Route, Router
from simulator.write_mishaps import PersonEdit, Touched


@dataclass(frozen=True)
class Access(practice_server.Access):
    """How a site is reached; the user is an address in Cloud, a name in Data Center."""

    user: str = "csi.reader@example.com"


class JiraServer(PracticeServer):
    """A Jira Service Management site on this machine, with the records of an estate.

    Args:
        settings: of the estate.
        is_cloud: Cloud, or Data Center.
        faults: what goes wrong; may be set anew while it runs.
        port: 0 for a free one.
        access: user, token, address, certificate.
        clock: what time it is. Before the estate's export, the site's time is that of the export;
            afterwards it is this one.
    """

    def __init__(
        self,
        settings: EstateSettings,
        *,
        is_cloud: bool = True,
        faults: Faults = NONE,
        port: int = 0,
        access: Access = Access(),
        clock: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        super().__init__(faults, port, access)
        self.user = access.user
        self.token = access.secret or practice_word(settings.seed, "token")
        self.client_id = practice_word(settings.seed, "client")
        self.client_secret = practice_word(settings.seed, "secret")
        self.site = Site(settings, is_cloud, self.user, clock)
        self._accounts = Accounts(
            self.site, self.user, self.token, self.client_id, self.client_secret
        )
        self._mishaps = Mishaps(self.site, self._accounts)
        self._router = self._routes()

    def _start(self, stack: ExitStack) -> None:
        made_site(self.site)

    def _prepare(self) -> None:
        self._mishaps.prepare()

    @property
    def held(self) -> Site:
        """What the site holds."""
        return self.site

    @property
    def assets_url(self) -> str:
        """Where Assets can be reached; in Cloud it has a host of its own."""
        is_cloud = self.site.is_cloud
        return f"{self.url}/jsm/assets" if is_cloud else f"{self.url}/rest/assets/1.0"

    def truth(self, type_name: str | None = None) -> Iterator[Issue]:
        """The issues there are now, of one type or all, hidden ones too, by ascending id."""
        for _, issue in sorted(self.site.issues.items()):
            if type_name in {None, issue.type}:
                yield issue

    @property
    def edits(self) -> list[PersonEdit]:
        """What people changed by hand while `person_edits` went wrong, in order."""
        return self._mishaps.writes.edits

    def edit(self, key: str, name: str, value: str) -> None:
        """Change a field of an issue as somebody in a browser does; by the name people see."""
        edited_by_hand(self.site, Touched("", key), name, value)

    def _routes(self) -> Router:
        search = Search(self.site)
        routes = [
            Route("POST", "/oauth/token", lambda request, _: self._accounts.issue(request)),
            Route("GET", "/authorize", lambda request, _: self._accounts.codes.agree(request)),
        ]
        for version in ("2", "3", "latest") if self.site.is_cloud else ("2", "latest"):
            routes += self._platform(f"/rest/api/{version}", search)
        return Router((*routes, *self._desk(search)), no_path, not_allowed)

    def _platform(self, root: str, search: Search) -> list[Route]:
        platform, creating = Platform(self.site, search), Creating(self.site, search)
        types = f"{root}/issue/createmeta/{{project}}/issuetypes"
        listing = search.removed if self.site.is_cloud else search.server
        found = [
            Route("GET", f"{root}/search", listing),
            Route("POST", f"{root}/search", listing),
            *self._writing(root, search),
            Route("GET", f"{root}/issue/{{key}}", platform.issue),
            Route("DELETE", f"{root}/issue/{{key}}", platform.delete),
            Route("GET", f"{root}/issue/{{key}}/changelog", platform.changelog),
            Route("GET", f"{root}/issue/{{key}}/comment", platform.comments),
            Route("GET", f"{root}/issue/{{key}}/worklog", platform.worklogs),
            Route("GET", f"{root}/myself", platform.myself),
            Route("GET", f"{root}/serverInfo", platform.server_info),
            Route("GET", f"{root}/field", platform.fields),
            Route("GET", f"{root}/status", platform.statuses),
            Route("GET", f"{root}/priority", platform.priorities),
            Route("GET", f"{root}/issuetype", platform.issue_types),
            Route("GET", f"{root}/issueLinkType", platform.link_types),
            Route("GET", f"{root}/project", platform.projects),
            Route("GET", f"{root}/project/{{key}}", platform.project),
            Route("GET", f"{root}/user", platform.user),
            Route("GET", f"{root}/mypermissions", platform.permissions),
            Route("GET", types, creating.types),
            Route("GET", f"{types}/{{type}}", creating.form),
        ]
        if not self.site.is_cloud:
            return found
        return [
            Route("GET", f"{root}/search/jql", search.cloud),
            Route("POST", f"{root}/search/jql", search.cloud),
            Route("POST", f"{root}/search/approximate-count", search.count),
            Route("POST", f"{root}/issue/bulkfetch", search.bulk),
            Route("POST", f"{root}/changelog/bulkfetch", search.changelogs),
            *found,
        ]

    def _writing(self, root: str, search: Search) -> list[Route]:
        writing = Writing(self.site, search)
        return [
            Route("POST", f"{root}/issue", writing.create),
            Route("PUT", f"{root}/issue/{{key}}", writing.edit),
            Route("GET", f"{root}/issue/{{key}}/transitions", writing.transitions),
            Route("POST", f"{root}/issue/{{key}}/transitions", writing.move),
            Route("POST", f"{root}/issue/{{key}}/comment", writing.comment),
            Route("DELETE", f"{root}/issue/{{key}}/comment/{{id}}", writing.delete_comment),
            Route("POST", f"{root}/issueLink", writing.link),
            Route("DELETE", f"{root}/issueLink/{{id}}", writing.unlink),
        ]

    def _desk(self, search: Search) -> list[Route]:
        desk, assets, root = Desk(self.site, search), Assets(self.site), "/rest/servicedeskapi"
        found = [
            Route("GET", f"{root}/info", desk.info),
            Route("GET", f"{root}/servicedesk", desk.desks),
            Route("GET", f"{root}/request", desk.requests),
            Route("GET", f"{root}/assets/workspace", desk.workspaces),
            Route("GET", f"{root}/request/{{key}}", desk.request),
            Route("GET", f"{root}/request/{{key}}/sla", desk.clocks),
            Route("GET", f"{root}/request/{{key}}/approval", desk.approvals),
            Route("GET", f"{root}/request/{{key}}/feedback", desk.feedback),
            Route("GET", f"{root}/request/{{key}}/comment", desk.comments),
        ]
        if not self.site.is_cloud:
            return [
                *found,
                Route("GET", "/rest/assets/1.0/aql/objects", assets.find),
                Route("GET", "/rest/assets/1.0/object/{id}", assets.one),
            ]
        base = f"/jsm/assets/workspace/{WORKSPACE}/v1/object"
        return [
            *found,
            Route("POST", f"{base}/aql", assets.find),
            Route("GET", f"{base}/{{id}}", assets.one),
        ]

    def _answer(self, request: Request) -> Answer:
        if request.path in {"/oauth/token", "/authorize"}:
            return self._router(request)
        return self._mishaps.around(request, self._router)
