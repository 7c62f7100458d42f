"""The settings of a Cherwell CSM that is read over its REST API."""

from collections.abc import Mapping
from typing import ClassVar, Literal
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import Field, SecretStr, field_validator

from connectors.cherwell.push_settings import CherwellPush
from connectors.core.config import HttpSourceConfig, Name
from itsm.states import RecordKind

AuthKind = Literal["basic"]
AuthMode = Literal["Internal", "Windows", "LDAP", "SAML", "Auto"]
HistoryKind = Literal["auto", "journal", "differences"]


class CherwellConfig(HttpSourceConfig):
    """Which instance is read, as whom, and what its objects, fields and labels mean."""

    needs: ClassVar[Mapping[str, tuple[str, ...]]] = {"basic": ("client_id", "user", "password")}

    url: Name = Field(
        description="The instance, such as https://cherwell.example.com; /CherwellAPI is added."
    )
    auth: AuthKind | None = Field(
        default=None,
        description="How the user is told: basic, a name and password that give a token.",
    )
    client_id: Name | None = Field(
        default=None, description="Key of the REST API client, from CSM Administrator."
    )
    client_secret: SecretStr | None = Field(
        default=None, description="Its secret, if it has one: CSI_SOURCES__NAME__CLIENT_SECRET."
    )
    password: SecretStr | None = Field(
        default=None, description="Password; give it as CSI_SOURCES__NAME__PASSWORD."
    )
    auth_mode: AuthMode | None = Field(
        default=None, description="Internal, Windows, LDAP, SAML or Auto; left out, the server's."
    )
    zone: Name = Field(
        default="UTC",
        description="IANA time zone of the server's clock: Cherwell tells times without one.",
    )
    objects: dict[RecordKind, Name | tuple[Name, ...]] = Field(
        default_factory=dict,
        max_length=len(RecordKind),
        description="Business objects of your own, per record kind: the first that is there is "
        "read.",
    )
    where: dict[RecordKind, dict[Name, Name]] = Field(
        default_factory=dict,
        max_length=len(RecordKind),
        description="What records must hold besides, per record kind: field = value.",
    )
    history: HistoryKind = Field(
        default="auto",
        description="Where history is read: journal (JournalHistory), differences (between two "
        "pulls), or auto: the journal where it may be read and names fields and values.",
    )
    ascending: Literal[0, 1] = Field(
        default=1, description="The sortDirection that means ascending; `csi doctor` tries it out."
    )
    page_size: int = Field(
        default=200,
        ge=10,
        le=1000,
        description="Records that are asked for at a time; the server may give fewer.",
    )
    push: CherwellPush = Field(
        default_factory=CherwellPush, description="What may be written to this source."
    )

    @property
    def api_url(self) -> str:
        """Where the API is."""
        return self.url if self.url.lower().endswith("/cherwellapi") else f"{self.url}/CherwellAPI"

    @field_validator("zone")
    @classmethod
    def _zone_exists(cls, zone: str) -> str:
        try:
            ZoneInfo(zone)
        except (ZoneInfoNotFoundError, ValueError):
            raise ValueError(f"there is no time zone {zone!r}") from None
        return zone
