"""Practice estates as incident frames with their planted causes, for training and measuring."""

from dataclasses import dataclass
from operator import attrgetter

import pandas as pd

from itsm.states import RecordKind
from simulator.estate import iter_blocks
from simulator.ground_truth import build_truth
from simulator.plan import build_plan
from simulator.settings import EstateSettings

TRAINING_SEEDS = (101, 102, 103)
TUNING_SEEDS = (201, 202)
REPORT_SEEDS = (301, 302, 303)

TEXT = ("title", "description")
FIELDS = ("service", "ci", "category", "subcategory", "symptom", "location", "team")
COLUMNS = ("number", *TEXT, *FIELDS, "opened_at", "duplicate_of", "is_test", "restricted")


@dataclass(frozen=True, slots=True)
class Corpus:
    """Incidents to be mined, and the planted cause of each key, None for what repeats nothing."""

    incidents: pd.DataFrame
    causes: dict[str, str | None]

    def without(self, *columns: str) -> "Corpus":
        """The same incidents with fewer fields."""
        return Corpus(self.incidents.drop(columns=list(columns), errors="ignore"), self.causes)

    def text_only(self) -> "Corpus":
        """The same incidents with text and time of opening."""
        return self.without(*FIELDS)

    def codes_only(self) -> "Corpus":
        """The same incidents without text."""
        return self.without(*TEXT)


def estate(n_incidents: int, seed: int, n_weeks: int = 26) -> Corpus:
    """The incidents of a practice estate; tests and marked duplicates are left out as in a run."""
    settings = EstateSettings(n_incidents=n_incidents, seed=seed, n_weeks=n_weeks)
    rows: list[tuple[object, ...]] = []
    for block in iter_blocks(settings):
        if block.kind is RecordKind.INCIDENT:
            rows.extend(attrgetter(*COLUMNS)(record) for record in block.records())
    frame = pd.DataFrame(rows, columns=list(COLUMNS))
    left_out = frame["is_test"] | frame["restricted"] | frame["duplicate_of"].notna()
    kept = frame[~left_out].rename(columns={"number": "key"}).reset_index(drop=True)
    truth = build_truth(build_plan(settings)).cause_of
    return Corpus(kept.drop(columns=list(COLUMNS[-3:])), {k: truth[k] for k in kept["key"]})
