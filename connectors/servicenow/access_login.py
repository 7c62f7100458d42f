"""How a person logs in to an instance in a browser.

Source:
    ServiceNow, "OAuth 2.0 authorization code grant": oauth_auth.do, oauth_token.do; a refresh token
    lives 100 days by default and stays the same.
"""

from dataclasses import replace

from connectors.core.auth import NoAuth
from connectors.core.client import HttpClient
from connectors.core.login_code import CodeAsk, kept_by
from connectors.core.surroundings import Surroundings
from connectors.servicenow.config import ServiceNowConfig
from itsm.errors import ConfigError

ENDS_AFTER_DAYS = 100


def code_ask(config: ServiceNowConfig, client: HttpClient) -> CodeAsk:
    """What the log-in takes.

    Raises:
        ConfigError: the application is not named.
    """
    if config.client_id is None:
        raise ConfigError("client_id: missing for auth = 'oauth_code'")
    return CodeAsk(
        client=client,
        authorize_url=f"{config.url}/oauth_auth.do",
        token_path="oauth_token.do",  # noqa: S106  # an address
        client_id=config.client_id,
        client_secret=config.client_secret,
        settings=config.login,
    )


def login_of(name: str, config: ServiceNowConfig, around: Surroundings) -> CodeAsk:
    """The same, for a source by its name."""
    client = HttpClient(name, config.url, NoAuth(), around.budget, config.http, around.sleep)
    return replace(code_ask(config, client), kept=kept_by(name, config.login, around.logins))
