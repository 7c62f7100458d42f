"""Who asks a GLPI: a session that is begun with a token or a password, and begun again when over.

Source:
    GLPI, `apirest.md`, "Init session".
"""

import threading
from collections.abc import Mapping
from dataclasses import dataclass, field

from pydantic import SecretStr
from requests import PreparedRequest

from connectors.core.auth import Auth, BasicAuth, NoAuth, digest
from connectors.core.client import HttpClient
from connectors.core.surroundings import Surroundings
from connectors.glpi.config import GlpiConfig
from itsm.errors import TransientSourceError

_PLAIN: Mapping[str, str] = {"X-GLPI-Sanitized-Content": "false"}
"""Texts are wanted as they were written, not with entities for markup (version 10)."""


@dataclass(frozen=True, slots=True)
class UserToken:
    """A personal token, where a session is begun."""

    token: SecretStr

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
        request.headers["Authorization"] = f"user_token {self.token.get_secret_value()}"

    def renew(self) -> bool:
        """There is nothing to renew."""
        return False


@dataclass(frozen=True, slots=True)
class WithApplication:
    """Credentials, and the token of the application beside them."""

    auth: Auth
    app_token: SecretStr | None

    @property
    def account(self) -> str:
        """One word for who asks."""
        return self.auth.account

    @property
    def secrets(self) -> tuple[str, ...]:
        """What must not be told."""
        mine = (self.app_token.get_secret_value(),) if self.app_token is not None else ()
        return (*self.auth.secrets, *mine)

    def prepare(self, request: PreparedRequest) -> None:
        """Put the headers on a request."""
        if self.app_token is not None:
            request.headers["App-Token"] = self.app_token.get_secret_value()
        request.headers.update(_PLAIN)
        request.headers.setdefault("Content-Type", "application/json")
        self.auth.prepare(request)

    def renew(self) -> bool:
        """Get new credentials, if there are any to get."""
        return self.auth.renew()


@dataclass(slots=True)
class Session:
    """A session, begun when it is first needed; safe to be used from several threads.

    Attributes:
        client: begins it, with the user's own credentials.
        profile: switched to at the beginning, if any.
        entity: the same.
    """

    client: HttpClient
    profile: int | None = None
    entity: int | None = None
    _token: SecretStr | None = field(default=None, init=False, repr=False)
    _lock: threading.RLock = field(default_factory=threading.RLock, init=False, repr=False)

    @property
    def account(self) -> str:
        """One word for who asks."""
        return self.client.auth.account

    @property
    def secrets(self) -> tuple[str, ...]:
        """The user's credentials, and the session at hand."""
        held = self._token
        mine = (held.get_secret_value(),) if held is not None else ()
        return (*self.client.auth.secrets, *mine)

    def prepare(self, request: PreparedRequest) -> None:
        """Put the session on a request."""
        with self._lock:
            held = self._token or self._begin()
            request.headers["Session-Token"] = held.get_secret_value()

    def renew(self) -> bool:
        """Begin another session, as this one is over."""
        with self._lock:
            self._begin()
        return True

    def _begin(self) -> SecretStr:
        told = self.client.json("initSession").value
        token = told.get("session_token") if isinstance(told, dict) else None
        if not isinstance(token, str) or not token:
            raise TransientSourceError(self.client.source, "initSession gave no session")
        self._token = SecretStr(token)
        self._switch(self._token)
        return self._token

    def _switch(self, token: SecretStr) -> None:
        """Take on the profile and the entities that are configured."""
        inside = self.client.with_auth(_Within(self.client.auth, token))
        if self.profile is not None:
            inside.post("changeActiveProfile", {"profiles_id": self.profile}, repeatable=True)
        if self.entity is not None:
            wanted = {"entities_id": self.entity, "is_recursive": True}
            inside.post("changeActiveEntities", wanted, repeatable=True)


@dataclass(frozen=True, slots=True)
class _Within:
    """The user's credentials, inside a session that is known."""

    auth: Auth
    token: SecretStr

    @property
    def account(self) -> str:
        """One word for who asks."""
        return self.auth.account

    @property
    def secrets(self) -> tuple[str, ...]:
        """What must not be told."""
        return (*self.auth.secrets, self.token.get_secret_value())

    def prepare(self, request: PreparedRequest) -> None:
        """Put both on a request."""
        self.auth.prepare(request)
        request.headers["Session-Token"] = self.token.get_secret_value()

    def renew(self) -> bool:
        """There is nothing to renew."""
        return False


def client_of(source: str, config: GlpiConfig, around: Surroundings) -> HttpClient:
    """A client with a session; nothing is sent yet.

    Raises:
        ConfigError: it is not said who asks, or the address or a file cannot be used.
    """
    config.require_credentials(source)
    plain = HttpClient(
        source,
        config.api_url,
        NoAuth(),
        around.budget,
        config.http,
        around.sleep,
        around.clock,
        say=around.say,
    )
    own = WithApplication(_credentials(config), config.app_token)
    session = Session(plain.with_auth(own), config.profile, config.entity)
    client = plain.with_auth(WithApplication(session, config.app_token))
    if config.requests_per_hour is not None:
        client.budget.learn(client.account, config.requests_per_hour)
    return client


def _credentials(config: GlpiConfig) -> Auth:
    if config.auth_kind == "basic" and config.user is not None:
        return BasicAuth(config.user, config.password or SecretStr(""))
    return UserToken(config.user_token or SecretStr(""))
