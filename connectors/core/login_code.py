"""Logging in as a person in a browser: authorization code with PKCE, and renewal afterwards.

Source:
    RFC 6749, section 4.1; RFC 7636 (PKCE, S256); RFC 8252, section 7.3 (loopback redirect).
"""

import base64
import hashlib
import secrets
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

from pydantic import BaseModel, Field, SecretStr
from requests import PreparedRequest

from connectors.core.auth import Grant, PostsForms, digest, good_until, refresh_grant
from connectors.core.budget import Clock, utc_now
from connectors.core.config import FROZEN
from connectors.core.login_file import Login, LoginFile, LoginPlace
from itsm.errors import AuthError, ConfigError, FatalSourceError, TransientSourceError


class LoginSettings(BaseModel):
    """`[sources.NAME.login]`: the log-in of a person, for auth = "oauth_code"."""

    model_config = FROZEN

    port: int = Field(
        default=8976,
        ge=1024,
        le=65_535,
        description="Where the browser comes back to on this machine; the application of the "
        "system must list http://127.0.0.1:PORT/callback as redirect address.",
    )
    scopes: tuple[str, ...] = Field(
        default=(), description="What is asked for; left out, what reading takes."
    )
    file: Path | None = Field(
        default=None,
        description="Where the tokens are kept; left out, logins/NAME.json beside csi.toml.",
    )
    block: bool = Field(
        default=False,
        description="Keep the tokens in a block of Prefect, of the type CSI log-in, that all "
        "workers share, instead of a file on this machine.",
    )
    ends_after_days: int | None = Field(
        default=None,
        ge=1,
        le=3650,
        description="So many days after it was last renewed the log-in ends; left out, what the "
        "vendor says. csi doctor warns before.",
    )


@dataclass(frozen=True, slots=True)
class CodeAsk:
    """How a system is logged in to.

    Attributes:
        client: posts to the token endpoint.
        authorize_url: where the browser is sent.
        token_path: of the token endpoint, on the client's origin.
        client_id: of the application.
        client_secret: of it, if it has one.
        settings: port, scopes, file.
        scopes: what is asked for where the settings do not say.
        more: what the authorization takes besides.
        kept: where the tokens are kept; None for the file of the settings.
    """

    client: PostsForms
    authorize_url: str
    token_path: str
    client_id: str
    client_secret: SecretStr | None
    settings: LoginSettings
    scopes: tuple[str, ...] = ()
    more: Mapping[str, str] = field(default_factory=dict)
    kept: LoginPlace | None = None

    @property
    def redirect_uri(self) -> str:
        """Where the browser comes back to."""
        return f"http://127.0.0.1:{self.settings.port}/callback"

    @property
    def place(self) -> LoginPlace:
        """Where the tokens are kept."""
        if self.kept is not None:
            return self.kept
        path = self.settings.file or Path("logins") / f"{self.client.source}.json"
        return LoginFile(self.client.source, path)


@dataclass(frozen=True, slots=True)
class Attempt:
    """One attempt to log in; `state` and `verifier` are for it alone."""

    ask: CodeAsk
    state: str
    verifier: str

    @classmethod
    def new(cls, ask: CodeAsk) -> "Attempt":
        """An attempt that nobody can guess."""
        return cls(ask, secrets.token_urlsafe(24), secrets.token_urlsafe(64))

    @property
    def url(self) -> str:
        """The address that a person opens."""
        scopes = self.ask.settings.scopes or self.ask.scopes
        told = {
            "response_type": "code",
            "client_id": self.ask.client_id,
            "redirect_uri": self.ask.redirect_uri,
            "state": self.state,
            "code_challenge": challenge_of(self.verifier),
            "code_challenge_method": "S256",
            **({"scope": " ".join(scopes)} if scopes else {}),
            **self.ask.more,
        }
        return f"{self.ask.authorize_url}?{urlencode(told)}"

    def is_answered_by(self, told: Mapping[str, str]) -> bool:
        """Whether what came back is for this attempt; anything on this machine may knock."""
        return secrets.compare_digest(told.get("state", "").encode(), self.state.encode())

    def came_back(self, told: Mapping[str, str], now: datetime) -> Login:
        """The tokens for the code that the browser brought.

        Raises:
            AuthError: it is not the answer to this attempt, the person said no, or the system gives
                no tokens.
        """
        source = self.ask.client.source
        if not self.is_answered_by(told):
            raise AuthError(source, "the answer is not to this log-in (state); begin again")
        if "code" not in told:
            why = told.get("error_description") or told.get("error") or "no code came"
            raise AuthError(source, f"the system did not agree: {why[:200]}")
        known = {"client_id": self.ask.client_id, "redirect_uri": self.ask.redirect_uri}
        secret = {"code": SecretStr(told["code"]), "code_verifier": SecretStr(self.verifier)}
        if self.ask.client_secret is not None:
            secret["client_secret"] = self.ask.client_secret
        grant = Grant("authorization_code", known, secret)
        return tokens_of(self.ask, grant, began_at=now, now=now)


def challenge_of(verifier: str) -> str:
    """The challenge that only who has the verifier can answer."""
    hashed = hashlib.sha256(verifier.encode("ascii")).digest()
    return base64.urlsafe_b64encode(hashed).rstrip(b"=").decode("ascii")


def tokens_of(
    ask: CodeAsk, grant: Grant, *, began_at: datetime, now: datetime, held: SecretStr | None = None
) -> Login:
    """The tokens that a grant gives; the refresh token at hand where no new one comes.

    Raises:
        AuthError: the system refuses, or gives nothing to renew with.
        TransientSourceError: it could not be asked.
    """
    source = ask.client.source
    hidden = [value.get_secret_value() for value in grant.secret.values()]
    try:
        told: Any = ask.client.post_form(ask.token_path, grant.form(), hidden).value
    except FatalSourceError as error:
        told_why = f"no token was given: {error.message}; run: csi login {source}"
        raise AuthError(source, told_why) from None
    access = told.get("access_token") if isinstance(told, dict) else None
    if not isinstance(access, str) or not access:
        raise TransientSourceError(source, "the token endpoint answered without a token")
    given = told.get("refresh_token")
    refresh = SecretStr(given) if isinstance(given, str) and given else held
    if refresh is None:
        remedy = "let the application give refresh tokens (scope offline_access in Jira)"
        raise AuthError(source, f"the log-in could not be renewed later: {remedy}")
    return Login(
        refresh=refresh,
        access=SecretStr(access),
        good_until=good_until(now, told.get("expires_in")),
        began_at=began_at,
        renewed_at=now,
    )


@dataclass(slots=True)
class LoggedIn:
    """Asks as the person who logged in; renews and keeps the tokens. Safe in several threads."""

    ask: CodeAsk
    clock: Clock = utc_now
    _held: Login | None = field(default=None, init=False, repr=False)
    _lock: threading.RLock = field(default_factory=threading.RLock, init=False, repr=False)

    @property
    def account(self) -> str:
        """One word for the application and where its log-in is."""
        return digest(self.ask.client_id, self.ask.place.where)

    @property
    def secrets(self) -> tuple[str, ...]:
        """The application's secret, and the tokens at hand."""
        held = (self._held.access, self._held.refresh) if self._held is not None else ()
        told = (*held, *filter(None, [self.ask.client_secret]))
        return tuple(one.get_secret_value() for one in told)

    def prepare(self, request: PreparedRequest) -> None:
        """Set Authorization, with a token that is still good."""
        with self._lock:
            held = self._held or self.ask.place.read()
            self._held = held
            if held.good_until is not None and self.clock() >= held.good_until:
                held = self._renewed(held)
            request.headers["Authorization"] = f"Bearer {held.access.get_secret_value()}"

    def renew(self) -> bool:
        """Get new tokens though those at hand should still be good."""
        with self._lock:
            self._renewed(self._held or self.ask.place.read())
        return True

    def _renewed(self, before: Login) -> Login:
        """New tokens, kept before they are used; those of another process if it was first.

        Raises:
            AuthError: the log-in has ended.
        """
        place = self.ask.place
        with place.alone():
            there = place.read()
            if there.access.get_secret_value() != before.access.get_secret_value():
                self._held = there
                return there
            grant = refresh_grant(self.ask.client_id, self.ask.client_secret, there.refresh)
            now = self.clock()
            new = tokens_of(self.ask, grant, began_at=there.began_at, now=now, held=there.refresh)
            place.write(new)
        self._held = new
        return new


def kept_by(
    name: str, settings: LoginSettings, logins: Callable[[str], LoginPlace] | None
) -> LoginPlace | None:
    """Where the tokens of a source are kept; None for a file.

    Raises:
        ConfigError: they are to be in a block, and nobody here knows blocks.
    """
    if not settings.block:
        return None
    if logins is None:
        raise ConfigError(f"sources.{name}.login.block: there are no blocks here; set it to false")
    return logins(name)


def with_file(settings: LoginSettings, folder: Path, source: str) -> LoginSettings:
    """The settings with the file's place, which starts from a folder."""
    path = settings.file or Path("logins") / f"{source}.json"
    return settings.model_copy(update={"file": folder / path})
