"""Log-in through an OpenID provider: authorization code with PKCE.

Source:
    OpenID Connect Core 1.0 and Discovery 1.0; RFC 7636 (PKCE); RFC 9207 (issuer of an answer);
    RFC 9700 (best current practice).
"""

import threading
import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote_plus, urlencode, urlsplit

import httpx
from authlib.common.security import generate_token
from authlib.oauth2.rfc7636 import create_s256_code_challenge

from itsm.errors import LoginProviderError
from review_app.identity.config import OidcConfig
from review_app.identity.oidc_tokens import claims_of

TIMEOUT_S = 10.0
KEPT_S = 3600.0
"""So long what the provider says of itself is believed without asking again."""
KEYS_KEPT_S = 60.0
"""Keys are asked for again when a token names one we do not know, but no more often than this."""
LOOPBACK = frozenset({"127.0.0.1", "localhost", "::1"})
NEEDED = ("authorization_endpoint", "token_endpoint", "jwks_uri")


@dataclass(frozen=True, slots=True, kw_only=True)
class Begun:
    """A log-in that has begun: where to send the browser, and what its answer is held against."""

    address: str
    state: str
    nonce: str
    verifier: str


class Provider:
    """The OpenID provider, as its discovery document describes it.

    Args:
        config: who it is, and who we are to it.
        client: what it is asked with; None: a client of its own.
    """

    def __init__(self, config: OidcConfig, client: httpx.Client | None = None) -> None:
        self.config = config
        self._client = client or httpx.Client(timeout=TIMEOUT_S, follow_redirects=False)
        self._lock = threading.Lock()
        self._metadata: tuple[float, Mapping[str, Any]] | None = None
        self._keys: tuple[float, Mapping[str, Any]] | None = None

    def begin(self, redirect_uri: str) -> Begun:
        """Begin a log-in.

        Args:
            redirect_uri: the address of ours that the browser comes back to.

        Raises:
            LoginProviderError: the provider cannot be asked.
        """
        state, nonce, verifier = (generate_token(48) for _ in range(3))
        asked = {
            "response_type": "code",
            "client_id": self.config.client_id,
            "redirect_uri": redirect_uri,
            "scope": " ".join(self.config.scopes),
            "state": state,
            "nonce": nonce,
            "code_challenge": create_s256_code_challenge(verifier),
            "code_challenge_method": "S256",
        }
        endpoint = str(self._said()["authorization_endpoint"])
        joint = "&" if urlsplit(endpoint).query else "?"
        address = f"{endpoint}{joint}{urlencode(asked)}"
        return Begun(address=address, state=state, nonce=nonce, verifier=verifier)

    def finish(
        self, params: Mapping[str, str], begun: Begun, redirect_uri: str
    ) -> Mapping[str, Any]:
        """What the provider says of the person who has come back.

        Args:
            params: the query of the address the browser came back to; its state is checked before.
            begun: the log-in it belongs to.
            redirect_uri: as it was when the log-in began.

        Raises:
            LoginProviderError: the log-in was refused there, or its answer cannot be believed.
        """
        said = self._said()
        answered_by = params.get("iss")
        if answered_by is None and said.get("authorization_response_iss_parameter_supported"):
            raise LoginProviderError("the answer does not say which provider it is from; try again")
        if answered_by is not None and answered_by != self.config.issuer:
            raise LoginProviderError("the answer is from another provider; try again")
        if "error" in params or not params.get("code"):
            raise LoginProviderError("the provider did not let you in; try again or ask its owner")
        tokens = self._tokens(params["code"], begun.verifier, redirect_uri)
        claims = claims_of(
            str(tokens.get("id_token", "")),
            self._keys_for,
            self.config,
            nonce=begun.nonce,
            access_token=str(tokens.get("access_token", "")),
            now=int(time.time()),
        )
        return self._with_userinfo(claims, str(tokens.get("access_token", "")))

    def end_address(self, back_to: str) -> str | None:
        """Where one logs out at the provider, too; None where it has no such page."""
        endpoint = self._said().get("end_session_endpoint")
        if not self.config.ends_there or not isinstance(endpoint, str):
            return None
        asked = {"client_id": self.config.client_id, "post_logout_redirect_uri": back_to}
        return f"{endpoint}{'&' if urlsplit(endpoint).query else '?'}{urlencode(asked)}"

    def _said(self) -> Mapping[str, Any]:
        """The discovery document, asked for once an hour."""
        with self._lock:
            if self._metadata is None or time.monotonic() - self._metadata[0] > KEPT_S:
                address = f"{self.config.issuer.rstrip('/')}/.well-known/openid-configuration"
                self._metadata = (time.monotonic(), self._checked(self._asked(address)))
            return self._metadata[1]

    def _checked(self, said: Mapping[str, Any]) -> Mapping[str, Any]:
        if said.get("issuer") != self.config.issuer:
            raise LoginProviderError(
                f"the provider calls itself {said.get('issuer')!r}; set issuer under [review.oidc] "
                "to exactly that if you trust it"
            )
        if missing := [name for name in NEEDED if not isinstance(said.get(name), str)]:
            raise LoginProviderError(f"the provider does not say its {', '.join(missing)}")
        for name in NEEDED:
            _require_safe(str(said[name]))
        return said

    def _keys_for(self, *, anew: bool) -> Mapping[str, Any]:
        """The keys that tokens are signed with; asked for again where one is not among them."""
        address = str(self._said()["jwks_uri"])
        with self._lock:
            age_s = time.monotonic() - self._keys[0] if self._keys else KEPT_S
            if self._keys is None or age_s > KEPT_S or (anew and age_s > KEYS_KEPT_S):
                self._keys = (time.monotonic(), self._asked(address))
            return self._keys[1]

    def _tokens(self, code: str, verifier: str, redirect_uri: str) -> Mapping[str, Any]:
        sent = {
            "grant_type": "authorization_code",
            "code": code,
            "redirect_uri": redirect_uri,
            "code_verifier": verifier,
        }
        said, auth = self._said(), httpx.Auth()
        methods = said.get("token_endpoint_auth_methods_supported", ["client_secret_basic"])
        if not self.config.client_secret:
            sent["client_id"] = self.config.client_id
        elif "client_secret_basic" in methods:
            auth = httpx.BasicAuth(
                quote_plus(self.config.client_id), quote_plus(self.config.client_secret)
            )
        else:
            sent |= {
                "client_id": self.config.client_id,
                "client_secret": self.config.client_secret,
            }
        endpoint = str(said["token_endpoint"])
        return self._object(lambda: self._client.post(endpoint, data=sent, auth=auth))

    def _with_userinfo(self, claims: Mapping[str, Any], token: str) -> Mapping[str, Any]:
        """The claims, with those of the userinfo endpoint where the token lacks some we need."""
        config, endpoint = self.config, self._said().get("userinfo_endpoint")
        wanted = {config.name_claim, config.display_claim, config.groups_claim}
        if not wanted - claims.keys() or not isinstance(endpoint, str) or not token:
            return claims
        _require_safe(endpoint)
        said = self._asked(endpoint, {"authorization": f"Bearer {token}"})
        if said.get("sub") != claims["sub"]:
            raise LoginProviderError("the provider tells of two different people; try again")
        return {**said, **claims}

    def _asked(self, address: str, headers: Mapping[str, str] | None = None) -> Mapping[str, Any]:
        _require_safe(address)
        return self._object(lambda: self._client.get(address, headers=headers))

    def _object(self, ask: Any) -> Mapping[str, Any]:  # noqa: ANN401  # a call of httpx
        """The JSON object of an answer; what went wrong is told without its text."""
        try:
            answer = ask()
            found = answer.json() if answer.status_code == httpx.codes.OK else None
        except (httpx.HTTPError, ValueError):
            raise LoginProviderError(
                "the log-in provider does not answer; try again, or log in with a local account"
            ) from None
        if not isinstance(found, dict):
            raise LoginProviderError(
                f"the log-in provider refused (status {answer.status_code}); see that client_id, "
                "client_secret and the redirect address are those it has for us"
            )
        return found


def _require_safe(address: str) -> None:
    """See that nobody on the way can read or change what is said: TLS, or this machine."""
    parts = urlsplit(address)
    if parts.scheme != "https" and not (parts.scheme == "http" and parts.hostname in LOOPBACK):
        raise LoginProviderError(f"{address}: the provider is asked over https only; change it")
