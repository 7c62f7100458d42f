"""The configuration of a practice estate, as a person would write it."""

import json
from collections.abc import Mapping, Sequence
from pathlib import Path

from itsm.states import RecordKind

_HEAD = """\
# A practice estate: {what}.
organisation = "Practice estate"
zone = "Europe/London"
out = "."
database = "sqlite:///csi.sqlite"

[sources.practice]
"""
_FILES = """\
kind = "files"
preset = "servicenow"

[sources.practice.files]
"""
_SERVER = """\
kind = "servicenow"
url = {url}
user = {user}

# Tables of its own, as many a company has them.
[sources.practice.tables]
vendor_case = "u_vendor_case"
contract_clause = "u_contract_clause"
known_error = "u_known_error"
post_incident_review = "u_post_incident_review"
review_action = "u_review_action"
"""
PASSWORD = "CSI_SOURCES__PRACTICE__PASSWORD"  # noqa: S105  # the name of a variable
"""The environment variable with the password of the practice server."""


def server_config(url: str, user: str, password: str = "") -> str:
    """The text of a `csi.toml` for a practice server; a password only where it guards nothing."""
    head = _HEAD.format(what="one ServiceNow instance, read over its Table API")
    told = (
        f"{json.dumps(user)}\npassword = {json.dumps(password)}" if password else json.dumps(user)
    )
    return head + _SERVER.format(url=json.dumps(url), user=told)


def demo_config(files: Mapping[RecordKind, Sequence[Path]]) -> str:
    """The text of a `csi.toml` for the exports of a practice estate."""
    lines = [
        f"{kind} = [{', '.join(_quoted(path) for path in paths)}]" for kind, paths in files.items()
    ]
    return (
        _HEAD.format(what="the exports of one ServiceNow instance")
        + _FILES
        + "\n".join(lines)
        + "\n"
    )


def _quoted(path: Path) -> str:
    return json.dumps(str(path.resolve()), ensure_ascii=False)
