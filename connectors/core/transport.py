"""One request over the wire: kept connections, timeouts, no cookies, no redirects followed."""

import logging
import time
from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta
from http.cookiejar import DefaultCookiePolicy
from importlib.metadata import PackageNotFoundError, version

import requests
from requests.adapters import HTTPAdapter
from requests.cookies import RequestsCookieJar
from requests.utils import get_environ_proxies

from connectors.core.answers import Response
from connectors.core.budget import Clock, utc_now
from connectors.core.failures import failure
from connectors.core.settings import FROM_ENVIRONMENT, HttpSettings
from connectors.core.waits import told_time
from itsm.errors import ConfigError, CutAnswerError

_CHUNK = 1 << 16
_MB = 1_000_000
_WHOLE_S = 1.0
"""What the time in an answer may have been rounded by."""


class _NoQueries(logging.Filter):
    """Takes the query off the URLs that urllib3 tells at DEBUG."""

    def filter(self, record: logging.LogRecord) -> bool:
        if isinstance(record.args, tuple):
            record.args = tuple(
                part.partition("?")[0] if isinstance(part, str) else part for part in record.args
            )
        return True


_NO_QUERIES = _NoQueries()


class Transport:
    """Sends requests over connections that are kept open; keeps no cookies, follows nothing."""

    def __init__(self, source: str, settings: HttpSettings, clock: Clock = utc_now) -> None:
        """Opens nothing yet.

        Raises:
            ConfigError: the file of certificates does not exist.
        """
        self._source = source
        self._settings = settings
        self._clock = clock
        if settings.ca_bundle is not None and not settings.ca_bundle.exists():
            raise ConfigError(f"sources.{source}: http.ca_bundle: there is no such file")
        self._session = requests.Session()
        self._session.trust_env = False  # no .netrc, no proxies that nobody configured
        self._session.cookies = RequestsCookieJar(DefaultCookiePolicy(allowed_domains=[]))
        self._session.mount("https://", HTTPAdapter(max_retries=0))
        self._session.mount("http://", HTTPAdapter(max_retries=0))
        self._session.headers["User-Agent"] = user_agent()
        logging.getLogger("urllib3.connectionpool").addFilter(_NO_QUERIES)

    def prepare(self, request: requests.Request) -> requests.PreparedRequest:
        """A request with our headers, ready to have credentials put on it.

        Raises:
            FatalSourceError: it cannot be made.
        """
        try:
            return self._session.prepare_request(request)
        except requests.RequestException as error:
            raise failure(self._source, error, self._settings) from None

    def send(self, request: requests.PreparedRequest) -> Response:
        """The whole answer to one request, whatever its status.

        Raises:
            CutAnswerError: the answer broke off, or is longer than the settings allow.
            TransientSourceError: there was no answer.
            FatalSourceError: the certificate is not trusted, or the request cannot be made.
        """
        started = time.perf_counter()
        try:
            with self._session.send(
                request,
                timeout=(self._settings.connect_timeout_s, self._settings.read_timeout_s),
                allow_redirects=False,
                stream=True,
                verify=str(self._settings.ca_bundle) if self._settings.ca_bundle else True,
                proxies=self._proxies(str(request.url)),
            ) as answer:
                body = b"".join(self._limited(answer.iter_content(_CHUNK)))
                asked_at = self._asked_at(answer.headers, time.perf_counter() - started)
                return Response(answer.status_code, answer.headers, body, asked_at)
        except requests.RequestException as error:
            raise failure(self._source, error, self._settings) from None

    def close(self) -> None:
        """Close the connections."""
        self._session.close()

    def _asked_at(self, headers: Mapping[str, str], took_s: float) -> datetime:
        answered_at = told_time(headers) or self._clock()
        return (answered_at - timedelta(seconds=took_s + _WHOLE_S)).replace(microsecond=0)

    def _limited(self, chunks: Iterator[bytes]) -> Iterator[bytes]:
        n_bytes = 0
        for chunk in chunks:
            n_bytes += len(chunk)
            if n_bytes > self._settings.max_answer_mb * _MB:
                raise CutAnswerError(
                    self._source, f"answered more than {self._settings.max_answer_mb} MB"
                )
            yield chunk

    def _proxies(self, url: str) -> dict[str, str]:
        proxy = self._settings.proxy.get_secret_value() if self._settings.proxy else None
        if proxy == FROM_ENVIRONMENT:
            return dict(get_environ_proxies(url))
        return {"http": proxy, "https": proxy} if proxy else {}


def user_agent() -> str:
    """How we introduce ourselves."""
    try:
        return f"csi-pipeline/{version('csi-pipeline')}"
    except PackageNotFoundError:
        return "csi-pipeline"
