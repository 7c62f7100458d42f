"""Under another key everything is as if it had been kept under that one from the start."""

import re
from datetime import UTC, datetime
from typing import Any

import pytest
import sqlalchemy as sa

from itsm.errors import PeopleKeyError
from itsm.holds import HoldScope
from itsm.journal import JournalKind, JournalNote
from itsm.records import Comment, HistoryEvent, Incident, RawRecord
from itsm.states import HistoryField, IncidentState, RecordKind
from store import Store
from store.holds import Holds
from store.people import claim, fingerprint
from store.people_tables import LEGAL_HOLDS, PEOPLE
from store.rekeying import BATCH, Rekeyed, rekey
from store.sealing import Sealer
from store.tables import CANONICAL, RAW_RECORDS

NOW = datetime(2026, 11, 22, 6, tzinfo=UTC)
OLD, NEW = Sealer(b"o" * 32), Sealer(b"n" * 32)
NOTE = JournalNote(
    kind=JournalKind.KEY, subject="people_key", actor="cleo", role="manager", at=NOW, reason="left"
)
PEOPLE_OF = ("Anna Berg", "Bo Ek", "Çelik, Ümit")


def incident(n: int) -> Incident:
    caller, assignee = PEOPLE_OF[n % 3], PEOPLE_OF[(n + 1) % 3] if n % 2 else None
    return Incident(
        source="desk",
        number=f"INC{n:05}",
        opened_at=NOW,
        state=IncidentState.NEW,
        state_code="1",
        caller=caller,
        assignee=assignee,
    )


def moved(field: HistoryField, old: str, new: str) -> HistoryEvent:
    return HistoryEvent(
        source="desk",
        number=f"H-{field}",
        record_kind=RecordKind.INCIDENT,
        record="INC00001",
        at=NOW,
        sequence=1,
        field=field,
        old=old,
        new=new,
        actor=PEOPLE_OF[0],
    )


RECORDS = (
    *map(incident, range(40)),
    moved(HistoryField.ASSIGNEE, PEOPLE_OF[0], PEOPLE_OF[1]),
    moved(HistoryField.TEAM, "Network", "Mail"),
    Comment(
        source="desk",
        number="C1",
        record_kind=RecordKind.INCIDENT,
        record="INC00001",
        at=NOW,
        text="done",
        author=PEOPLE_OF[2],
    ),
)
N_RAW = BATCH + 3
"""More than one batch of them."""


def raw(n: int) -> RawRecord:
    payload = b"" if n == 1 else f'{{"caller": "{PEOPLE_OF[n % 3]}", "n": {n}}}'.encode()
    kind = RecordKind.INCIDENT if n % 2 else RecordKind.COMMENT
    return RawRecord(source="desk", kind=kind, key=f"k{n}", payload=payload, content_hash=f"h{n}")


def filled(store: Store, sealer: Sealer) -> Store:
    """A store that keeps everything under a key."""
    kept = Store(store.engine, sealer)
    claim(kept.engine, sealer, NOW)
    with kept.begin() as uow:
        uow.records.save(RECORDS)
        uow.raw.save([raw(n) for n in range(N_RAW)], fetched_at=NOW)
        uow.holds.place(
            HoldScope.PERSON, PEOPLE_OF[0], by="otto", role="auditor", reason="case", at=NOW
        )
        uow.commit()
    return kept


def rows(store: Store) -> dict[str, list[Any]]:
    """Every row that a key has to do with."""
    tables = (*CANONICAL.values(), RAW_RECORDS, PEOPLE, LEGAL_HOLDS)
    with store.engine.connect() as connection:
        return {
            table.name: sorted(map(repr, connection.execute(sa.select(table)).all()))
            for table in tables
        }


def changed(store: Store) -> Rekeyed:
    with store.begin() as uow:
        done = rekey(uow, OLD, NEW, NOTE)
        uow.commit()
    return done


def emptied(store: Store) -> None:
    from store.result_tables import METADATA

    with store.engine.begin() as connection:
        for table in reversed(METADATA.sorted_tables):
            connection.execute(table.delete())


def test_all_rows_are_those_of_a_store_that_always_had_the_new_key(store: Store) -> None:
    wanted = rows(filled(store, NEW))
    emptied(store)
    before = rows(filled(store, OLD))
    done = changed(Store(store.engine, OLD))
    assert done == Rekeyed(people=3, payloads=N_RAW - 1, holds=1)
    assert rows(store) == wanted
    assert rows(store) != before
    assert fingerprint(store.engine) == NEW.fingerprint
    old = {OLD.pseudonym(name) for name in PEOPLE_OF}
    assert not old & set(re.findall(r"p~[\w-]{16}", repr(rows(store))))
    with Store(store.engine, NEW).begin() as uow:
        assert [one.about for one in uow.holds.list()] == [PEOPLE_OF[0]]
        assert uow.audit.verify() == ()
        told = uow.journal.rows(kinds=[JournalKind.KEY])[-1]
    assert told.facts["key"] == OLD.fingerprint
    assert told.facts["becomes"] == NEW.fingerprint


def test_who_was_erased_stays_nobody(store: Store) -> None:
    kept = filled(store, OLD)
    note = JournalNote(kind=JournalKind.ERASURE, subject="a person", at=NOW)
    with kept.begin() as uow:
        Holds(uow.connection, uow.journal, OLD).release(
            "H1", by="otto", role="auditor", at=NOW, reason="settled"
        )
        uow.erasing.person([PEOPLE_OF[1]], note)
        uow.commit()
    nobody = re.findall(r"x~[\w-]{16}", repr(rows(store)))
    assert nobody
    assert changed(kept).people == 2
    assert re.findall(r"x~[\w-]{16}", repr(rows(store))) == nobody


def test_what_is_not_committed_did_not_happen(store: Store) -> None:
    kept = filled(store, OLD)
    before = rows(store)
    with kept.begin() as uow:
        rekey(uow, OLD, NEW, NOTE)
    assert rows(store) == before
    assert fingerprint(store.engine) == OLD.fingerprint
    assert changed(kept).people == 3


def test_a_process_with_the_key_before_writes_nothing_any_more(store: Store) -> None:
    running = filled(store, OLD)
    changed(Store(store.engine, OLD))
    after = rows(store)
    with (
        pytest.raises(PeopleKeyError, match=r"was changed.*start it again"),
        running.begin() as uow,
    ):
        uow.records.save((incident(99),))
        uow.commit()
    with pytest.raises(PeopleKeyError, match="was changed"):
        changed(running)
    assert rows(store) == after
