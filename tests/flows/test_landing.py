"""Pull and land: quarantine is checked again, and a new mapping reaches what has landed before."""

from pathlib import Path

import pytest

from flows.settings import load_settings
from flows.stages.counts import PullCount
from flows.stages.pull import pull_all
from flows.weeks import cutoff_of
from flows.wiring import Parts, build
from itsm.clocks import ReportingWeek
from itsm.errors import FatalSourceError
from itsm.states import RecordKind

WEEK = ReportingWeek.parse("2026-W46")
HEADER = "number,short_description,state,priority,opened_at,resolved_at\n"
GOOD = "INC1,VPN drops,New,2 - High,2026-11-09 08:00:00,\n"
ODD = "INC2,VPN drops again,Parked,3 - Moderate,2026-11-10 08:00:00,\n"
BAD = "INC3,Printer jams,Resolved,3 - Moderate,2026-11-11 08:00:00,2026-11-10 08:00:00\n"
MENDED = BAD.replace("2026-11-10 08:00:00", "2026-11-12 08:00:00")


def desk(folder: Path, codes: str = "") -> Parts:
    config = folder / "csi.toml"
    config.write_text(
        '[sources.desk]\nkind = "files"\npreset = "servicenow"\n'
        f'files = {{ incident = ["incident.csv"] }}\n{codes}'
    )
    return build(load_settings(config), folder)


def pulled(parts: Parts) -> PullCount:
    (count,), missing = pull_all(parts, cutoff_of(parts, WEEK, None))
    assert missing == {}
    return count


def states(parts: Parts) -> dict[object, object]:
    columns = parts.store.queries.columns(RecordKind.INCIDENT)
    return dict(zip(columns["number"], columns["state"], strict=True))


def test_a_bad_record_is_set_aside_and_comes_back_when_it_is_mended(tmp_path: Path) -> None:
    export = tmp_path / "incident.csv"
    export.write_text(HEADER + GOOD + BAD)
    parts = desk(tmp_path)
    first = pulled(parts)
    assert (first.landed, first.quarantined) == (1, 1)
    (row,) = parts.store.queries.quarantine_rows()
    assert row.key == "INC3"
    assert row.payload is not None, "the record is kept as it came"
    assert b"Printer jams" in row.payload

    again = pulled(parts)
    assert (again.read, again.landed, again.quarantined) == ({RecordKind.INCIDENT: 0}, 0, 1)

    export.write_text(HEADER + GOOD + MENDED)
    mended = pulled(parts)
    assert (mended.landed, mended.quarantined) == (1, 0)
    assert parts.store.queries.quarantine_rows() == ()
    assert set(states(parts)) == {"INC1", "INC3"}


def test_an_unmapped_code_is_kept_and_counted(tmp_path: Path) -> None:
    (tmp_path / "incident.csv").write_text(HEADER + GOOD + ODD)
    parts = desk(tmp_path)
    count = pulled(parts)
    assert states(parts) == {"INC1": "new", "INC2": "unmapped"}
    assert [code for _, code in count.unmapped] == ["Parked"]


def test_a_code_mapped_later_reaches_what_has_landed(tmp_path: Path) -> None:
    (tmp_path / "incident.csv").write_text(HEADER + GOOD + ODD)
    pulled(desk(tmp_path))
    parts = desk(tmp_path, '[sources.desk.codes.incident_state]\nParked = "on_hold"\n')
    assert pulled(parts).landed == 2
    assert states(parts)["INC2"] == "on_hold"
    assert pulled(parts).landed == 0, "once is enough"


def test_the_second_source_is_pulled_when_the_first_cannot_be(tmp_path: Path) -> None:
    (tmp_path / "incident.csv").write_text(HEADER + GOOD)
    gone = '[sources.a_first]\nkind = "files"\nfiles = { incident = ["gone.csv"] }\n'
    counts, missing = pull_all(desk(tmp_path, gone), cutoff_of(desk(tmp_path), WEEK, None))
    assert [count.source for count in counts] == ["desk"]
    assert "gone.csv" in missing["a_first"]


def test_no_source_at_all_is_an_error(tmp_path: Path) -> None:
    parts = desk(tmp_path)
    with pytest.raises(FatalSourceError, match=r"incident\.csv"):
        pull_all(parts, cutoff_of(parts, WEEK, None))


def test_why_a_record_is_set_aside_does_not_depend_on_the_clock(tmp_path: Path) -> None:
    (tmp_path / "incident.csv").write_text(HEADER + GOOD.replace("2026-11-09", "2999-11-09"))
    parts = desk(tmp_path)
    assert pulled(parts).quarantined == 1
    (row,) = parts.store.queries.quarantine_rows()
    assert row.reason == 'fails "opened_at is not before 1990 and not in the future"'
