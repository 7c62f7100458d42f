"""The systems that a person can log in to in a browser, and how."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from connectors.core.login_code import CodeAsk
from connectors.core.surroundings import Surroundings
from connectors.jira.access_login import ENDS_AFTER_DAYS as JIRA_ENDS
from connectors.jira.connecting import login_of as jira_login
from connectors.registry import system
from connectors.servicenow.access_login import ENDS_AFTER_DAYS as SERVICENOW_ENDS
from connectors.servicenow.access_login import login_of as servicenow_login
from itsm.errors import ConfigError


@dataclass(frozen=True, slots=True)
class LoginKind:
    """How one system is logged in to, and after how many days without renewal that ends."""

    ask: Callable[[str, Any, Surroundings], CodeAsk]
    ends_after_days: int


LOGINS: Mapping[str, LoginKind] = {
    "jira": LoginKind(jira_login, JIRA_ENDS),
    "servicenow": LoginKind(servicenow_login, SERVICENOW_ENDS),
}


def login_ask(
    kind: str, name: str, given: Mapping[str, object], around: Surroundings
) -> CodeAsk | None:
    """How a source is logged in to; None where its settings name another way.

    Raises:
        ConfigError: a setting is missing or not allowed.
    """
    if kind not in LOGINS or given.get("auth") != "oauth_code":
        return None
    config = system(kind).config.model_validate(given)
    if getattr(config, "client_id", None) is None:
        told = f"set it in [sources.{name}], as the system's OAuth application has it"
        raise ConfigError(f"sources.{name}.client_id: missing; {told}")
    return LOGINS[kind].ask(name, config, around)
