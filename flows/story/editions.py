"""Every edition of the story's last week, in every format, and the extract beside them."""

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import replace
from pathlib import Path

from flows.extracting import extract
from flows.files import write_whole
from flows.stages.editions import Editions, Occasion
from flows.stages.pack import frozen
from flows.verbs.pack import occasion_of
from flows.wiring import Parts
from itsm.clocks import ReportingWeek
from itsm.periods import Months, calendar_month, calendar_quarter
from itsm.states import RecordKind
from reports.decision_page import decision_pages
from reports.editions import Choice, EditionKind, choice
from reports.extract.extraction import Wanted
from reports.extract.parts import PartFormat
from reports.formats import Format, render


def write_editions(parts: Parts, week: ReportingWeek, out: Path) -> Iterator[str]:
    """Write all editions, and tell of each where it is."""
    occasion = occasion_of(parts, week, week.cutoff(parts.settings.cutoff_lag))
    editions = Editions(parts, occasion)
    for asked in choices(editions):
        yield _written(parts, editions, asked, out / "packs" / week.label)
    for period in _longer(week):
        held = occasion_of(parts, period, period.cutoff(parts.settings.cutoff_lag))
        asked = choice(EditionKind.EXECUTIVE)
        yield _written(parts, Editions(parts, held), asked, out / "packs" / period.label)
    yield _watch_list(parts, occasion, out)
    made = extract(parts, _wanted(parts, week, out))
    yield f"extract {made.folder}: {sum(made.n_rows.values()):,} rows"


def choices(editions: Editions) -> Iterator[Choice]:
    """Every weekly edition: of the busiest service, vendor and team; two of them in German."""
    incidents = editions.data.frames[RecordKind.INCIDENT]
    cases = editions.data.frames[RecordKind.VENDOR_CASE]
    service, team = (_busiest(incidents[name].dropna()) for name in ("service", "team"))
    for kind in (EditionKind.FULL, EditionKind.EXECUTIVE):
        yield choice(kind)
        yield choice(kind, language="de")
    yield choice(EditionKind.PROBLEM_REVIEW)
    yield choice(EditionKind.CAB)
    yield choice(EditionKind.SERVICE_OWNER, service=service)
    yield choice(EditionKind.TEAM_LEAD, team=team)
    yield choice(EditionKind.VENDOR, vendor=_busiest(cases["vendor"].dropna()))


def _busiest(values: Iterable[str]) -> str:
    """The commonest value; of equally common ones the first by name."""
    counts = Counter(map(str, values))
    return min(counts, key=lambda name: (-counts[name], name))


def _written(parts: Parts, editions: Editions, asked: Choice, folder: Path) -> str:
    pack, _ = frozen(parts, editions, asked)
    names = []
    for kind in Format:
        for file in render(pack, kind):
            names.append(write_whole(folder / file.name, file.data).name)
    for name, page in decision_pages(pack):
        names.append(write_whole(folder / name, page.encode()).name)
    return f"pack   {asked.key}, {pack.week}: {len(names)} files in {folder}"


def _longer(week: ReportingWeek) -> Iterator[Months]:
    """The last month and the last quarter that had ended with the week."""
    day = week.shifted(1).first_day
    month = calendar_month(f"{day.year}-{day.month:02d}", week.zone).shifted(-1)
    quarter = calendar_quarter(f"{day.year}-Q{(day.month + 2) // 3}", week.zone).shifted(-1)
    yield from (month, quarter)


def _watch_list(parts: Parts, occasion: Occasion, out: Path) -> str:
    """The daily watch list as of the cut-off."""
    asked = choice(EditionKind.WATCH_LIST)
    held = replace(occasion, run_id=None)
    return _written(parts, Editions(parts, held), asked, out / "packs" / "watch-list")


def _wanted(parts: Parts, week: ReportingWeek, out: Path) -> Wanted:
    return Wanted(
        home=out / "extract",
        formats=(PartFormat.PARQUET, PartFormat.CSV),
        with_hyper=False,
        week=week,
        cutoff_at=week.cutoff(parts.settings.cutoff_lag),
    )
