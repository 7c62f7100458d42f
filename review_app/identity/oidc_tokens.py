"""Whether an id token can be believed: signed by the provider, for us, now, for this log-in."""

from collections.abc import Mapping
from typing import Any, Protocol

from authlib.oidc.core import CodeIDToken
from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import KeySet

from itsm.errors import LoginProviderError
from review_app.identity.config import OidcConfig

ALGORITHMS = "RS256 RS384 RS512 PS256 PS384 PS512 ES256 ES384 ES512 EdDSA Ed25519".split()
"""Signatures with a key pair; never "none", and never our own secret as a key."""
LEEWAY_S = 60


class Keys(Protocol):
    """Gives the provider's keys; `anew` asks for them again if that was not done just now."""

    def __call__(self, *, anew: bool) -> Mapping[str, Any]:
        """The key set as the provider publishes it."""


def claims_of(
    text: str, keys: Keys, config: OidcConfig, *, nonce: str, access_token: str, now: int
) -> Mapping[str, Any]:
    """The claims of an id token that can be believed.

    Raises:
        LoginProviderError: it cannot; says in which respect, and nothing of what it holds.
    """
    try:
        token = _decoded(text, keys)
        options = {
            "iss": {"essential": True, "value": config.issuer},
            "aud": {"essential": True, "value": config.client_id},
            "sub": {"essential": True},
            "nonce": {"essential": True, "value": nonce},
        }
        params = {"nonce": nonce, "client_id": config.client_id, "access_token": access_token}
        claims = CodeIDToken(dict(token.claims), dict(token.header), options, params)
        claims.validate(now=now, leeway=LEEWAY_S)
    except (JoseError, ValueError, TypeError, KeyError) as error:
        said = getattr(error, "claim", "") or type(error).__name__
        raise LoginProviderError(
            f"the answer of the log-in provider cannot be believed ({said}); try again"
        ) from None
    return dict(token.claims)


def _decoded(text: str, keys: Keys) -> jwt.Token:
    """The token, checked with the keys we have, else with those the provider has now."""
    for anew in (False, True):
        try:
            held = KeySet.import_key_set(dict(keys(anew=anew)))  # type: ignore[arg-type]  # JSON
            return jwt.decode(text, held, algorithms=ALGORITHMS)
        except (JoseError, ValueError):
            if anew:
                raise
    raise AssertionError("the loop returns or raises")
