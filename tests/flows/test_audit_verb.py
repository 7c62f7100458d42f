"""`csi audit`: kept heads, samples that can be drawn again, the bundle, findings, erasure."""

import csv
import hashlib
import json
import sqlite3
from pathlib import Path

import pytest

from flows.auditing import sample
from flows.keeping import kept_heads, send_head
from itsm.errors import ConfigError, RoleError
from itsm.journal import EMPTY, Head, JournalKind
from tests.flows.register_desk import Desk


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    desk = Desk(tmp_path)
    for n in range(6):
        desk.said("add", f"Request {n}", "--reason", "asked by Anna Berg", "--by", "anna")
    return desk


def tamper(desk: Desk, statement: str) -> None:
    with sqlite3.connect(desk.config.parent / "csi.sqlite") as connection:
        connection.execute(statement)


def head(desk: Desk) -> str:
    return desk.audit("head").output.strip()


def test_a_whole_journal_says_so_and_prints_its_head(desk: Desk) -> None:
    done = desk.audit("verify")
    assert done.exit_code == 0
    assert "rows are as they were written; 0 kept heads fit" in done.output
    assert f"head: {head(desk)}" in done.output


def test_a_changed_row_ends_with_1_and_names_it(desk: Desk) -> None:
    tamper(desk, "UPDATE journal SET role = 'manager' WHERE sequence = 8")
    done = desk.audit("verify")
    assert done.exit_code == 1
    assert "row 8: it was changed" in done.output


def test_a_head_that_was_kept_finds_a_cut_end(desk: Desk) -> None:
    kept = head(desk)
    cut = "WHERE sequence = (SELECT max(sequence) FROM journal)"
    tamper(desk, f"DELETE FROM journal_details {cut}")
    tamper(desk, f"DELETE FROM journal {cut}")
    tamper(desk, "DELETE FROM register_versions WHERE number = 'CSI-0006'")
    tamper(desk, "DELETE FROM register_entries WHERE number = 'CSI-0006'")
    assert desk.audit("verify").exit_code == 0, "the journal alone cannot know"
    for given in (kept, kept[:20]):
        done = desk.audit("verify", "--head", given)
        assert done.exit_code == 1
        assert "the end was cut off" in done.output
    assert isinstance(desk.audit("verify", "--head", "soon").exception, ConfigError)


def test_the_second_keeper_gets_each_head_once(desk: Desk) -> None:
    file = desk.config.parent / "heads.txt"
    send_head(desk.parts)
    send_head(desk.parts)
    desk.said("add", "One more", "--by", "anna")
    assert desk.audit("head", "--send").exit_code == 0
    lines = file.read_text().splitlines()
    assert len(lines) == 2
    assert lines[-1].endswith(head(desk))
    assert "2 kept heads fit" in desk.audit("verify").output
    file.write_text(f"{lines[0][:-64]}{'0' * 64}\n")
    done = desk.audit("verify")
    assert "heads.txt line 1 holds another hash (000000000000...): it was rewritten" in done.output


def test_a_keeper_may_be_a_command_and_its_failure_stops_nothing(tmp_path: Path) -> None:
    took = tmp_path / "took"
    script = tmp_path / "keeper.sh"
    script.write_text(f'#!/bin/sh\ncat > "{took}"\nexit $1\n')
    script.chmod(0o700)
    for code, says in (("0", "took the head"), ("3", "did not take the head: exit code 3")):
        config = tmp_path / "csi.toml"
        config.write_text(f'[audit]\nkeeper_command = ["{script}", "{code}"]\n')
        desk = Desk.__new__(Desk)
        desk.config = config
        assert says in send_head(desk.parts)
    assert took.read_text().strip() == str(EMPTY)


def test_a_sample_can_be_drawn_again(desk: Desk) -> None:
    first = desk.audit("sample", "--n", "3", "--seed", "oak", "--kind", "transition")
    again = desk.audit("sample", "--n", "3", "--seed", "oak", "--kind", "transition")
    other = desk.audit("sample", "--n", "3", "--seed", "elm", "--kind", "transition")
    assert first.output == again.output != other.output
    assert "3 of 6 rows, seed oak, head " in first.output
    with desk.parts.store.begin() as uow:
        rows = uow.journal.rows()
    drawn = {
        row.sequence for seed in range(200) for row in sample(rows, Head(1, "x"), 2, str(seed)).rows
    }
    assert drawn == {row.sequence for row in rows}, "every row can be drawn"
    everything = sample(rows, Head(1, "x"), 999, "s", [JournalKind.ROLE])
    assert everything.population == len(everything.rows) == 2


def test_the_bundle_says_who_what_when_on_which_evidence(desk: Desk, tmp_path: Path) -> None:
    folder = tmp_path / "bundle"
    assert desk.audit("export", str(folder)).exit_code == 0
    sums = dict(line.split("  ")[::-1] for line in (folder / "SHA256SUMS").read_text().splitlines())
    assert set(sums) == {path.name for path in folder.iterdir()} - {"SHA256SUMS"}
    for name, told in sums.items():
        assert hashlib.sha256((folder / name).read_bytes()).hexdigest() == told
    rows = list(csv.DictReader((folder / "journal.csv").read_text().splitlines()))
    raised = [row for row in rows if row["kind"] == "transition"]
    assert {row["who"] for row in raised} == {"anna"}
    assert "10.2 continual improvement" in raised[0]["evidence_for"]
    population = csv.DictReader((folder / "population.csv").read_text().splitlines())
    counts = {row["kind"]: row for row in population}
    assert counts["transition"]["rows_in_the_journal"] == "6"
    versions = counts["versions of entries"]
    assert versions["rows_in_the_journal"] == versions["held_in_their_table"] == "6"
    run = json.loads((folder / "run.json").read_text())
    assert run["journal_head"] == head(desk)
    assert run["verified"] == "nothing was changed"


def test_a_bundle_without_names_has_none(desk: Desk, tmp_path: Path) -> None:
    folder = tmp_path / "bundle"
    desk.audit("export", str(folder), "--without-names")
    everything = "".join(path.read_text() for path in folder.iterdir())
    assert "anna" not in everything.lower()
    assert "P-" in everything


def test_findings_have_a_due_date_and_an_on_time_rate(desk: Desk) -> None:
    note = ("find", "No review held", "--from", "ISO 2026", "--owner", "ben", "--by", "otto")
    assert "F1 is kept" in desk.audit(*note, "--due", "2099-01-01").output
    desk.audit(*note, "--due", "2020-01-01")
    desk.audit(*note, "--due", "2099-01-01", "--entry", "CSI-0001")
    assert (
        "F1 is closed, in time"
        in desk.audit("close", "F1", "--remedy", "held weekly", "--by", "otto").output
    )
    told = desk.audit("findings").output
    assert "F1  closed in time" in told
    assert "F2  open, late" in told
    assert "2 were due: 50% in time; 1 are not due yet" in told
    assert isinstance(
        desk.audit("close", "F1", "--remedy", "x", "--by", "otto").exception, ConfigError
    )
    assert isinstance(desk.audit(*note[:-1], "anna", "--due", "2099-01-01").exception, RoleError)
    assert desk.audit("verify").exit_code == 0


def test_an_erased_person_leaves_every_count(desk: Desk) -> None:
    done = desk.audit("erase", "anna", "--reason", "request 17", "--by", "cleo")
    assert isinstance(done.exception, ConfigError)
    assert "people.anna is in the settings still" in str(done.exception)
    kept = head(desk)
    text = desk.config.read_text()
    start, end = text.index("[people.anna]"), text.index("[people.ben]")
    desk.config.write_text(text[:start] + text[end:])
    done = desk.audit("erase", "anna", "Anna Berg", "--reason", "request 17", "--by", "cleo")
    assert "1 pseudonyms of the journal and 0 of records have no key any more" in done.output
    assert desk.audit("verify", "--head", kept).exit_code == 0
    assert "anna" not in desk.parts.store.queries.dump(volatile=True).lower()
    assert len(desk.said("list").splitlines()) == 12


def test_the_log_of_one_entry_is_its_story(desk: Desk) -> None:
    desk.said("edit", "CSI-0002", "--set", "impact=3", "--reason", "asked", "--by", "cleo")
    lines = desk.audit("log", "CSI-0002").output.splitlines()
    assert len(lines) == 2
    assert "cleo  approver, manager" in lines[1]
    assert "impact: '' -> '3'" in lines[1]


def test_heads_printed_in_packs_are_kept_heads(desk: Desk) -> None:
    with desk.parts.store.begin() as uow:
        assert kept_heads(desk.parts, uow) == {}
