"""What is over goes, night by night; weeks whose records went stay as they were frozen."""

import json
from datetime import timedelta
from pathlib import Path

import pytest
from click.testing import CliRunner

from flows.cli import csi
from flows.retaining import plans, retain
from flows.settings import load_settings
from flows.stages.pack import pack_week
from flows.wiring import Parts, build
from itsm.clocks import ReportingWeek
from itsm.errors import NotThereError
from itsm.holds import HoldScope
from itsm.records import Incident
from itsm.retention import Kept
from itsm.states import IncidentState, RecordKind
from reports.pack import pack_from_json

LAST = ReportingWeek.parse("2026-W30")
NOW = LAST.end_at + timedelta(days=3)


def incidents() -> list[Incident]:
    """Two a week for forty weeks, each closed after a day."""
    return [
        Incident(
            source="desk",
            number=f"INC{n:03d}",
            opened_at=LAST.end_at - timedelta(hours=84 * n + 30),
            closed_at=LAST.end_at - timedelta(hours=84 * n + 6),
            resolved_at=LAST.end_at - timedelta(hours=84 * n + 6),
            updated_at=LAST.end_at - timedelta(hours=84 * n + 6),
            state=IncidentState.CLOSED,
            state_code="7",
            title="VPN drops",
        )
        for n in range(80)
    ]


def installed(folder: Path, text: str) -> Parts:
    config = folder / "csi.toml"
    config.write_text(
        f'organisation = "Contoso"\n[people.otto]\nroles = ["auditor"]\n{text}', encoding="utf-8"
    )
    parts = build(load_settings(config), folder)
    with parts.store.begin() as uow:
        uow.records.save(incidents())
        uow.commit()
    return parts


def n_incidents(parts: Parts) -> int:
    return parts.store.queries.counts()[RecordKind.INCIDENT]


def packed(parts: Parts, week: ReportingWeek) -> int:
    """The version of the pack of a week."""
    return pack_week(parts, week, week.cutoff(timedelta(hours=24)), None, {}, has_pdf=False).version


def test_nothing_goes_unless_the_settings_say_so(tmp_path: Path) -> None:
    parts = installed(tmp_path, "")
    assert plans(parts, NOW) == ()
    assert retain(parts, NOW) == {}
    assert n_incidents(parts) == 80


def test_a_week_whose_records_went_stays_as_it_was_frozen(tmp_path: Path) -> None:
    parts = installed(tmp_path, "[retention]\nincidents = 100\n")
    old, never = LAST.shifted(-20), LAST.shifted(-21)
    assert packed(parts, old) == 1
    with parts.store.look() as uow:
        (frozen,) = uow.packs.list()
    gone = retain(parts, NOW)
    assert gone == {Kept.INCIDENTS: 80 - n_incidents(parts)}
    assert n_incidents(parts) in range(25, 32)
    assert packed(parts, old) == 1
    with parts.store.look() as uow:
        assert uow.packs.list() == (frozen,), "nothing was computed anew"
    with pytest.raises(NotThereError, match="removed by retention: incidents that were over"):
        packed(parts, never)


def test_a_newer_pack_says_what_its_lines_do_not_reach_back_to(tmp_path: Path) -> None:
    parts = installed(tmp_path, "[retention]\nincidents = 100\n")
    retain(parts, NOW)
    packed(parts, LAST)
    with parts.store.look() as uow:
        (kept,) = uow.packs.list()
    missing = [one.why for one in pack_from_json(kept.content).missing]
    assert any("removed by retention: incidents that were over before" in one for one in missing)


def test_whoever_is_killed_goes_on_where_it_was(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The third batch is the last of the first night."""
    monkeypatch.setattr("store.retaining.BATCH", 10)
    monkeypatch.setattr("flows.retaining.BATCH", 10)
    parts = installed(tmp_path, "[retention]\nincidents = 100\n")
    begin, n_begun = parts.store.begin, 0

    class Killed(BaseException):
        pass

    def begun() -> object:
        nonlocal n_begun
        n_begun += 1
        if n_begun == 4:
            raise Killed
        return begin()

    monkeypatch.setattr(type(parts.store), "begin", lambda _store: begun())
    with pytest.raises(Killed):
        retain(parts, NOW)
    halfway = n_incidents(parts)
    monkeypatch.undo()
    assert halfway in {50, 60}, "what was committed is gone, and nothing else"
    retain(parts, NOW)
    other = installed_again(tmp_path / "undisturbed")
    retain(other, NOW)
    assert n_incidents(parts) == n_incidents(other) < halfway
    with parts.store.look() as uow:
        (one,) = uow.retaining.removals()
        assert one.n_removed == 80 - n_incidents(parts)
        assert uow.audit.verify() == ()


def installed_again(folder: Path) -> Parts:
    folder.mkdir()
    return installed(folder, "[retention]\nincidents = 100\n")


def test_a_dry_run_says_what_would_go_and_what_needs_it(tmp_path: Path) -> None:
    parts = installed(tmp_path, "[retention]\nincidents = 30\nraw_pages = 30\n")
    packed(parts, LAST.shifted(-20))
    with parts.store.begin() as uow:
        uow.holds.place(
            HoldScope.INCIDENT, "INC079", by="otto", role="auditor", reason="case", at=NOW
        )
        uow.commit()
    (plan, raw) = plans(parts, NOW)
    assert (plan.kept, plan.n_held) == (Kept.INCIDENTS, 1)
    said = " ".join(plan.needed_by)
    assert "figures and mining look back" in said
    assert "keep" in said and "days or more" in said
    assert "1 weeks with packs stay as they were frozen" in said
    assert raw.n_due == 0
    config = ["--config", str(tmp_path / "csi.toml")]
    done = CliRunner().invoke(csi, ["retain", "--dry-run", *config])
    assert done.exit_code == 0, done.output
    assert "1 more stay on hold" in done.output
    told = CliRunner().invoke(csi, ["retain", "--dry-run", "--json", *config])
    assert json.loads(told.stdout)[0]["on_hold"] == 1
    assert n_incidents(parts) == 80


def test_holds_are_placed_listed_and_released_by_those_who_may(tmp_path: Path) -> None:
    installed(tmp_path, '[people.paula]\nroles = ["proposer"]\n')
    config = ["--config", str(tmp_path / "csi.toml")]

    def said(*words: str) -> str:
        done = CliRunner().invoke(csi, ["hold", *words, *config])
        return done.output if done.exception is None else str(done.exception)

    why = ("--reason", "case 7")
    assert "paula may not keep" in said("add", "all", *why, "--by", "paula")
    assert "H1: service Mail, on hold since" in said("add", "service", "Mail", *why, "--by", "otto")
    assert "by otto: case 7" in said("list")
    assert "H1" in said("release", "H1", "--reason", "closed", "--by", "otto")
    assert "nothing is on hold" in said("list")
    assert "released on" in said("list", "--all")
    assert "name one" in said("add", "incident", "A", "B", *why, "--by", "otto")
