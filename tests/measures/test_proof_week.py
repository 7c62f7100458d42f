"""The proofs of a whole register in a week: who is told what, and what stands in the way."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

from itsm.proof import FieldIs, MemberPattern, ProofVerdict
from itsm.register import RegisterEntry, RegisterState
from reports.measures.data import MeasureData
from reports.measures.proof_week import proofs_of_week
from tests.measures.golden_more import register
from tests.measures.measure_frames import incident, measure_data

LIVE = datetime(2026, 6, 1, tzinfo=UTC)
WEEK = timedelta(days=7)


def _data() -> MeasureData:
    """VPN falls from 10 a week to 2 when it goes live, Print stays at 6; 40 others a week."""
    return measure_data(
        incident(
            f"{category}{week:02d}{place:02d}",
            LIVE + week * WEEK + timedelta(hours=1 + place),
            service="Desk",
            category=category,
        )
        for week in range(-24, 26)
        for category, n in (("VPN", 10 if week < 0 else 2), ("Print", 6), ("Mail", 40))
        for place in range(n)
    )


def _entry(number: str, category: str, state: RegisterState, **more: object) -> RegisterEntry:
    pattern = MemberPattern(fields=(FieldIs(field="category", values=(category,)),))
    entry = replace(
        register()[1],
        number=number,
        state=state,
        raised_at=LIVE - 3 * WEEK,
        measure_id="member_rate",
        pattern=pattern,
        promised=0.5,
    )
    return replace(entry, **more)  # type: ignore[arg-type]  # a test names the fields it needs


def test_every_entry_is_told_what_is_due() -> None:
    state = RegisterState
    entries = (
        _entry("E1", "VPN", state.IN_PROGRESS, live_at=LIVE),
        _entry("E2", "Print", state.ASSESS, planned_end_on=(LIVE + 20 * WEEK).date()),
        _entry("E3", "Mail", state.REVIEW, live_at=LIVE, pattern=None),
        _entry("E4", "Print", state.NEW),
        _entry("E5", "Print", state.CANCELED, live_at=LIVE),
        _entry("E6", "Print", state.APPROVED, live_at=LIVE + 40 * WEEK),
    )
    week = proofs_of_week(entries, _data(), LIVE + timedelta(days=31))
    assert set(week.baselines) == {"E1"}
    assert set(week.proofs) == {"E1"}
    assert set(week.prospects) == {"E2"}
    assert set(week.refused) == {"E3"}
    assert week.proofs["E1"].verdict is ProofVerdict.VERIFIED
    assert "E3: a proof needs a measure" in week.refused["E3"]
    patterns = {one.fields[0].values for one in week.baselines["E1"].others}
    assert patterns == {("Print",)}, "other entries that are worked on are no comparison"


def test_the_week_after_keeps_the_baseline_and_the_verdicts() -> None:
    data, entry = _data(), _entry("E1", "VPN", RegisterState.REVIEW, live_at=LIVE)
    first = proofs_of_week((entry,), data, LIVE + timedelta(days=31))
    entry = replace(entry, baseline=first.baselines["E1"], proof=first.proofs["E1"])
    later = proofs_of_week((entry,), data, LIVE + timedelta(days=92))
    assert later.baselines == {}
    assert [one.day for one in later.proofs["E1"].holds] == [30, 90]
    assert later.proofs["E1"].holds[0] == first.proofs["E1"].holds[0]
    again = proofs_of_week((entry,), data, LIVE + timedelta(days=92))
    assert again == later, "the same records give the same proof"


def test_without_incidents_every_entry_says_so() -> None:
    entry = _entry("E1", "VPN", RegisterState.REVIEW, live_at=LIVE)
    found = proofs_of_week((entry,), MeasureData(frames={}), LIVE + WEEK)
    assert "no source provides incidents" in found.refused["E1"]
    assert proofs_of_week((), MeasureData(frames={}), LIVE) == proofs_of_week((), _data(), LIVE)
