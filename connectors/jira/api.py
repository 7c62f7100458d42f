"""Issues in, issues out: the REST API of a site, over core's client.

Source:
    Atlassian, "The Jira Cloud platform REST API", "Jira Service Management Cloud REST API", and
    "Jira Data Center REST API": https://developer.atlassian.com, https://docs.atlassian.com.
"""

import logging
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import partial
from typing import Any

from connectors.core.answers import JsonResponse
from connectors.core.auth import Auth
from connectors.core.client import HttpClient
from connectors.core.paging import Limit, paged
from connectors.core.surroundings import Surroundings
from connectors.jira.config import JiraConfig
from connectors.jira.connecting import check_user, client_of, credentials_of, refuse_strangers
from connectors.jira.facts import Facts, facts_of
from itsm.errors import CutAnswerError, FatalSourceError

LOGGER = logging.getLogger(__name__)

Issue = dict[str, Any]
"""An issue as the API gives it."""

IDS_AT_ONCE = 5_000
"""Issues of which only the ids are asked for, in one page of Cloud."""
SERVER_AT_ONCE = 1_000
"""Issues in one page of Data Center at most, unless an administrator says otherwise."""
IN_BULK = 100
"""Issues that are asked for by id at once."""
CHANGES_IN_BULK = 1_000
"""Issues whose changes are asked for at once."""
_OVERLAP = 20


@dataclass(frozen=True, slots=True)
class Found:
    """Issues that were found; `total` where the site tells it, `token` where more follow."""

    issues: Sequence[Issue]
    has_more: bool
    asked_at: datetime
    token: str | None = None
    total: int | None = None


@dataclass(slots=True)
class JiraApi:
    """A site, as one user sees it; nothing is sent before it is asked for something."""

    name: str
    config: JiraConfig
    around: Surroundings
    _client: HttpClient | None = field(default=None, init=False, repr=False)
    _auth: Auth | None = field(default=None, init=False, repr=False)
    _facts: Facts | None = field(default=None, init=False, repr=False)

    @property
    def root(self) -> str:
        """Where the platform's API is: version 3 with documents, or 2 with wiki text."""
        return "rest/api/3" if self.config.is_cloud else "rest/api/2"

    @property
    def client(self) -> HttpClient:
        """The client, made when it is first needed; then the user is checked.

        Cloud answers whoever it does not know with 200 and nothing; only `myself` says so.

        Raises:
            ConfigError: it is not said who asks, or the address or a file of the settings cannot be
                used.
            AuthError: the user is not known.
        """
        if self._client is None:
            client = self.unchecked()
            check_user(client, self.root)
            self._client = client
        return self._client

    def unchecked(self, url: str | None = None) -> HttpClient:
        """A client for an address, the site's own if none is given."""
        if self._auth is None:
            self._auth = credentials_of(self.name, self.config, self.around)
        return client_of(self.name, self.config, self.around, url or self.config.url, self._auth)

    def facts(self) -> Facts:
        """What the site has, asked for once."""
        if self._facts is None:
            words = ("field", "issuetype", "status", "priority")
            self._facts = facts_of(*(self._list(f"{self.root}/{word}") for word in words))
        return self._facts

    def search(
        self,
        jql: str,
        fields: Sequence[str],
        limit: int,
        *,
        start: int = 0,
        token: str | None = None,
        expand: str = "",
    ) -> Found:
        """A page of what a query finds.

        Args:
            jql: the query, with its order.
            fields: the fields that are given of each issue.
            limit: issues at most; the site may give fewer though there are more.
            start: issues that are left out first, in Data Center.
            token: where Cloud goes on.
            expand: what is given besides.

        Raises:
            SourceError: as `HttpClient.json`; AuthError if nobody is logged in after all.
        """
        params: dict[str, str | int] = {"jql": jql, "maxResults": limit}
        params["fields"] = ",".join(fields)
        if expand:
            params["expand"] = expand
        if not self.config.is_cloud:
            answer = self.json(f"{self.root}/search", {**params, "startAt": start})
            issues, total = _issues(self.name, answer), int(answer.value.get("total", 0))
            has_more = start + len(issues) < total
            return Found(issues, has_more, answer.asked_at, total=total)
        if token:
            params["nextPageToken"] = token
        answer = self.json(f"{self.root}/search/jql", params)
        issues, following = _issues(self.name, answer), answer.value.get("nextPageToken")
        if not issues and not token:
            check_user(self.client, self.root)
        return Found(issues, bool(following), answer.asked_at, token=following or None)

    def listed(self, jql: str) -> Iterator[list[str]]:
        """The ids of all issues a query finds, in its order."""
        if not self.config.is_cloud:
            for issues in self.all(jql, ("id",), SERVER_AT_ONCE):
                yield [str(one["id"]) for one in issues]
            return

        def fetch(token: str | None) -> tuple[list[str], str | None]:
            ask = partial(self.search, jql, ("id",), token=token)
            found = Limit(IDS_AT_ONCE, IDS_AT_ONCE).fetch(ask)
            return [str(one["id"]) for one in found.issues], found.token

        yield from paged(self.name, fetch)

    def all(
        self, jql: str, fields: Sequence[str], size: int, expand: str = ""
    ) -> Iterator[Sequence[Issue]]:
        """All issues a query finds, in Data Center: pages overlap, as rows may move up between."""
        start, limit, seen = 0, Limit(size), set[str]()
        while True:
            ask = partial(self.search, jql, fields, start=start, expand=expand)
            found = limit.fetch(ask)
            yield [one for one in found.issues if str(one["id"]) not in seen]
            seen.update(str(one["id"]) for one in found.issues)
            if not found.has_more or not found.issues:
                return
            n = len(found.issues)
            start += n - min(_OVERLAP, n // 2)

    def by_id(
        self, ids: Sequence[str], fields: Sequence[str], expand: str = ""
    ) -> Iterator[Sequence[Issue]]:
        """The issues with these ids, of those that are there and may be seen."""
        limit, begin = Limit(IN_BULK), 0
        while begin < len(ids):
            ask = partial(self._some_by_id, ids[begin:], fields, expand)
            yield limit.fetch(ask)
            begin += limit.used

    def _some_by_id(
        self, ids: Sequence[str], fields: Sequence[str], expand: str, n: int
    ) -> Sequence[Issue]:
        some = list(ids[:n])
        if self.config.is_cloud:
            asked: dict[str, object] = {"issueIdsOrKeys": some, "fields": list(fields)}
            return _issues(self.name, self.json(f"{self.root}/issue/bulkfetch", posted=asked))
        asked = {"jql": f"id in ({','.join(some)})", "fields": list(fields)}
        asked |= {"maxResults": len(some), "validateQuery": False}
        asked |= {"expand": [expand]} if expand else {}
        return _issues(self.name, self.json(f"{self.root}/search", posted=asked))

    def count(self, jql: str) -> int | None:
        """How many issues a query finds, as far as the site knows; None where it does not say."""
        if self.config.is_cloud:
            value = self.whole(f"{self.root}/search/approximate-count", posted={"jql": jql}).value
            n = value.get("count") if isinstance(value, dict) else None
        else:
            n = self.whole(f"{self.root}/search", {"jql": jql, "maxResults": 0}).value.get("total")
        return n if isinstance(n, int) else None

    def changes(self, ids: Sequence[str], fields: Sequence[str]) -> dict[str, list[Any]]:
        """The changes of issues in Cloud, by id; only those of some fields."""
        found: dict[str, list[Any]] = {}

        def fetch(token: str | None) -> tuple[Sequence[Any], str | None]:
            asked: dict[str, object] = {"issueIdsOrKeys": list(ids), "fieldIds": list(fields)}
            asked |= {"maxResults": 10_000} | ({"nextPageToken": token} if token else {})
            value = self.whole(f"{self.root}/changelog/bulkfetch", posted=asked).value
            return value.get("issueChangeLogs") or (), value.get("nextPageToken") or None

        for logs in paged(self.name, fetch):
            for log in logs:
                key = str(log["issueId"])
                found.setdefault(key, []).extend(log.get("changeHistories") or ())
        return found

    def comments(self, key: str) -> list[Any]:
        """All comments of an issue."""
        found: list[Any] = []
        while True:
            params = {"startAt": len(found), "maxResults": 100}
            value = self.whole(f"{self.root}/issue/{key}/comment", params).value
            page = value.get("comments") or []
            found.extend(page)
            if not page or len(found) >= int(value.get("total", 0)):
                return found

    def desk(self, path: str) -> Mapping[str, Any] | None:
        """What the service desk's API has at a path; None if there is nothing."""
        try:
            value = self.whole(f"rest/servicedeskapi/{path}").value
        except FatalSourceError as error:
            if is_missing(error):
                return None
            raise
        return value if isinstance(value, dict) else None

    def whole(
        self,
        path: str,
        params: Mapping[str, str | int] | None = None,
        *,
        posted: object = None,
    ) -> JsonResponse:
        """As `json`, asked for again if the answer was cut."""
        for _ in range(self.config.http.tries - 1):
            try:
                return self.json(path, params, posted=posted)
            except CutAnswerError:
                LOGGER.info("%s: %s: the answer was cut; asked again", self.name, path)
        return self.json(path, params, posted=posted)

    def json(
        self,
        path: str,
        params: Mapping[str, str | int] | None = None,
        *,
        posted: object = None,
    ) -> JsonResponse:
        """An answer of the site, which knows who asks."""
        answer = self.client.json(path, params, posted=posted)
        refuse_strangers(self.name, answer.headers)
        return answer

    def _list(self, path: str) -> list[Any]:
        value = self.whole(path).value
        if not isinstance(value, list):
            raise CutAnswerError(self.name, f"{path}: the answer holds no list")
        return value


def _issues(source: str, answer: JsonResponse) -> list[Issue]:
    issues = answer.value.get("issues") if isinstance(answer.value, dict) else None
    if not isinstance(issues, list) or not all(isinstance(one, dict) for one in issues):
        raise CutAnswerError(source, "search: the answer holds no list of issues")
    return issues


def is_missing(error: FatalSourceError) -> bool:
    """Whether an error says that there is nothing at an address."""
    return "answered 404" in error.message
