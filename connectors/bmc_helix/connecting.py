"""Who asks an AR server: a token for user and password, given up when it is no longer needed.

Source:
    BMC, Remedy AR System 9.1 documentation, "Login information" for the REST API.
"""

import atexit
import logging
import threading
from dataclasses import dataclass, field

from pydantic import SecretStr
from requests import PreparedRequest

from connectors.bmc_helix.config import BmcHelixConfig
from connectors.core.auth import NoAuth, digest
from connectors.core.calls import Call
from connectors.core.client import HttpClient
from connectors.core.surroundings import Surroundings
from itsm.errors import SourceError, TransientSourceError

LOGGER = logging.getLogger(__name__)

_LOGIN, _LOGOUT = "api/jwt/login", "api/jwt/logout"
_TEXT = {"Accept": "text/plain, */*"}


@dataclass(slots=True)
class Token:
    """A token, asked for when it is first needed; safe to be used from several threads.

    Each token holds a licence until it ends or is given up, so it is given up at the latest when
    the process ends.
    """

    client: HttpClient
    user: str
    password: SecretStr
    auth_string: str | None = None
    _token: SecretStr | None = field(default=None, init=False, repr=False)
    _lock: threading.RLock = field(default_factory=threading.RLock, init=False, repr=False)

    @property
    def account(self) -> str:
        """One word for the user."""
        return digest(self.user)

    @property
    def secrets(self) -> tuple[str, ...]:
        """The password, and the token at hand."""
        held = self._token
        mine = (held.get_secret_value(),) if held is not None else ()
        return (self.password.get_secret_value(), *mine)

    def prepare(self, request: PreparedRequest) -> None:
        """Set Authorization; the scheme is BMC's own."""
        with self._lock:
            held = self._token or self._begin()
            request.headers["Authorization"] = f"AR-JWT {held.get_secret_value()}"

    def renew(self) -> bool:
        """Ask for another token, as this one has ended."""
        with self._lock:
            self._begin()
        return True

    def give_up(self) -> None:
        """Give the token back, if there is one; that it cannot be is no trouble: it ends anyway."""
        with self._lock:
            held, self._token = self._token, None
        if held is None:
            return
        headers = {"Authorization": f"AR-JWT {held.get_secret_value()}"}
        once = self.client.settings.model_copy(update={"tries": 1, "connect_timeout_s": 2.0})
        client = HttpClient(self.client.source, self.client.base_url, NoAuth(), settings=once)
        try:
            client.call(Call("POST", client.origin.url(_LOGOUT), headers=headers))
        except SourceError as error:
            LOGGER.debug("%s: not logged out: %s", self.client.source, error.message)
        finally:
            client.close()

    def _begin(self) -> SecretStr:
        form = {"username": self.user, "password": self.password.get_secret_value()}
        if self.auth_string is not None:
            form["authString"] = self.auth_string
        hidden = (self.password.get_secret_value(),)
        url = self.client.origin.url(_LOGIN)
        answer = self.client.call(
            Call("POST", url, form=form, wants_json=True, hidden=hidden, headers=_TEXT)
        )
        text = answer.body.decode("utf-8", "replace").strip()
        if not text or any(mark in text for mark in ' <{["'):
            raise TransientSourceError(self.client.source, "the login gave no token")
        if self._token is None:
            atexit.register(self.give_up)
        self._token = SecretStr(text)
        return self._token


def client_of(source: str, config: BmcHelixConfig, around: Surroundings) -> HttpClient:
    """A client with a token; nothing is sent yet.

    Raises:
        ConfigError: it is not said who asks, or the address or a file cannot be used.
    """
    config.require_credentials(source)
    plain = HttpClient(
        source,
        config.url.removesuffix("/api"),
        NoAuth(),
        around.budget,
        config.http,
        around.sleep,
        around.clock,
        say=around.say,
    )
    password = config.password or SecretStr("")
    client = plain.with_auth(Token(plain, config.user or "", password, config.auth_string))
    if config.requests_per_hour is not None:
        client.budget.learn(client.account, config.requests_per_hour)
    return client
