"""One vendor's dossier: waits by reason, lines with clause and credit, lists, ladder, totals."""

from datetime import UTC, datetime

import numpy as np
import pandas as pd
import pytest

from itsm.clocks import ReportingWeek
from itsm.errors import ConfigError
from itsm.records import Contract, ContractClause, Record, Vendor, VendorCase
from itsm.states import ClockTarget, HistoryField, RecordKind, VendorCaseState
from reports.measures.case_waits import ASKED_H, DETAIL_H, with_case_waits
from reports.measures.data import Rung
from reports.measures.reconciliation import COLUMNS
from reports.measures.vendor_dossier import ASKED, DETAIL, RAISED, THEIRS, WAITED
from reports.measures.vendor_lines import Dossier, Standing
from reports.measures.vendor_review import ELSEWHERE, dossier, vendor_number
from tests.measures.measure_frames import SOURCE, at, history, incident, measure_data

WEEK = ReportingWeek.parse("2026-W13")
CUTOFF = datetime(2026, 3, 30, tzinfo=UTC)


def _case(number: str, opened: str, due: str | None, done: str | None, **more: object) -> Record:
    values = {name: at(str(v)) if name.endswith("_at") else v for name, v in more.items()}
    return VendorCase(
        source=SOURCE,
        number=number,
        vendor=str(values.pop("vendor", "V1")),
        opened_at=at(opened),
        state=VendorCaseState.RESOLVED if done else VendorCaseState.WITH_VENDOR,
        state_code="x",
        vendor_reference=f"A-{number}",
        resolution_due_at=None if due is None else at(due),
        resolved_at=None if done is None else at(done),
        **values,  # type: ignore[arg-type]  # a test names the fields it needs
    )


def _records() -> list[Record]:
    """VC1 is 10 h late, 3 h of it ours; VC2 4 h late, all ours; VC3 is met; VC9 is another's."""
    return [
        Vendor(source=SOURCE, number="V1", name="Acme", contingency="a second source"),
        Vendor(source=SOURCE, number="V2", name="Other"),
        Contract(source=SOURCE, number="CN1", vendor="V1", cost_per_year=12_000.0),
        ContractClause(
            source=SOURCE, number="CL1", contract="CN1", target=ClockTarget.RESOLUTION,
            within_h=24.0, credit_share=0.1, text="Resolution within a day",
        ),
        incident("I1", "03-23 02:00", affected_users=40),
        _case("VC1", "03-23 08:00", None, "03-24 18:00", contract="CN1", incident="I1",
              responded_at="03-23 12:00", waiting_on_us_h=3.0),
        _case("VC2", "03-25 08:00", "03-25 12:00", "03-25 16:00", waiting_on_us_h=4.0),
        _case("VC3", "03-26 08:00", "03-27 12:00", "03-26 16:00"),
        _case("VC9", "03-25 08:00", "03-25 12:00", "03-26 16:00", vendor="V2"),
    ]  # fmt: skip


_CHANGES = history(
    "VC1",
    HistoryField.STATE,
    [
        ("03-23 09:00", "with_us"),
        ("03-23 10:00", "with_vendor"),
        ("03-23 14:00", "with_us"),
        ("03-23 15:30", "with_vendor"),
    ],
    kind=RecordKind.VENDOR_CASE,
)


def _dossier(records: list[Record], standings: object = None, **more: object) -> Dossier:
    return dossier(measure_data(records, **more), "acme", WEEK, CUTOFF, standings or {})  # type: ignore[arg-type]  # a plain dict


def test_our_share_is_parted_by_its_reason_and_the_parts_sum_to_the_whole() -> None:
    parts = _dossier([*_records(), *_CHANGES]).parts
    # VC1: 6 h before it was raised; 1 h before the first response, 1.5 h after it, 0.5 h untold.
    assert parts[RAISED] == 6
    assert parts[DETAIL] == 1
    assert parts[ASKED] == 1.5
    assert parts[WAITED] == pytest.approx(0.5 + 4)
    assert parts[THEIRS] == pytest.approx((34 - 3) + (8 - 4) + 8)
    assert sum(parts.values()) == pytest.approx((6 + 34) + 8 + 8)


def test_history_tells_the_wait_where_the_source_does_not_count_it() -> None:
    records = [
        _case("VC1", "03-23 08:00", None, None, responded_at="03-23 12:00"),
        _case("VC2", "03-23 08:00", None, None),
        *_CHANGES[:3],
    ]
    until = np.datetime64("2026-03-23T20:00", "us")
    cases = with_case_waits(measure_data(records), until).frames[RecordKind.VENDOR_CASE]
    assert cases["waiting_on_us_h"].tolist()[0] == 1 + 6
    assert np.isnan(cases["waiting_on_us_h"].tolist()[1])
    assert cases[DETAIL_H].tolist() == [1, 0]
    assert cases[ASKED_H].tolist() == [6, 0]


def test_each_line_has_clause_due_actual_impact_credit_and_evidence() -> None:
    first, second = _dossier(_records()).lines
    assert (first.case, first.reference, first.commitment) == ("VC1", "A-VC1", "resolution")
    assert (first.clause, first.clause_text) == ("CL1", "Resolution within a day")
    assert (first.due, first.actual) == ("2026-03-24T08:00Z", "2026-03-24T18:00Z")
    assert (first.gross_h, first.ours_h, first.late_h, first.users) == (10, 3, 7, 40)
    assert first.credit == pytest.approx(1000 * 0.1)
    assert first.evidence == ("VC1", "I1", "CL1")
    assert (second.case, second.late_h, second.is_theirs, second.credit) == ("VC2", 0, False, None)


def test_totals_with_and_without_what_was_excused() -> None:
    agreed = {("VC1", "resolution"): Standing(standing="excused", decided_by="us", reason="flood")}
    found = _dossier(_records(), agreed)
    assert found.lines[0].agreed.reason == "flood"
    assert (found.total(with_excused=True).n, found.total(with_excused=True).late_h) == (1, 7)
    assert (found.total(with_excused=False).n, found.total(with_excused=False).credit) == (0, 0)


def test_both_lists_beside_each_other_and_nothing_of_other_periods() -> None:
    rows = [
        ("Acme", "A-VC1", "resolution", True, None, None, None, False),
        ("Acme", "VC3", "resolution", True, None, None, None, False),
        ("Acme", "A-7", "resolution", False, None, None, None, False),
        ("Acme", "A-8", "resolution", False, None, None, None, True),
        ("Acme", "A-VC1", "response", True, None, None, None, False),
        ("Other", "A-9", "resolution", False, None, None, None, False),
    ]
    theirs = pd.DataFrame(rows, columns=[*COLUMNS, ELSEWHERE])
    agreed = {("A-7", "resolution"): Standing(standing="disputed", decided_by="both", reason="x")}
    found = _dossier(_records(), agreed, vendor_lists=theirs).compared
    assert found is not None
    told = {(one.case, one.ours, one.theirs, one.result) for one in found}
    assert told == {
        ("VC1", "missed", "met", "differing"),
        ("VC2", "missed", "not listed", "only ours"),
        ("VC3", "met", "met", "matched"),
        ("A-7", "not listed", "missed", "only theirs"),
    }
    assert [one.agreed.standing for one in found if one.case == "A-7"] == ["disputed"]
    assert _dossier(_records()).compared is None


def test_trend_ladder_and_contingency() -> None:
    found = _dossier(_records(), ladders={"Acme": (Rung(1, 2, "call the owner"),)})
    assert (found.trend[-1].n_due, found.trend[-1].n_missed, found.trend[-1].n_theirs) == (3, 2, 1)
    assert found.step == "call the owner"
    assert found.contingency == "a second source"
    assert _dossier(_records()).step == "1: service review"


def test_a_vendor_goes_by_name_or_number_and_others_are_named() -> None:
    data = measure_data(_records())
    assert vendor_number(data, " V1 ") == vendor_number(data, "ACME") == ("V1", "Acme")
    with pytest.raises(ConfigError, match="Acme, Other"):
        vendor_number(data, "Nobody")
