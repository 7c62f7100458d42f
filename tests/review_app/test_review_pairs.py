"""Pairs in the browser: both records side by side, who may say what they are, what then counts."""

from dataclasses import replace
from datetime import timedelta

import pytest

from itsm.decisions import IncidentRef
from itsm.journal import JournalKind
from itsm.pairs import Pair, PairHow, PairState
from itsm.records import Incident
from review_app.identity.actors import Actor
from review_app.pairs import pair_id
from store import Store
from tests.review_app.desk import incident, land
from tests.review_app.office import ADA, ANNA, AT, OTTO, SVEN, TRUSTED, VERA, Office
from tests.review_app.test_review_api_works import Script

ONE, OTHER = (IncidentRef(source=s, number=n) for s, n in (("desk", "INC1"), ("jira", "OPS-7")))
PAIR = Pair(
    one=ONE, other=OTHER, how=PairHow.LIKENESS, state=PairState.PROPOSED, score=0.91,
    said="titles and facts agree to 91%, opened 12 min apart",
)  # fmt: skip
NAME = pair_id(PAIR)
SAYS = {"answer": "accepted", "seen": "proposed", "reason": "one outage"}


def records(**other: object) -> list[Incident]:
    """Two records that differ in their titles and their priorities."""
    first = incident("INC1", title="VPN drops", service="Remote access", caller="Kim Vale")
    second = replace(
        first, source="jira", number="OPS-7", title="VPN drops again", caller="Kim Vale",
        opened_at=first.opened_at + timedelta(minutes=12),
    )  # fmt: skip
    return [first, replace(second, **other)]  # type: ignore[arg-type]  # each field fits


@pytest.fixture
def paired(store: Store) -> Store:
    """A store with a pair that waits for a word."""
    return with_pair(store)


def with_pair(store: Store, **other: object) -> Store:
    land(store, records(**other))
    with store.begin() as uow:
        uow.pairs.tell([PAIR], AT)
        uow.commit()
    return store


def state(store: Store) -> PairState:
    with store.look() as uow:
        (pair,) = uow.pairs.list()
    return pair.state


def test_without_pairs_it_says_what_comes_here(store: Store) -> None:
    assert "No pair waits for a word" in Office(store).read("/pairs")


def test_both_records_stand_side_by_side(paired: Store) -> None:
    page = Office(paired).read("/pairs")
    for text in ("<bdi>VPN drops</bdi>", "<bdi>VPN drops again</bdi>", "INC1", "OPS-7"):
        assert text in page
    assert "agree to 91%, opened 12 min apart" in page
    assert '<th scope="row">service</th><td><bdi>Remote access</bdi></td><td><span' in page
    assert "Kim Vale" not in page, "people are not named"
    assert "the same" in page


@pytest.mark.parametrize(("answer", "counted"), [("accepted", {OTHER: ONE}), ("rejected", {})])
def test_what_is_said_is_kept_counted_and_noted(
    paired: Store, answer: str, counted: dict[IncidentRef, IncidentRef]
) -> None:
    done = Office(paired).send(f"/pairs/{NAME}", {**SAYS, "answer": answer})
    assert (done.status_code, done.headers["location"]) == (303, "/pairs?done=1")
    with paired.look() as uow:
        assert uow.pairs.mirrored() == counted
        (row,) = uow.journal.rows(kinds=[JournalKind.PAIR])
        assert uow.journal.names()[row.actor] == "anna"
        assert "one outage" in uow.journal.details([row.sequence])[row.sequence].text
    assert (row.role, row.facts["pair"]) == (ANNA.person.role_text, answer)
    assert "No pair waits" in Office(paired).read("/pairs")
    said = "One incident" if answer == "accepted" else "Two incidents"
    assert f"{said}, says Anna Berg: one outage" in Office(paired).read("/pairs?show=decided")


def test_a_word_can_be_taken_back_by_saying_otherwise(paired: Store) -> None:
    office = Office(paired)
    office.send(f"/pairs/{NAME}", SAYS)
    assert "Say otherwise" in office.read("/pairs?show=decided")
    office.send(f"/pairs/{NAME}", {"answer": "rejected", "seen": "accepted", "reason": "two"})
    assert state(paired) is PairState.REJECTED
    with paired.look() as uow:
        assert uow.pairs.mirrored() == {}


def test_two_people_do_not_overrule_each_other_unseen(paired: Store) -> None:
    Office(paired).send(f"/pairs/{NAME}", SAYS)
    late = Office(paired).send(f"/pairs/{NAME}", {**SAYS, "answer": "rejected"})
    assert late.status_code == 409
    assert "somebody said meanwhile" in late.text
    assert state(paired) is PairState.ACCEPTED


@pytest.mark.parametrize("who", [VERA, OTTO, ADA])
def test_others_look_and_do_not_decide(paired: Store, who: Actor) -> None:
    assert f'action="/pairs/{NAME}"' not in Office(paired, who).read("/pairs")
    assert Office(paired, who).send(f"/pairs/{NAME}", SAYS).status_code == 403
    assert state(paired) is PairState.PROPOSED


def test_a_service_owner_sees_pairs_of_their_service_alone(paired: Store) -> None:
    assert "INC1" not in Office(paired, SVEN).read("/pairs")
    of_it = replace(SVEN, services=frozenset({"Remote access"}))
    assert "INC1" in Office(paired, of_it).read("/pairs")


def test_a_pair_with_another_services_record_is_not_for_a_service_owner(store: Store) -> None:
    with_pair(store, service="Payroll")
    assert "OPS-7" not in Office(store, SVEN).read("/pairs")


def test_what_is_restricted_is_not_shown_and_not_decided(store: Store) -> None:
    with_pair(store, restricted=True)
    page = Office(store).read("/pairs")
    assert "VPN" not in page
    assert "OPS-7" not in page
    assert "Somebody with the right to read restricted records decides here" in page
    assert Office(store).send(f"/pairs/{NAME}", SAYS).status_code == 404
    assert "VPN drops again" in Office(store, TRUSTED).read("/pairs")
    both = replace(ANNA, roles=ANNA.roles | TRUSTED.roles)
    assert Office(store, both).send(f"/pairs/{NAME}", SAYS).status_code == 303


@pytest.mark.parametrize(
    "form", [{"answer": "joined"}, {"answer": "yes"}, {"reason": "  "}, {"seen": ""}]
)
def test_what_makes_no_sense_changes_nothing(paired: Store, form: dict[str, str]) -> None:
    answer = Office(paired).send(f"/pairs/{NAME}", {**SAYS, **form})
    assert answer.status_code == 422
    assert "Nothing was changed" in answer.text
    assert state(paired) is PairState.PROPOSED


def test_a_record_that_is_deleted_is_told_as_such(paired: Store) -> None:
    gone = replace(PAIR, other=IncidentRef(source="jira", number="OPS-8"))
    with paired.begin() as uow:
        uow.pairs.tell([gone], AT)
        uow.commit()
    assert "Deleted in its tool" in Office(paired).read("/pairs")


def test_it_is_filtered_and_waits_for_the_manager(paired: Store) -> None:
    office = Office(paired)
    assert "No pair matches" in office.read("/pairs?q=printer")
    assert "INC1" in office.read("/pairs?q=vpn&source=jira")
    assert "Pairs that look like one incident" in office.read("/waiting")


def test_a_program_lists_pairs_and_says_what_they_are(paired: Store) -> None:
    (one,) = Script(paired).get("/pairs")["items"]
    assert (one["pair_id"], one["one"]["number"], one["score"]) == (NAME, "INC1", 0.91)
    done = Script(paired).ask("POST", f"/pairs/{NAME}", SAYS)
    assert done.json()["state"] == "accepted"
    assert Script(paired).get("/pairs")["total"] == 0
    assert Script(paired).get("/pairs?state=accepted")["total"] == 1
    assert Script(paired).ask("POST", f"/pairs/{NAME}", SAYS).status_code == 409
