"""Packs of the two editions that are no weekly pack: a vendor's dossier, and a watch list."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

from reports.editions import Choice, EditionKind
from reports.measures.vendor_dossier import OURS, THEIRS
from reports.measures.vendor_lines import Compared, Dossier, Past, Standing
from reports.model import Pack
from reports.pack import build_pack
from reports.sections.watch_list import NearClock, Stuck, Watched
from reports.special import vendor_pack, watch_pack
from tests.reports.sample_pack import sample_input

NOW = datetime(2026, 3, 30, tzinfo=UTC)
CASES = tuple(f"VC{n:04d}" for n in range(60))


def dossier(language: str = "en") -> Pack:
    """A vendor with 60 cases, two of them on its own list as well."""
    found = Dossier(
        vendor="Acme",
        period="2026-W13",
        cutoff_at=NOW,
        currency="EUR",
        n_resolved=len(CASES),
        n_unknown_waits=0,
        parts={OURS[0]: 6.0, THEIRS: 14.5},
        lines=(),
        compared=tuple(
            Compared(case=case, reference=f"A-{case}", commitment="resolution", ours="missed",
                     theirs="met", result="differing", agreed=Standing())
            for case in CASES[:2]
        ),
        trend=(
            Past(label="2026-W12", n_due=1, n_missed=0, n_theirs=0, due=CASES[:1]),
            Past(label="2026-W13", n_due=60, n_missed=2, n_theirs=1, due=CASES, missed=CASES[:2]),
        ),
        step="2: vendor manager",
        contingency=None,
        clauses_known=True,
        resolved=CASES,
    )  # fmt: skip
    choice = Choice(kind=EditionKind.VENDOR, name="Acme", language=language)
    return vendor_pack(replace(sample_input(), choice=choice), found, ())


def watch_list(language: str = "en") -> Pack:
    """More clocks near their end than a table has room for, and one that stands still."""
    near = tuple(
        NearClock(record=f"INC{n:07d}", target="resolution", team="Linux", priority="2",
                  due_at=NOW + timedelta(minutes=n), used=0.9)
        for n in range(60)
    )  # fmt: skip
    stuck = (Stuck(record="INC0000077", team="Linux", priority="4", quiet_days=9.0),)
    choice = Choice(kind=EditionKind.WATCH_LIST, language=language)
    return watch_pack(replace(sample_input(), choice=choice), Watched(near=near, stuck=stuck))


def edition_of(kind: EditionKind, language: str = "en") -> Pack:
    """An edition of the sample week, whichever it is."""
    if kind is EditionKind.VENDOR:
        return dossier(language)
    if kind is EditionKind.WATCH_LIST:
        return watch_list(language)
    is_named = kind in (EditionKind.SERVICE_OWNER, EditionKind.TEAM_LEAD)
    name = "Corporate Mail" if is_named else ""
    choice = Choice(kind=kind, name=name, language=language)
    return build_pack(replace(sample_input(12), choice=choice))
