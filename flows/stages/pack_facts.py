"""What a pack is told from beside its figures: facts of the store, gaps, titles, comments."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

import pandas as pd

from checks.privacy import redact
from flows.minable import PERSON_FIELDS, Names, people
from flows.used_configuration import Change
from itsm.brought import Brought
from itsm.candidates import ProblemCandidate
from itsm.clocks import zone_of
from itsm.meetings import MeetingAction
from itsm.packs import SectionComment
from itsm.quality import GateReport, QuarantineCount
from itsm.register import RegisterEntry
from itsm.states import RecordKind
from reports.editions import Choice
from reports.language import speaking
from reports.measures.data import MeasureData
from reports.measures.vendor_review import known_vendors
from reports.model import Comment, Missing
from reports.numbers import local_time
from store.week_runs import WeekRun


@dataclass(frozen=True, slots=True)
class Facts:
    """What the store holds for packs beside the records; `read_at` is by source."""

    candidates: tuple[ProblemCandidate, ...]
    register: tuple[RegisterEntry, ...]
    checks: GateReport
    quarantine: tuple[QuarantineCount, ...]
    brought: Brought
    read_at: Mapping[str, datetime]
    meeting: tuple[MeetingAction, ...] = ()
    week_run: WeekRun | None = None
    not_applied: tuple[Change, ...] = ()


def missing_of(reasons: Mapping[str, str]) -> tuple[Missing, ...]:
    """What an occasion has to do without, each with its reason."""
    remedy = "see the reason; run the week again when it is mended"
    return tuple(
        Missing(what=what, why=why, remedy=remedy) for what, why in sorted(reasons.items())
    )


def late_sources(read_at: Mapping[str, datetime], end_at: datetime) -> tuple[Missing, ...]:
    """The sources that were last read before the period had ended."""
    return tuple(
        Missing(
            what=f"Source {name}",
            why=f"It was last read at {at:%Y-%m-%d %H:%M} UTC, before the period had ended.",
            remedy="Pull the source again, and make the pack anew.",
        )
        for name, at in sorted(read_at.items())
        if at < end_at
    )


def redacted_titles(
    incidents: pd.DataFrame | None,
    candidates: Sequence[ProblemCandidate],
    names_of: Names = frozenset,
) -> dict[tuple[str, str], str]:
    """The redacted titles of candidates' members; restricted records have none."""
    wanted = {(m.source, m.number) for candidate in candidates for m in candidate.members}
    if incidents is None or not wanted:
        return {}
    names = people(incidents, names_of)
    shown = incidents[~incidents["restricted"] & incidents["title"].notna()]
    keys = zip(shown["source"], shown["number"], strict=True)
    return {
        key: redact(title, known_names=names).text
        for key, title in zip(keys, shown["title"], strict=True)
        if key in wanted
    }


def comments_of(said: Sequence[SectionComment], choice: Choice, zone: str) -> tuple[Comment, ...]:
    """What people say of sections, as a pack shows it."""
    reader = zone_of(choice.zone or zone)
    with speaking(choice.language):
        return tuple(
            Comment(
                section_id=one.section,
                text=one.text,
                by=one.signed,
                at=local_time(one.at, reader),
            )
            for one in said
        )


def names_of_others(data: MeasureData, vendor: str, names_of: Names = frozenset) -> tuple[str, ...]:
    """What may stand in nothing that a vendor gets: other vendors, hosts and people."""
    numbers = {number for number, name in known_vendors(data).items() if name == vendor}
    others = [
        text
        for number, name in known_vendors(data).items()
        if number not in numbers
        for text in (number, name)
    ]
    hosts = _values(data, RecordKind.CONFIGURATION_ITEM, ("name", "number"))
    hosts |= _values(data, RecordKind.INCIDENT, ("ci",))
    persons = set(map(str, names_of(_values(data, RecordKind.INCIDENT, PERSON_FIELDS))))
    persons |= _values(data, RecordKind.VENDOR, ("owner",))
    return tuple(sorted({*others, *hosts, *persons} - {vendor, *numbers}))


def _values(data: MeasureData, kind: RecordKind, columns: Sequence[str]) -> set[str]:
    frame = data.frame(kind)
    if frame is None:
        return set()
    return {
        str(value) for name in columns if name in frame for value in frame[name].dropna().unique()
    }
