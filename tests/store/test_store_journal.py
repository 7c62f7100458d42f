"""The journal: any change, removal or new order is found, by itself or by a head kept elsewhere."""

import json
import os
import signal
import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest
import sqlalchemy as sa
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from itsm.decisions import Action, ReviewDecision
from itsm.demand import DemandNote, NoteKind
from itsm.errors import StaleDecisionError
from itsm.findings import Finding
from itsm.journal import (
    EMPTY,
    Head,
    JournalKind,
    JournalNote,
    JournalRow,
    broken_links,
    chained,
    missed_heads,
)
from itsm.register import Origin, RegisterEntry, RegisterState
from store import PackSnapshot, Store, open_engine
from store.journal import told
from store.result_tables import METADATA
from store.unit_of_work import UnitOfWork

AT = datetime(2026, 11, 16, 9, tzinfo=UTC)
ROOT = Path(__file__).parents[2]
SCRIPT = Path(__file__).with_name("register_process.py")


def entry(number: str) -> RegisterEntry:
    return RegisterEntry(
        number=number,
        title="Renew certificates",
        description="",
        origin=Origin.MANUAL,
        origin_record=None,
        evidence_hash=None,
        raised_at=AT,
        raised_by="anna",
        coordinator="Ben Öz",
    )


def note(kind: JournalKind = JournalKind.EDIT, **given: object) -> JournalNote:
    bare = JournalNote(kind=kind, subject="CSI-1", at=AT, actor="ben", role="manager")
    return replace(bare, **given)  # type: ignore[arg-type]


def filled(store: Store) -> Head:
    """A journal with rows of every sort that vouches for something."""
    comment = ReviewDecision(
        action=Action.COMMENT, candidate_id="PC-1", run_id="M-1", actor="anna", at=AT, reason="?"
    )
    with store.begin() as uow:
        uow.register.save([entry("CSI-1"), entry("CSI-2")])
        first = uow.register.get("CSI-1")
        uow.register.put(replace(first, impact=3), note(reason="asked Ben Öz"), seen=1)
        uow.decisions.append(comment)
        uow.declarations.note(JournalKind.WEIGHTS, "demand", {"impact": "1"}, AT)
        uow.declarations.note(JournalKind.WEIGHTS, "demand", {"impact": "2"}, AT)
        uow.packs.save(
            PackSnapshot(
                week="2026-W46", edition="full", content=b"{}", content_hash="h", made_at=AT
            )
        )
        uow.demand_notes.add(
            DemandNote(
                note_id="",
                kind=NoteKind.PRIORITY,
                text="Mail first",
                owner="dan",
                on=AT.date(),
                review_by=date(2027, 1, 1),
            ),
            note(JournalKind.DEMAND),
        )
        uow.findings.add(
            Finding(
                finding_id="",
                title="No review",
                source="ISO",
                owner="ben",
                raised_on=AT.date(),
                due_on=date(2027, 1, 1),
            ),
            note(JournalKind.FINDING),
        )
        head = uow.journal.head()
        uow.commit()
    return head


def problems(store: Store, heads: dict[str, Head] | None = None) -> list[str]:
    with store.begin() as uow:
        return [str(one) for one in uow.audit.verify(heads or {})]


def execute(store: Store, statement: str, **values: object) -> int:
    with store.queries.engine.begin() as connection:
        return connection.execute(sa.text(statement), values).rowcount


def test_an_honest_journal_is_whole(store: Store) -> None:
    with store.begin() as uow:
        assert uow.journal.head() == EMPTY
    head = filled(store)
    assert problems(store, {"the pack": head}) == []
    assert head.sequence == 9


def test_the_chain_names_nobody(store: Store) -> None:
    filled(store)
    with store.begin() as uow:
        rows, names = uow.journal.rows(), uow.journal.names()
    text = json.dumps([[row.actor, row.role, row.subject, dict(row.facts)] for row in rows])
    assert set(names.values()) == {"anna", "ben", "dan"}
    assert not [name for name in ("anna", '"ben"', "dan", "Öz") if name in text]
    assert {row.actor for row in rows} <= {*names, "system"}
    assert "P-" in next(row for row in rows if row.kind == "finding").facts["owner"]


TAMPERINGS = [
    ("UPDATE journal SET subject = 'CSI-9' WHERE sequence = 3", "row 3: it was changed"),
    ("UPDATE journal SET actor = 'system' WHERE sequence = 3", "row 3: it was changed"),
    ("UPDATE journal_details SET text = '{}' WHERE sequence = 3", "text beside it was changed"),
    ("DELETE FROM journal_details WHERE sequence = 3", "row 3: its text is gone, not erased"),
    ("UPDATE register_versions SET entry = '{}' WHERE version = 2", "entry/CSI-1/2 was changed"),
    ("DELETE FROM register_versions WHERE version = 2", "entry/CSI-1/2 is gone"),
    ("UPDATE register_entries SET entry = '{}'", "entry CSI-1 is not its newest version"),
    ("DELETE FROM register_entries", "entry CSI-2 is gone from the register"),
    ("UPDATE review_decisions SET decision = '{}'", "decision/D-"),
    ("UPDATE declarations SET content = '{}' WHERE version = 1", "declared/weights/demand/1 was"),
    ("UPDATE demand_notes SET text = 'Web first'", "note/N1 was changed"),
    ("UPDATE audit_findings SET due_on = '2028-01-01'", "finding/F1 was changed"),
    ("DELETE FROM pack_snapshots", "pack/2026-W46.full.v1 is gone"),
]


@pytest.mark.parametrize(("statement", "says"), TAMPERINGS)
def test_whatever_is_changed_is_found(store: Store, statement: str, says: str) -> None:
    filled(store)
    assert execute(store, statement)
    assert any(says in one for one in problems(store)), problems(store)


def test_an_entry_or_decision_that_no_row_tells_of_is_found(store: Store) -> None:
    filled(store)
    execute(
        store,
        "INSERT INTO register_versions SELECT number, 7, at, entry FROM register_versions "
        "WHERE number = 'CSI-2'",
    )
    assert any("entry/CSI-2/7 is in no row" in one for one in problems(store))


def test_a_cut_end_and_a_journal_written_anew_are_found_by_a_kept_head(store: Store) -> None:
    head = filled(store)
    execute(store, "DELETE FROM journal_details WHERE sequence = 9")
    execute(store, "DELETE FROM journal WHERE sequence = 9")
    execute(store, "DELETE FROM audit_findings")
    assert problems(store) == [], "the chain alone cannot know"
    assert problems(store, {"the pack": head}) == [
        "row 9: the pack holds its hash, and it is not there: the end was cut off"
    ]


def rows_of(draw_facts: list[dict[str, str]]) -> list[JournalRow]:
    rows: list[JournalRow] = []
    for n, facts in enumerate(draw_facts, 1):
        bare = JournalRow(
            sequence=n,
            at=AT + timedelta(hours=n),
            kind="edit",
            subject="CSI-1",
            actor="P-1",
            role="manager",
            facts=facts,
            digest="",
            previous_hash=rows[-1].hash if rows else EMPTY.hash,
            hash="",
        )
        rows.append(replace(bare, hash=chained(bare)))
    return rows


FACTS = st.lists(st.dictionaries(st.text(max_size=3), st.text(max_size=3), max_size=2), min_size=3)
CHANGES: dict[str, Callable[[JournalRow, str], JournalRow]] = {
    "subject": lambda row, new: replace(row, subject=row.subject + new),
    "actor": lambda row, new: replace(row, actor=row.actor + new),
    "role": lambda row, new: replace(row, role=row.role + new),
    "kind": lambda row, new: replace(row, kind=row.kind + new),
    "digest": lambda row, new: replace(row, digest=row.digest + new),
    "facts": lambda row, new: replace(row, facts={**row.facts, "more": new}),
    "at": lambda row, new: replace(row, at=row.at + timedelta(microseconds=1)),
    "sequence": lambda row, new: replace(row, sequence=row.sequence + 1),
    "hash": lambda row, new: replace(row, hash="0" * 64),
    "previous": lambda row, new: replace(row, previous_hash="f" * 64),
}


@given(FACTS, st.data())
def test_any_tampering_with_rows_is_found(facts: list[dict[str, str]], data: st.DataObject) -> None:
    rows = rows_of(facts)
    head = Head(rows[-1].sequence, rows[-1].hash)
    assert list(broken_links(rows)) == []
    assert list(missed_heads(rows, {"keeper": head})) == []
    at = data.draw(st.integers(0, len(rows) - 1))
    how = data.draw(st.sampled_from([*CHANGES, "remove", "swap", "double", "rewrite"]))
    bad = list(rows)
    if how in CHANGES:
        bad[at] = CHANGES[how](bad[at], data.draw(st.text(min_size=1, max_size=3)))
    elif how == "remove":
        del bad[at]
    elif how == "swap":
        bad[at], bad[at - 1] = bad[at - 1], bad[at]
    elif how == "double":
        bad.insert(at, bad[at])
    else:  # the cleverest: a row changed, and everything after it hashed anew
        changed = [dict(row.facts) for row in rows]
        changed[at] = {**changed[at], "more": "x"}
        bad = rows_of(changed)
        assert list(broken_links(bad)) == [], "whole in itself"
    found = [*broken_links(bad), *missed_heads(bad, {"keeper": head})]
    assert found, how


@given(name=st.sampled_from(sorted(METADATA.tables["journal"].columns.keys())), data=st.data())
@settings(
    max_examples=60,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
def test_any_value_changed_in_the_table_is_found(
    sqlite_template: Path, tmp_path: Path, name: str, data: st.DataObject
) -> None:
    path = tmp_path / "tampered.db"
    path.unlink(missing_ok=True)
    path.write_bytes(sqlite_template.read_bytes())
    store = Store(open_engine(f"sqlite:///{path}"))
    head = filled(store)
    row = data.draw(st.integers(1, head.sequence))
    made = f"{name} + 100" if name in {"sequence", "at"} else f"{name} || 'x'"
    if name == "facts":
        made = """replace(facts, '}', ',"x":"y"}')""" if row != 1 else "'{}'"
    with store.queries.engine.begin() as connection:
        connection.exec_driver_sql("PRAGMA defer_foreign_keys = ON")
        connection.exec_driver_sql(f"DELETE FROM journal_details WHERE sequence = {row}")
        connection.exec_driver_sql(f"UPDATE journal SET {name} = {made} WHERE sequence = {row}")
    assert problems(store)
    store.queries.engine.dispose()


def test_an_erased_person_is_gone_and_the_chain_stays_whole(store: Store) -> None:
    head = filled(store)
    with store.begin() as uow:
        erased = uow.erasing.person(
            ["ben", "Ben Öz"], note(JournalKind.ERASURE, subject="a person", actor="cleo")
        )
        uow.commit()
    assert (erased.keys, erased.texts, erased.versions, erased.notes) == (1, 1, 3, 1)
    assert problems(store, {"the pack": head}) == []
    everything = store.queries.dump(volatile=True)
    assert "Öz" not in everything
    assert '"ben"' not in everything
    assert "anna" in everything
    with store.begin() as uow:
        assert uow.register.get("CSI-1").coordinator == "erased person"
        assert "ben" not in uow.journal.names().values()
        assert len(uow.journal.rows()) == head.sequence + 1
        again = uow.journal.pseudonym("ben")
        assert again not in {row.actor for row in uow.journal.rows()}, "a new key, a new pseudonym"


def test_an_erased_decision_keeps_its_chain(store: Store) -> None:
    filled(store)
    with store.begin() as uow:
        erased = uow.erasing.person(["anna"], note(JournalKind.ERASURE, actor="cleo"))
        uow.commit()
    assert erased.decisions == 1
    assert problems(store) == []
    with store.begin() as uow:
        assert uow.decisions.verify() == 1
        assert uow.decisions.list()[0].actor == "erased person"


def test_what_was_changed_can_be_read_beside_the_chain(store: Store) -> None:
    filled(store)
    changed = note(changes={"impact": ("3", "4")}, reason="more users")
    with store.begin() as uow:
        second = uow.register.get("CSI-1")
        kept = uow.register.put(replace(second, impact=4), changed, seen=2)
        row = uow.journal.rows(subject="CSI-1")[-1]
        assert told(uow.journal.details()[row.sequence]) == (
            "more users",
            {"impact": ("3", "4")},
        )
        assert (row.facts["version"], kept.version) == ("3", 3)


def test_who_did_not_see_the_newest_version_is_told(store: Store) -> None:
    filled(store)
    with store.begin() as uow, pytest.raises(StaleDecisionError, match=r"version 2, you saw 1"):
        uow.register.put(replace(entry("CSI-1"), impact=5), note(), seen=1)


def test_the_register_reads_as_it_was_at_any_moment(store: Store) -> None:
    filled(store)
    later = AT + timedelta(days=7)
    with store.begin() as uow:
        two = uow.register.get("CSI-2")
        made = replace(two, state=RegisterState.CANCELED)
        uow.register.put(made, note(JournalKind.TRANSITION, at=later), seen=1)
        facts = uow.journal.rows(subject="CSI-2")[-1].facts
        assert (facts["from"], facts["to"]) == ("new", "canceled")
        was = {one.number: one.state for one in uow.register.as_of(AT)}
        now = {one.number: one.state for one in uow.register.as_of(later)}
        assert (was["CSI-2"], now["CSI-2"]) == (RegisterState.NEW, RegisterState.CANCELED)
        assert uow.register.as_of(AT - timedelta(days=1)) == ()
        assert [one.version for _, one in uow.register.versions("CSI-2")] == [1, 2]
        assert uow.register.next_number() == "CSI-0003"


def register_state(url: str) -> tuple[int, int, list[str]]:
    engine = open_engine(url)
    with Store(engine).begin() as uow:
        state = _state(uow)
    engine.dispose()
    return state


def _state(uow: UnitOfWork) -> tuple[int, int, list[str]]:
    n_versions = sum(len(some) for some in uow.register.all_versions().values())
    return n_versions, len(uow.journal.rows()), [str(one) for one in uow.audit.verify()]


@pytest.mark.parametrize("stage", ["before", "written", "journalled", "committed"])
def test_a_transition_and_its_row_last_together_or_not_at_all(stage: str, empty_url: str) -> None:
    command = [sys.executable, str(SCRIPT), empty_url, stage]
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    run = subprocess.run(
        command, env=environment, capture_output=True, text=True, timeout=120, check=False
    )
    assert run.returncode == -signal.SIGKILL, run.stderr
    n_versions, n_rows, found = register_state(empty_url)
    assert found == []
    assert (n_versions, n_rows) == ((2, 2) if stage == "committed" else (1, 1))
