"""What is Freshservice's own about writing; the conformance suite has the rest."""

from collections.abc import Iterator
from pathlib import Path
from urllib.parse import parse_qsl, urlsplit

import pytest

from connectors.core.comparing import Rules
from connectors.core.delivering import Delivery
from connectors.freshservice.push_settings import FreshservicePush
from itsm.errors import ConfigError
from itsm.pushing import IntentState, PushKind
from itsm.states import RecordKind
from tests.conformance.writer_desk import A, Desk, K, creation, intent
from tests.conformance.writer_freshservice import FreshserviceWriterFake


@pytest.fixture
def fake(tmp_path: Path) -> Iterator[FreshserviceWriterFake]:
    made = FreshserviceWriterFake()
    with made.running(tmp_path):
        yield made


def usual_rules(fake: FreshserviceWriterFake) -> Rules:
    """Those of a company that says nothing of `owns`."""
    return FreshservicePush.model_validate({"mode": "full", "instance": fake.instance}).rules


def test_what_was_created_is_not_written_over_unless_it_is_said_to_be_ours(
    fake: FreshserviceWriterFake,
) -> None:
    desk = Desk(fake.delivery(usual_rules(fake)))
    made = desk.create()
    outcome = desk.deliver(intent(A.UPDATE, K.PROBLEM, fields={"title": "VPN drops daily"}))
    assert (outcome.written, outcome.n_writes) == ((), 0)
    assert fake.shown(K.PROBLEM, made.key, "title") == "VPN drops"
    owning = Rules(
        mode=usual_rules(fake).mode, instance=fake.instance, owns={PushKind.PROBLEM: ("title",)}
    )
    desk.delivery = fake.delivery(owning)
    assert desk.deliver(intent(A.UPDATE, K.PROBLEM, fields={"title": "Daily"})).n_writes == 1


def test_what_is_taken_back_is_closed_and_found_by_its_key_still(
    fake: FreshserviceWriterFake,
) -> None:
    desk = Desk(fake.delivery())
    made = desk.create()
    back = intent(A.MOVE, K.PROBLEM, fields={"state": "canceled"}, undoes="PI-1", text="Undone.")
    outcome = desk.deliver(back)
    assert outcome.state is IntentState.DONE
    assert outcome.remote is not None
    assert (outcome.remote.state, outcome.remote.is_closed) == ("canceled", True)
    held = fake.held(made.key)
    assert (held.values["status_code"], held.text("csi_key")) == (3, "csi:prb:C-1 canceled")
    (found,) = desk.delivery.writer.find(K.PROBLEM, "csi:prb:C-1")
    assert found.key == made.key


def test_a_search_lists_all_problems_once_and_then_what_changed(
    fake: FreshserviceWriterFake,
) -> None:
    writer = fake.writer()
    assert writer.find(K.PROBLEM, "csi:prb:C-1") == []
    made = Desk(Delivery(writer, usual_rules(fake), fake.time.clock)).create()
    (found,) = writer.find(K.PROBLEM, "csi:prb:C-1")
    assert found.key == made.key
    asked = [urlsplit(one.target) for one in fake.served.requests if one.method == "GET"]
    lists = [dict(parse_qsl(one.query)) for one in asked if one.path.endswith("/problems")]
    since = [one["updated_since"] for one in lists if "updated_since" in one]
    assert since[0].startswith("2000")
    assert not since[-1].startswith("2000")
    assert len(fake.served.account.desk.of(RecordKind.PROBLEM)) >= 1


def test_nothing_is_opened_in_nobody_s_name(fake: FreshserviceWriterFake) -> None:
    push = {"mode": "full", "instance": fake.instance}
    with pytest.raises(ConfigError, match="requester_id"):
        Desk(fake.delivery(push=push)).deliver(creation())
