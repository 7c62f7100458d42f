"""Changes of the register reach the outbox with their own transaction; proofs and regressions."""

from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from flows.register_proofs import keep_proof
from itsm.errors import ConfigError
from itsm.proof import ProofVerdict
from itsm.pushing import PushAction, PushKind
from itsm.register import RegisterState
from tests.flows.register_desk import Desk
from tests.flows.test_register_verb import accepted
from tests.itsm.test_register_rules import proof

AT = datetime(2027, 6, 1, tzinfo=UTC)
SOURCE = '\n[sources.desk]\nkind = "files"\n[improvement]\nmirrors = ["desk"]\n'


def test_a_change_and_its_intents_are_one_transaction(tmp_path: Path) -> None:
    desk = Desk(tmp_path, SOURCE)
    number = accepted(desk)
    desk.said("edit", number, "--set", "title=Renew them all", "--by", "ben")
    desk.said("edit", number, "--set", "title=Never", "--by", "ben", "--dry-run")
    assert desk.register("move", number, "closed", "--reason", "x", "--by", "cleo").exception
    with desk.parts.store.begin() as uow:
        fates = uow.outbox.fates(subject=number)
    assert [one.intent.action for one in fates] == [
        PushAction.CREATE, PushAction.MOVE, PushAction.UPDATE,
    ]  # fmt: skip
    assert {one.intent.kind for one in fates} == {PushKind.REGISTER_ENTRY}
    assert fates[2].intent.fields[0].value == "Renew them all"
    assert fates[2].intent.actor == "ben"


def test_a_mirror_that_is_no_source_is_refused(tmp_path: Path) -> None:
    desk = Desk(tmp_path, '\n[improvement]\nmirrors = ["desk"]\n')
    done = desk.register("add", "X", "--by", "anna")
    assert isinstance(done.exception, ConfigError)
    assert "improvement.mirrors: 'desk' is no source" in str(done.exception)


@pytest.mark.parametrize("verdict", list(ProofVerdict))
def test_a_regression_opens_a_closed_entry_by_itself(tmp_path: Path, verdict: ProofVerdict) -> None:
    desk = Desk(tmp_path)
    number = accepted(desk)
    desk.said("move", number, "assess", "--reason", "x", "--by", "ben")
    desk.said("answer", number, "approved", "--by", "cleo")
    for state in ("approved", "in_progress", "review"):
        desk.said("move", number, state, "--reason", "x", "--by", "cleo")
    desk.said("sign", number, "waiver", "--reason", "x", "--by", "anna")
    desk.said("move", number, "closed", "--as", "successful", "--reason", "x", "--by", "cleo")
    parts = desk.parts
    with parts.store.begin() as uow:
        kept = keep_proof(uow, parts, replace(proof(verdict), number=number), AT)
        uow.commit()
    is_back = verdict is ProofVerdict.REGRESSED
    assert kept.state is (RegisterState.REGRESSED if is_back else RegisterState.CLOSED)
    with parts.store.begin() as uow:
        kinds = [row.kind for row in uow.journal.rows(subject=number)][-2:]
        actors = {row.actor for row in uow.journal.rows(subject=number)[-2:]}
    assert (kinds == ["proof", "transition"]) == is_back
    assert "system" in actors
    assert desk.audit("verify").exit_code == 0
    assert (kept.next_review_on == AT.date()) == is_back
