"""Who asks a site, and whether the site knows it: it may answer strangers as if all were well."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace

from pydantic import SecretStr

from connectors.core.answers import JsonResponse
from connectors.core.auth import Auth, BasicAuth, BearerToken, NoAuth, OAuth, client_grant
from connectors.core.client import HttpClient
from connectors.core.headers import WithHeaders
from connectors.core.login_code import CodeAsk, LoggedIn, kept_by
from connectors.core.surroundings import Surroundings
from connectors.jira.access_login import code_ask
from connectors.jira.config import JiraConfig
from itsm.errors import AuthError, ConfigError

_OPT_IN = {"X-ExperimentalApi": "opt-in"}
_REASON = "X-Seraph-LoginReason"
_DENIED = "X-Authentication-Denied-Reason"
_REFUSED = frozenset({"AUTHENTICATED_FAILED", "AUTHENTICATION_DENIED"})


@dataclass(frozen=True, slots=True)
class JsonForms:
    """Posts what a token is asked for with as JSON, as Atlassian's token endpoint wants it."""

    client: HttpClient

    @property
    def source(self) -> str:
        """The source's name in the configuration."""
        return self.client.source

    def post_form(
        self, path: str, form: Mapping[str, str], hidden: Collection[str] = ()
    ) -> JsonResponse:
        """Post fields, and read JSON; the secrets in them are those of no answer."""
        return self.client.json(path, posted=dict(form))


def credentials_of(source: str, config: JiraConfig, around: Surroundings) -> Auth:
    """Who asks; to be shared by all clients of a site.

    Raises:
        ConfigError: it is not said.
    """
    config.require_credentials(source)
    return WithHeaders(_auth(source, config, around), _OPT_IN)


def client_of(
    source: str, config: JiraConfig, around: Surroundings, url: str, auth: Auth
) -> HttpClient:
    """A client for an address; nothing is sent yet.

    Raises:
        ConfigError: the address or a file of the settings cannot be used.
    """
    client = _plain(source, config, around, url).with_auth(auth)
    if config.requests_per_hour is not None:
        client.budget.learn(client.account, config.requests_per_hour)
    return client


def check_user(client: HttpClient, root: str) -> None:
    """See that a site knows the user.

    Raises:
        AuthError: it does not, or it wants a person to log in first.
    """
    answer = client.get(f"{root}/myself", accept={403})
    if "CAPTCHA" in answer.headers.get(_DENIED, ""):
        raise AuthError(
            client.source,
            "too many logins failed, so a person has to log in as this user once, in a browser",
        )
    if answer.status == 403:
        raise AuthError(client.source, "the site lets this user in nowhere (403)")
    refuse_strangers(client.source, answer.headers)


def refuse_strangers(source: str, headers: Mapping[str, str]) -> None:
    """See that an answer was meant for somebody the site knows.

    Raises:
        AuthError: it was not, whatever its status says.
    """
    if headers.get(_REASON, "").partition(";")[0].strip() in _REFUSED:
        raise AuthError(
            source,
            "the site answers as to somebody it does not know: the token has ended, or is wrong; "
            "make a new one",
        )


def login_of(source: str, config: JiraConfig, around: Surroundings) -> CodeAsk:
    """How a person logs in to a site.

    Raises:
        ConfigError: the application is not named.
    """
    ask = code_ask(config, lambda base: JsonForms(_plain(source, config, around, base)))
    return replace(ask, kept=kept_by(source, config.login, around.logins))


def _auth(source: str, config: JiraConfig, around: Surroundings) -> Auth:
    if config.auth_kind == "oauth_code":
        return LoggedIn(login_of(source, config, around), around.clock)
    if config.auth_kind == "oauth_client" and config.client_id and config.client_secret:
        base, _, path = config.token_address.rpartition("/")
        client = JsonForms(_plain(source, config, around, base))
        grant = client_grant(config.client_id, config.client_secret)
        return OAuth(client, path, grant, around.clock)
    token = config.token or SecretStr("")
    if config.auth_kind == "bearer":
        return BearerToken(token)
    if config.user is None:
        raise ConfigError("auth: the settings do not say who asks")
    return BasicAuth(config.user, token)


def _plain(source: str, config: JiraConfig, around: Surroundings, url: str) -> HttpClient:
    """A client without credentials.

    `X-RateLimit-Limit` counts what may go at once, not what may go in an hour.
    """
    return HttpClient(
        source,
        url,
        NoAuth(),
        around.budget,
        config.http,
        around.sleep,
        around.clock,
        limit_window_s=1,
        say=around.say,
    )
