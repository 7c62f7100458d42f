"""The settings of a GLPI that is read over its REST API."""

from collections.abc import Mapping
from typing import Annotated, ClassVar, Literal

from pydantic import Field, SecretStr, StringConstraints, field_validator

from connectors.core.config import HttpSourceConfig, Name
from connectors.core.local_times import LocalTimes
from connectors.glpi.push_settings import GlpiPush
from itsm.errors import ConfigError
from itsm.states import RecordKind

ItemType = Annotated[str, StringConstraints(pattern=r"^[A-Z][A-Za-z0-9_\\]{0,99}$")]
AuthKind = Literal["user_token", "basic"]
HistoryMode = Literal["auto", "log", "differences"]

_PATHS = ("/apirest.php", "/api.php/v1", "/api")


class GlpiConfig(HttpSourceConfig):
    """Which GLPI is read, as whom, and what its itemtypes, columns and numbers mean."""

    needs: ClassVar[Mapping[str, tuple[str, ...]]] = {
        "user_token": ("user_token",),
        "basic": ("user", "password"),
    }

    url: Name = Field(
        description="The server, such as https://glpi.example.com; its API is looked for at "
        "/apirest.php unless the address ends in /apirest.php, /api or /api.php/v1."
    )
    auth: AuthKind | None = Field(
        default=None,
        description="How the user is told: user_token (the API token in the user's settings) or "
        "basic (name and password); left out, what the other settings allow.",
    )
    user_token: SecretStr | None = Field(
        default=None, description="API token of the user; give it as CSI_SOURCES__NAME__USER_TOKEN."
    )
    app_token: SecretStr | None = Field(
        default=None,
        description="Application token of the API client, if it has one; give it as "
        "CSI_SOURCES__NAME__APP_TOKEN.",
    )
    password: SecretStr | None = Field(
        default=None, description="Password; give it as CSI_SOURCES__NAME__PASSWORD."
    )
    zone: Name = Field(
        default="UTC",
        description="The zone of the API user's session, as GLPI tells times without one; best "
        "set the user to UTC. csi doctor compares.",
    )
    profile: int | None = Field(
        default=None, ge=1, description="The id of the profile to read with; left out, the default."
    )
    entity: int | None = Field(
        default=None,
        ge=0,
        description="The id of the entity to read, with those below it; left out, all the user's.",
    )
    itemtypes: dict[RecordKind, ItemType | tuple[ItemType, ...]] = Field(
        default_factory=dict,
        max_length=len(RecordKind),
        description="Itemtypes of your own for service, configuration_item and vendor_case "
        "(Ticket): a name, or several.",
    )
    history: HistoryMode = Field(
        default="auto",
        description="Where changes of state, group and so on are read: log (the historical of each "
        "item), differences (what differs between two pulls), or auto: the log, if the user may "
        "read it.",
    )
    page_size: int = Field(
        default=500,
        ge=10,
        le=5000,
        description="Items that are asked for at a time; not more than max_input_vars of PHP.",
    )

    push: GlpiPush = Field(
        default_factory=GlpiPush, description="What may be written to the server."
    )

    @property
    def auth_kind(self) -> str:
        """How the user is told, as set or as the other settings allow."""
        if self.auth is not None:
            return self.auth
        return "basic" if self.password is not None else "user_token"

    @property
    def api_url(self) -> str:
        """Where the API is."""
        return self.url if self.url.endswith(_PATHS) else f"{self.url}/apirest.php"

    @field_validator("zone")
    @classmethod
    def _is_a_zone(cls, name: str) -> str:
        try:
            LocalTimes(name)
        except ConfigError as error:
            raise ValueError("there is no such time zone; write it as Europe/Paris") from error
        return name
