"""The settings of a Jira Service Management site that is read over its REST API."""

from collections.abc import Mapping
from datetime import date
from typing import Annotated, ClassVar, Literal
from urllib.parse import urlsplit

from pydantic import Field, SecretStr, StringConstraints, field_validator

from connectors.core.config import HttpSourceConfig, Name, address
from connectors.core.login_code import LoginSettings
from connectors.jira.push_settings import JiraPush
from itsm.states import RecordKind

ProjectKey = Annotated[str, StringConstraints(pattern=r"^[A-Z][A-Z0-9_]{0,254}$")]
Deployment = Literal["cloud", "data_center"]
AuthKind = Literal["basic", "bearer", "oauth_client", "oauth_code"]

_CLOUD_HOSTS = (".atlassian.net", ".jira.com", "api.atlassian.com")
_CLOUD_ASSETS = "https://api.atlassian.com/jsm/assets"
_TOKEN_URL = "https://auth.atlassian.com/oauth/token"  # noqa: S105  # an address


class JiraConfig(HttpSourceConfig):
    """Which site is read, as whom, and what its issue types, fields and statuses mean."""

    needs: ClassVar[Mapping[str, tuple[str, ...]]] = {
        "basic": ("user", "token"),
        "bearer": ("token",),
        "oauth_client": ("client_id", "client_secret"),
        "oauth_code": ("client_id", "client_secret"),
    }

    url: Name = Field(description="The site, such as https://example.atlassian.net.")
    deployment: Deployment | None = Field(
        default=None,
        description="cloud or data_center; left out, cloud for atlassian.net, else data_center.",
    )
    auth: AuthKind | None = Field(
        default=None,
        description="How the user is told: basic (address and API token, or name and password), "
        "bearer (personal access token of Data Center), oauth_client (service account of Cloud) "
        "or oauth_code (a person logs in by csi login); left out, what the other settings allow.",
    )
    user: Name | None = Field(
        default=None,
        description="E-mail address in Cloud, user name in Data Center; a user of its own.",
    )
    token: SecretStr | None = Field(
        default=None,
        description="API token, personal access token or password; give it as "
        "CSI_SOURCES__NAME__TOKEN.",
    )
    client_id: Name | None = Field(default=None, description="Client id of the service account.")
    client_secret: SecretStr | None = Field(
        default=None, description="Client secret; give it as CSI_SOURCES__NAME__CLIENT_SECRET."
    )
    token_url: Name | None = Field(
        default=None, description=f"Where tokens are given; left out, {_TOKEN_URL}."
    )
    login: LoginSettings = Field(
        default_factory=LoginSettings, description="The log-in of a person, for oauth_code."
    )
    projects: tuple[ProjectKey, ...] = Field(
        default=(),
        max_length=100,
        description="Keys of the projects that are read; left out, all this user may browse.",
    )
    filter: str | None = Field(
        default=None,
        max_length=2000,
        description="JQL that issues must meet besides, such as labels != private.",
    )
    since: date | None = Field(
        default=None,
        description="The first pull goes back to issues that were updated on this day; left out, "
        "to the oldest.",
    )
    issue_types: dict[RecordKind, Name | tuple[Name, ...]] = Field(
        default_factory=dict,
        max_length=len(RecordKind),
        description="Issue types of your own, per record kind: a name, or several.",
    )
    codes: dict[Name, dict[str, str]] = Field(
        default_factory=dict,
        max_length=100,
        description="Statuses, priorities and options of your own, per code table: word = meaning.",
    )
    assets: dict[RecordKind, Name] = Field(
        default_factory=dict,
        max_length=len(RecordKind),
        description="Object types of Assets, per record kind: team, service, configuration_item, "
        "vendor, contract, contract_clause; left out, Assets is asked for nothing but names.",
    )
    assets_url: Name | None = Field(
        default=None,
        description=f"Where Assets is; left out, {_CLOUD_ASSETS}, or /rest/assets/1.0 of the site "
        "in Data Center.",
    )
    page_size: int = Field(
        default=100,
        ge=10,
        le=1000,
        description="Issues that are asked for at a time; Cloud gives 100 at most.",
    )
    overlap_s: int = Field(
        default=300,
        ge=0,
        le=86_400,
        description="A pull starts so many seconds before the last one ended, for issues that "
        "search did not know yet.",
    )
    index_lag_s: int = Field(
        default=60,
        ge=0,
        le=3600,
        description="So many seconds may pass until search finds an issue as it is.",
    )

    push: JiraPush = Field(default_factory=JiraPush, description="What may be written to the site.")

    @property
    def is_cloud(self) -> bool:
        """Whether the site is one of Cloud."""
        if self.deployment is not None:
            return self.deployment == "cloud"
        return (urlsplit(self.url).hostname or "").endswith(_CLOUD_HOSTS)

    @property
    def auth_kind(self) -> AuthKind:
        """How the user is told, as set or as the other settings allow."""
        if self.auth is not None:
            return self.auth
        if self.client_id is not None:
            return "oauth_client"
        return "bearer" if self.user is None and not self.is_cloud else "basic"

    @property
    def token_address(self) -> str:
        """Where tokens are given."""
        return self.token_url or _TOKEN_URL

    @property
    def assets_address(self) -> str:
        """Where Assets is."""
        usual = _CLOUD_ASSETS if self.is_cloud else f"{self.url}/rest/assets/1.0"
        return self.assets_url or usual

    @field_validator("assets_url", "token_url")
    @classmethod
    def _is_an_address(cls, url: str | None) -> str | None:
        return None if url is None else address(url)

    @field_validator("filter")
    @classmethod
    def _is_one_condition(cls, text: str | None) -> str | None:
        if text is not None and "order by" in text.casefold():
            raise ValueError("ORDER BY would undo what the pull asks for; leave it out")
        return text
