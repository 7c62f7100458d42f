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
V2 = MiningVersion(
    "2026-11-21.2",
    base=V1.name,
    changes="Words that stand for each other, CIs named in texts, misspellings; unlikely pairs "
    "count against joining; a bar for small groups; weights of the present practice estate.",
)
V3 = MiningVersion(
    "2026-11-22",
    base=V2.name,
    changes="Words that say the same learned from titles and descriptions too, and how much each "
    "matters; a second search by meaning; company with what speaks against it; doubt where little "
    "repeats; lower bars for small groups.",
)
V4 = MiningVersion(
    "2026-11-22.2",
    base=V3.name,
    changes="Of two that are equally good the one opened first is taken, not the one with the "
    "lower number: the same incidents under other numbers are the same groups.",
)
VERSIONS = (V1, V2, V3, V4)
CURRENT = VERSIONS[-1]
