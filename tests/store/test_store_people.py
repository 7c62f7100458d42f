"""Names lie under pseudonyms and payloads under a key, and nothing counts otherwise for it."""

from datetime import UTC, datetime

import pytest
import sqlalchemy as sa

from itsm.errors import PeopleKeyError
from itsm.pseudonyms import is_pseudonym
from itsm.records import Comment, HistoryEvent, Incident, RawRecord
from itsm.states import HistoryField, IncidentState, RecordKind
from store import Store
from store.made_ready import made_ready
from store.people import claim, is_all_sealed
from store.result_tables import METADATA
from store.sealing import Sealer
from store.sealing_old import seal_older
from store.tables import RAW_RECORDS

NOW = datetime(2026, 8, 25, 6, tzinfo=UTC)
KEY, OTHER = Sealer(b"k" * 32), Sealer(b"o" * 32)
PEOPLE = ("Anna Berg", "Bo Ek", "Çelik, Ümit")


def incident(number: str, caller: str | None, assignee: str | None = None) -> Incident:
    return Incident(
        source="desk",
        number=number,
        opened_at=NOW,
        state=IncidentState.NEW,
        state_code="1",
        caller=caller,
        assignee=assignee,
    )


def moved(number: str, field: HistoryField, old: str, new: str, actor: str) -> HistoryEvent:
    return HistoryEvent(
        source="desk",
        number=number,
        record_kind=RecordKind.INCIDENT,
        record="INC1",
        at=NOW,
        sequence=1,
        field=field,
        old=old,
        new=new,
        actor=actor,
    )


RECORDS = (
    incident("INC1", PEOPLE[0], PEOPLE[1]),
    incident("INC2", PEOPLE[0], PEOPLE[2]),
    incident("INC3", None),
    moved("H1", HistoryField.ASSIGNEE, PEOPLE[0], PEOPLE[1], PEOPLE[2]),
    moved("H2", HistoryField.TEAM, "Network", "Mail", PEOPLE[2]),
    Comment(
        source="desk",
        number="C1",
        record_kind=RecordKind.INCIDENT,
        record="INC1",
        at=NOW,
        text="done",
        author=PEOPLE[0],
    ),
)
RAW = RawRecord(
    source="desk",
    kind=RecordKind.INCIDENT,
    key="k1",
    payload=b'{"caller":"Anna Berg"}',
    content_hash="h1",
)


def sealed(store: Store) -> Store:
    return Store(store.engine, KEY)


def filled(store: Store, *, ready: bool = False) -> None:
    with store.begin() as uow:
        uow.raw.save_landed([RAW], NOW)
        if ready:
            uow.records.save_ready(made_ready(RECORDS, store.engine.dialect.name))
        else:
            uow.records.save(RECORDS)
        uow.commit()


def everything(store: Store) -> bytes:
    """Every value of every table, as bytes."""
    found = []
    with store.engine.connect() as connection:
        for table in METADATA.sorted_tables:
            for row in connection.execute(sa.select(table)):
                found += [one if isinstance(one, bytes) else str(one).encode() for one in row]
    return b"\n".join(found)


@pytest.mark.parametrize("ready", [False, True])
def test_no_name_lies_in_the_database_and_all_can_be_told(store: Store, ready: bool) -> None:
    kept = sealed(store)
    filled(kept, ready=ready)
    lies = everything(kept)
    assert [name for name in PEOPLE if name.encode() in lies] == []
    columns = kept.queries.columns(RecordKind.INCIDENT)
    assert columns["caller"][0] == columns["caller"][1] != columns["assignee"][0]
    assert columns["caller"][2] is None
    assert kept.people.names([*columns["caller"], *columns["assignee"]]) == frozenset(PEOPLE)
    assert sorted(kept.people.all().values()) == sorted(PEOPLE)
    with kept.look() as uow:
        assert uow.raw.of("desk", RecordKind.INCIDENT, ["k1"]) == [RAW]


def test_what_is_no_person_stays_and_who_is_one_is_the_same_everywhere(store: Store) -> None:
    kept = sealed(store)
    filled(kept)
    history = kept.queries.columns(RecordKind.HISTORY)
    incidents = kept.queries.columns(RecordKind.INCIDENT)
    assert (history["old"][1], history["new"][1]) == ("Network", "Mail")
    assert history["old"][0] == incidents["caller"][0]
    assert history["new"][0] == incidents["assignee"][0]
    assert history["actor"] == [incidents["assignee"][1]] * 2
    assert kept.queries.columns(RecordKind.COMMENT)["author"] == [incidents["caller"][0]]


def test_another_key_gives_other_pseudonyms_and_opens_nothing(store: Store) -> None:
    assert KEY.pseudonym(PEOPLE[0]) != OTHER.pseudonym(PEOPLE[0])
    filled(sealed(store))
    with pytest.raises(PeopleKeyError, match="put the key back"):
        Store(store.engine, OTHER).people.all()
    claim(store.engine, KEY, NOW)
    claim(store.engine, KEY, NOW)
    with pytest.raises(PeopleKeyError, match="CSI_PRIVACY__PEOPLE_KEY"):
        claim(store.engine, OTHER, NOW)


def test_what_an_older_release_kept_plain_is_sealed_once(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("store.sealing_old.BATCH", 2)
    filled(store)
    assert b"Anna Berg" in everything(store)
    kept = sealed(store)
    claim(kept.engine, KEY, NOW)
    assert seal_older(kept, NOW) > 0
    assert is_all_sealed(kept.engine)
    assert [name for name in PEOPLE if name.encode() in everything(kept)] == []
    assert seal_older(kept, NOW) == 0
    with kept.look() as uow:
        assert uow.raw.of("desk", RecordKind.INCIDENT, ["k1"]) == [RAW]
    fresh = everything(kept)
    filled(kept)
    assert sorted(everything(kept).split(b"\n")) == sorted(fresh.split(b"\n"))


def test_a_payload_that_was_removed_is_not_landed_again_until_it_changes(store: Store) -> None:
    kept = sealed(store)
    filled(kept)
    with kept.begin() as uow:
        uow.raw.map_by("desk", RecordKind.INCIDENT, "1")
        uow.connection.execute(sa.update(RAW_RECORDS).values(payload=b"", is_landed=True))
        uow.raw.map_by("desk", RecordKind.INCIDENT, "2")
        assert uow.raw.pending("desk", RecordKind.INCIDENT, after_key=None, limit=9) == []
        assert uow.raw.fresh([RAW]) == []
        changed = RawRecord(
            source="desk", kind=RAW.kind, key="k1", payload=b"{}", content_hash="h2"
        )
        (fresh,) = uow.raw.fresh([changed], with_before=True)
        assert (fresh.is_new, fresh.before) == (False, None)


def test_a_pseudonym_is_known_from_a_name() -> None:
    assert is_pseudonym(KEY.pseudonym("Anna Berg"))
    assert KEY.pseudonym(KEY.pseudonym("Anna Berg")) == KEY.pseudonym("Anna Berg")
    assert not is_pseudonym("p~short") and not is_pseudonym("Anna Berg")
