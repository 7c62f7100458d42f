"""The settings of a BMC Helix ITSM that is read over the AR System's REST API."""

from collections.abc import Mapping
from typing import ClassVar, Literal

from pydantic import BaseModel, Field, SecretStr

from connectors.bmc_helix.push_settings import BmcHelixPush
from connectors.core.config import FROZEN, HttpSourceConfig, Name
from itsm.states import RecordKind

AuthKind = Literal["basic"]
HistoryKind = Literal["auto", "audit", "differences"]


class FormFields(BaseModel):
    """What a form calls two fields that every form has."""

    model_config = FROZEN

    key: Name = Field(default="Request ID", description="Its name of field 1.")
    updated: Name = Field(default="Modified Date", description="Its name of field 6.")


class BmcHelixConfig(HttpSourceConfig):
    """Which server is read, as whom, and what its forms, fields and labels mean."""

    needs: ClassVar[Mapping[str, tuple[str, ...]]] = {"basic": ("user", "password")}

    url: Name = Field(
        description="The AR server's REST API without /api, such as "
        "https://example-restapi.onbmc.com or https://ars.example.com:8443; not the mid tier."
    )
    auth: AuthKind | None = Field(
        default=None,
        description="How the user is told: basic, a name and password that give a token.",
    )
    password: SecretStr | None = Field(
        default=None, description="Password; give it as CSI_SOURCES__NAME__PASSWORD."
    )
    auth_string: Name | None = Field(
        default=None, description="Authentication string, where the server wants one."
    )
    forms: dict[RecordKind, Name | tuple[Name, ...]] = Field(
        default_factory=dict,
        max_length=len(RecordKind),
        description="Forms of your own, per record kind: a name, or several.",
    )
    form_fields: dict[Name, FormFields] = Field(
        default_factory=dict,
        max_length=100,
        description="Per form of your own, what it calls field 1 (key) and field 6 (updated).",
    )
    filters: dict[RecordKind, Name] = Field(
        default_factory=dict,
        max_length=len(RecordKind),
        description="Qualifications that records must meet besides, per record kind, such as "
        "'Company' = \"Acme\".",
    )
    history: HistoryKind = Field(
        default="auto",
        description="Where history is read: audit (the forms for it), differences (between two "
        "pulls), or auto: audit where it may be read and holds anything.",
    )
    page_size: int = Field(
        default=500,
        ge=10,
        le=5000,
        description="Entries that are asked for at a time; the server may give fewer.",
    )
    push: BmcHelixPush = Field(
        default_factory=BmcHelixPush, description="What may be written to this source."
    )
