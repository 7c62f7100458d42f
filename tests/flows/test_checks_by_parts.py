"""A night judges the parts in which something has changed, and says what judging all would say."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from itertools import islice
from pathlib import Path
from random import Random

import pytest

from checks.checking import check, check_rows
from checks.context import CheckContext
from checks.profiles import profile
from flows.checked_before import LIST, forget
from flows.erasing import erase_files
from flows.mapping_aliases import keep
from flows.reading import begun, frames
from flows.settings import load_settings
from flows.stages.check import check_week
from flows.wiring import Parts, build
from itsm.clocks import ReportingWeek
from itsm.codec import to_bytes
from itsm.naming import Alias, NameKind
from itsm.records import HistoryEvent, Incident, RawRecord, Record
from itsm.states import IncidentState, RecordKind
from problem_mining import side_by_side
from simulator.estate import iter_records
from simulator.settings import EstateSettings
from store.portions import Portion, Portions
from tests.flows.desk_source import Desk

INCIDENT, HISTORY = RecordKind.INCIDENT, RecordKind.HISTORY
FEW = (INCIDENT, HISTORY, RecordKind.TEAM)
MANY = (*FEW, RecordKind.SLA_CLOCK, RecordKind.PROBLEM, RecordKind.CHANGE, RecordKind.COMMENT)
ESTATE = EstateSettings(n_incidents=260, n_weeks=14, seed=17)
MOST = 600
"""Records of a kind, at most."""


@dataclass
class Nights:
    """A store of two sources that changes from night to night, by chance that is seeded."""

    parts: Parts
    kinds: Sequence[RecordKind]
    records: dict[RecordKind, list[Record]]
    random: Random
    said: list[str]
    rows: int
    at: datetime
    n_made: int = 0

    def check(self) -> tuple[int, int]:
        """Check the week; how many parts were judged, and how many there are."""
        week = ReportingWeek.of(self.at, self.parts.settings.zone)
        check_week(self.parts, week, self.at, rows=self.rows)
        (line,) = [line for line in self.said if "parts judged" in line][-1:]
        words = line.split()
        return int(words[1]), int(words[3])

    def check_and_compare(self) -> tuple[int, int]:
        """As `check`; reports and profiles are what judging all at once would give."""
        week = ReportingWeek.of(self.at, self.parts.settings.zone)
        expected = sorted(self._at_once(week))
        judged = self.check()
        with self.parts.store.look() as uow:
            reports = [(r.source, r.kind, to_bytes(r)) for r in uow.checks.list(week.label)]
            after = week.shifted(1).label
            kept = {
                (source, kind): uow.profiles.latest(source, kind, before_week=after)
                for source, kind, *_ in expected
            }
        assert sorted(reports) == [(source, kind, report) for source, kind, report, _ in expected]
        assert [to_bytes(kept[s, k]) for s, k, *_ in expected] == [p for *_, p in expected]
        return judged

    def _at_once(self, week: ReportingWeek) -> Iterator[tuple[str, RecordKind, bytes, bytes]]:
        """As the checks were made before there were parts: frames of everything, judged at once."""
        stored = frames(self.parts.store, self.at)
        settings = self.parts.settings.checks
        for source in self.parts.sources:
            known = {kind: rows[rows["source"] == source] for kind, rows in stored.items()}
            numbers = {kind: frozenset(rows["number"]) for kind, rows in known.items()}
            for kind in self.kinds:
                rows = begun(kind, known[kind].reset_index(drop=True), self.at)
                with self.parts.store.look() as uow:
                    past = uow.profiles.latest(source, kind, before_week=week.label)
                context = CheckContext(
                    source=source, cutoff_at=self.at, week=week, known=numbers, past=past,
                    settings=settings,
                )  # fmt: skip
                report = check(kind, rows, context)
                by_row = check_rows(kind, rows, context).results
                assert report.results[: len(by_row)] == by_row
                seen = profile(source, kind, rows, zone=week.zone, settings=settings)
                yield source, kind, to_bytes(report), to_bytes(seen)

    def held(self, kind: RecordKind) -> list[Record]:
        frame = self.parts.store.queries.columns(kind, known_at=self.at)
        keys = set(zip(frame["source"], frame["number"], strict=True))
        return [one for one in self.records[kind] if (one.source, one.number) in keys]

    def save(self, records: Sequence[Record]) -> None:
        with self.parts.store.begin() as uow:
            uow.records.save(records)
            uow.commit()

    def pass_a_day(self) -> None:
        """Edits, copies, new records and deletions, and some things that are wrong."""
        self.at += timedelta(days=1)
        incidents = [one for one in self.held(INCIDENT) if isinstance(one, Incident)]
        events = [one for one in self.held(HISTORY) if isinstance(one, HistoryEvent)]
        changed = [self._edited(one) for one in self.random.sample(incidents, 4)]
        copies = [self._copied(one) for one in self.random.sample(incidents, 2)]
        told_twice = [
            replace(one, number=f"{one.number}-again-{self.n_made}", updated_at=self.at)
            for one in self.random.sample(events, 2)
        ]
        lost = replace(self.random.choice(events), number=f"lost {self.at}", record="INC-NOWHERE")
        self.save([*changed, *copies, *told_twice, lost])
        gone = self.random.sample(incidents, 2)
        with self.parts.store.begin() as uow:
            raw = [
                RawRecord(source=i.source, kind=INCIDENT, key=i.number, payload=b"{}",
                          content_hash="-") for i in gone
            ]  # fmt: skip
            uow.raw.save(raw, self.at)
            noted = [(i.source, INCIDENT, i.number, self.at - timedelta(hours=1)) for i in gone]
            uow.deletions.note(noted, self.at)
            uow.commit()
        self.records[INCIDENT] += copies
        self.records[HISTORY] += [*told_twice, lost]

    def _edited(self, one: Incident) -> Incident:
        wrong = [
            {"resolved_at": one.opened_at - timedelta(hours=1)},
            {"priority": 9},
            {"state": IncidentState.UNMAPPED, "state_code": f"code {self.random.randrange(3)}"},
            {"title": None, "description": None},
            {"parent_incident": one.number, "duplicate_of": "INC-NOWHERE"},
            {"closed_at": self.at + timedelta(days=4000)},
        ]
        return replace(one, updated_at=self.at, **self.random.choice(wrong))  # type: ignore[arg-type]  # each a field

    def _copied(self, one: Incident) -> Incident:
        self.n_made += 1
        return replace(one, number=f"COPY{self.n_made}", updated_at=self.at, caller="p~copy")


def nights(folder: Path, kinds: Sequence[RecordKind], seed: int, rows: int) -> Nights:
    """An estate in a store as two sources, the second with every fifth record."""
    parts = build(load_settings(given={"zone": "Europe/Berlin"}), folder)
    said: list[str] = []
    sources = {name: Desk(rows={}, name=name, kinds=tuple(kinds)) for name in ("desk", "other")}
    parts = replace(parts, sources=sources, say=said.append)
    records: dict[RecordKind, list[Record]] = {}
    for kind in kinds:
        every = list(islice(iter_records(ESTATE, kind), MOST))
        records[kind] = [
            replace(one, source="other" if place % 5 == 0 else "desk")
            for place, one in enumerate(every)
        ]
    at = ESTATE.last_week.start_at + timedelta(days=5)
    found = Nights(parts, kinds, records, Random(seed), said, rows, at)
    for some in records.values():
        found.save(some)
    incidents = [one for one in records.get(INCIDENT, ()) if isinstance(one, Incident)]
    for k in (0, 1, len(incidents) - 1) if incidents else ():
        same = replace(incidents[k], caller="p~one")
        found.save([same, replace(same, number=f"EARLY{k}")])
    return found


@pytest.fixture
def few(tmp_path: Path) -> Nights:
    return nights(tmp_path, FEW, 5, 200)


def kept(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in (folder / "artefacts" / "checks").iterdir()}


def test_nights_by_parts_say_what_all_at_once_says_and_judge_what_has_changed(
    few: Nights, tmp_path: Path
) -> None:
    n_judged, n_parts = few.check_and_compare()
    assert n_judged >= n_parts > 6
    assert few.check() == (0, n_parts)
    event = few.records[HISTORY][-1]
    assert isinstance(event, HistoryEvent)
    few.save([replace(event, actor="p~other")])
    assert few.check() == (1, n_parts)
    few.pass_a_day()
    n_judged, n_parts = few.check_and_compare()
    assert n_judged > 1
    files = kept(tmp_path)
    assert len(files) == n_parts + 1
    # A byte of one is wrong and one is gone: both are judged anew, and a line says so of each.
    small = sorted(set(files) - {LIST}, key=lambda name: len(files[name]))
    first, second = small[:2]
    folder = tmp_path / "artefacts" / "checks"
    (folder / first).write_bytes(files[first][:-1] + bytes([files[first][-1] ^ 1]))
    (folder / second).unlink()
    few.said.clear()
    assert few.check() == (2, n_parts)
    assert sum("judged anew" in line for line in few.said) == 2
    assert kept(tmp_path) == files
    # A check of the past leaves what is kept alone.
    few.at -= timedelta(days=1)
    few.check()
    assert kept(tmp_path) == files
    forget(few.parts)
    assert not folder.exists()


@dataclass
class Killed:
    """Says what there is to say until it is killed."""

    after: int

    def __call__(self, line: str) -> None:
        if "damaged" in line:
            self.after -= 1
            if not self.after:
                raise KeyboardInterrupt


def test_killed_in_the_middle_it_goes_on_and_leaves_the_same(tmp_path: Path) -> None:
    found = nights(tmp_path, (RecordKind.PROBLEM, RecordKind.TEAM), 5, 10)
    n_parts = found.check()[1]
    whole, folder = kept(tmp_path), tmp_path / "artefacts" / "checks"
    for name in sorted(set(whole) - {LIST})[:3]:
        (folder / name).unlink()
    week = ReportingWeek.of(found.at, found.parts.settings.zone)
    with pytest.raises(KeyboardInterrupt):
        check_week(replace(found.parts, say=Killed(3)), week, found.at, rows=found.rows)
    assert found.check()[0] <= 3  # what a second process has judged by then is found again
    assert kept(tmp_path) == whole
    (folder / LIST).write_bytes(whole[LIST][:-3])
    assert found.check() == (n_parts, n_parts)
    assert "judged anew" in "".join(found.said)
    assert kept(tmp_path) == whole


@pytest.mark.slow
@pytest.mark.parametrize(("seed", "rows"), [(1, 64), (2, 230)])
def test_many_nights_of_many_kinds(tmp_path: Path, seed: int, rows: int) -> None:
    found = nights(tmp_path, MANY, seed, rows)
    for night in range(5):  # into another week
        if night == 2:
            teams = sorted({str(one.name) for one in found.records[RecordKind.TEAM]})  # type: ignore[attr-defined]  # teams
            with found.parts.store.begin() as uow:
                for name, stands_for, since in (
                    (teams[0], teams[1], None),
                    (teams[2], "New name", (found.at + timedelta(days=1)).date()),
                ):
                    one = Alias(
                        kind=NameKind.TEAM, source="", name=name, stands_for=stands_for, since=since
                    )
                    keep(uow, one, found.at)
                uow.commit()
        n_judged, n_parts = found.check_and_compare()
        found.pass_a_day()
    assert n_judged < n_parts


def test_a_night_reads_what_something_was_written_to_and_the_end_of_each_table(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    found, read = nights(tmp_path, (RecordKind.PROBLEM, RecordKind.TEAM), 5, 3), list[str]()
    n_parts = found.check()[1]
    whole = Portions.read

    def noted(self: Portions, place: int) -> list[Portion]:
        read.append(f"{self.kind} {place}")
        return whole(self, place)

    monkeypatch.setattr(Portions, "read", noted)
    monkeypatch.setattr(side_by_side, "_can_fork", lambda: False)
    assert found.check() == (0, n_parts)
    ends = [f"{kind} {len(some) // 3}" for kind, some in sorted(found.records.items())]
    assert sorted(read) == ends != ["problem 0", "team 0"]
    read.clear()
    first = min(found.records[RecordKind.TEAM], key=lambda one: (one.source, one.number))
    found.save([replace(first, updated_at=found.at)])
    assert found.check() == (1, n_parts)
    assert sorted(read) == sorted([ends[0], "team 0", ends[1]])


def test_erasing_a_person_removes_what_is_kept(tmp_path: Path) -> None:
    found = nights(tmp_path, (RecordKind.TEAM,), 5, 100)
    found.check()
    assert kept(tmp_path)
    erase_files(found.parts, ["Chidi Okafor"])
    assert not (tmp_path / "artefacts" / "checks").exists()
    n_judged, n_parts = found.check()
    assert n_judged == n_parts
