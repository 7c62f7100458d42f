"""What the checks say of the real incident log, week by week; docs/checks.md quotes it."""

from datetime import timedelta
from pathlib import Path

import pytest

from checks.checking import check, failing
from checks.context import CheckContext
from checks.gate import gate
from connectors.files.config import FileSourceConfig
from connectors.files.source import FileSource
from flows.frames import frame_of_records
from itsm.clocks import ReportingWeek
from itsm.fields import kind_of
from itsm.quality import CheckReport
from itsm.records import Record
from itsm.states import RecordKind

pytestmark = pytest.mark.real_data


@pytest.fixture(scope="module")
def records(real_data: Path) -> dict[RecordKind, list[Record]]:
    log = real_data / "uci_incident_log" / "incident_event_log.csv.gz"
    source = FileSource("uci", FileSourceConfig(preset="uci", files={RecordKind.INCIDENT: (log,)}))
    found: dict[RecordKind, list[Record]] = {}
    for page in source.pages(RecordKind.INCIDENT, None):
        mapped = source.map(RecordKind.INCIDENT, page.records)
        assert mapped.quarantined == ()
        for item in mapped.mapped:
            for record in item.records:
                found.setdefault(kind_of(record), []).append(record)
    return found


def _report(
    records: dict[RecordKind, list[Record]], kind: RecordKind, label: str = "2016-W20"
) -> CheckReport:
    week = ReportingWeek.parse(label)
    known = {
        each: frozenset(record.number for record in of_kind) for each, of_kind in records.items()
    }
    context = CheckContext(
        source="uci", week=week, cutoff_at=week.cutoff(timedelta(days=1)), known=known
    )
    return check(kind, frame_of_records(kind, records[kind]), context)


@pytest.mark.parametrize("week", ["2016-W12", "2016-W16", "2016-W20"])
def test_the_incidents_are_sound_but_for_missing_resolution_times(
    records: dict[RecordKind, list[Record]], week: str
) -> None:
    report = _report(records, RecordKind.INCIDENT, week)
    assert report.n_records == 24_918
    assert failing(report) == {}
    assert {result.rule: result.n_failed for result in report.failed} == {
        "resolved_at_given_when_done": 1_556
    }
    assert gate([report]).stops == ()


def test_the_log_is_said_to_carry_no_text(records: dict[RecordKind, list[Record]]) -> None:
    found = {result.rule: result for result in _report(records, RecordKind.INCIDENT).results}
    assert found["text_present"].is_met
    assert found["text_present"].observed == "this source carries no text: mining works on codes"
    assert found["volume"].observed == "1,779 in 2016-W20, normally 1,136 to 2,696"


def test_the_end_of_the_log_is_seen_in_its_volume(
    records: dict[RecordKind, list[Record]],
) -> None:
    report = _report(records, RecordKind.INCIDENT, "2016-W23")
    assert "volume" in {result.rule for result in report.failed}


def test_the_five_events_without_a_meaning_are_named(
    records: dict[RecordKind, list[Record]],
) -> None:
    report = _report(records, RecordKind.HISTORY)
    assert failing(report) == {}
    (unmapped,) = (result for result in report.failed if result.rule == "state_mapped")
    assert unmapped.observed is not None
    assert "'-100' " in unmapped.observed
