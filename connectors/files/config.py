"""The settings of a source that is read from exports."""

from collections.abc import Mapping
from pathlib import Path
from typing import Annotated

from pydantic import (
    BaseModel,
    ConfigDict,
    Field,
    StringConstraints,
    field_validator,
    model_validator,
)

from connectors.core.mapping.overrides import check_fields
from itsm.clocks import zone_of
from itsm.errors import ConfigError
from itsm.states import RecordKind

Name = Annotated[str, StringConstraints(min_length=1, max_length=200)]


class FileSourceConfig(BaseModel):
    """Which exports are read, and what their columns and codes mean."""

    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)

    preset: Name | None = Field(
        default=None,
        description="Whose exports: servicenow, jira, uci or plain; none: plain, where columns "
        "have the names of the records' fields.",
    )
    files: dict[RecordKind, tuple[Path, ...]] = Field(
        default_factory=dict,
        max_length=len(RecordKind),
        description="The files of each record kind.",
    )
    fields: dict[RecordKind, dict[Name, Name]] = Field(
        default_factory=dict,
        max_length=len(RecordKind),
        description="Columns of your own, per record kind: field = column. They win over the "
        "preset's.",
    )
    codes: dict[Name, dict[str, str]] = Field(
        default_factory=dict,
        max_length=100,
        description="Codes of your own, per code table: code = meaning. They win over the "
        "preset's.",
    )
    zone: Name = Field(default="UTC", description="IANA time zone of times that name none.")
    day_first: bool | None = Field(
        default=None,
        description="Whether 3/4/2026 is the third of April; left out, the file's own dates tell.",
    )
    delimiter: str | None = Field(
        default=None,
        min_length=1,
        max_length=1,
        description="What separates the cells of a CSV file; left out, the header tells.",
    )
    encoding: Name | None = Field(
        default=None,
        description="Encoding of text files, such as utf-8 or cp1252; left out, it is sniffed.",
    )
    sheet: Name | None = Field(
        default=None, description="Sheet of an Excel workbook; left out, the first."
    )
    batch_size: int = Field(
        default=2000, ge=1, le=100_000, description="Raw records handed on at a time."
    )

    @field_validator("files", mode="before")
    @classmethod
    def _one_file_is_a_list(cls, given: object) -> object:
        if not isinstance(given, Mapping):
            return given
        return {
            kind: (paths,) if isinstance(paths, str | Path) else paths
            for kind, paths in given.items()
        }

    @field_validator("zone")
    @classmethod
    def _zone_exists(cls, name: str) -> str:
        try:
            zone_of(name)
        except ConfigError as error:
            raise ValueError(str(error)) from None
        return name

    @field_validator("encoding")
    @classmethod
    def _encoding_exists(cls, name: str | None) -> str | None:
        if name is not None:
            try:
                "".encode(name)
            except (LookupError, UnicodeError):
                raise ValueError("not an encoding Python knows; try utf-8 or cp1252") from None
        return name

    @model_validator(mode="after")
    def _fields_exist(self) -> "FileSourceConfig":
        check_fields(self.fields)
        return self
