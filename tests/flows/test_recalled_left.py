"""What had left a candidate is known again under the number another system gives it."""

from dataclasses import replace
from datetime import timedelta
from pathlib import Path

from flows.minable import chosen_incidents
from flows.recalled import LEFT, left_note, recall
from flows.settings import load_settings
from flows.wiring import build
from itsm.decisions import IncidentRef
from itsm.records import Incident
from itsm.states import RecordKind
from problem_mining.identity import text_hash
from simulator.estate import iter_records
from simulator.settings import EstateSettings
from store.remembering import StoredMark
from tests.problem_mining.decided_incidents import candidate
from tests.store.test_store_remembering import save

ESTATE = EstateSettings(n_incidents=100, n_weeks=4, seed=3)


def test_it_is_known_by_its_text_and_its_home_goes_with_it(tmp_path: Path) -> None:
    parts = build(load_settings(given={"zone": ESTATE.zone}), tmp_path)
    week = ESTATE.last_week
    first = next(
        record
        for record in iter_records(ESTATE, RecordKind.INCIDENT)
        if isinstance(record, Incident)
        and len(record.description or "") > 40
        and not (record.restricted or record.is_test or record.duplicate_of)
        and record.opened_at < week.start_at
    )
    moved = replace(first, source="new_desk", number="T900001")
    ref = IncidentRef(source=first.source, number=first.number)
    gone_before = week.shifted(-2).label
    with parts.store.begin() as uow:
        uow.records.save([moved])
        mark = StoredMark(
            source=ref.source,
            number=ref.number,
            record_key=None,
            text_hash=text_hash(first.title, first.description),
            opened_at=first.opened_at,
        )
        uow.remembered.save_marks([mark])
        uow.commit()
    save(parts.store, "before", gone_before, candidate("A", 1, 2))
    with parts.store.begin() as uow:
        told = f'[["{ref.source}", "{ref.number}", "A", "{gone_before}", "D-1"]]'
        uow.remembered.note("before", LEFT, told)
        uow.commit()
    cutoff = week.end_at + timedelta(hours=6)
    recalled = recall(parts.store, week, chosen_incidents(parts, week, cutoff))
    home = recalled.homes["new_desk", "T900001"]
    assert (home.candidate_id, home.ruled_by) == ("A", "D-1")
    assert [alias.ref for alias in recalled.aliases] == [ref]
    assert left_note(recalled, [candidate("A", 1, 2)], {("new_desk", "T900001")}) == "[]", (
        "what has left once is not noted again"
    )
