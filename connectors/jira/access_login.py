"""How a person logs in to a Jira site in a browser.

Source:
    Atlassian, "OAuth 2.0 (3LO) apps": auth.atlassian.com/authorize, JSON at the token endpoint, a
    refresh token that is replaced at each use and ends 90 days after the last one.
"""

from collections.abc import Callable

from pydantic import SecretStr

from connectors.core.auth import PostsForms
from connectors.core.login_code import CodeAsk
from connectors.jira.config import JiraConfig
from itsm.errors import ConfigError

ENDS_AFTER_DAYS = 90
SCOPES = ("read:jira-work", "read:jira-user", "read:servicedesk-request", "offline_access")


def code_ask(config: JiraConfig, posts: Callable[[str], PostsForms]) -> CodeAsk:
    """What the log-in takes.

    Args:
        config: the settings.
        posts: makes what posts to an address.

    Raises:
        ConfigError: the application is not named.
    """
    if config.client_id is None:
        raise ConfigError("client_id: missing for auth = 'oauth_code'")
    base, _, path = config.token_address.rpartition("/")
    secret: SecretStr | None = config.client_secret
    return CodeAsk(
        client=posts(base),
        authorize_url=f"{base.removesuffix('/oauth')}/authorize",
        token_path=path,
        client_id=config.client_id,
        client_secret=secret,
        settings=config.login,
        scopes=SCOPES,
        more={"audience": "api.atlassian.com", "prompt": "consent"},
    )
