"""The data quality page: what is set aside, who sees which record, and what is accepted by whom."""

from collections.abc import Collection
from dataclasses import replace

import pytest

from itsm.journal import JournalKind
from itsm.quality import CheckReport, ExpectationResult, Severity
from itsm.records import Quarantined
from itsm.states import RecordKind
from review_app.identity.actors import Actor
from store import Reconciliation, Store
from tests.review_app.office import ADA, AT, HOSTILE, OTTO, VERA, WORKS, Office

INCIDENT = RecordKind.INCIDENT
RULE = "resolved_at_after_opened_at"
ACCEPTING = replace(WORKS, acceptable={"incident": frozenset({RULE})})
FORM = {"source": "desk", "kind": "incident", "key": "k1", "rule": RULE, "reason": "so it was"}


def set_aside(store: Store, key: str = "k1", rule: str = RULE, number: str = "INC1") -> None:
    with store.begin() as uow:
        item = Quarantined(
            source="desk",
            kind=INCIDENT,
            key=key,
            field="resolved_at",
            reason="is before it was opened",
            remedy="mend it in the tool",
            rule=rule,
            number=number,
        )
        uow.quarantine.put([item], AT)
        uow.commit()


def office(store: Store, who: Actor | None = None) -> Office:
    return Office(store, works=ACCEPTING) if who is None else Office(store, who, ACCEPTING)


def test_an_empty_quarantine_says_so(store: Store) -> None:
    page = office(store).read("/quality")
    assert "0 records set aside" in page
    assert "Nothing is set aside" in page
    assert "Nothing was checked yet" in page


def test_reasons_are_for_everybody_records_for_those_who_act(store: Store) -> None:
    set_aside(store)
    assert "INC1" in office(store).read("/quality")
    assert "INC1" in office(store, ADA).read("/quality")
    page = office(store, VERA).read("/quality")
    assert "is before it was opened" in page
    assert "INC1" not in page


def test_records_are_found_by_reason_and_text(store: Store) -> None:
    set_aside(store)
    set_aside(store, "k2", "number_taken", "INC2")
    page = office(store).read("/quality?rule=number_taken")
    assert "INC2" in page
    assert "<bdi>INC1" not in page
    assert "<bdi>INC2" not in office(store).read("/quality?q=inc1")


def test_a_record_is_accepted_with_its_reason_and_told(store: Store) -> None:
    set_aside(store)
    answer = office(store).send("/quality/accept", FORM)
    assert answer.headers["location"] == "/quality?done=accepted"
    page = office(store).read("/quality")
    assert "accepted by Anna Berg" in page
    assert "so it was" in page
    with store.look() as uow:
        (row,) = uow.journal.rows(kinds=[JournalKind.QUARANTINE])
        assert (row.facts["rule"], uow.journal.names()[row.actor]) == (RULE, "anna")
    assert office(store).send("/quality/withdraw", FORM).status_code == 303
    with store.look() as uow:
        assert uow.quarantine.overrides() == ()


def test_what_no_person_can_set_aside_is_refused(store: Store) -> None:
    set_aside(store, rule="number_taken")
    answer = office(store).send("/quality/accept", {**FORM, "rule": "number_taken"})
    assert answer.status_code == 422
    assert "mend the record" in answer.text


@pytest.mark.parametrize(
    "wrong",
    [{"reason": ""}, {"kind": "nothing"}, {"key": "k9"}, {"source": "elsewhere"}, {"rule": ""}],
)
def test_a_form_without_sense_is_refused(store: Store, wrong: dict[str, str]) -> None:
    set_aside(store)
    answer = office(store).send("/quality/accept", {**FORM, **wrong})
    assert 400 <= answer.status_code < 500
    with store.look() as uow:
        assert uow.quarantine.overrides() == ()


def test_trying_again_says_what_came_of_it(store: Store) -> None:
    set_aside(store)
    set_aside(store, "k2")
    asked: list[tuple[str, RecordKind, Collection[str]]] = []

    def retry(source: str, kind: RecordKind, keys: Collection[str]) -> tuple[int, int]:
        asked.append((source, kind, keys))
        return 1, len(keys) - 1

    works = replace(ACCEPTING, retry=retry)
    sent = {name: FORM[name] for name in ("source", "kind", "rule")}
    answer = Office(store, works=works).send("/quality/retry", sent)
    assert asked == [("desk", INCIDENT, ["k1", "k2"])]
    page = Office(store, works=works).read(answer.headers["location"])
    assert "1 landed, 1 stay set aside" in page
    gone = Office(store, works=works).send("/quality/retry", {**sent, "key": "k9"})
    assert gone.status_code == 404


@pytest.mark.parametrize("who", [VERA, OTTO, ADA])
def test_others_accept_nothing(store: Store, who: Actor) -> None:
    set_aside(store)
    assert office(store, who).send("/quality/accept", FORM).status_code == 403
    assert office(store, who).send("/quality/withdraw", FORM).status_code == 403


def test_findings_and_coverage_are_shown(store: Store) -> None:
    result = ExpectationResult(
        rule="r",
        title="codes have a meaning",
        severity=Severity.WARNING,
        is_met=False,
        n_checked=9,
        n_failed=4,
        remedy="explain them",
    )
    report = CheckReport(source="desk", kind=INCIDENT, n_records=9, results=(result,))
    counted = Reconciliation(
        source="desk", kind=INCIDENT, at=AT, n_server=12, n_held=9, n_deleted=0, n_hidden=1
    )
    with store.begin() as uow:
        uow.checks.save("2026-W46", [report])
        uow.reconciliations.save([counted])
        uow.commit()
    page = office(store, VERA).read("/quality")
    assert "codes have a meaning" in page
    assert "0 expectations met, 1 not" in page
    assert "differs" in page


def test_hostile_text_is_shown_as_text(store: Store) -> None:
    set_aside(store, HOSTILE[:-1], number=HOSTILE[:-1])
    page = office(store).read("/quality")
    assert "<script>alert" not in page
    assert "\u202e" not in page.replace('value="', "").replace(HOSTILE[:-1], "")
