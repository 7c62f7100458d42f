"""Requests: how long is waited, what is tried again, who is let in."""

import logging

import pytest
from pydantic import SecretStr
from requests import PreparedRequest

from connectors.core.auth import BasicAuth
from connectors.core.budget import NoBudget
from connectors.core.client import HttpClient
from connectors.core.settings import HttpSettings
from itsm.errors import (
    AuthError,
    FatalSourceError,
    ForbiddenError,
    TransientSourceError,
)
from simulator.web import Answer, Request
from tests.connectors.scripted_server import START, page, rows, scripted, status

PASSWORD = "pa55-word-of-ours"
BASIC = BasicAuth("reader", SecretStr(PASSWORD))


def test_a_request_says_who_we_are_and_goes_below_the_base_path() -> None:
    with scripted(rows("a")) as server:
        answer = server.client(BASIC).json("/api/table/incident", {"query": "a=b c"})
        assert answer.value == {"result": ["a"]}
        (asked,) = server.asked
    assert asked.path == "/base/api/table/incident"
    assert dict(asked.parameters) == {"query": "a=b c"}
    assert asked.header("user-agent").startswith("csi-pipeline")
    assert asked.header("accept") == "application/json"
    assert asked.header("authorization").startswith("Basic ")


def test_an_answer_tells_a_moment_before_it_was_read_by_the_systems_clock() -> None:
    with scripted(rows()) as server:
        answer = server.client().json("/api")
        assert (START - answer.asked_at).total_seconds() in {1, 2, 3}
        assert answer.asked_at.microsecond == 0


@pytest.mark.parametrize(
    "header",
    [
        ("Retry-After", "40"),
        ("Retry-After", "Mon, 02 Mar 2026 08:00:40 GMT"),
        ("X-RateLimit-Reset", str(int(START.timestamp()) + 40)),
        ("X-RateLimit-Reset", str((int(START.timestamp()) + 40) * 1000)),
        ("X-RateLimit-Reset", "2026-03-02T08:00:40Z"),
        ("X-RateLimit-Reset", "2026-03-02T09:00:40+01:00"),
    ],
)
def test_waits_as_told_when_the_rate_limit_is_reached(header: tuple[str, str]) -> None:
    with scripted(status(429, header), rows("a")) as server:
        assert server.client().json("/api").value == {"result": ["a"]}
        assert server.time.waits_s == [40]


def test_waits_longer_each_time_where_a_rate_limit_says_nothing() -> None:
    with scripted(*[status(429)] * 4, rows("a")) as server:
        server.client().json("/api")
        waits = server.time.waits_s
    assert len(waits) == 4
    assert all(0.5 * 2**n <= wait <= 2**n for n, wait in enumerate(waits))


@pytest.mark.parametrize("asked", ["1", "0", "nonsense", "-5", "nan"])
def test_does_not_wait_for_ever(asked: str) -> None:
    with scripted(status(429, ("Retry-After", asked))) as server:
        with pytest.raises(TransientSourceError, match="429"):
            server.client(max_wait_s=300).json("/api")
        assert sum(server.time.waits_s) <= 300
        assert len(server.asked) < 20


def test_a_wait_that_is_too_long_is_handed_on() -> None:
    with scripted(status(429, ("Retry-After", "3000"))) as server:
        with pytest.raises(TransientSourceError) as caught:
            server.client(max_wait_s=300).json("/api")
        assert caught.value.retry_after_s == 3000
        assert server.time.waits_s == []


def test_the_budget_learns_what_answers_tell() -> None:
    told: list[object] = []

    class Listening(NoBudget):
        def take(self, account: str) -> None:
            told.append(("take", account))

        def hold(self, account: str, until: object) -> None:
            told.append(("hold", account, until))

        def learn(self, account: str, per_hour: int) -> None:
            told.append(("learn", account, per_hour))

    limited = status(429, ("Retry-After", "40"), ("X-RateLimit-Limit", "500"))
    with scripted(limited, rows()) as server:
        client = server.client(BASIC, Listening())
        client.json("/api")
        account = client.account
        after = START.replace(second=40)
    assert told == [
        ("take", account),
        ("learn", account, 500),
        ("hold", account, after),
        ("take", account),
    ]
    assert "reader" not in account


def test_a_budget_that_is_used_up_is_not_asked_again() -> None:
    class UsedUp(NoBudget):
        n_asked = 0

        def take(self, account: str) -> None:
            self.n_asked += 1
            raise TransientSourceError("ours", "nothing left this hour", retry_after_s=3000)

    budget = UsedUp()
    with scripted(rows()) as server:
        with pytest.raises(TransientSourceError, match="nothing left"):
            server.client(budget=budget).json("/api")
        assert server.asked == []
    assert budget.n_asked == 1


def test_a_wait_is_told_with_its_reason_if_one_notices_it(
    caplog: pytest.LogCaptureFixture,
) -> None:
    said: list[str] = []
    caplog.set_level(logging.INFO)
    with scripted(status(429, ("Retry-After", "2")), rows()) as server:
        server.client().json("/api")
        assert "waiting" not in caplog.text
    with scripted(status(429, ("Retry-After", "3")), rows()) as server:
        client = server.client()
        client.say = said.append
        client.json("/api")
    assert "ours: waiting 3 s: GET /base/api: answered 429" in caplog.text
    assert said == ["ours: waiting 3 s: GET /base/api: answered 429"]


@pytest.mark.parametrize("trouble", [500, 502, 503, 504, 408])
def test_trouble_that_may_pass_is_tried_again(trouble: int) -> None:
    with scripted(status(trouble), status(trouble), rows("a")) as server:
        assert server.client(tries=3).json("/api").value == {"result": ["a"]}
        assert len(server.time.waits_s) == 2


def test_trouble_that_does_not_pass_is_given_up_after_so_many_tries() -> None:
    with scripted(status(500, message="node is down")) as server:
        with pytest.raises(TransientSourceError, match=r"answered 500 \(node is down\)"):
            server.client(tries=3).json("/api")
        assert len(server.asked) == 3


def test_waits_as_told_when_a_system_is_being_maintained() -> None:
    with scripted(status(503, ("Retry-After", "120")), rows()) as server:
        server.client().json("/api")
        assert server.time.waits_s == [120]


def test_the_same_run_waits_the_same() -> None:
    waits = []
    for _ in range(2):
        with scripted(status(500)) as server:
            with pytest.raises(TransientSourceError):
                server.client(tries=5).json("/api")
            waits.append(server.time.waits_s)
    assert waits[0] == waits[1]


def test_a_connection_that_drops_is_made_anew() -> None:
    with scripted(Answer(cut_at=0), rows("a")) as server:
        assert server.client().json("/api").value == {"result": ["a"]}
        assert len(server.time.waits_s) == 1


def test_nobody_there_is_told_without_the_query() -> None:
    client = HttpClient(
        "ours", "http://127.0.0.1:9", BASIC, settings=HttpSettings(tries=1, connect_timeout_s=1)
    )
    with pytest.raises(TransientSourceError, match="connection was refused") as caught:
        client.json("/api", {"query": "name=Ann"})
    assert "Ann" not in str(caught.value)
    assert caught.value.__cause__ is None


def test_what_is_posted_is_not_posted_twice_unless_it_may_be() -> None:
    with scripted(Answer(cut_at=0), rows()) as server:
        with pytest.raises(TransientSourceError):
            server.client().post("/api", {"title": "new"})
        assert len(server.asked) == 1
    with scripted(status(502), rows()) as server:
        assert server.client().post("/api", {"q": "all"}, repeatable=True).status == 200
        assert [asked.body for asked in server.asked] == [b'{"q":"all"}'] * 2
    with scripted(status(429, ("Retry-After", "5")), rows()) as server:
        assert server.client().post("/api", {"title": "new"}).status == 200


def test_a_question_that_is_posted_is_read_as_json_and_asked_again() -> None:
    with scripted(status(502), page("Maintenance"), rows("a")) as server:
        answer = server.client().json("/api", posted={"q": "all"})
        assert answer.value == {"result": ["a"]}
        assert [asked.body for asked in server.asked] == [b'{"q":"all"}'] * 3
        assert {asked.method for asked in server.asked} == {"POST"}


class Renewing:
    """Credentials of which each renewal gives the next."""

    account = "someone"

    def __init__(self, *tokens: str) -> None:
        self._tokens = list(tokens)

    @property
    def secrets(self) -> tuple[str, ...]:
        return tuple(self._tokens)

    def prepare(self, request: PreparedRequest) -> None:
        request.headers["Authorization"] = f"Bearer {self._tokens[0]}"

    def renew(self) -> bool:
        self._tokens.pop(0)
        return True


def _wants_second(request: Request) -> Answer:
    good = request.header("authorization") == "Bearer second"
    return rows("a") if good else status(401, message="User Not Authenticated")


def test_credentials_that_ended_are_renewed_once() -> None:
    with scripted(_wants_second) as server:
        assert server.client(Renewing("first", "second")).json("/api").value == {"result": ["a"]}
        assert len(server.asked) == 2
        assert server.time.waits_s == []


def test_credentials_that_end_before_they_are_used_are_renewed_again() -> None:
    with scripted(_wants_second) as server:
        renewing = Renewing("first", "third", "fourth", "second")
        assert server.client(renewing).json("/api").value == {"result": ["a"]}
        assert len(server.asked) == 4


def test_credentials_that_are_refused_after_some_renewals_are_an_error() -> None:
    with scripted(_wants_second) as server:
        with pytest.raises(AuthError):
            server.client(Renewing(*"abcde", "second")).json("/api")
        assert len(server.asked) == 4


def test_a_wrong_password_is_not_tried_again() -> None:
    with scripted(status(401, message="User Not Authenticated")) as server:
        with pytest.raises(AuthError, match="refuses the credentials"):
            server.client(BASIC).json("/api")
        assert len(server.asked) == 1


def test_what_this_user_may_not_read_can_be_told_from_other_refusals() -> None:
    with scripted(status(403, message="Insufficient rights")) as server:
        with pytest.raises(ForbiddenError, match="Insufficient rights"):
            server.client().json("/api")
        assert len(server.asked) == 1


@pytest.mark.parametrize(("number", "says"), [(400, "Invalid table"), (404, "No"), (410, "gone")])
def test_a_refusal_is_final_and_told_in_the_systems_words(number: int, says: str) -> None:
    with scripted(status(number, message=f"{says} <b>x</b>\n")) as server:
        with pytest.raises(FatalSourceError, match=rf"{number} \({says} x\)"):
            server.client().json("/api")
        assert len(server.asked) == 1


def test_a_caller_may_look_at_a_refusal_itself() -> None:
    with scripted(status(404)) as server:
        assert server.client().get("/api", accept={404}).status == 404
