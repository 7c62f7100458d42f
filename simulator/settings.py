"""What a practice estate is made from: its size, its weeks and its seed."""

import hashlib
import json
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from functools import cache
from pathlib import Path

import numpy as np

from itsm.clocks import ReportingWeek
from itsm.errors import ConfigError

HARDNESS = (0.21, 0.28)
"""Pair F1 that the best standard clustering of the texts alone reaches at 5,000 incidents, from
seed to seed (docs/simulator.md); to be told before any figure on an estate."""

BLOCK = 10_000
"""Incidents per block; every block has its own seeds, so blocks can be made apart."""


@dataclass(frozen=True, slots=True, kw_only=True)
class EstateSettings:
    """Size, weeks and seed of a practice estate.

    Attributes:
        n_incidents: how many incidents, 100 to 10,000,000.
        n_weeks: how many weeks they are opened in, 2 to 520.
        seed: the same seed gives the same estate, byte for byte.
        end_week: label of the last week, such as 2026-W46.
        zone: IANA name of the zone people work in.
        source: the source name that the records carry.
        dirt: share of the exported incidents that are damaged on purpose, 0 to 0.5.
        lag_h: hours between the end of the last week and the export.
        improvements: plants a hundred entries of the register, see `simulator.improvements`;
            needs 65 weeks and 20,000 incidents.
        story: plants the few improvements of `simulator.story` instead of the hundred; needs
            `improvements`, 52 weeks and 2,800 incidents.
    """

    n_incidents: int = 5_000
    n_weeks: int = 26
    seed: int = 7
    end_week: str = "2026-W46"
    zone: str = "Europe/Berlin"
    source: str = "estate"
    dirt: float = 0.015
    lag_h: int = 6
    improvements: bool = False
    story: bool = False

    def __post_init__(self) -> None:
        bounds = {"n_incidents": (100, 10_000_000), "n_weeks": (2, 520), "seed": (0, 2**62)}
        for name, (low, high) in bounds.items():
            if not low <= getattr(self, name) <= high:
                raise ConfigError(f"{name} must lie between {low:,} and {high:,}")
        if not 0 <= self.dirt <= 0.5:
            raise ConfigError("dirt is a share between 0 and 0.5")
        least = (52, 2_800) if self.story else (65, 20_000)
        if self.improvements and (self.n_weeks < least[0] or self.n_incidents < least[1]):
            raise ConfigError(
                f"improvements need n_weeks of {least[0]} and n_incidents of {least[1]:,} or more"
            )
        if self.story and not self.improvements:
            raise ConfigError("a story is made of improvements; set improvements, too")
        ReportingWeek.parse(self.end_week, self.zone)

    @property
    def last_week(self) -> ReportingWeek:
        """The last week with incidents."""
        return ReportingWeek.parse(self.end_week, self.zone)

    @property
    def first_week(self) -> ReportingWeek:
        """The first week with incidents."""
        return self.last_week.shifted(1 - self.n_weeks)

    @property
    def export_at(self) -> datetime:
        """The moment the export is taken; nothing later is in it."""
        return self.last_week.end_at + timedelta(hours=self.lag_h)

    @property
    def start_s(self) -> int:
        """The first instant, in seconds since 1970 UTC."""
        return int(self.first_week.start_at.timestamp())

    @property
    def end_s(self) -> int:
        """The first instant after the last week, in seconds since 1970 UTC."""
        return int(self.last_week.end_at.timestamp())

    @property
    def export_s(self) -> int:
        """`export_at` in seconds since 1970 UTC."""
        return int(self.export_at.timestamp())

    @property
    def fingerprint(self) -> str:
        """A hash of everything the estate depends on: these settings and the simulator's code."""
        facts = json.dumps([_code_hash(), asdict(self)], sort_keys=True)
        return hashlib.sha256(facts.encode()).hexdigest()

    def generator(self, stream: str, block: int = 0) -> np.random.Generator:
        """The random numbers of one named stream and block; independent of all others."""
        name = int.from_bytes(hashlib.sha256(stream.encode()).digest()[:8], "big")
        return np.random.Generator(
            np.random.PCG64(np.random.SeedSequence([self.seed, name, block]))
        )


@cache
def _code_hash() -> str:
    """A hash of every module of the simulator: other code may give other records."""
    digest = hashlib.sha256()
    for path in sorted(Path(__file__).parent.rglob("*.py")):
        digest.update(path.name.encode() + b"\0" + path.read_bytes())
    return digest.hexdigest()
