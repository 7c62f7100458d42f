"""Settings, documents and fields of Jira in all their shapes."""

from typing import Any

import pytest
from pydantic import ValidationError

from connectors.jira.adf import plain_text
from connectors.jira.config import JiraConfig
from connectors.jira.facts import facts_of
from connectors.jira.rows import IssueForm, sides_of, with_names
from connectors.jira.source import JiraSource
from itsm.errors import ConfigError
from simulator.jira.rendering import document

URL = "https://example.atlassian.net"


def config(**settings: Any) -> JiraConfig:
    return JiraConfig.model_validate({"url": URL, "user": "a@example.com", **settings})


@pytest.mark.parametrize(
    ("settings", "is_cloud", "auth"),
    [
        ({}, True, "basic"),
        ({"url": "https://api.atlassian.com/ex/jira/1"}, True, "basic"),
        ({"url": "https://jira.example.com/jira", "user": None}, False, "bearer"),
        ({"url": "https://jira.example.com"}, False, "basic"),
        ({"client_id": "one"}, True, "oauth_client"),
        ({"url": "https://jira.example.com", "deployment": "cloud"}, True, "basic"),
    ],
)
def test_the_address_says_which_jira_it_is(
    settings: dict[str, object], auth: str, *, is_cloud: bool
) -> None:
    made = config(**settings)
    assert (made.is_cloud, made.auth_kind) == (is_cloud, auth)


def test_assets_of_data_center_lie_on_the_site() -> None:
    assert config().assets_address == "https://api.atlassian.com/jsm/assets"
    there = config(url="https://jira.example.com/jira/")
    assert there.assets_address == "https://jira.example.com/jira/rest/assets/1.0"


@pytest.mark.parametrize(
    "settings",
    [
        {"url": "example.atlassian.net"},
        {"projects": ["ops; drop"]},
        {"filter": "labels = a ORDER BY key"},
        {"fields": {"incident": {"no_such_field": "Team"}}},
        {"unknown": 1},
    ],
)
def test_settings_that_cannot_be_used_are_refused(settings: dict[str, object]) -> None:
    with pytest.raises(ValidationError):
        config(**settings)


@pytest.mark.parametrize(
    ("settings", "told"),
    [
        ({"kinds": ["outage"]}, "Jira Service Management has no outage"),
        ({"kinds": ["service"]}, 'name yours: \\[assets\\] service = "..."'),
        ({"kinds": ["ci_relation"]}, "configuration items"),
        ({"assets": {"incident": "Ticket"}}, "assets.incident"),
        ({"issue_types": {"comment": "Comment"}}, "issue_types.comment"),
        ({"codes": {"no_such_table": {}}}, "no_such_table"),
        ({"codes": {"incident_state": {"X": "nonsense"}}}, "nonsense"),
    ],
)
def test_what_is_not_there_is_told(settings: dict[str, object], told: str) -> None:
    with pytest.raises(ConfigError, match=told):
        JiraSource("ours", config(**settings))


def test_a_missing_token_is_told_by_the_name_of_its_variable() -> None:
    with pytest.raises(ConfigError, match="CSI_SOURCES__OURS__TOKEN"):
        next(JiraSource("ours", config()).pages(JiraSource("ours", config()).kinds[0], None))


@pytest.mark.parametrize("text", ["one", "one\ntwo", "one\n\ntwo\nthree", "\U0001f600 é"])
def test_a_text_comes_back_from_a_document(text: str) -> None:
    assert plain_text(document(text)) == text


def _row(*texts: str) -> dict[str, object]:
    return _node("tableRow", *(_node("tableCell", _node("paragraph", _text(one))) for one in texts))


def _text(text: str) -> dict[str, object]:
    return {"type": "text", "text": text}


def _node(kind: str, *content: object, **attrs: object) -> dict[str, object]:
    return {"type": kind, "content": list(content), "attrs": attrs}


MENTION = {"type": "mention", "attrs": {"text": "@Ann"}}


@pytest.mark.parametrize(
    ("content", "text"),
    [
        ([_node("heading", _text("A")), _node("paragraph", _text("b"), _text("c"))], "A\n\nbc"),
        (
            [_node("bulletList", *(_node("listItem", _node("paragraph", _text(x))) for x in "ab"))],
            "- a\n- b",
        ),
        ([_node("panel", _node("paragraph", _text("in")))], "in"),
        ([_node("codeBlock", _text("x = 1\ny = 2"))], "x = 1\ny = 2"),
        (
            [_node("table", _row("a", "b"), _row("c", "d"))],
            "a | b\nc | d",
        ),
        ([_node("paragraph", MENTION, _text(" hi"))], "@Ann hi"),
        ([_node("paragraph", {"type": "emoji", "attrs": {"shortName": ":x:"}})], ":x:"),
        ([_node("paragraph", {"type": "inlineCard", "attrs": {"url": "https://a.b"}})], "https://a.b"),
        ([_node("extensionOfTomorrow", _node("paragraph", _text("kept")))], "kept"),
        ([], ""),
    ],
)  # fmt: skip
def test_no_text_of_a_document_is_lost(content: list[object], text: str) -> None:
    assert plain_text({"type": "doc", "version": 1, "content": content}) == text


@pytest.mark.parametrize(
    ("value", "sides"),
    [
        (None, None),
        ("", None),
        ([], None),
        ("plain", ("plain", "plain")),
        (4, ("4", "4")),
        (4.0, ("4", "4")),
        (4.5, ("4.5", "4.5")),
        (True, ("true", "true")),
        ({"id": "3", "name": "High"}, ("3", "High")),
        ({"id": "7", "value": "Iberia", "child": {"value": "North"}}, ("7", "Iberia")),
        ({"accountId": "5b", "displayName": "Ann Ortiz"}, ("5b", "Ann Ortiz")),
        ({"name": "ann", "displayName": "Ann Ortiz"}, ("ann", "Ann Ortiz")),
        ([{"id": "1", "value": "a"}, {"id": "2", "value": "b"}], ("1", "a")),
        ({"requestType": {"id": "9", "name": "Headset"}}, ("9", "Headset")),
        ({"rating": 4}, ("4", "4")),
        ({"rating": None}, None),
        ({"self": "https://a.b/1"}, None),
    ],
)
def test_a_field_holds_a_value_and_what_people_see(value: object, sides: object) -> None:
    assert sides_of(value) == sides


def test_objects_get_their_names() -> None:
    cloud = [{"workspaceId": "w", "id": "w:42", "objectId": "42"}]
    assert sides_of(with_names(cloud, {"42": "lon-sql-07"})) == ("42", "lon-sql-07")
    assert sides_of(with_names(cloud, {})) == ("42", "42")
    assert sides_of(with_names(["lon-sql-07 (CMDB-42)"], {})) == ("lon-sql-07", "lon-sql-07")
    assert sides_of(with_names(["plain"], {})) == ("plain", "plain")
    assert sides_of(with_names(None, {})) is None


def test_of_fields_with_one_name_the_first_that_is_filled_counts() -> None:
    fields = [{"id": f"customfield_{n}", "name": "Team", "schema": {}} for n in (1, 2)]
    form = IssueForm(["Team", "Nothing like it"], facts_of(fields, [], [], []))
    issue = {"key": "A-1", "fields": {"customfield_1": None, "customfield_2": {"value": "Net"}}}
    cells = form.cells(issue)
    assert cells["Team"]["display_value"] == "Net"
    assert cells["key"]["value"] == "A-1"
    assert cells.keys() == {"Team", "key"}
