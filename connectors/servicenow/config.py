"""The settings of a ServiceNow instance that is read over its Table API."""

from collections.abc import Mapping
from typing import Annotated, ClassVar, Literal

from pydantic import BaseModel, Field, SecretStr, StringConstraints, field_validator

from connectors.core.config import FROZEN, HttpSourceConfig, Name
from connectors.core.login_code import LoginSettings
from connectors.servicenow.push_settings import ServiceNowPush
from itsm.states import RecordKind

TableName = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_]{0,79}$")]
ColumnName = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_.]{0,199}$")]
AuthKind = Literal["basic", "oauth_password", "oauth_client", "oauth_code", "api_key"]
HistoryMode = Literal["auto", "audit", "metric", "differences"]


class TableSettings(BaseModel):
    """The table of a record kind, where it is another than the usual one."""

    model_config = FROZEN

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


class ServiceNowConfig(HttpSourceConfig):
    """Which instance is read, as whom, and what its tables, columns and codes mean."""

    needs: ClassVar[Mapping[str, tuple[str, ...]]] = {
        "basic": ("user", "password"),
        "oauth_password": ("user", "password", "client_id", "client_secret"),
        "oauth_client": ("client_id", "client_secret"),
        "oauth_code": ("client_id",),
        "api_key": ("api_key",),
    }

    url: Name = Field(description="The instance, such as https://example.service-now.com.")
    auth: AuthKind | None = Field(
        default=None,
        description="How the user is told: basic, oauth_password, oauth_client, oauth_code (a "
        "person logs in by csi login) or api_key; left out, what the other settings allow.",
    )
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
    login: LoginSettings = Field(
        default_factory=LoginSettings, description="The log-in of a person, for oauth_code."
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
    history: HistoryMode = Field(
        default="auto",
        description="Where changes of state, team and so on are read: audit (sys_audit), metric "
        "(metric_instance), differences (what differs between two pulls), or auto: the first of "
        "these that this user may read.",
    )
    page_size: int = Field(
        default=1000, ge=10, le=10_000, description="Rows that are asked for at a time."
    )
    push: ServiceNowPush = Field(
        default_factory=ServiceNowPush, description="What may be written to the instance."
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

    @field_validator("tables", mode="before")
    @classmethod
    def _a_name_is_a_table(cls, given: object) -> object:
        if not isinstance(given, Mapping):
            return given
        return {k: {"table": one} if isinstance(one, str) else one for k, one in given.items()}
