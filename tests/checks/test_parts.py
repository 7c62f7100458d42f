"""Records judged in parts are told of as if they had been judged at once, to the last byte."""

from dataclasses import replace
from datetime import timedelta
from random import Random
from typing import Any

import pandas as pd
import pytest

from checks.checking import check, check_rows
from checks.context import CheckContext, microseconds
from checks.joining import joined, lacking, latest_of, profiled, shared
from checks.judged import Judged
from checks.judged_bytes import from_bytes, to_bytes
from checks.judging import judge, judge_each, with_rows
from checks.profiles import profile
from checks.settings import CheckSettings
from itsm.codec import to_bytes as as_json
from itsm.errors import CheckError
from itsm.states import RecordKind
from tests.checks.examples import CUTOFF, GOOD, IN_PAIRS, KNOWN, WEEK, at, failing_examples, frame

INCIDENT = RecordKind.INCIDENT
FEW_LISTED = CheckSettings(max_listed=3, min_known_share=0.9, min_text_share=0.8, max_codes=4)
CONTEXT = CheckContext(source="desk", cutoff_at=CUTOFF, week=WEEK, known=KNOWN, settings=FEW_LISTED)


def faulty(kind: RecordKind, n_good: int) -> list[dict[str, Any]]:
    """Good rows among rows that fail each expectation, in an order of chance."""
    rows: list[dict[str, Any]] = [
        {**GOOD[kind], "number": f"good {k}", "caller": f"c{k}", "sequence": 1000 + k}
        for k in range(n_good)
    ]
    for place, (rule, change) in enumerate(failing_examples(kind).items()):
        apart = {"caller": f"caller {place}", "sequence": 100 + place}
        row = {**GOOD[kind], **apart, **change, "number": f"{rule} 1"}
        rows.append(row)
        if rule in IN_PAIRS:
            rows.append({**row, "number": f"{rule} 2"})
        if rule == "state_mapped":
            rows += [{**row, "number": f"code {k}", "state_code": f"s{k % 3}"} for k in range(6)]
    Random(7).shuffle(rows)
    return rows


def in_parts(
    kind: RecordKind, rows: list[dict[str, Any]], cuts: list[int], context: CheckContext
) -> list[Judged]:
    """The parts between some places, each judged, kept as bytes and read again."""
    frames = [
        frame(kind, *rows[first:end])
        for first, end in zip([0, *cuts], [*cuts, len(rows)], strict=True)
    ]
    guess = context.cutoff_at + timedelta(days=context.settings.future_days)
    parts = [from_bytes(to_bytes(one)) for one in judge_each(kind, frames, context, guess)]
    latest_at = latest_of(parts, context)
    for place, part in enumerate(parts):
        if not part.holds(microseconds(latest_at), context.known):
            parts[place] = judge(kind, frames[place], context, latest_at)
    hashes = shared(parts)
    for place, part in enumerate(parts):
        if wanted := lacking(part, hashes):
            parts[place] = with_rows(part, kind, frames[place], wanted)
            assert not lacking(parts[place], hashes)
    return [from_bytes(to_bytes(part)) for part in parts]


def told_at_once(kind: RecordKind, whole: pd.DataFrame, context: CheckContext) -> bytes:
    """What the checks say of all records at hand, where Great Expectations saw all of them."""
    report = check(kind, whole, context)
    rows = check_rows(kind, whole, context).results
    assert report.results[: len(rows)] == rows
    return as_json(report)


@pytest.mark.parametrize("kind", [INCIDENT, RecordKind.HISTORY, RecordKind.SLA_CLOCK])
def test_parts_say_together_what_is_said_of_all_records_at_once(kind: RecordKind) -> None:
    rows = faulty(kind, 12)
    whole = frame(kind, *rows)
    parts = in_parts(kind, rows, [len(rows) // 3, len(rows) // 2], CONTEXT)
    assert as_json(joined(kind, parts, CONTEXT)) == told_at_once(kind, whole, CONTEXT)
    seen = profile("desk", kind, whole, zone=CONTEXT.zone, settings=FEW_LISTED)
    assert as_json(profiled(kind, parts, CONTEXT)) == as_json(seen)


@pytest.mark.slow
@pytest.mark.parametrize("kind", sorted(RecordKind))
@pytest.mark.parametrize("seed", [1, 2])
def test_parts_of_any_size_say_the_same_of_every_kind(kind: RecordKind, seed: int) -> None:
    random = Random(seed)
    rows = faulty(kind, random.randrange(3, 40))
    cuts = sorted(random.randrange(len(rows) + 1) for _ in range(random.randrange(5)))
    past = profile("desk", kind, frame(kind, *faulty(kind, 40)))
    context = replace(CONTEXT, past=past if seed == 1 else None)
    parts = in_parts(kind, rows, cuts, context)
    assert as_json(joined(kind, parts, context)) == told_at_once(kind, frame(kind, *rows), context)


def assert_each_is_as_by_itself(kind: RecordKind, seed: int) -> None:
    random, rows = Random(seed), faulty(kind, 25)
    cuts = sorted(random.randrange(len(rows) + 1) for _ in range(3))
    frames = [
        frame(kind, *rows[first:end])
        for first, end in zip([0, *cuts], [*cuts, len(rows)], strict=True)
    ]
    together = judge_each(kind, frames, CONTEXT, CUTOFF)
    assert list(map(to_bytes, together)) == [
        to_bytes(judge(kind, one, CONTEXT, CUTOFF)) for one in frames
    ]


@pytest.mark.parametrize("kind", [INCIDENT, RecordKind.SLA_CLOCK])
def test_what_is_found_of_a_part_is_the_same_whatever_is_judged_with_it(kind: RecordKind) -> None:
    assert_each_is_as_by_itself(kind, 3)


@pytest.mark.slow
@pytest.mark.parametrize("kind", sorted(RecordKind))
def test_what_is_found_of_a_part_of_any_kind_is_its_own(kind: RecordKind) -> None:
    assert_each_is_as_by_itself(kind, 4)


def test_a_copy_in_another_part_is_found_and_copies_of_one_part_stay_what_they_are() -> None:
    own = [{**GOOD[INCIDENT], "number": f"I{k}", "caller": f"c{k % 5}"} for k in range(8)]
    parts = in_parts(INCIDENT, own, [6, 7], CONTEXT)
    report = joined(INCIDENT, parts, CONTEXT)
    (copies,) = (one for one in report.results if one.rule == "not_copied")
    assert (copies.n_failed, copies.failed) == (6, ("I0", "I1", "I2"))
    assert (copies.n_checked, copies.is_met) == (8, False)


@pytest.mark.parametrize(("kind", "n_with"), [(RecordKind.SERVICE_REQUEST, 3), (INCIDENT, 0)])
def test_where_only_some_parts_carry_texts_the_others_count_as_without(
    kind: RecordKind, n_with: int
) -> None:
    rows = [
        {**GOOD[kind], "number": f"I{k:02}", "title": "x" if k < n_with else None, "caller": str(k)}
        for k in range(12)
    ]
    parts = in_parts(kind, rows, [3, 7], CONTEXT)
    told = as_json(joined(kind, parts, CONTEXT))
    assert told == told_at_once(kind, frame(kind, *rows), CONTEXT)


def test_what_was_found_holds_until_a_moment_or_a_number_makes_a_difference() -> None:
    late = {"resolved_at": at(24 * 400), "closed_at": None, "updated_at": None}
    rows = [{**GOOD[INCIDENT], "number": "I1", **late}]
    context = replace(CONTEXT, known={RecordKind.PROBLEM: frozenset({"K-1"})})
    latest_at = at(24 * 390)
    part = judge(INCIDENT, frame(INCIDENT, *rows), context, latest_at)
    assert part.n_aside == 1
    for hours, holds in ((0, True), (24 * 399.9, True), (24 * 400, False), (-1, False)):
        assert part.holds(microseconds(at(hours)), context.known) is holds
    latest = microseconds(latest_at)
    assert not part.holds(latest, {RecordKind.PROBLEM: frozenset({"K-2"})})
    assert part.holds(latest, {RecordKind.PROBLEM: frozenset({"K-1", "K-2"})})
    lost = judge(INCIDENT, frame(INCIDENT, {**rows[0], "problem": "K-9"}), context, latest_at)
    assert lost.holds(latest, context.known)
    assert not lost.holds(latest, {RecordKind.PROBLEM: frozenset({"K-1", "K-9"})})


def test_an_incident_counts_once_in_each_week_it_moved_in() -> None:
    moved = {"opened_at": at(-24 * 11), "resolved_at": at(-24 * 10), "closed_at": at(1)}
    rows = [{**GOOD[INCIDENT], "number": f"I{k}", **moved, "updated_at": at(2)} for k in range(3)]
    part = judge(INCIDENT, frame(INCIDENT, *rows), CONTEXT, CUTOFF)
    assert part.active == {WEEK.shifted(-2).label: 3, WEEK.label: 3}


def test_what_is_kept_is_the_same_bytes_and_says_nothing_of_the_texts() -> None:
    rows = faulty(INCIDENT, 3)
    parts = [judge(INCIDENT, frame(INCIDENT, *rows), CONTEXT, CUTOFF) for _ in range(2)]
    first, second = map(to_bytes, parts)
    assert first == second
    assert b"VPN drops" not in first
    assert any(part.rows for part in parts[0].together.values())


@pytest.mark.parametrize("cut", [3, 40, 400])
def test_what_is_not_whole_is_an_error(cut: int) -> None:
    part = judge(INCIDENT, frame(INCIDENT, *faulty(INCIDENT, 1)), CONTEXT, CUTOFF)
    with pytest.raises(CheckError, match="cannot be read"):
        from_bytes(to_bytes(part)[:cut])
