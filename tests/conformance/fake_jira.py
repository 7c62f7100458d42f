"""The practice site of Jira Service Management, Cloud and Data Center, with a small estate."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from urllib.parse import parse_qsl, urlencode, urlsplit

import orjson

from itsm.records import RawRecord
from itsm.states import RecordKind
from simulator.faults import Fault, FaultName
from simulator.jira.server import Access, JiraServer
from simulator.web import Request
from tests.conformance.fakes import TickingClock, Trouble
from tests.conformance.simulated import SimulatedFake

K = RecordKind
_F = FaultName
_SEARCH = frozenset({"search"})


class JiraFake(SimulatedFake):
    """A site of Cloud. Hidden issues are in no count, and nobody remembers deleted ones."""

    system = "jira"
    kinds = (
        K.INCIDENT,
        K.PROBLEM,
        K.CHANGE,
        K.APPROVAL,
        K.SERVICE_REQUEST,
        K.TEAM,
        K.CONFIGURATION_ITEM,
        K.SLA_CLOCK,
        K.COMMENT,
        K.HISTORY,
        K.SURVEY_RESPONSE,
    )
    troubles = frozenset(Trouble) - {Trouble.HIDDEN, Trouble.DELETES}
    wide: Mapping[str, object] = {"page_size": 100}
    is_cloud = True
    types: Mapping[RecordKind, str] = {
        K.INCIDENT: "[System] Incident",
        K.PROBLEM: "[System] Problem",
        K.CHANGE: "[System] Change",
        K.SERVICE_REQUEST: "[System] Service request",
    }
    faults: Mapping[Trouble, tuple[Fault, ...]] = {
        Trouble.CHURN: (
            Fault(name=_F.ROWS_TOUCHED, share=1, rows=2, tables=_SEARCH),
            Fault(name=_F.ROWS_INSERTED, share=0.5, rows=1, tables=_SEARCH),
            Fault(name=_F.ROWS_DELETED, share=0.5, rows=1, tables=_SEARCH),
        ),
        Trouble.TIES: (Fault(name=_F.SAME_SECOND, rows=35, tables=_SEARCH),),
        Trouble.SKEW: (Fault(name=_F.CLOCK_SKEW, seconds=-3600),),
        Trouble.EXPIRY: (Fault(name=_F.EXPIRED_TOKEN, ordinals=frozenset({8})),),
        Trouble.CUT: (
            Fault(name=_F.TRUNCATED_200, ordinals=frozenset({1, 2, 3, 4}), tables=_SEARCH),
        ),
    }

    besides = (
        Fault(name=_F.USER_ZONE, text="US/Pacific"),
        Fault(name=_F.SHORT_PAGES, share=0.3, rows=0.4, tables=_SEARCH),
        Fault(name=_F.INDEX_LAG, seconds=3),
    )
    step_s = 0.2
    served: JiraServer

    def made(self, clock: TickingClock, folder: Path) -> JiraServer:
        """The site."""
        access = Access("csi.reader@example.com" if self.is_cloud else "csi.reader")
        return JiraServer(self.estate, is_cloud=self.is_cloud, access=access, clock=clock)

    def secrets_of(self) -> tuple[str, ...]:
        """Token, and the secret of the service account."""
        return self.served.token, self.served.client_secret

    def settings(self) -> dict[str, object]:
        """A user with a token."""
        assets = self.served.assets_url.replace(self.served.url, self.gateway.url)
        deployment = "cloud" if self.is_cloud else "data_center"
        who = {"user": self.served.user, "token": self.served.token, "deployment": deployment}
        types = {"team": "Team", "configuration_item": "Configuration item"}
        return self.asked_by({**who, "assets_url": assets, "assets": types})

    def truth(self, kind: RecordKind) -> Mapping[str, str]:
        """What an administrator would see."""
        return {str(one.id): str(one.updated) for one in self.served.truth(self.types[kind])}

    def version(self, raw: RawRecord) -> str:
        """When the issue was updated; there is no other version."""
        told = datetime.fromisoformat(orjson.loads(raw.payload)["updated"]["value"])
        return str(round(told.timestamp() * 1000))

    def personal(self) -> tuple[str, ...]:
        """Names of reporters, and summaries."""
        issues = list(self.served.truth(self.types[K.INCIDENT]))
        words = {issue.words.get(name, "") for issue in issues for name in ("Reporter", "Summary")}
        return tuple(sorted(word for word in words if len(word) > 5))

    def wrong(self) -> dict[str, object]:
        """Another token."""
        return {"token": "wrong-secret-of-ours"}

    def token_settings(self) -> dict[str, object]:
        """A service account."""
        server = self.served
        return {
            "auth": "oauth_client",
            "client_id": server.client_id,
            "client_secret": server.client_secret,
            "token_url": f"{self.gateway.url}/oauth/token",
        }

    def is_token_request(self, request: Request) -> bool:
        """Whether it is one to the token endpoint."""
        return request.path == "/oauth/token"

    def limit(self, request: Request) -> int | None:
        """`maxResults` of a search."""
        is_search = request.path.endswith(("/search/jql", "/search"))
        return int(request.parameters["maxResults"]) if is_search else None

    def unfiltered(self, request: Request) -> Request:
        """Only issue type and order are left of the query."""
        parts = urlsplit(request.target)
        asked = dict(parse_qsl(parts.query))
        if "jql" in asked:
            where, mark, order = asked["jql"].partition(" ORDER BY ")
            asked["jql"] = where.partition(" AND ")[0] + mark + order
        return replace(request, target=f"{parts.path}?{urlencode(asked)}")

    def visible(self, kind: RecordKind) -> Mapping[str, str]:
        """Without what is hidden."""
        hidden = self.is_hidden("search")
        return {key: one for key, one in self.truth(kind).items() if key not in hidden}

    def delete(self, keys: list[str]) -> None:
        """As a person would."""
        for key in keys:
            issue = self.served.site.resolved(key)
            assert issue is not None
            self.served.site.remove(issue)


class JiraDataCenterFake(JiraFake):
    """A site of Data Center, whose tokens do not end."""

    is_cloud = False
    troubles = JiraFake.troubles - {Trouble.EXPIRY}

    def token_settings(self) -> dict[str, object]:
        """A personal access token."""
        return {"auth": "bearer"}
