"""The documentation of events, automations and spans is what there is."""

import ast
import re
from pathlib import Path

import yaml

ROOT = Path(__file__).parents[2]
TEXT = (ROOT / "docs" / "observability.md").read_text()
EVENTS = TEXT.split("## Events")[1].split("## Automations")[0]
AUTOMATIONS = yaml.safe_load((ROOT / "flows" / "templates" / "automations.yaml").read_text())


def payloads() -> dict[str, list[str]]:
    """`PAYLOADS` of flows/events.py, read as text: importing it would load Prefect."""
    module = ast.parse((ROOT / "flows" / "events.py").read_text())
    (found,) = [
        node.value
        for node in module.body
        if isinstance(node, ast.AnnAssign) and getattr(node.target, "id", "") == "PAYLOADS"
    ]
    assert isinstance(found, ast.Call)
    return {name: list(keys) for name, keys in ast.literal_eval(found.args[0]).items()}


def documented() -> dict[str, list[str]]:
    rows = re.findall(r"^\| `(csi\.\w+\.\w+)` \| [^|]+ \| ([^|]+) \|$", EVENTS, re.MULTILINE)
    return {name: re.findall(r"`(\w+)`", payload) for name, payload in rows}


def test_every_event_is_documented_with_its_payload() -> None:
    assert documented() == payloads()


def test_automations_listen_to_events_that_are_emitted() -> None:
    listened = {
        event
        for one in AUTOMATIONS["automations"]
        for event in one["trigger"]["expect"]
        if event.startswith("csi.")
    }
    assert listened and listened <= set(payloads())


def test_an_automation_matches_the_resource_its_event_has() -> None:
    for one in AUTOMATIONS["automations"]:
        for event in one["trigger"]["expect"]:
            if event.startswith("csi."):
                kind = event.split(".")[1]
                assert one["trigger"]["match"] == {"prefect.resource.id": f"csi.{kind}.*"}


def test_the_stages_that_have_spans_are_those_of_the_documentation() -> None:
    named = set(re.findall(r"`csi\.(\w+)`", TEXT.split("| name | kind |")[1].split("| span |")[0]))
    watched = set()
    for path in (ROOT / "flows").rglob("*.py"):
        watched |= set(re.findall(r'@stage\("(\w+)"\)', path.read_text()))
        watched |= set(re.findall(r'watched\([\w.]+, "(\w+)"', path.read_text()))
    assert named == watched | {"backup"}
