"""`csi process FILE`: any log of cases with steps, as text and as a page."""

from pathlib import Path

import openpyxl
import pytest
from click.testing import CliRunner, Result

from flows.verbs.process import process
from itsm.errors import ConfigError
from reports.measures.blameless import findings

HEAD = ("Request", "Task", "Assignment group", "External", "Assigned", "Work start", "Closed",
        "First working day")  # fmt: skip
ROWS = (
    ("R1", "Approve", "Finance", "no", "02.03.2026 08:00", "02.03.2026 12:00", "02.03.2026 13:00",
     "20.03.2026"),
    ("R1", "Deliver", "Acme", "yes", "02.03.2026 13:00", "06.03.2026 13:00", "06.03.2026 15:00",
     "20.03.2026"),
    ("R2", "Approve", "Finance", "no", "05.03.2026 08:00", "05.03.2026 09:00", "05.03.2026 10:00",
     "13.03.2026"),
    ("R2", "Deliver", "Acme", "yes", "05.03.2026 10:00", "", "", "13.03.2026"),
)  # fmt: skip


def _run(*arguments: str) -> Result:
    result = CliRunner().invoke(process, arguments)
    if isinstance(result.exception, ConfigError):
        raise result.exception
    assert result.exit_code == 0, result.output
    return result


@pytest.fixture
def log(tmp_path: Path) -> Path:
    path = tmp_path / "new-starter_laptop.csv"
    path.write_text("\n".join(";".join(row) for row in (HEAD, *ROWS)))
    return path


def test_the_longest_hop_sides_and_what_is_needed_soon(log: Path, tmp_path: Path) -> None:
    page = tmp_path / "out" / "laptop.html"
    told = _run(str(log), "--zone", "Europe/Berlin", "--out", str(page)).output
    assert "new starter laptop" in told.splitlines()
    assert "as known at 2026-03-06 15:00 (Europe/Berlin)" in told
    assert "The longest wait is Approve → Deliver: 96 h in all, 91% of the time" in told
    assert "Unfinished steps by owner: Acme 1." in told
    assert "2026-03-13  R2    Deliver          Acme (vendor)" in told
    assert findings(told) == ()
    html = page.read_text()
    assert "Approve → Deliver" in html
    assert "url(#slanted)" in html


def test_an_excel_log_is_told_as_the_same(log: Path, tmp_path: Path) -> None:
    book = openpyxl.Workbook()
    assert book.active is not None
    for row in (HEAD, *ROWS):
        book.active.append(row)
    other = tmp_path / "new-starter_laptop.xlsx"
    book.save(other)
    named = ("--name", "laptop")
    assert _run(str(other), *named).stdout == _run(str(log), *named).stdout


def test_guesses_are_corrected_and_nothing_later_is_known(log: Path) -> None:
    told = _run(str(log), "--map", "begun_at=", "--at", "2026-03-03T00:00:00Z").output
    assert "1 finished steps" in told
    assert "waiting and work are told as one" in told
    with pytest.raises(ConfigError, match="no time zone"):
        _run(str(log), "--at", "2026-03-03")
    with pytest.raises(ConfigError, match="its columns: Request, Task"):
        _run(str(log), "--map", "step=Nope")


def test_a_log_without_a_readable_time_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "log.csv"
    path.write_text("case,step,closed\nR1,Approve,soon\n")
    with pytest.raises(ConfigError, match="no step has a time"):
        _run(str(path))
