"""The token a mail server is logged in to with, where it takes no password (XOAUTH2)."""

from collections.abc import Callable
from urllib.parse import urlsplit

from requests import Request

from connectors.core.auth import Grant, NoAuth, OAuth, client_grant, refresh_grant
from connectors.core.client import HttpClient
from flows.delivery_settings import MailOAuth
from itsm.errors import AuthError, ConfigError, DeliveryError, FatalSourceError
from itsm.errors import TransientSourceError as Passing

_NAME = "delivery.mail.oauth"


def mail_token(asked: MailOAuth) -> Callable[[], str]:
    """What gives a token that is still good; one is asked for when it is first needed.

    Raises:
        ConfigError: the address of the token endpoint cannot be used.
    """
    parts = urlsplit(asked.token_url)
    try:
        client = HttpClient(_NAME, f"{parts.scheme}://{parts.netloc}", NoAuth())
    except ConfigError as error:
        raise ConfigError(f"{_NAME}.token_url: {error}") from None
    tokens = OAuth(client, parts.path.lstrip("/"), _grant(asked))
    return lambda: _asked(tokens)


def _grant(asked: MailOAuth) -> Grant:
    """The refresh token where there is one, else the client itself; with the scope asked for."""
    secret = asked.client_secret
    made = client_grant(asked.client_id, secret)
    if asked.refresh_token.get_secret_value():
        held = secret if secret.get_secret_value() else None
        made = refresh_grant(asked.client_id, held, asked.refresh_token)
    scope = {"scope": asked.scope} if asked.scope else {}
    return Grant(made.kind, {**made.known, **scope}, made.secret)


def _asked(tokens: OAuth) -> str:
    request = Request("GET", "https://mail.invalid/").prepare()
    try:
        tokens.prepare(request)
    except (AuthError, FatalSourceError, Passing) as error:
        raise DeliveryError(f"mail server: {error.message}; nothing was sent") from None
    return request.headers["Authorization"].removeprefix("Bearer ")
