"""What is Jira's own about writing: copies, documents, statuses, and where it may create."""

from pathlib import Path

import pytest

from connectors.jira.adf import document, plain_text
from connectors.jira.config import JiraConfig
from connectors.jira.write_fields import said, short, write_issues
from connectors.registry import REGISTRY
from itsm.errors import ConfigError
from itsm.pushing import IntentState, PushKind
from tests.conformance.gateway import gateway_before
from tests.conformance.writer_desk import Desk, creation
from tests.conformance.writer_jira import JiraWriterFake

GIVEN = {"url": "https://jira.invalid", "user": "csi", "token": "none"}


@pytest.mark.parametrize(
    "text",
    ["one line", "two\nlines", "a paragraph\n\nand another\n- item", "  indented", "😀 & <b>"],
)
def test_a_text_goes_into_a_document_and_comes_out_the_same(text: str) -> None:
    assert said(plain_text(document(said(text)))) == said(text)
    assert said(said(text)) == said(text)


def test_a_summary_is_one_line_of_no_more_than_jira_takes() -> None:
    assert short("two\nlines \t here ") == "two lines here"
    assert len(short("word " * 200)) <= 250


def test_statuses_of_ones_own_come_before_the_usual_ones() -> None:
    push = {"states": {"problem": {"canceled": "Dropped"}}, "projects": {"problem": "PRB"}}
    issues = write_issues(JiraConfig.model_validate({**GIVEN, "push": push}))
    problem = issues[PushKind.PROBLEM]
    assert problem.state_of("dropped") == "canceled"
    assert problem.rank("Dropped", "canceled") < problem.rank("Canceled", "canceled")
    wrong = {"states": {"problem": {"floating": "Dropped"}}}
    with pytest.raises(ConfigError, match="no state 'floating'"):
        write_issues(JiraConfig.model_validate({**GIVEN, "push": wrong}))


def test_a_restored_backup_is_known_by_the_address_it_still_tells(tmp_path: Path) -> None:
    fake = JiraWriterFake()
    with fake.running(tmp_path), gateway_before(fake.served.url, fake.served.now) as gateway:
        delivery = fake.delivery()
        delivery.require_instance()
        delivery.writer = REGISTRY["jira"].writer(
            "ours", {**fake.settings(), "url": gateway.url}, fake.around()
        )
        with pytest.raises(ConfigError, match="nothing is written to a copy"):
            delivery.require_instance()


def test_nothing_is_created_without_a_project(tmp_path: Path) -> None:
    fake = JiraWriterFake()
    with fake.running(tmp_path):
        desk = Desk(fake.delivery(push={"mode": "full", "instance": fake.instance}))
        outcome = desk.deliver(creation())
    assert outcome.state is IntentState.REFUSED
    assert "has no problem that could be written" in outcome.said
