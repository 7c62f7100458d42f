"""The settings of an iTop that is read over REST/JSON."""

from collections.abc import Mapping
from typing import ClassVar, Literal

from pydantic import Field, SecretStr

from connectors.core.config import HttpSourceConfig, Name
from connectors.itop.push_settings import ItopPush
from itsm.states import RecordKind

AuthKind = Literal["basic", "form", "token"]
HistoryMode = Literal["auto", "log", "differences"]


class ItopConfig(HttpSourceConfig):
    """Which iTop is read, as whom, and what its classes, attributes and codes mean."""

    needs: ClassVar[Mapping[str, tuple[str, ...]]] = {
        "basic": ("user", "password"),
        "form": ("user", "password"),
        "token": ("token",),
    }

    url: Name = Field(description="The iTop, such as https://itop.example.com; a path included.")
    auth: AuthKind | None = Field(
        default=None,
        description="How the user is told: basic or form (name and password), or token (of the "
        "extension for tokens); left out, what the other settings allow.",
    )
    password: SecretStr | None = Field(
        default=None, description="Password; give it as CSI_SOURCES__NAME__PASSWORD."
    )
    token: SecretStr | None = Field(
        default=None, description="Token; give it as CSI_SOURCES__NAME__TOKEN."
    )
    zone: Name = Field(
        default="Europe/Paris",
        description="IANA time zone of the server, as `timezone` in its configuration says; no "
        "answer of iTop tells it.",
    )
    classes: dict[RecordKind, Name] = Field(
        default_factory=dict,
        max_length=len(RecordKind),
        description="Classes of your own, per record kind, such as UserRequest for incidents in "
        "the simple data model.",
    )
    filters: dict[RecordKind, Name] = Field(
        default_factory=dict,
        max_length=len(RecordKind),
        description="OQL conditions that objects must meet besides, per record kind, such as "
        "request_type = 'incident'.",
    )
    category_separator: Name = Field(
        default=" > ",
        description="What stands between two levels of category in the name of a service "
        "subcategory, such as Network > VPN; where it does not stand there, the family of the "
        "service is the category.",
    )
    history: HistoryMode = Field(
        default="auto",
        description="Where changes of state, team and so on are read: log "
        "(CMDBChangeOpSetAttributeScalar), differences (what differs between two pulls), or auto: "
        "the log if this user may read it.",
    )
    page_size: int = Field(
        default=500, ge=10, le=10_000, description="Objects that are asked for at a time."
    )

    push: ItopPush = Field(default_factory=ItopPush, description="What may be written to iTop.")

    @property
    def auth_kind(self) -> AuthKind:
        """How the user is told, as set or as the other settings allow."""
        return self.auth or ("basic" if self.token is None else "token")
