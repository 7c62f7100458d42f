"""What goes wrong with a site: around a request, and with the issues between requests."""

import time
from dataclasses import dataclass, field
from datetime import timedelta
from functools import partial

import orjson

from simulator.faults import Fault, FaultName, drawn
from simulator.jira.accounts import Accounts
from simulator.jira.answers import LOGIN_REASON, captcha, refused, unauthenticated
from simulator.jira.churn import Churn
from simulator.jira.editing import edited_by_hand, table_named, table_of_issue
from simulator.jira.fields import BY_ID
from simulator.jira.site import Site
from simulator.jira.words import TYPES
from simulator.trouble import broken_off, failed, halved, with_headers
from simulator.web import Answer, Application, Request, json_answer
from simulator.write_mishaps import PersonEdit, Touched, WriteMishaps

_F = FaultName
_SEARCH = frozenset({"search"})
USUAL: tuple[Fault, ...] = (
    Fault(name=_F.RATE_LIMIT, share=0.03, seconds=1),
    Fault(name=_F.SLOW, share=0.03, seconds=0.3),
    Fault(name=_F.SERVER_ERROR, share=0.03),
    Fault(name=_F.CONNECTION_DROPPED, share=0.03),
    Fault(name=_F.TRUNCATED_200, share=0.04),
    Fault(name=_F.HTML_200, share=0.02),
    Fault(name=_F.EXPIRED_TOKEN, share=0.02),
    Fault(name=_F.ACL_ROWS, rows=0.02, tables=_SEARCH),
    Fault(name=_F.SHORT_PAGES, share=0.2, rows=0.4, tables=_SEARCH),
    Fault(name=_F.INDEX_LAG, seconds=3),
    Fault(name=_F.DENIED, tables=frozenset({"assets"})),
    Fault(name=_F.ROWS_TOUCHED, share=0.3, rows=3, tables=_SEARCH),
    Fault(name=_F.ROWS_INSERTED, share=0.2, rows=2, tables=_SEARCH),
    Fault(name=_F.ROWS_DELETED, share=0.2, rows=1, tables=_SEARCH),
    Fault(name=_F.SAME_SECOND, rows=400, tables=_SEARCH),
    Fault(name=_F.CLOCK_SKEW, seconds=90),
    Fault(name=_F.USER_ZONE, text="US/Pacific"),
)
"""Each fault of a site as it is when only its name is given."""
LOCKING: tuple[Fault, ...] = (
    Fault(name=_F.ANONYMOUS_200, ordinals=frozenset({4})),
    Fault(name=_F.CAPTCHA, ordinals=frozenset({4})),
)
"""Faults that no client gets past: the token has ended, or a person has to log in."""
_FAILING = (_F.RATE_LIMIT, _F.SERVER_ERROR, _F.CONNECTION_DROPPED, _F.TRUNCATED_200, _F.HTML_200,
            _F.EXPIRED_TOKEN)  # fmt: skip
_PAGE = (
    b"<!DOCTYPE html><html><head><title>Atlassian is down for maintenance</title></head>"
    b"<body><h1>We will be back soon</h1></body></html>"
)
PER_SECOND = 50
"""The limit that is told."""
_OPEN = ("/search/jql", "/approximate-count", "/project", "/field", "/status", "/priority",
         "/issuetype", "/issueLinkType", "/resolution", "/serverInfo")  # fmt: skip
"""Paths of Cloud that answer anybody, who then sees nothing."""


@dataclass(slots=True)
class Mishaps:
    """Applies the faults of a site."""

    site: Site
    accounts: Accounts
    writes: WriteMishaps = field(init=False)

    def __post_init__(self) -> None:
        """Meddle with writes, too."""
        self.writes = WriteMishaps(lambda: self.site.chances, self._touched, self._edit)

    def prepare(self) -> None:
        """Bring the issues into the state that the faults ask for."""
        self.site.index_all()
        for fault in self.site.chances.faults.of(_F.SAME_SECOND):
            Churn(self.site).tie(int(fault.rows))

    def around(self, request: Request, application: Application) -> Answer:
        """Answer a request, unless something goes wrong; afterwards issues may change."""
        table = table_of(request.path)
        refusal = self._stranger(request)
        if refusal is not None:
            return refusal
        chances = self.site.chances
        slow = chances.hit(_F.SLOW, table)
        if slow is not None:
            time.sleep(slow[0].seconds)
        hit = chances.failing(self._possible(request, table), table)
        carry_out = partial(self.writes.carry_out, application=application)
        answer = self._failed(request, carry_out, *hit) if hit else carry_out(request)
        if answer.status == 200 and table == "search":
            Churn(self.site).after()
        return self._with_limit(answer)

    def _touched(self, request: Request) -> Touched | None:
        return touched(self.site, request)

    def _edit(self, one: Touched, name: str, ordinal: int) -> PersonEdit | None:
        shown = BY_ID[name].name if name in BY_ID else name
        return edited_by_hand(self.site, one, shown, f"words of a person, {ordinal}")

    def _stranger(self, request: Request) -> Answer | None:
        """What somebody gets who is not known, or no longer."""
        if self.site.chances.hit(_F.CAPTCHA) is not None and not self.site.is_cloud:
            return captcha(request.base)
        is_lost = self.site.is_cloud and self.site.chances.hit(_F.ANONYMOUS_200) is not None
        if self.accounts.knows(request) and not is_lost:
            return None
        if not self.site.is_cloud:
            is_much = self.accounts.says_something(request) and self.accounts.note_failure()
            return captcha(request.base) if is_much else unauthenticated()
        return self._anonymous(request)

    def _anonymous(self, request: Request) -> Answer:
        """What Cloud answers anybody."""
        if self.accounts.is_bearer(request) or not request.path.endswith(_OPEN):
            return unauthenticated()
        headers = ((LOGIN_REASON, "AUTHENTICATED_FAILED"),)
        if request.path.endswith("/search/jql"):
            return json_answer({"issues": [], "isLast": True}, 200, *headers)
        if request.path.endswith("/approximate-count"):
            return json_answer({"count": 0}, 200, *headers)
        return json_answer([], 200, *headers)

    def _possible(self, request: Request, table: str) -> tuple[FaultName, ...]:
        """A token can only expire where one is used, and only pages of issues are cut."""
        is_token = self.site.is_cloud and self.accounts.is_worn(request)
        return tuple(
            name
            for name in _FAILING
            if (name is not _F.EXPIRED_TOKEN or is_token)
            and (name is not _F.TRUNCATED_200 or table in {"search", "bulk", "changelog"})
        )

    def _failed(
        self, request: Request, application: Application, fault: Fault, ordinal: int
    ) -> Answer:
        chance = drawn(self.site.chances.faults.seed, "how", fault.name, ordinal)
        if fault.name is _F.RATE_LIMIT:
            return self._limited(fault)
        if fault.name is _F.SERVER_ERROR:
            return failed(chance)
        if fault.name is _F.HTML_200:
            return Answer(200, _PAGE, content_type="text/html;charset=UTF-8")
        if fault.name is _F.EXPIRED_TOKEN:
            self.accounts.expire(request)
            return unauthenticated()
        answer = application(request)
        return halved(answer) if fault.name is _F.TRUNCATED_200 else broken_off(answer, chance)

    def _limited(self, fault: Fault) -> Answer:
        seconds = max(1, round(fault.seconds))
        answer = refused(429, "Rate limit exceeded.")
        headers = [("Retry-After", str(seconds))]
        if self.site.is_cloud:
            reset = self.site.now() + timedelta(seconds=seconds)
            headers += [
                ("X-RateLimit-Limit", str(PER_SECOND)),
                ("X-RateLimit-Remaining", "0"),
                ("X-RateLimit-Reset", f"{reset:%Y-%m-%dT%H:%M:%SZ}"),
                ("X-RateLimit-NearLimit", "true"),
                ("RateLimit-Reason", "jira-burst-based"),
            ]
        return with_headers(answer, *headers)

    def _with_limit(self, answer: Answer) -> Answer:
        """Where Data Center limits the rate, every answer tells how much is left."""
        if self.site.is_cloud or self.site.chances.faults.first(_F.RATE_LIMIT) is None:
            return answer
        is_over = answer.status == 429
        headers = [
            ("X-RateLimit-Limit", str(PER_SECOND)),
            ("X-RateLimit-Remaining", "0" if is_over else str(PER_SECOND - 1)),
            ("X-RateLimit-Interval-Seconds", "1"),
            ("X-RateLimit-FillRate", str(PER_SECOND)),
        ]
        return with_headers(answer, *headers, *([] if is_over else [("Retry-After", "0")]))


def touched(site: Site, request: Request) -> Touched | None:
    """The issue that a request writes to."""
    if request.method not in {"POST", "PUT"} or "/issue" not in request.path:
        return None
    rest = request.path.partition("/issue")[2].strip("/").split("/")
    if request.path.endswith("/issue"):
        return Touched(_new_table(request))
    issue = site.resolved(rest[0])
    return None if issue is None else Touched(table_of_issue(issue), str(issue.id))


def _new_table(request: Request) -> str:
    """What faults call an issue that is to be created."""
    try:
        told = orjson.loads(request.body)["fields"]["issuetype"]
        by_id = {key: name for name, key in TYPES.items()}
        return table_named(told.get("name") or by_id[str(told.get("id"))])
    except (orjson.JSONDecodeError, KeyError, TypeError):
        return ""


def table_of(path: str) -> str:
    """What a request is about: search, bulk, changelog, assets, desk, or ""."""
    for end, table in _TABLES:
        if end in path:
            return table
    return ""


_TABLES = (
    ("/search/jql", "search"),
    ("/search/approximate-count", "count"),
    ("/issue/bulkfetch", "bulk"),
    ("/changelog", "changelog"),
    ("/assets/", "assets"),
    ("/servicedeskapi/", "desk"),
    ("/search", "search"),
)
