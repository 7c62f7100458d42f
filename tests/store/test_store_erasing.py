"""By which forms a person is found, and what erasing does to records, payloads and baselines."""

from datetime import UTC, date, datetime

import pytest

from itsm.journal import JournalKind, JournalNote
from itsm.proof import Baseline, FieldIs, MemberPattern, ProofPlan
from itsm.records import Incident, RawRecord
from itsm.register import Origin, RegisterEntry
from itsm.states import IncidentState, RecordKind
from store import Store
from store.erasing_names import pattern_of
from store.sealing import Sealer

AT = datetime(2026, 8, 25, 6, tzinfo=UTC)
NOTE = JournalNote(kind=JournalKind.ERASURE, subject="a person", at=AT, actor="cleo")


@pytest.mark.parametrize(
    ("name", "text", "found"),
    [
        ("Anna Berg", "ask ANNA BERG now", True),
        ("Anna Berg", "ask Berg, Anna now", True),
        ("Berg, Anna", "ask anna berg now", True),
        ("Anna Berg", "ask Anna Bergmann now", False),
        ("Anna Berg", "Anna went up the Berg", False),
        ("anna", "anna asked", True),
        ("Will", "it will do", False),
        ("Will", "Will asked", True),
        ("a.berg@example.com", "to A.Berg@Example.com", True),
        ("Ümit Çelik", "frag ümit çelik", True),
        ("Conor O'Brien", "<td>Conor O&#x27;Brien</td>", True),
        ('Bo "Bob" Ek', r'{"n":"Bo \"Bob\" Ek"}', True),
        ("", "anything", False),
    ],
)
def test_a_person_is_found_in_every_form_and_as_whole_words(
    name: str, text: str, found: bool
) -> None:
    assert (pattern_of([name]).search(text) is not None) is found


def incident(number: str, caller: str, title: str = "VPN") -> Incident:
    return Incident(
        source="desk",
        number=number,
        opened_at=AT,
        state=IncidentState.NEW,
        state_code="1",
        caller=caller,
        title=title,
    )


def test_two_people_stay_two_and_who_was_one_stays_one(store: Store) -> None:
    """Anna's two spellings were two people to every count, and stay two; nobody else changes."""
    kept = Store(store.engine, Sealer(b"k" * 32))
    names = ["Anna Berg", "Anna Berg", "aberg", "Bo Ek", "Anna Bergmann"]
    payload = '{"caller":"Anna Berg","text":"ÄNNA? Anna Berg called"}'.encode()
    raw = RawRecord(
        source="desk", kind=RecordKind.INCIDENT, key="k", payload=payload, content_hash="h"
    )
    with kept.begin() as uow:
        uow.records.save([incident(f"INC{n}", one, f"{one} ill") for n, one in enumerate(names)])
        uow.raw.save_landed([raw], AT)
        uow.commit()
    before = kept.queries.columns(RecordKind.INCIDENT)["caller"]
    with kept.begin() as uow:
        erased = uow.erasing.person(["Anna Berg", "aberg"], NOTE)
        uow.commit()
    after = kept.queries.columns(RecordKind.INCIDENT)
    callers = after["caller"]
    assert (erased.people, erased.records, erased.payloads) == (2, 3, 1)
    assert callers[0] == callers[1] != callers[2]
    assert callers[3:] == before[3:]
    assert not set(callers[:3]) & set(before), "what the key gives for the name is gone, too"
    assert kept.people.names(callers) == {"Bo Ek", "Anna Bergmann"}
    assert after["title"][2:] == ["erased person ill", "Bo Ek ill", "Anna Bergmann ill"]
    with kept.look() as uow:
        (one,) = uow.raw.of("desk", RecordKind.INCIDENT, ["k"])
        assert one.content_hash == "h", "an unchanged record does not bring the name back"
        told = f'{{"caller":"{callers[0]}","text":"ÄNNA? erased person called"}}'
        assert one.payload.decode() == told


def test_a_baseline_that_named_the_person_holds_all_the_same(store: Store) -> None:
    plan = ProofPlan(
        number="CSI-1",
        pattern=MemberPattern(fields=(FieldIs(field="service", values=("Anna Berg's mailbox",)),)),
        raised_on=date(2026, 5, 1),
        live_on=date(2026, 6, 1),
        review_on=date(2026, 9, 1),
    )
    baseline = Baseline(plan=plan, live_at=AT, frozen_at=AT, weeks=(AT,), is_used=(True,)).sealed()
    entry = RegisterEntry(
        number="CSI-1",
        title="Mend it",
        description="",
        origin=Origin.MANUAL,
        origin_record=None,
        evidence_hash=None,
        raised_at=AT,
        raised_by="ben",
        baseline=baseline,
    )
    with store.begin() as uow:
        uow.register.save([entry])
        uow.erasing.person(["Anna Berg"], NOTE)
        kept = uow.register.get("CSI-1")
        assert kept.baseline is not None
        kept.baseline.check()
        assert kept.baseline.weeks == baseline.weeks
        assert kept.baseline.seal != baseline.seal
        assert "Anna" not in repr(kept)
        assert uow.audit.verify() == ()
