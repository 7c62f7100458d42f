"""The settings that all systems share that are read over HTTP."""

from collections.abc import Mapping
from datetime import UTC, date, datetime, time
from typing import Annotated, ClassVar, Literal

from pydantic import (
    BaseModel,
    ConfigDict,
    Field,
    StringConstraints,
    field_validator,
    model_validator,
)

from connectors.core.credentials import require
from connectors.core.mapping.overrides import check_fields
from connectors.core.settings import HttpSettings
from itsm.states import RecordKind

Name = Annotated[str, StringConstraints(min_length=1, max_length=200)]
"""A name of something that another system has."""
FROZEN = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True, defer_build=True)
"""How settings are; built where they are first used, so that a pull builds those of its systems."""


class HttpSourceConfig(BaseModel):
    """Which system is read, as whom, since when, and what its codes mean.

    A system adds its secrets, and what only it has; it says in `needs` what each way to tell who
    asks is made of, and tells in `auth_kind` which way is taken.
    """

    model_config = FROZEN
    needs: ClassVar[Mapping[str, tuple[str, ...]]] = {}
    reads_windows: ClassVar[bool] = True
    """Whether what was updated in a stretch of time can be read by itself."""

    url: Name = Field(description="The system's address, with https://.")
    auth: str | None = Field(default=None, description="How the user is told.")
    user: Name | None = Field(
        default=None, description="User name; a user of its own, who may only read."
    )
    since: date | None = Field(
        default=None,
        description="The first pull goes back to records that were updated on this day; left out, "
        "to the oldest. Services, teams, items and the like are read whole.",
    )
    until: date | None = Field(
        default=None,
        description="Records that were updated on this day or later are not read: for reading a "
        "stretch of the past once.",
    )
    first_days: int | None = Field(
        default=None,
        ge=1,
        le=3660,
        description="The first pull reads what was updated within so many days; what is older is "
        "read in windows beside it, by `csi pull --older`. Left out: all of it at once.",
    )
    window_days: int = Field(
        default=30, ge=1, le=3660, description="Days of a window of `csi pull --older`."
    )
    window_order: Literal["newest", "oldest"] = Field(
        default="newest", description="Which window is read first."
    )
    kinds: tuple[RecordKind, ...] | None = Field(
        default=None, description="The record kinds that are read; left out, all there are."
    )
    fields: dict[RecordKind, dict[Name, Name | tuple[Name, ...]]] = Field(
        default_factory=dict,
        max_length=len(RecordKind),
        description="Fields of your own, per record kind: field = name of the system's field, or "
        "several of which the first that is filled counts.",
    )
    codes: dict[Name, dict[str, str]] = Field(
        default_factory=dict,
        max_length=100,
        description="Codes of your own, per code table: code = meaning.",
    )
    overlap_s: int = Field(
        default=300,
        ge=0,
        le=86_400,
        description="A pull starts so many seconds before the last one ended, for records that "
        "were stamped before they could be seen.",
    )
    requests_per_hour: int | None = Field(
        default=None, ge=1, le=1_000_000, description="Requests an hour this user may make."
    )
    http: HttpSettings = Field(
        default_factory=HttpSettings, description="Timeouts, retries, certificates and proxy."
    )

    @property
    def end(self) -> datetime | None:
        """The first moment that is not read."""
        return None if self.until is None else datetime.combine(self.until, time(), UTC)

    @property
    def auth_kind(self) -> str:
        """How the user is told, as set or as the other settings allow."""
        return self.auth or next(iter(self.needs))

    def require_credentials(self, source: str) -> None:
        """See that it is said who asks; what only looks at the store works without.

        Args:
            source: the source's name.

        Raises:
            ConfigError: something is missing; names the variable that gives it.
        """
        require(source, self, self.auth_kind, self.needs[self.auth_kind])

    @field_validator("url")
    @classmethod
    def _url_is_an_address(cls, url: str) -> str:
        return address(url)

    @model_validator(mode="after")
    def _fields_exist(self) -> "HttpSourceConfig":
        check_fields(self.fields)
        return self


def address(url: str) -> str:
    """An address without a slash at the end.

    Raises:
        ValueError: it is none.
    """
    if not url.startswith(("https://", "http://")):
        raise ValueError("write it with https://, such as https://desk.example.com")
    return url.rstrip("/")
