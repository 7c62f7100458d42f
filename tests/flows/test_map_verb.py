"""`csi map`: a renamed team breaks no series, once a person has confirmed that it is one."""

import json
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from flows.figures import all_figures, stored_data
from flows.mapping_aliases import aliases_of, keep
from flows.mapping_likeness import likeness
from flows.reading import as_it_came, frame
from flows.settings import load_settings
from flows.stages.mine import mine_week
from flows.verbs.map import map_verb
from flows.wiring import Parts, build
from itsm.errors import ConfigError
from itsm.figures import Figure, FigureResult
from itsm.naming import Alias, NameKind, alias_id, checked
from itsm.records import HistoryEvent, Incident, Record
from itsm.states import HistoryField, RecordKind
from itsm.surroundings import Service, Team
from simulator.estate import build_estate
from simulator.settings import EstateSettings
from tests.flows.extracted import save

ESTATE = EstateSettings(n_incidents=320, n_weeks=12, seed=5)
WEEK = ESTATE.last_week
CUTOFF = WEEK.cutoff(timedelta(hours=24))
RENAMED_AT = WEEK.shifted(-5).start_at
KINDS = (RecordKind.INCIDENT, RecordKind.HISTORY, RecordKind.TEAM, RecordKind.SERVICE)
CONFIG = f'zone = "{ESTATE.zone}"\ndatabase = "sqlite:///csi.sqlite"\n'


@pytest.fixture(scope="module")
def estate() -> list[Record]:
    records = build_estate(ESTATE).records
    return [record for kind in KINDS for record in records[kind]]


@pytest.fixture(scope="module")
def busiest(estate: list[Record]) -> str:
    teams = [one.team for one in estate if isinstance(one, Incident) and one.team]
    return max(sorted(set(teams)), key=teams.count)


def renamed(records: Sequence[Record], team: str, other: str) -> list[Record]:
    """As a system would hold them that renamed a team and moved every open ticket with it.

    Incidents that were opened later have the new name, as has what happened later; each open one
    moved from the one to the other on that day.
    """
    found: list[Record] = []
    for one in records:
        if isinstance(one, Incident) and one.team == team and one.opened_at >= RENAMED_AT:
            found.append(replace(one, team=other))
        elif isinstance(one, HistoryEvent) and one.at >= RENAMED_AT:
            old, new = (other if side == team else side for side in (one.old, one.new))
            found.append(replace(one, old=old, new=new))
        else:
            found.append(one)
    moves = [
        HistoryEvent(
            source=one.source,
            number=f"move-{one.number}",
            record_kind=RecordKind.INCIDENT,
            record=one.number,
            at=RENAMED_AT + timedelta(seconds=1),
            sequence=0,
            field=HistoryField.TEAM,
            old=team,
            new=other,
        )
        for one in records
        if isinstance(one, Incident)
        and one.team == team
        and one.opened_at < RENAMED_AT
        and (one.resolved_at or CUTOFF) > RENAMED_AT
    ]
    assert moves, "nothing was open on the day"
    own = next(one for one in records if isinstance(one, Team) and one.name == team)
    return [*found, *moves, replace(own, number="renamed", name=other)]


def installed(folder: Path, records: Sequence[Record]) -> Parts:
    folder.mkdir()
    (folder / "csi.toml").write_text(CONFIG)
    parts = build(load_settings(folder / "csi.toml"), folder)
    save(parts, records)
    return parts


def told(parts: Parts, *arguments: str) -> Result:
    config = ["--config", str(parts.base / "csi.toml")]
    return CliRunner().invoke(map_verb, [*config, *arguments], catch_exceptions=False)


def figures(parts: Parts) -> tuple[FigureResult, ...]:
    return all_figures(stored_data(parts, WEEK, CUTOFF), WEEK, CUTOFF)


def teams_of(results: Sequence[FigureResult]) -> set[str]:
    """The teams that hand-offs are told by."""
    return {
        value
        for one in results
        if isinstance(one, Figure)
        for value in one.dimensions.values()
        if one.figure_id == "handoff_delay"
    }


def groups(parts: Parts) -> list[tuple[str, ...]]:
    """The members of each candidate."""
    run_id = mine_week(parts, WEEK, CUTOFF)
    with parts.store.begin() as uow:
        candidates = uow.mining.candidates(run_id)
    return sorted(tuple(sorted(m.number for m in one.members)) for one in candidates)


def test_a_renamed_team_breaks_no_series_and_parts_no_candidate(
    tmp_path: Path, estate: list[Record], busiest: str
) -> None:
    plain = installed(tmp_path / "plain", estate)
    parts = installed(tmp_path / "renamed", renamed(estate, busiest, "Platform Crew"))
    wanted = figures(plain)
    assert "Platform Crew" in teams_of(figures(parts))
    (one,) = json.loads(told(parts, "--json").stdout)["proposals"]
    assert (one["kind"], one["name"], one["stands_for"]) == ("team", busiest, "Platform Crew")
    assert date.fromisoformat(one["until"]) >= RENAMED_AT.date()
    accepted = told(parts, "accept", one["id"], "--swap", "--by", "ann", "--why", "renamed")
    assert accepted.exit_code == 0, accepted.output
    assert figures(parts) == wanted
    assert busiest in teams_of(wanted)
    assert groups(parts) == groups(plain)


def test_without_a_word_of_a_person_nothing_is_one(
    tmp_path: Path, estate: list[Record], busiest: str
) -> None:
    parts = installed(tmp_path / "renamed", renamed(estate, busiest, "Platform Crew"))
    raw = as_it_came(parts.store, RecordKind.INCIDENT, CUTOFF)
    assert frame(parts.store, RecordKind.INCIDENT, CUTOFF).equals(raw)
    (one,) = json.loads(told(parts, "--json").stdout)["proposals"]
    told(parts, "reject", one["id"], "--by", "ann")
    assert frame(parts.store, RecordKind.INCIDENT, CUTOFF).equals(raw)
    after = json.loads(told(parts, "--json").stdout)
    assert after["proposals"] == []
    assert [said["is_rejected"] for said in after["said"]] == [True]
    told(parts, "undo", one["id"])
    assert [p["id"] for p in json.loads(told(parts, "--json").stdout)["proposals"]] == [one["id"]]


def test_the_record_of_the_old_name_and_the_move_are_gone(
    tmp_path: Path, estate: list[Record], busiest: str
) -> None:
    parts = installed(tmp_path / "renamed", renamed(estate, busiest, "Platform Crew"))
    told(parts, "add", "team", busiest, "Platform Crew", "--by", "ann")
    teams = frame(parts.store, RecordKind.TEAM, CUTOFF)
    assert list(teams["name"]).count("Platform Crew") == 1
    assert busiest not in set(teams["name"])
    history = frame(parts.store, RecordKind.HISTORY, CUTOFF)
    assert not history["number"].str.startswith("move-").any()
    assert not history["old"].eq(busiest).any()
    assert len(history) < len(as_it_came(parts.store, RecordKind.HISTORY, CUTOFF))


def test_a_name_that_is_used_again_is_not_taken_for_the_old_one(
    tmp_path: Path, estate: list[Record], busiest: str
) -> None:
    parts = installed(tmp_path / "again", estate)
    day = RENAMED_AT.date()
    told(parts, "add", "team", busiest, "Before", "--until", day.isoformat(), "--by", "ann")
    incidents = frame(parts.store, RecordKind.INCIDENT, CUTOFF)
    earlier = incidents["opened_at"] < datetime(day.year, day.month, day.day, tzinfo=UTC)
    assert incidents["team"][earlier].eq("Before").any()
    assert not incidents["team"][earlier].eq(busiest).any()
    assert incidents["team"][~earlier].eq(busiest).any()
    assert not incidents["team"][~earlier].eq("Before").any()
    assert busiest in set(frame(parts.store, RecordKind.TEAM, CUTOFF)["name"])


def test_two_systems_that_spell_a_service_differently_are_asked_about(
    tmp_path: Path, estate: list[Record]
) -> None:
    ours = [one for one in estate if isinstance(one, Incident)]
    service = str(ours[0].service)
    theirs = [
        replace(one, source="other", service=service.upper().replace(" ", "-"))
        for one in ours
        if one.service == service
    ][:4]
    assert theirs
    parts = installed(tmp_path / "both", [*estate, *theirs, Service(
        source="other", number="S1", name=str(theirs[0].service), updated_at=CUTOFF)])  # fmt: skip
    (one,) = json.loads(told(parts, "--json").stdout)["proposals"]
    assert (one["source"], one["stands_for"]) == ("other", service)
    told(parts, "accept", one["id"], "--by", "ann")
    incidents = frame(parts.store, RecordKind.INCIDENT, CUTOFF)
    assert incidents["service"][incidents["source"] == "other"].eq(service).all()
    services = frame(parts.store, RecordKind.SERVICE, CUTOFF)
    assert not services["source"].eq("other").any()


def alias(
    name: str, stands_for: str, since: date | None = None, until: date | None = None
) -> Alias:
    team = NameKind.TEAM
    return Alias(kind=team, source="", name=name, stands_for=stands_for, since=since, until=until)


def test_renamed_twice_leads_to_the_last_name(tmp_path: Path, estate: list[Record]) -> None:
    parts = installed(tmp_path / "twice", estate)
    team = frame(parts.store, RecordKind.INCIDENT, CUTOFF)["team"].dropna().iloc[0]
    with parts.store.begin() as uow:
        keep(uow, alias("Second", "Third"), datetime(2026, 1, 1, tzinfo=UTC))
        keep(uow, alias(team, "Second"), datetime(2026, 1, 2, tzinfo=UTC))
        uow.commit()
        assert len(aliases_of(uow)) == 2
    teams = set(frame(parts.store, RecordKind.INCIDENT, CUTOFF)["team"].dropna())
    assert "Third" in teams
    assert not {team, "Second"} & teams


def test_what_makes_no_sense_is_refused() -> None:
    first, second = alias("A", "B"), alias("B", "C")
    with pytest.raises(ConfigError, match="C -> A -> B -> C"):
        checked(alias("C", "A"), [first, second])
    with pytest.raises(ConfigError, match="stands for itself"):
        checked(alias("A", "A"), [])
    with pytest.raises(ConfigError, match="is not before"):
        checked(alias("A", "B", since=date(2026, 2, 1), until=date(2026, 1, 1)), [])
    assert alias_id(NameKind.TEAM, "", "A", "B") != alias_id(NameKind.TEAM, "", "B", "A")


@pytest.mark.parametrize(
    ("one", "other", "alike"),
    [
        ("Network & Cloud", "network and cloud", True),
        ("Réseau Lyon", "reseau lyon", True),
        ("Database Admins", "Database Administration", True),
        ("Printer 7", "Printer 8", False),
        ("Service Desk", "Network", False),
        ("srv-mail-01", "srv-mail-02", False),
    ],
)
def test_names_are_compared_by_their_words(one: str, other: str, *, alike: bool) -> None:
    assert (likeness(one, other) >= 0.72) is alike
    assert likeness(one, other) == likeness(other, one)


def test_what_is_listed_fits_a_terminal_and_says_what_to_do(
    tmp_path: Path, estate: list[Record], busiest: str
) -> None:
    parts = installed(tmp_path / "renamed", renamed(estate, busiest, "Platform Crew"))
    listed = told(parts).stdout
    assert "csi map accept ID" in listed
    assert all(len(line) <= 80 for line in listed.splitlines())
    with pytest.raises(ConfigError, match="no such proposal"):
        told(parts, "accept", "T-000000")
