"""What went wrong with a request, in words that tell no query and no secret.

The texts of `requests` and `urllib3` hold whole URLs, so none of them is passed on.
"""

import ssl
from collections.abc import Iterator

from requests import exceptions

from connectors.core.settings import HttpSettings
from itsm.errors import CutAnswerError, FatalSourceError, SourceError, TransientSourceError

_BROKEN_OFF = (exceptions.ChunkedEncodingError, exceptions.ContentDecodingError)


def failure(source: str, error: exceptions.RequestException, settings: HttpSettings) -> SourceError:
    """The error that tells a caller what to do about one of `requests`.

    Returns:
        CutAnswerError: the answer stopped coming or broke off.
        FatalSourceError: the certificate is not trusted, or the request cannot be made.
        TransientSourceError: everything else.
    """
    if isinstance(error, exceptions.ConnectTimeout):
        return TransientSourceError(
            source, f"no connection within {settings.connect_timeout_s:g} s"
        )
    if isinstance(error, exceptions.ReadTimeout) or _has(error, "ReadTimeoutError"):
        return CutAnswerError(
            source, f"no answer, or no more of it, for {settings.read_timeout_s:g} s"
        )
    if isinstance(error, _BROKEN_OFF):
        return CutAnswerError(source, "the answer broke off before it was whole")
    if isinstance(error, exceptions.ConnectionError):
        return _connection(source, error)
    return FatalSourceError(
        source, f"the request cannot be made ({type(error).__name__}); look at url and proxy"
    )


def _connection(source: str, error: exceptions.ConnectionError) -> SourceError:
    for cause in _causes(error):
        if isinstance(cause, ssl.SSLCertVerificationError):
            return FatalSourceError(
                source,
                f"its certificate is not trusted: {cause.verify_message}; name the file with "
                "your authority's certificates in http.ca_bundle",
            )
    return TransientSourceError(source, _told_connection(error))


def _told_connection(error: exceptions.ConnectionError) -> str:
    if isinstance(error, exceptions.ProxyError):
        return "the proxy does not answer, or refuses"
    if isinstance(error, exceptions.SSLError):
        return "no TLS connection can be made"
    if _has(error, "NameResolutionError"):
        return "its host name is not known"
    for cause in _causes(error):
        if isinstance(cause, ConnectionRefusedError):
            return "the connection was refused"
        if isinstance(cause, ConnectionResetError):
            return "the connection was reset"
    return "no connection"


def _has(error: Exception, name: str) -> bool:
    """Whether an error of urllib3 lies below; by name, as only requests is our dependency."""
    return any(type(cause).__name__ == name for cause in _causes(error))


def _causes(error: BaseException) -> Iterator[BaseException]:
    """An error, and what lies below it, however it was wrapped."""
    waiting, seen = [error], set[int]()
    while waiting:
        one = waiting.pop(0)
        if id(one) in seen:
            continue
        seen.add(id(one))
        yield one
        below = (one.__cause__, one.__context__, getattr(one, "reason", None), *one.args)
        waiting.extend(cause for cause in below if isinstance(cause, BaseException))
