"""What can be known of docs/deploy without a container engine."""

import re
import shlex
import subprocess
from importlib import import_module
from pathlib import Path

import click
import pytest
import yaml

from flows.cli import VERBS

DEPLOY = Path(__file__).parents[2] / "docs" / "deploy"
ROOT = DEPLOY.parents[1]
COMPOSE = yaml.safe_load((DEPLOY / "compose.yaml").read_text())


def commands() -> list[list[str]]:
    """Every command of a service, word by word; those of a shell one by one."""
    found = []
    for service in COMPOSE["services"].values():
        given = service.get("command", [])
        if given[:2] == ["sh", "-c"]:
            found += [shlex.split(one) for one in given[2].split("&&")]
        elif given:
            found.append(given)
    return found


@pytest.mark.parametrize("name", ["prefect", "deploy", "worker", "review"])
def test_our_services_are_not_root_and_write_nowhere_but_where_they_must(name: str) -> None:
    service = COMPOSE["services"][name]
    assert service["user"] == "10001:10001"
    assert service["read_only"] is True
    assert service["cap_drop"] == ["ALL"]
    assert service["volumes"] == ["desk:/srv/csi"]


def test_a_csi_command_of_a_service_exists_with_its_options() -> None:
    ours = [words for words in commands() if words[0] == "csi"]
    assert len(ours) == 3
    for words in ours:
        verb = VERBS[words[1]]
        command: click.Command = getattr(import_module(f"flows.verbs.{verb.module}"), verb.command)
        given = words[2:]
        if isinstance(command, click.Group):
            command, given = command.commands[given[0]], given[1:]
        known = {option for parameter in command.params for option in parameter.opts}
        assert {word for word in given if word.startswith("--")} <= known


def test_a_port_is_open_on_this_machine_only() -> None:
    ports = [port for one in COMPOSE["services"].values() for port in one.get("ports", [])]
    assert ports and all(port.startswith("127.0.0.1:") for port in ports)


def test_every_variable_that_compose_asks_for_is_in_the_example() -> None:
    asked = set(re.findall(r"\$\{(\w+):\?", (DEPLOY / "compose.yaml").read_text()))
    given = set(re.findall(r"^(\w+)=", (DEPLOY / "env.example").read_text(), re.MULTILINE))
    assert asked == given


def test_the_script_for_the_databases_is_one() -> None:
    done = subprocess.run(["sh", "-n", str(DEPLOY / "databases.sh")], check=False)
    assert done.returncode == 0


def test_the_image_is_built_from_the_pins_and_runs_as_nobody_special() -> None:
    text = (DEPLOY / "Dockerfile").read_text()
    assert "-c constraints.txt" in text
    assert re.search(r"^USER 10001:10001$", text, re.MULTILINE)
    assert (ROOT / "constraints.txt").exists()
    extras = re.search(r'"\.\[([\w,]+)\]"', text)
    assert extras is not None
    pyproject = (ROOT / "pyproject.toml").read_text()
    assert all(re.search(rf"^{one} = \[", pyproject, re.MULTILINE) for one in extras[1].split(","))
