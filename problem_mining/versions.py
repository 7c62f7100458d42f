"""Mining versions: what changed when groups change although the incidents did not."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class MiningVersion:
    """A state of the recipe; `base` is the one before, `changes` says what differs, in words."""

    name: str
    base: str | None
    changes: str


V1 = MiningVersion(
    "2026-11-21",
    base=None,
    changes="First form: pair scores with shipped weights, codes by coincidence, capped linkage.",
)
VERSIONS = (V1,)
CURRENT = VERSIONS[-1]
