"""What may be written to a source: `[sources.NAME.push]`, the settings all systems share."""

from pydantic import BaseModel, Field

from connectors.core.comparing import Rules
from connectors.core.config import FROZEN
from itsm.pushing import PushKind, PushMode


class PushSettings(BaseModel):
    """How far the push goes; a system adds where its problems and register entries are kept."""

    model_config = FROZEN

    mode: PushMode = Field(
        default=PushMode.OFF,
        description="off, dry_run (shows what it would write), problems_only (creates, changes and "
        "moves problem records, and nothing else) or full.",
    )
    instance: str = Field(
        default="",
        max_length=200,
        description="What the installation calls itself that may be written to; `csi push "
        "--dry-run` tells it. Nothing is written to any other, nor to a copy.",
    )
    cap: int = Field(
        default=200, ge=1, le=10_000, description="Writes in one run at most; the rest waits."
    )
    on_closed: bool = Field(
        default=False, description="Write to records, too, that are closed for good."
    )
    owns: dict[PushKind, tuple[str, ...]] = Field(
        default_factory=dict,
        description="The fields that are ours, per problem or register_entry; left out, all that "
        "can be written. What is not ours is written when a record is created, and never again.",
    )
    user: str = Field(
        default="",
        max_length=200,
        description="What history calls the user we write as, where it is not `user`.",
    )
    settle_s: float = Field(
        default=60.0,
        ge=0,
        le=3600,
        description="Seconds after which a search surely finds what was created; so long a create "
        "whose reply was lost is looked for before it is made again.",
    )

    @property
    def rules(self) -> Rules:
        """The same for the engine."""
        return Rules(
            mode=self.mode, instance=self.instance, on_closed=self.on_closed, owns=self.owns
        )
