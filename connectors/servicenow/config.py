"""The settings of a ServiceNow instance that is read over its Table API."""

from collections.abc import Mapping
from datetime import date
from typing import Annotated, Literal

from pydantic import (
    BaseModel,
    ConfigDict,
    Field,
    SecretStr,
    StringConstraints,
    field_validator,
    model_validator,
)

from connectors.core.credentials import require
from connectors.core.mapping.overrides import check_fields
from connectors.core.settings import HttpSettings
from itsm.states import RecordKind

Name = Annotated[str, StringConstraints(min_length=1, max_length=200)]
TableName = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_]{0,79}$")]
ColumnName = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_.]{0,199}$")]
AuthKind = Literal["basic", "oauth_password", "oauth_client", "api_key"]
HistoryMode = Literal["auto", "audit", "metric", "differences"]

_FROZEN = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)
_NEEDS: Mapping[AuthKind, tuple[str, ...]] = {
    "basic": ("user", "password"),
    "oauth_password": ("user", "password", "client_id", "client_secret"),
    "oauth_client": ("client_id", "client_secret"),
    "api_key": ("api_key",),
}


class TableSettings(BaseModel):
    """The table of a record kind, where it is another than the usual one."""

    model_config = _FROZEN

    table: TableName | None = Field(
        default=None, description="Name of the table, such as u_vendor_case."
    )
    filter: str | None = Field(
        default=None,
        max_length=2000,
        description="Encoded query that rows must meet, such as u_region=emea; it takes the place "
        "of the usual one.",
    )
    number: ColumnName | None = Field(
        default=None, description="Column with the number people know a record by."
    )

    @field_validator("filter")
    @classmethod
    def _is_one_condition(cls, text: str | None) -> str | None:
        if text is not None and ("^NQ" in text or "ORDERBY" in text):
            raise ValueError("^NQ and ORDERBY would undo what the pull asks for; leave them out")
        return text


class ServiceNowConfig(BaseModel):
    """Which instance is read, as whom, and what its tables, columns and codes mean."""

    model_config = _FROZEN

    url: Name = Field(description="The instance, such as https://example.service-now.com.")
    auth: AuthKind | None = Field(
        default=None,
        description="How the user is told: basic, oauth_password, oauth_client or api_key; left "
        "out, what the other settings allow.",
    )
    user: Name | None = Field(default=None, description="User name; a user of its own, read only.")
    password: SecretStr | None = Field(
        default=None, description="Password; give it as CSI_SOURCES__NAME__PASSWORD."
    )
    client_id: Name | None = Field(default=None, description="Client id of the OAuth application.")
    client_secret: SecretStr | None = Field(
        default=None, description="Client secret; give it as CSI_SOURCES__NAME__CLIENT_SECRET."
    )
    api_key: SecretStr | None = Field(
        default=None, description="REST API key; give it as CSI_SOURCES__NAME__API_KEY."
    )
    since: date | None = Field(
        default=None,
        description="The first pull goes back to records that were updated on this day; left out, "
        "to the oldest. Services, teams, items and the like are read whole.",
    )
    kinds: tuple[RecordKind, ...] | None = Field(
        default=None, description="The record kinds that are read; left out, all there are."
    )
    tables: dict[RecordKind, TableSettings] = Field(
        default_factory=dict,
        max_length=len(RecordKind),
        description="Tables of your own, per record kind: a name, or table, filter and number.",
    )
    fields: dict[RecordKind, dict[Name, ColumnName | tuple[ColumnName, ...]]] = Field(
        default_factory=dict,
        max_length=len(RecordKind),
        description="Columns of your own, per record kind: field = column, or several of which the "
        "first that is filled counts.",
    )
    codes: dict[Name, dict[str, str]] = Field(
        default_factory=dict,
        max_length=100,
        description="Codes of your own, per code table: code = meaning.",
    )
    history: HistoryMode = Field(
        default="auto",
        description="Where changes of state, team and so on are read: audit (sys_audit), metric "
        "(metric_instance), differences (what differs between two pulls), or auto: the first of "
        "these that this user may read.",
    )
    page_size: int = Field(
        default=1000, ge=10, le=10_000, description="Rows that are asked for at a time."
    )
    overlap_s: int = Field(
        default=300,
        ge=0,
        le=86_400,
        description="A pull starts so many seconds before the last one ended, for rows that were "
        "stamped before they could be seen.",
    )
    requests_per_hour: int | None = Field(
        default=None, ge=1, le=1_000_000, description="Requests an hour this user may make."
    )
    http: HttpSettings = Field(
        default_factory=HttpSettings, description="Timeouts, retries, certificates and proxy."
    )

    @property
    def auth_kind(self) -> AuthKind:
        """How the user is told, as set or as the other settings allow."""
        if self.auth is not None:
            return self.auth
        if self.api_key is not None:
            return "api_key"
        if self.client_id is not None:
            return "oauth_client" if self.password is None else "oauth_password"
        return "basic"

    def require_credentials(self, source: str) -> None:
        """See that it is said who asks; what only looks at the store works without.

        Args:
            source: the source's name.

        Raises:
            ConfigError: something is missing; names the variable that gives it.
        """
        require(source, self, self.auth_kind, _NEEDS[self.auth_kind])

    @field_validator("url")
    @classmethod
    def _is_an_address(cls, url: str) -> str:
        if not url.startswith(("https://", "http://")):
            raise ValueError("write it with https://, such as https://example.service-now.com")
        return url.rstrip("/")

    @field_validator("tables", mode="before")
    @classmethod
    def _a_name_is_a_table(cls, given: object) -> object:
        if not isinstance(given, Mapping):
            return given
        return {k: {"table": one} if isinstance(one, str) else one for k, one in given.items()}

    @model_validator(mode="after")
    def _fields_exist(self) -> "ServiceNowConfig":
        check_fields(self.fields)
        return self
