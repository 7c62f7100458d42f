"""The one way to speak HTTP with a source: waits, tries again, renews tokens, leaks nothing."""

import logging
import time
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field, replace

import orjson
import requests

from connectors.core.answers import (
    Complaint,
    Decode,
    JsonResponse,
    Response,
    cleaned,
    error_beside_result,
    is_page,
    json_of,
    reason,
)
from connectors.core.auth import Auth
from connectors.core.budget import Budget, Clock, NoBudget, Sleep, utc_now
from connectors.core.calls import Call, Params
from connectors.core.origin import Origin
from connectors.core.patience import Patience
from connectors.core.settings import HttpSettings
from connectors.core.transport import Transport
from connectors.core.waits import asked_wait_s
from itsm.errors import (
    AuthError,
    FatalSourceError,
    ForbiddenError,
    SourceError,
    TransientSourceError,
)

LOGGER = logging.getLogger(__name__)

_MAY_PASS = frozenset({408, 425, 500, 502, 503, 504})
"""Statuses of trouble that may pass by itself."""

_REDIRECTS = frozenset({301, 302, 303, 307, 308})
_MAX_REDIRECTS = _MAX_RENEWALS = 3
_MAX_REASON = 200


@dataclass(slots=True)
class HttpClient:
    """Speaks with one source; safe to be used from several threads.

    For every request it takes from the budget; sends with timeouts, without cookies, and to the
    source's own origin only; tries again, with growing waits, what may pass (no connection, 408,
    425, 500, 502, 503, 504, a page for people where JSON was wanted); waits as told on 429 and
    tells the budget; renews the credentials on 401, thrice at most. It logs method, path, status,
    milliseconds and bytes, and never a query, a header or a body.

    What it raises:
        TransientSourceError: it did not pass within `settings.tries` and `settings.max_wait_s`;
            `retry_after_s` is what the source asked for.
        CutAnswerError: an answer broke off or is not whole; asking for less may help.
        AuthError: the credentials are refused (401).
        ForbiddenError: this user may not (403).
        FatalSourceError: any other refusal, such as 404, 410, or a redirect to another origin.

    Attributes:
        source: its name in the configuration.
        base_url: absolute; paths are below its path.
        limit_window_s: the seconds that `X-RateLimit-Limit` counts requests in.
        say: tells a person why it takes so long; waits are logged at INFO in any case.
    """

    source: str
    base_url: str
    auth: Auth
    budget: Budget = field(default_factory=NoBudget)
    settings: HttpSettings = field(default_factory=HttpSettings)
    sleep: Sleep = time.sleep
    clock: Clock = utc_now
    limit_window_s: int = 3600
    say: Callable[[str], None] | None = None
    origin: Origin = field(init=False)
    _transport: Transport = field(init=False, repr=False)

    def __post_init__(self) -> None:
        """Check the URL; nothing is sent.

        Raises:
            ConfigError: the URL cannot be used, or a file of the settings does not exist.
        """
        self.origin = Origin.of(self.source, self.base_url, allow_http=self.settings.allow_http)
        self._transport = Transport(self.source, self.settings, self.clock)

    def with_auth(self, auth: Auth) -> "HttpClient":
        """A client that is like this one, with other credentials."""
        return replace(self, auth=auth)

    @property
    def account(self) -> str:
        """What the budget counts by: the host, and a word for who asks."""
        return f"{self.origin.netloc} {self.auth.account}".rstrip()

    def get(
        self, path_or_url: str, params: Params | None = None, *, accept: Collection[int] = ()
    ) -> Response:
        """What is there, as bytes.

        Args:
            path_or_url: below the base path; or an absolute URL of the same origin.
            params: put on the URL; never told.
            accept: statuses that are no trouble to the caller, who looks at `status` then.
        """
        taken, url = frozenset(accept), self.origin.url(path_or_url)
        return self.call(Call("GET", url, params or {}, accept=taken))

    def json(
        self,
        path_or_url: str,
        params: Params | None = None,
        *,
        posted: object = None,
        complaint: Complaint = error_beside_result,
        decode: Decode = orjson.loads,
    ) -> JsonResponse:
        """What is there, as JSON.

        Args:
            path_or_url: as in `get`.
            params: as in `get`.
            posted: a question that is posted as JSON and may be posted again; else it is a GET.
            complaint: finds the trouble in an answer whose status tells of none.
            decode: makes a value of the body, as in `json_of`.
        """
        how, url = "GET" if posted is None else "POST", self.origin.url(path_or_url)
        return self._json(Call(how, url, params or {}, posted, wants_json=True), complaint, decode)

    def post(
        self, path: str, json: object, *, repeatable: bool = False, accept: Collection[int] = ()
    ) -> Response:
        """Post JSON.

        Args:
            path: below the base path.
            json: what `orjson` can write.
            repeatable: posting twice does no harm. If not, it is tried again only where the source
                said that it did nothing (401, 429).
            accept: as in `get`.
        """
        taken, url = frozenset(accept), self.origin.url(path)
        return self.call(Call("POST", url, json=json, repeatable=repeatable, accept=taken))

    def post_form(
        self, path: str, form: Mapping[str, str], hidden: Collection[str] = ()
    ) -> JsonResponse:
        """Post form fields that may be posted again, and read JSON.

        Args:
            path: below the base path.
            form: the fields; never told.
            hidden: what of it must not even be told if the source says it.
        """
        url = self.origin.url(path)
        call = Call("POST", url, form=form, wants_json=True, hidden=tuple(hidden))
        return self._json(call, lambda _value: None, orjson.loads)

    def rebased(self, link: str) -> str:
        """The URL on this origin that a link means, though it may name a host we cannot see."""
        return self.origin.rebased(link)

    def close(self) -> None:
        """Close the connections."""
        self._transport.close()

    def call(self, call: Call) -> Response:
        """Make a request until the answer is no trouble, or there is no hope of one."""
        return self._answered(call, self._patience())

    def _answered(self, call: Call, patience: Patience) -> Response:
        n_redirects, n_renewed = 0, 0
        while True:
            self.budget.take(self.account)
            prepared = self._transport.prepare(call.request())
            self.auth.prepare(prepared)
            try:
                answer = self._sent(call, prepared)
            except TransientSourceError as error:
                patience.trouble(error, is_repeatable=call.repeatable)
                continue
            if self._is_good(call, answer):
                return answer
            if answer.status in _REDIRECTS:
                n_redirects += 1
                call = self._followed(call, answer, n_redirects)
            elif answer.status == 401:
                self._renew(call, answer, n_renewed)
                n_renewed += 1
            elif answer.status == 429:
                patience.limit(self._passing(call, answer))
            else:
                patience.trouble(self._passing(call, answer), is_repeatable=call.repeatable)

    def _patience(self) -> Patience:
        return Patience(
            self.source,
            self.account,
            self.budget,
            self.settings,
            self.sleep,
            self.clock,
            self.say,
        )

    def _json(self, call: Call, complaint: Complaint, decode: Decode) -> JsonResponse:
        patience = self._patience()
        while True:
            response = self._answered(call, patience)
            try:
                return json_of(self.source, response, complaint, decode)
            except TransientSourceError as error:
                told = f"{call.told}: {self._shown(call, error.message)}"
                trouble = type(error)(self.source, told)
            patience.trouble(trouble, is_repeatable=call.repeatable)

    def _sent(self, call: Call, prepared: requests.PreparedRequest) -> Response:
        """The answer to one try, whatever its status."""
        started = time.perf_counter()
        try:
            answer = self._transport.send(prepared)
        except SourceError as error:
            LOGGER.info("%s: %s: %s", self.source, call.told, error.message)
            raise type(error)(self.source, f"{call.told}: {error.message}") from None
        LOGGER.debug(
            "%s: %s: %d in %.0f ms, %d bytes",
            self.source,
            call.told,
            answer.status,
            (time.perf_counter() - started) * 1000,
            len(answer.body),
        )
        self._learn(answer)
        return answer

    def _learn(self, answer: Response) -> None:
        limit = answer.headers.get("X-RateLimit-Limit", answer.headers.get("X-RateLimit-Total", ""))
        if limit.isdecimal() and len(limit) < 10:
            self.budget.learn(self.account, int(limit) * 3600 // self.limit_window_s)

    def _is_good(self, call: Call, answer: Response) -> bool:
        """Whether an answer may be handed on; False: something can be done about it.

        Raises:
            FatalSourceError: nothing can be done.
        """
        status = answer.status
        if status in call.accept:
            return True
        if 200 <= status < 300:
            return not call.wants_json or status == 204 or not is_page(answer)
        if status in _REDIRECTS or status in _MAY_PASS or status in {401, 429}:
            return False
        told = self._told(call, answer)
        if status == 403:
            raise ForbiddenError(self.source, told)
        gone = "; this address was removed from the system" if status == 410 else ""
        raise FatalSourceError(self.source, told + gone)

    def _followed(self, call: Call, answer: Response, n_redirects: int) -> Call:
        """The call that a redirect asks for."""
        location = answer.headers.get("Location", "")
        if call.method != "GET" or not location or n_redirects > _MAX_REDIRECTS:
            raise FatalSourceError(
                self.source,
                f"{call.told}: redirects ({answer.status}) where it should answer; look at the url",
            )
        return replace(call, url=self.origin.redirected(call.url, location), params={})

    def _renew(self, call: Call, answer: Response, n_renewed: int) -> None:
        if n_renewed >= _MAX_RENEWALS or not self.auth.renew():
            raise AuthError(
                self.source, f"{self._told(call, answer)}; it refuses the credentials: check them"
            )

    def _passing(self, call: Call, answer: Response) -> TransientSourceError:
        """Trouble that may pass, with the wait the source asks for."""
        told = self._told(call, answer)
        asked_s = (
            asked_wait_s(answer.headers, self.clock()) if answer.status in {429, 503} else None
        )
        return TransientSourceError(self.source, told, retry_after_s=asked_s or None)

    def _told(self, call: Call, answer: Response) -> str:
        """What was asked and what came of it, with the source's own words."""
        said = self._shown(call, reason(answer))
        return f"{call.told}: answered {answer.status}" + (f" ({said})" if said else "")

    def _shown(self, call: Call, text: str) -> str:
        """A text of the source without secrets, cut to what one reads."""
        for secret in filter(None, (*self.auth.secrets, *call.hidden)):
            text = text.replace(secret, "***")
        return cleaned(text, _MAX_REASON)
