"""`csi reference`: a workbook that is checked whole, kept as a version, and used by figures."""

import tomllib
from datetime import UTC, date, datetime
from pathlib import Path

import openpyxl
import pytest
from click.testing import CliRunner, Result

from connectors.core.source import Source
from flows.doctor import examination
from flows.figures import measure_data
from flows.progress import silent
from flows.reference_data_book import written
from flows.reference_data_gaps import gaps, looked_at
from flows.reference_data_import import REFERENCE, checked
from flows.reference_data_sheets import BY_NAME, SHEETS
from flows.settings import Settings, load_settings
from flows.verbs.reference import reference
from flows.wiring import Parts, build
from itsm.clocks import ReportingWeek
from itsm.errors import ConfigError
from itsm.journal import JournalKind
from itsm.records import Incident
from itsm.states import IncidentState, RecordKind
from itsm.surroundings import Service, Vendor
from reports.measures.contracts import CATALOGUE
from tests.flows.extracted import save

AT = datetime(2026, 11, 10, 8, tzinfo=UTC)
CONFIG = 'zone = "Europe/London"\ndatabase = "sqlite:///csi.sqlite"\n'
HOSTILE = '=HYPERLINK("http://x")'


def incident(number: str, service: str) -> Incident:
    return Incident(
        source="desk",
        number=number,
        updated_at=AT,
        opened_at=AT,
        title="x",
        state=IncidentState.NEW,
        state_code="1",
        service=service,
        team="Network",
    )


@pytest.fixture
def parts(tmp_path: Path) -> Parts:
    """An installation with two services, one of them with a name that is a formula."""
    (tmp_path / "csi.toml").write_text(CONFIG)
    made = build(load_settings(tmp_path / "csi.toml"), tmp_path)
    service = Service(source="desk", number="S1", name="Mail", updated_at=AT, users=12)
    vendor = Vendor(source="desk", number="V1", name="Castell", updated_at=AT)
    save(made, [incident("I1", "Mail"), incident("I2", HOSTILE), service, vendor])
    return made


def told(parts: Parts, *arguments: str) -> Result:
    config = ["--config", str(parts.base / "csi.toml")]
    return CliRunner().invoke(reference, [*arguments, *config], catch_exceptions=False)


@pytest.fixture
def book(parts: Parts) -> Path:
    """The workbook as it is exported."""
    path = parts.base / "reference.xlsx"
    assert told(parts, "export", str(path)).exit_code == 0
    return path


def fill(book: Path, sheet: str, *rows: tuple[object, ...]) -> None:
    """Write rows into a sheet, from the third on."""
    held = openpyxl.load_workbook(book)
    page = held[sheet]
    page.delete_rows(3, 100)
    for row in rows:
        page.append(list(row))
    held.save(book)


def settings(parts: Parts) -> Settings:
    return load_settings(parts.base / "csi.toml")


EVERYTHING: dict[str, tuple[tuple[object, ...], ...]] = {
    "services": (
        ("Mail", "mail manager", 1, 900, 120_000),
        (f"'{HOSTILE}", "desk lead", 3, 10, None),
    ),
    "teams": (("Network", 7),),
    "calendar": (("mon,tue,wed", "07:30", "19:00", "GB"),),
    "closed days": ((date(2026, 12, 24),),),
    "targets": (
        ("sla_compliance", "95 %", "desk lead", "Mail", "target=resolution", "2026-W40", None),
    ),
    "contracts": (("Castell", 4000, "second print house"),),
    "clauses": (("Castell", "7.2", "resolution", 8, 1, 0.05, "within 8 hours"),),
    "escalation": (("Castell", 3, 4, "heads of both sides"),),
    "costs": (("handling_h", 1.5), ("rate_per_h", 60), ("productive_h", 26)),
    "events": (("change freeze", date(2026, 12, 18), date(2027, 1, 3), None),),
    "promises": (("P3", 24, 0.9),),
}


def fill_all(book: Path) -> None:
    for sheet, rows in EVERYTHING.items():
        fill(book, sheet, *rows)


def test_what_is_imported_is_what_the_settings_say(parts: Parts, book: Path) -> None:
    assert EVERYTHING.keys() == BY_NAME.keys()
    fill_all(book)
    done = told(parts, "import", str(book), "--yes")
    assert done.exit_code == 0, done.output
    found = settings(parts)
    assert found.services["Mail"].owner == "mail manager"
    assert found.services[HOSTILE].criticality == 3
    assert found.cost.run_per_year == {"Mail": 120_000}
    assert found.figures.team_sizes == {"Network": 7}
    hours = found.figures.service_hours
    assert hours is not None
    assert (hours.days, f"{hours.opens:%H:%M}", hours.country) == (
        ("mon", "tue", "wed"),
        "07:30",
        "GB",
    )
    assert hours.closed_days == (date(2026, 12, 24),)
    (target,) = found.figures.targets
    assert (target.value, target.slice, target.service) == (0.95, {"target": "resolution"}, "Mail")
    vendor = found.vendors["Castell"]
    assert (vendor.monthly_fee, vendor.contingency) == (4000, "second print house")
    assert [(one.number, one.within_h, one.severity) for one in vendor.clauses] == [("7.2", 8, 1)]
    assert vendor.ladder[0].step == "heads of both sides"
    assert (found.cost.rate_per_h, found.figures.productive_h) == (60, 26)
    assert found.figures.events[0].last_day == date(2027, 1, 3)
    assert found.figures.promises[0].share == 0.9


def test_what_is_exported_again_is_taken_over_without_a_change(parts: Parts, book: Path) -> None:
    fill_all(book)
    told(parts, "import", str(book), "--yes")
    again = parts.base / "again.xlsx"
    told(parts, "export", str(again))
    assert told(parts, "import", str(again)).stdout == "nothing differs from what is there\n"
    twice = parts.base / "twice.xlsx"
    told(parts, "export", str(twice))
    assert twice.read_bytes() == again.read_bytes()


def test_no_cell_of_the_workbook_is_a_formula(parts: Parts, book: Path) -> None:
    cells = [cell for page in openpyxl.load_workbook(book) for row in page for cell in row]
    assert {cell.data_type for cell in cells if cell.value is not None} <= {"s", "n"}
    texts = [cell.value for cell in cells if isinstance(cell.value, str)]
    assert f"'{HOSTILE}" in texts
    assert HOSTILE not in texts


def test_a_workbook_that_nobody_filled_in_changes_nothing(parts: Parts, book: Path) -> None:
    assert "Mail" in {cell.value for cell in openpyxl.load_workbook(book)["services"]["A"]}
    done = told(parts, "import", str(book))
    assert (done.exit_code, done.stdout) == (0, "nothing differs from what is there\n")


WRONG: list[tuple[str, tuple[object, ...], str]] = [
    ("services", ("Mail", None, 9, None, None), "services, row 3, criticality: "),
    (
        "services",
        ("Mail", None, 1.5, None, None),
        "services, row 3, criticality: '1.5' is no whole",
    ),
    ("services", (None, "mail manager"), "services, row 3, service: is empty and needed"),
    ("teams", ("Network", "seven"), "teams, row 3, people: 'seven' is no number; write it as"),
    ("targets", ("sla_complianc", 0.9, "x"), "targets, row 3, figure: "),
    ("targets", ("sla_compliance", 95, "x"), "targets, row 3: sla_compliance is a share"),
    ("targets", ("sla_compliance", None, "x"), "targets, row 3, value: is empty and needed"),
    ("targets", ("sla_compliance", 0.9, "x", None, "urgent"), "targets, row 3, slice: 'urgent'"),
    (
        "closed days",
        ("24.12.2026",),
        "closed days, row 3, day: '24.12.2026' is no day; write it as",
    ),
    ("closed days", (date(2026, 12, 24),), "closed days, row 3: needs a row in"),
    ("calendar", ("mon", "19:00", "08:00"), "calendar, row 3: opens must lie before closes"),
    ("calendar", ("moon", "08:00"), "calendar, row 3, days: "),
    ("clauses", ("C", "7", "soon", 8), "clauses, row 3, target: "),
    ("escalation", ("C", 5, 4, "x"), "escalation, row 3: misses cannot be more"),
    ("costs", ("rate", 60), "costs, row 3, name: 'rate': unknown; write one of handling_h"),
    ("costs", ("rate_per_h", -1), "costs, row 3, value: "),
    ("events", ("freeze", "2026-12-18", "2026-12-01"), "events, row 3: last_day lies before"),
    ("promises", ("P9", 4), "promises, row 3, priority: "),
    ("services", ("Mail", "=1+1"), "services, row 3, owner: holds a formula; paste its value"),
]


@pytest.mark.parametrize(("sheet", "row", "said"), WRONG)
def test_what_is_wrong_is_told_by_sheet_row_and_column(
    tmp_path: Path, sheet: str, row: tuple[object, ...], said: str
) -> None:
    book = tmp_path / "reference.xlsx"
    book.write_bytes(written({}))
    fill(book, sheet, row)
    with pytest.raises(ConfigError) as error:
        checked(tmp_path / "csi.toml", book)
    assert said in str(error.value)
    assert "nothing was taken over" in str(error.value)


def test_all_errors_are_told_at_once(tmp_path: Path) -> None:
    book, config = tmp_path / "reference.xlsx", tmp_path / "csi.toml"
    book.write_bytes(written({}))
    fill(book, "teams", ("Network", "x"), ("Desk", "y"))
    fill(book, "events", ("freeze", "soon"))
    with pytest.raises(ConfigError) as error:
        checked(config, book)
    for said in ("teams, row 3, people", "teams, row 4, people", "events, row 3, first_day"):
        assert said in str(error.value)


def test_two_rows_of_one_thing_and_strange_columns_are_refused(tmp_path: Path) -> None:
    book, config = tmp_path / "reference.xlsx", tmp_path / "csi.toml"
    book.write_bytes(written({}))
    fill(book, "teams", ("Network", 5), ("Network", 6))
    with pytest.raises(ConfigError, match="teams, row 4: row 3 says the same"):
        checked(config, book)
    held = openpyxl.load_workbook(book)
    held["teams"].cell(1, 2).value = "heads"
    held.save(book)
    with pytest.raises(ConfigError, match="teams, row 1: no such column: heads"):
        checked(config, book)
    (tmp_path / "no.xlsx").write_bytes(b"PK")
    with pytest.raises(ConfigError, match="is no Excel workbook"):
        checked(config, tmp_path / "no.xlsx")


def test_the_difference_is_shown_first_and_nothing_is_written_without_a_yes(
    parts: Parts, book: Path
) -> None:
    fill(book, "teams", ("Network", 7))
    shown = told(parts, "import", str(book))
    assert shown.exit_code == 1
    assert "+ figures.team_sizes.Network = 7" in shown.stdout
    assert told(parts, "import", str(book), "--dry-run").exit_code == 0
    assert not (parts.base / "csi.reference.toml").exists()
    told(parts, "import", str(book), "--yes")
    fill(book, "teams", ("Network", 8))
    assert "~ figures.team_sizes.Network: 7 -> 8" in told(parts, "import", str(book)).stdout
    fill(book, "teams")
    assert "- figures.team_sizes.Network = 7" in told(parts, "import", str(book)).stdout


def test_csi_toml_wins_and_that_is_said(parts: Parts, book: Path) -> None:
    (parts.base / "csi.toml").write_text(f"{CONFIG}[cost]\nrate_per_h = 75\n")
    fill(book, "costs", ("rate_per_h", 60), ("handling_h", 2))
    done = told(parts, "import", str(book), "--yes")
    assert "! cost.rate_per_h: csi.toml says otherwise, and wins" in done.stdout
    assert (settings(parts).cost.rate_per_h, settings(parts).cost.handling_h) == (75, 2)


def test_every_import_is_a_version_in_the_journal(parts: Parts, book: Path) -> None:
    for size in (7, 8):
        fill(book, "teams", ("Network", size))
        told(parts, "import", str(book), "--yes")
    with parts.store.begin() as uow:
        rows = uow.journal.rows(subject=REFERENCE, kinds=[JournalKind.CONFIGURATION])
        newest = uow.declarations.newest(JournalKind.CONFIGURATION, REFERENCE)
    assert [row.facts["version"] for row in rows] == ["1", "2"]
    assert rows[1].facts["figures.team_sizes.Network"] == "7 -> 8"
    assert newest == {"figures.team_sizes.Network": "8"}


def test_gaps_name_what_they_block_and_close_when_it_is_said(parts: Parts, book: Path) -> None:
    before = list(gaps(settings(parts), looked_at(parts.store)))
    owners = next(one for one in before if (one.sheet, one.column) == ("services", "owner"))
    assert set(owners.names) == {"Mail", HOSTILE}
    assert "catalogue_ownerless" in owners.blocks
    users = next(one for one in before if (one.sheet, one.column) == ("services", "users"))
    assert users.names == (HOSTILE,)
    listed = told(parts, "gaps").stdout
    assert "blocks: " in listed
    assert all(len(line) <= 80 for line in listed.splitlines())
    fill_all(book)
    told(parts, "import", str(book), "--yes")
    after = {(one.sheet, one.column) for one in gaps(settings(parts), looked_at(parts.store))}
    assert after == {("costs", "value")}


def test_doctor_tells_the_gaps(parts: Parts) -> None:
    def none(name: str) -> Source:
        raise ConfigError(f"{name}: there is no source")

    found = examination(parts.settings, parts.base, none, parts.store.queries, say=silent)
    (owners,) = [one for one in found if one.said.startswith("no owner")]
    assert (owners.check, owners.subject) == ("reference", "services")
    assert "Mail; blocks catalogue_ownerless" in owners.said


def test_figures_take_the_owners(parts: Parts, book: Path) -> None:
    week = ReportingWeek.parse("2026-W46", "Europe/London")
    fill(book, "services", ("Mail", "mail manager", 2), ("New", "x"))
    told(parts, "import", str(book), "--yes")
    fresh = build(settings(parts), parts.base)
    services = measure_data(fresh, week, AT.replace(day=20), None, []).frames[RecordKind.SERVICE]
    mail = services.set_index("name").loc["Mail"]
    assert (mail["owner"], mail["criticality"], mail["users"]) == ("mail manager", 2, 12)
    assert services.set_index("name").loc["New"]["owner"] == "x"


def test_sheets_name_figures_that_there_are() -> None:
    named = {word.strip("`,;.") for sheet in SHEETS for word in sheet.opens.split() if "_" in word}
    assert named <= CATALOGUE.keys() | {"`csi"}


def test_the_file_is_plain_toml(parts: Parts, book: Path) -> None:
    fill_all(book)
    told(parts, "import", str(book), "--yes")
    found = tomllib.loads((parts.base / "csi.reference.toml").read_text())
    assert found["services"][HOSTILE]["owner"] == "desk lead"
    assert found["figures"]["targets"][0]["slice"] == {"target": "resolution"}
