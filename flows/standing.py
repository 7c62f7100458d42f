"""How an installation stands: each stage's last good run, what is late, what waits for a person."""

from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass
from datetime import UTC, datetime, timedelta

from flows.pushing import homes_of
from flows.wiring import Parts
from store.stage_runs import Outcome, StageRun
from store.waiting import Waiting

PULL = "pull"
BACKUP = "backup"
RETAIN = "retain"
STAGES = (
    PULL,
    "check",
    "mine",
    "propose",
    "prove",
    "pack",
    "publish",
    "push",
    "send",
    BACKUP,
    RETAIN,
)
"""The stages in the order of the work."""
_FOR_READERS = ("publish", "send")
"""What is done only where somebody gets packs."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """How a stage stands.

    Attributes:
        stage: its name.
        source: whose, where it is per source; else "".
        run: its newest run; None where it was never begun.
        expected_within_h: it should have ended well within so many hours; None: not expected.
        is_late: it has not.
    """

    stage: str
    source: str
    run: StageRun | None
    expected_within_h: float | None
    is_late: bool

    @property
    def name(self) -> str:
        """Stage and source."""
        return f"{self.stage} {self.source}".strip()


def standings(parts: Parts, now: datetime) -> tuple[Standing, ...]:
    """Every stage that was ever begun or is expected, in the order of the work."""
    with parts.store.look() as uow:
        runs = {(one.stage, one.source): one for one in uow.stage_runs.list()}
    expected = dict(_expected(parts))
    known = sorted({*runs, *expected}, key=_order)
    return tuple(
        _standing(key, runs.get(key), expected.get(key), now)
        for key in known
        if key[0] != PULL or key[1] in parts.sources
    )


def told(standing: Standing, now: datetime) -> str:
    """A stage in a line: when it last went well, how its newest run stands, whether it is late."""
    run = standing.run
    if run is None:
        said = "never run"
    elif run.good_at is None:
        said = "never went well"
    else:
        said = f"went well {_when(run.good_at, now)}"
    if run is not None and run.outcome is Outcome.FAILED:
        said += f"; failed {_when(run.ended_at or run.began_at, now)}: {run.error}"
    elif run is not None and run.outcome is Outcome.RUNNING:
        said += f"; begun {_when(run.began_at, now)} and not ended: it is running, or was killed"
    late = f"LATE, expected within {standing.expected_within_h:g} h: " if standing.is_late else ""
    return f"{standing.name:<20}{late}{said}"


def told_waiting(found: Waiting) -> Iterator[str]:
    """What waits for a person, a line each, with the command that shows it."""
    shown = {
        "candidates": ("candidates to decide on", "csi review"),
        "proposals": ("proposals in the register to accept or drop", "csi register list"),
        "conflicts": ("fields that two sides want otherwise", "csi push --conflicts"),
        "refused": ("writes that a tool refused", "csi push --runs"),
        "stops": ("stops of the push", "csi push --resume lifts them"),
        "packs": ("packs to release", "csi review"),
        "deliveries": ("deliveries nobody knows the end of, or given up", "csi review"),
        "quarantine": ("records set aside", "csi status --quarantine"),
        "missing": ("record kinds of which much is missing: deleted, or is it ill?", "csi sweep"),
        "pairs": ("pairs that look like one incident", "csi pairs"),
    }
    for name, n in asdict(found).items():
        if n:
            what, command = shown[name]
            yield f"{n:>7,}  {what} ({command})"


def _expected(parts: Parts) -> Iterator[tuple[tuple[str, str], float]]:
    """The stages that should run, and within how many hours again."""
    late: Mapping[str, float] = parts.settings.late.model_dump()
    with parts.store.look() as uow:
        has_readers = any(True for _ in uow.subscriptions.list())
    may_write = bool(homes_of(parts.settings).able)
    for stage in STAGES:
        if not late[stage] or (stage == "push" and not may_write):
            continue
        if stage in _FOR_READERS and not has_readers:
            continue
        if stage == RETAIN and not parts.settings.retention.model_dump(exclude_none=True):
            continue
        for source in parts.sources if stage == PULL else ("",):
            yield (stage, source), late[stage]


def _standing(
    key: tuple[str, str], run: StageRun | None, within_h: float | None, now: datetime
) -> Standing:
    is_good = run is not None and run.good_at is not None
    is_late = within_h is not None and not is_good
    if run is not None and run.good_at is not None and within_h is not None:
        is_late = now - run.good_at > timedelta(hours=within_h)
    return Standing(
        stage=key[0], source=key[1], run=run, expected_within_h=within_h, is_late=is_late
    )


def _order(key: tuple[str, str]) -> tuple[int, str, str]:
    stage, source = key
    return (STAGES.index(stage) if stage in STAGES else len(STAGES), stage, source)


def _when(at: datetime, now: datetime) -> str:
    """A time, and how long ago it is."""
    ago_h = (now - at).total_seconds() / 3600
    ago = f"{ago_h * 60:.0f} min" if ago_h < 2 else f"{ago_h:.0f} h"
    return f"{at.astimezone(UTC):%Y-%m-%d %H:%M} UTC ({ago} ago)"
