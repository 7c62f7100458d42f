"""What runs tell in Prefect's pages."""

import re
from pathlib import Path

import pytest

from flows.artifacts import (
    MAX_CODES,
    StageTime,
    UnmappedCode,
    artifact_key,
    check_artifact,
    failed_pull_artifact,
    mining_artifact,
    pack_artifact,
    pull_artifact,
    run_artifact,
)
from flows.stages.counts import KindCount, PullCount
from itsm.quality import CheckReport, ExpectationResult, GateReport, Severity
from itsm.states import RecordKind


def counted(
    on_server: int | None = None, held: int | None = None, hidden: int | None = None
) -> PullCount:
    """A pull of incidents, and of changes whose system does not count."""
    incidents = KindCount(
        kind=RecordKind.INCIDENT,
        read=10,
        landed=9,
        quarantined=1,
        on_server=on_server,
        held=held,
        hidden=hidden,
    )
    return PullCount("Desk_1", (incidents, KindCount(kind=RecordKind.CHANGE, read=1200)), {})


@pytest.mark.parametrize("name", ["practice", "Service Desk (UK)", "desk_1", "ěšč"])
def test_keys_are_such_as_prefect_takes(name: str) -> None:
    assert re.fullmatch(r"[a-z0-9]+(-[a-z0-9]+)*", artifact_key("pull", name))


def test_a_pull_tells_every_count_of_every_kind() -> None:
    told = pull_artifact(counted(on_server=12, held=10, hidden=2), [], 3.21)
    assert told.key == "csi-pull-desk-1"
    assert "| incident | 10 | 0 | 0 | 9 | 1 | 12 | 10 | 0 | 2 |" in told.markdown
    assert "| change | 1,200 | 0 | 0 | 0 | 0 | - | - | 0 | - |" in told.markdown
    assert f"| --- {'| ---: ' * 9}|" in told.markdown, "numbers stand to the right"
    assert "1,210 records read, 9 landed, 1 in quarantine, in 3.2 s." in told.markdown


@pytest.mark.parametrize(
    ("counts", "told"),
    [
        ({"on_server": 12, "held": 10, "hidden": 2}, "Every count agrees"),
        ({"on_server": 12, "held": 10}, "incident (+2)"),
        ({"on_server": 12, "held": 13}, "incident (-1)"),
        ({}, "does not count its records itself"),
    ],
)
def test_a_pull_is_held_against_the_systems_own_count(counts: dict[str, int], told: str) -> None:
    assert told in pull_artifact(counted(**counts), [], 1).markdown


def test_a_code_without_a_meaning_comes_with_the_line_to_add() -> None:
    line = '[sources.desk.codes.incident_state] "42" = "on_hold"'
    codes = [UnmappedCode(field="state", code="Review | 42", n=3, line=line)]
    told = pull_artifact(counted(), codes, 1).markdown
    assert "| state | Review \\| 42 | 3 |" in told
    assert "incident_state" in told


def test_of_many_codes_the_commonest_are_listed() -> None:
    codes = [UnmappedCode(field="state", code=f"c{n}", n=n) for n in range(1, MAX_CODES + 11)]
    told = pull_artifact(counted(), codes, 1).markdown
    assert told.count("| state |") == MAX_CODES
    assert f"| c{MAX_CODES + 10} |" in told
    assert "and 10 more" in told


def test_a_failed_pull_says_why_and_takes_the_key_of_the_last_good_one() -> None:
    told = failed_pull_artifact("Desk_1", "Desk_1: no answer in 30 s", 31)
    assert told.key == pull_artifact(counted(), [], 1).key
    assert "no answer in 30 s" in told.markdown


def test_checks_tell_the_gate_and_what_was_not_met() -> None:
    failed = ExpectationResult(
        rule="opened", title="opened_at is there", severity=Severity.CRITICAL, is_met=False,
        n_checked=1000, n_failed=12, remedy="map opened_at",
    )  # fmt: skip
    report = CheckReport(source="desk", kind=RecordKind.INCIDENT, n_records=9, results=(failed,))
    told = check_artifact("2026-W46", GateReport(reports=(report,), stops=("12 of 1,000",)))
    assert "gate is **closed**" in told.markdown
    assert "- stops mining: 12 of 1,000" in told.markdown
    assert "| desk | incident | opened_at is there | critical | 12 | 1,000 | map opened_at |" in (
        told.markdown
    )


def test_mining_tells_counts_and_no_texts() -> None:
    told = mining_artifact("2026-W46", "M-1", 579, {"new": 20, "grown": 6}, 139.4)
    assert "579 incidents, 26 candidates, about 139 h" in told.markdown
    assert "| grown | 6 |" in told.markdown


def test_a_pack_tells_where_it_is_and_what_is_missing() -> None:
    files = [Path("/srv/csi/packs/2026-W46/pack.html")]
    told = pack_artifact("2026-W46", 2, files, {"desk": "no answer"}, "Pango is not there")
    assert "`/srv/csi/packs/2026-W46`" in told.markdown
    assert "No PDF: Pango is not there" in told.markdown
    assert "| desk | no answer |" in told.markdown


def test_a_run_tells_how_each_stage_ended() -> None:
    stages = [
        StageTime(stage="pull desk", took_s=61.04, ended="failed", said="no\nanswer"),
        StageTime(stage="mine", took_s=0, ended="not run", said="nothing to mine"),
        StageTime(stage="pack", took_s=2, ended="done"),
    ]
    told = run_artifact("weekly", "2026-W46", stages)
    assert told.description == "2026-W46: failed: pull desk, mine"
    assert "| pull desk | failed | 61.0 s | no answer |" in told.markdown
    assert run_artifact("weekly", "2026-W46", stages[2:]).description.endswith("done in 2 s")
