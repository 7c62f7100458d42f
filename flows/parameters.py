"""The parameters of flows, as Prefect's pages show and check them before a run is made."""

from pathlib import Path
from typing import Annotated

from pydantic import AwareDatetime, Field

ConfigFile = Annotated[Path, Field(examples=["csi.toml"])]
Week = Annotated[
    str | None,
    Field(
        pattern=r"^\d{4}-W(0[1-9]|[1-4]\d|5[0-3])$",
        examples=["2026-W46"],
    ),
]
CutOff = Annotated[AwareDatetime | None, Field(examples=["2026-11-17T00:00:00Z"])]
