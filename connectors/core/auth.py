"""Ways to say who asks. Secrets are kept in `SecretStr` and show in no repr, log or error."""

import base64
import hashlib
import threading
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Protocol

from pydantic import SecretStr
from requests import PreparedRequest

from connectors.core.answers import JsonResponse
from connectors.core.budget import Clock, utc_now
from itsm.errors import AuthError, FatalSourceError, TransientSourceError

_EARLY_S = 30.0
"""A token is renewed so many seconds before it ends, or a tenth of its life if that is less."""


class Auth(Protocol):
    """Puts the credentials on a request."""

    @property
    def account(self) -> str:
        """One word for who asks, without telling it; rate limits are counted by it."""
        ...

    @property
    def secrets(self) -> tuple[str, ...]:
        """What must not be told, even if the system says it in an answer."""
        ...

    def prepare(self, request: PreparedRequest) -> None:
        """Put the credentials on a request."""
        ...

    def renew(self) -> bool:
        """Get new credentials after a 401; False: there are none to get.

        Raises:
            AuthError: the system refuses to give them.
        """
        ...


class PostsForms(Protocol):
    """What a token is asked for with; `HttpClient` with `NoAuth` is one."""

    @property
    def source(self) -> str:
        """The source's name in the configuration."""
        ...

    def post_form(
        self, path: str, form: Mapping[str, str], hidden: Collection[str] = ()
    ) -> JsonResponse:
        """Post form fields that may be posted again, and read JSON; tell nothing hidden."""
        ...


class NoAuth:
    """Says nothing."""

    account = ""
    secrets: tuple[str, ...] = ()

    def prepare(self, request: PreparedRequest) -> None:
        """Nothing to do."""

    def renew(self) -> bool:
        """There is nothing to renew."""
        return False


@dataclass(frozen=True, slots=True)
class BasicAuth:
    """User and password, on every request."""

    user: str
    password: SecretStr

    @property
    def account(self) -> str:
        """One word for the user."""
        return digest(self.user)

    @property
    def secrets(self) -> tuple[str, ...]:
        """The password, as it is and as it goes."""
        return self.password.get_secret_value(), self._credentials()

    def prepare(self, request: PreparedRequest) -> None:
        """Set Authorization."""
        request.headers["Authorization"] = f"Basic {self._credentials()}"

    def renew(self) -> bool:
        """There is nothing to renew."""
        return False

    def _credentials(self) -> str:
        both = f"{self.user}:{self.password.get_secret_value()}"
        return base64.b64encode(both.encode()).decode()


@dataclass(frozen=True, slots=True)
class ApiKeyHeader:
    """A key that does not end, in a header of its own, such as `x-sn-apikey`."""

    header: str
    key: SecretStr

    @property
    def account(self) -> str:
        """One word for the key."""
        return digest(self.key.get_secret_value())

    @property
    def secrets(self) -> tuple[str, ...]:
        """The key."""
        return (self.key.get_secret_value(),)

    def prepare(self, request: PreparedRequest) -> None:
        """Set the header."""
        request.headers[self.header] = self.key.get_secret_value()

    def renew(self) -> bool:
        """There is nothing to renew."""
        return False


@dataclass(frozen=True, slots=True)
class BearerToken:
    """A token that a person made, and that does not end; `scheme` is what stands before it."""

    token: SecretStr
    scheme: str = "Bearer"

    @property
    def account(self) -> str:
        """One word for the token."""
        return digest(self.token.get_secret_value())

    @property
    def secrets(self) -> tuple[str, ...]:
        """The token."""
        return (self.token.get_secret_value(),)

    def prepare(self, request: PreparedRequest) -> None:
        """Set Authorization."""
        request.headers["Authorization"] = f"{self.scheme} {self.token.get_secret_value()}"

    def renew(self) -> bool:
        """There is nothing to renew."""
        return False


@dataclass(frozen=True, slots=True)
class Grant:
    """What is sent for a token: the fields that are known to all, and those that are secret.

    Source:
        RFC 6749, sections 4.3 (password), 4.4 (client credentials) and 6 (refresh).
    """

    kind: str
    known: Mapping[str, str]
    secret: Mapping[str, SecretStr]

    def form(self) -> dict[str, str]:
        """The fields of the form."""
        secret = {name: value.get_secret_value() for name, value in self.secret.items()}
        return {"grant_type": self.kind, **self.known, **secret}


def password_grant(
    client_id: str, client_secret: SecretStr, user: str, password: SecretStr
) -> Grant:
    """A token for a user and the password."""
    known = {"client_id": client_id, "username": user}
    return Grant("password", known, {"client_secret": client_secret, "password": password})


def client_grant(client_id: str, client_secret: SecretStr) -> Grant:
    """A token for the client itself."""
    return Grant("client_credentials", {"client_id": client_id}, {"client_secret": client_secret})


def refresh_grant(client_id: str, client_secret: SecretStr | None, token: SecretStr) -> Grant:
    """A token for a refresh token that was given before."""
    secret = {"refresh_token": token} | ({"client_secret": client_secret} if client_secret else {})
    return Grant("refresh_token", {"client_id": client_id}, secret)


@dataclass(slots=True)
class _Tokens:
    access: SecretStr
    good_until: datetime | None
    refresh: SecretStr | None


@dataclass(slots=True)
class OAuth:
    """A token that ends and is renewed: by its refresh token, or by the grant again.

    A refresh token that the system replaces is replaced here; one that it refuses is forgotten and
    the grant is used. Safe to be used from several threads.

    Attributes:
        client: what the token is asked for with; it must not use this auth itself.
        path: the token endpoint, on the source's origin.
    """

    client: PostsForms
    path: str
    grant: Grant
    clock: Clock = utc_now
    _tokens: _Tokens | None = field(default=None, init=False, repr=False)
    _lock: threading.RLock = field(default_factory=threading.RLock, init=False, repr=False)

    @property
    def account(self) -> str:
        """One word for the client and user."""
        return digest(*(f"{name}={value}" for name, value in sorted(self.grant.known.items())))

    @property
    def secrets(self) -> tuple[str, ...]:
        """All of the grant, and the tokens at hand."""
        given = [value.get_secret_value() for value in self.grant.secret.values()]
        held = self._tokens
        tokens = (held.access, held.refresh) if held else ()
        return (*given, *(token.get_secret_value() for token in tokens if token))

    def prepare(self, request: PreparedRequest) -> None:
        """Set Authorization, with a token that is still good; one is asked for if need be."""
        with self._lock:
            held = self._tokens
            if held is None or (held.good_until and self.clock() >= held.good_until):
                held = self._ask()
            request.headers["Authorization"] = f"Bearer {held.access.get_secret_value()}"

    def renew(self) -> bool:
        """Get a new token though the one at hand should still be good."""
        with self._lock:
            self._ask()
        return True

    def _ask(self) -> _Tokens:
        refresh = self._tokens.refresh if self._tokens else None
        if refresh is not None:
            try:
                self._tokens = self._answer(self._refreshing(refresh), refresh)
                return self._tokens
            except FatalSourceError:
                self._tokens = None
        self._tokens = self._answer(self.grant, self.grant.secret.get("refresh_token"))
        return self._tokens

    def _refreshing(self, token: SecretStr) -> Grant:
        secret = self.grant.secret.get("client_secret")
        return refresh_grant(self.grant.known["client_id"], secret, token)

    def _answer(self, grant: Grant, refresh: SecretStr | None) -> _Tokens:
        asked_at = self.clock()
        hidden = [value.get_secret_value() for value in grant.secret.values()]
        try:
            told: Any = self.client.post_form(self.path, grant.form(), hidden).value
        except FatalSourceError as error:
            raise AuthError(
                self.client.source,
                f"no token was given: {error.message}; check client, user and their secrets",
            ) from None
        access = told.get("access_token") if isinstance(told, dict) else None
        if not isinstance(access, str) or not access:
            raise TransientSourceError(
                self.client.source, "the token endpoint answered without a token"
            )
        given = told.get("refresh_token")
        return _Tokens(
            SecretStr(access),
            good_until(asked_at, told.get("expires_in")),
            SecretStr(given) if isinstance(given, str) and given else refresh,
        )


def digest(*words: str) -> str:
    """A short word that stands for others and does not tell them."""
    return hashlib.sha256("\n".join(words).encode()).hexdigest()[:12]


def good_until(asked_at: datetime, lasts_s: object) -> datetime | None:
    """When a token is to be renewed; None if the answer does not say how long it lasts."""
    if not isinstance(lasts_s, int | float | str):
        return None
    try:
        life_s = float(lasts_s)
        return asked_at + timedelta(seconds=life_s - min(_EARLY_S, life_s / 10))
    except (ValueError, OverflowError):
        return None
