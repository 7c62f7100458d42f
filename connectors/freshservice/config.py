"""The settings of a Freshservice account that is read over its REST API."""

from collections.abc import Mapping
from typing import ClassVar, Literal

from pydantic import Field, SecretStr

from connectors.core.config import HttpSourceConfig, Name
from connectors.freshservice.push_settings import FreshservicePush
from itsm.states import RecordKind

HistoryMode = Literal["activities", "differences"]


class FreshserviceConfig(HttpSourceConfig):
    """Which account is read, as whom, and what its statuses and fields mean."""

    needs: ClassVar[Mapping[str, tuple[str, ...]]] = {"basic": ("api_key",)}
    reads_windows: ClassVar[bool] = False

    url: Name = Field(
        description="The account, such as https://example.freshservice.com; no address of your own."
    )
    auth: Literal["basic"] | None = Field(
        default=None,
        description="How the user is told: always basic, with the key in the place of a name.",
    )
    api_key: SecretStr | None = Field(
        default=None,
        description="API key of an agent who sees all groups; give it as "
        "CSI_SOURCES__NAME__API_KEY.",
    )
    workspace: int = Field(
        default=0, ge=0, description="The id of the workspace; 0: all the key may see."
    )
    details: bool = Field(
        default=True,
        description="Ask for each ticket by itself, for its problem, change, parent and items: a "
        "request more for each ticket that changed.",
    )
    history: HistoryMode = Field(
        default="activities",
        description="Where changes of status, group and so on are read: activities (a request for "
        "each ticket that changed) or differences (what differs between two pulls).",
    )
    activities: dict[str, Name] = Field(
        default_factory=dict,
        max_length=10,
        description="How activities say that something was set, in the language of the account, "
        "as a pattern with one group: state, priority, team, assignee.",
    )
    asset_types: dict[RecordKind, Name | tuple[Name, ...]] = Field(
        default_factory=dict,
        max_length=2,
        description="Asset types that are services: service = a name, or several; all others are "
        "configuration items.",
    )
    page_size: int = Field(
        default=100, ge=10, le=100, description="Tickets that are asked for at a time."
    )
    push: FreshservicePush = Field(
        default_factory=FreshservicePush, description="What may be written to this source."
    )
