"""The settings of a Request Tracker that is read over REST 2."""

from collections.abc import Mapping
from typing import ClassVar, Literal

from pydantic import Field, SecretStr

from connectors.core.config import HttpSourceConfig, Name
from connectors.rt.push_settings import RtPush
from itsm.states import RecordKind

AuthKind = Literal["token", "basic"]


class RtConfig(HttpSourceConfig):
    """Which tracker is read, as whom, and what its queues, custom fields and statuses mean."""

    needs: ClassVar[Mapping[str, tuple[str, ...]]] = {
        "token": ("token",),
        "basic": ("user", "password"),
    }

    url: Name = Field(description="The tracker, such as https://rt.example.com; a path included.")
    auth: AuthKind | None = Field(
        default=None,
        description="How the user is told: token (an authentication token) or basic (name and "
        "password); left out, what the other settings allow.",
    )
    token: SecretStr | None = Field(
        default=None, description="Authentication token; give it as CSI_SOURCES__NAME__TOKEN."
    )
    password: SecretStr | None = Field(
        default=None, description="Password; give it as CSI_SOURCES__NAME__PASSWORD."
    )
    zone: Name | None = Field(
        default=None,
        description="IANA time zone that RT reads times in for this user; left out, what RT says "
        "of the user, else UTC. It is tried out before anything is read.",
    )
    filter: str | None = Field(
        default=None,
        max_length=2000,
        description="TicketSQL that tickets must meet besides, such as CF.{Region} = 'EMEA'.",
    )
    queues: dict[RecordKind, Name | tuple[Name, ...]] = Field(
        default_factory=dict,
        max_length=len(RecordKind),
        description="Queues of your own, per record kind: a name, or several.",
    )
    catalogs: dict[RecordKind, Name | tuple[Name, ...]] = Field(
        default_factory=dict,
        max_length=len(RecordKind),
        description="Catalogs of assets, per record kind: service, configuration_item, team, "
        "vendor, contract, contract_clause.",
    )
    page_size: int = Field(
        default=100, ge=10, le=100, description="Tickets that are asked for at a time."
    )

    push: RtPush = Field(default_factory=RtPush, description="What may be written to the tracker.")

    @property
    def auth_kind(self) -> AuthKind:
        """How the user is told, as set or as the other settings allow."""
        return self.auth or ("basic" if self.token is None else "token")
