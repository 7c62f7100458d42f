"""The text of a first `csi.toml`: every key there is, with what it means, from the settings."""

import textwrap
from collections.abc import Iterator, Mapping
from pathlib import PurePath
from types import MappingProxyType
from typing import get_args

from pydantic import BaseModel, SecretStr
from pydantic.fields import FieldInfo

from connectors.core.login_code import LoginSettings
from connectors.core.settings import HttpSettings
from flows.code_lines import toml_text
from flows.privacy_settings import RetentionSettings
from flows.settings import (
    BmcHelixSettings,
    CherwellSettings,
    FilesSettings,
    FreshserviceSettings,
    GlpiSettings,
    ItopSettings,
    JiraSettings,
    RtSettings,
    ServiceNowSettings,
    Settings,
)

SOURCES: Mapping[str, type[BaseModel]] = MappingProxyType(
    {
        "servicenow": ServiceNowSettings,
        "jira": JiraSettings,
        "rt": RtSettings,
        "itop": ItopSettings,
        "glpi": GlpiSettings,
        "freshservice": FreshserviceSettings,
        "bmc_helix": BmcHelixSettings,
        "cherwell": CherwellSettings,
        "files": FilesSettings,
    }
)
"""The settings of a source by its kind."""

WIDTH = 98

_EXAMPLES: Mapping[str, str] = MappingProxyType(
    {
        "auth": '"basic"',
        "auth_string": '"acme"',
        "auth_mode": '"Internal"',
        "where": '{ service_request = { IncidentType = "Service Request" } }',
        "objects": '{ service_request = "Incident" }',
        "register_form": '"CSI:Register"',
        "register_audit": '"CSI:Register_AuditLogSystem"',
        "register_object": '"Improvement"',
        "register_object_id": "7",
        "register_fields": '{ expected_benefit = "benefit" }',
        "requester_id": "21000000042",
        "company": '"Acme"',
        "first_name": '"Sam"',
        "last_name": '"Reed"',
        "support_organization": '"IT Support"',
        "user": '"csi.reader"',
        "client_id": '"0123456789abcdef0123456789abcdef"',
        "since": "2026-01-01",
        "until": "2026-07-01",
        "first_days": "90",
        "deployment": '"cloud"',
        "filter": '"labels != private"',
        "zone": '"Europe/Berlin"',
        "classes": '{ incident = "UserRequest" }',
        "filters": "{ incident = \"request_type = 'incident'\" }",
        "queues": '{ incident = ["Incidents", "Service Desk"] }',
        "asset_types": '{ service = ["Business Service", "IT Service"] }',
        "activities": "{ state = 'set Status as (.+)' }",
        "profile": "6",
        "entity": "0",
        "itemtypes": '{ service = ["Appliance"], vendor_case = "Ticket" }',
        "catalogs": '{ configuration_item = "Servers" }',
        "token_url": '"https://auth.atlassian.com/oauth/token"',
        "assets_url": '"https://api.atlassian.com/jsm/assets"',
        "kinds": '["incident", "service_request", "change", "problem", "history"]',
        "tables": '{ vendor_case = "u_vendor_case" }',
        "fields": '{ incident = { affected_users = "u_users_hit" } }',
        "codes": '{ incident_state = { "42" = "on_hold" } }',
        "requests_per_hour": "5000",
        "ca_bundle": '"certificates.pem"',
        "proxy": '"http://proxy.example.com:3128"',
        "handling_h": "1.5",
        "lost_h_per_user": "0.5",
        "affected_users": "1",
        "rate_per_h": "60",
        "user_rate_per_h": "45",
        "run_per_year": '{ "Mail" = 120000 }',
        "productive_h": "26",
        "desk_people": "12",
        "team_sizes": '{ "Network" = 7 }',
        "service_hours": '{ days = ["mon", "tue"], opens = "08:00", closes = "18:00" }',
        "targets": '[{ figure = "sla_compliance", value = 0.95, owner = "service desk lead" }]',
        "events": '[{ name = "change freeze", first_day = 2026-12-18, last_day = 2027-01-03 }]',
        "steps": '[{ improvement = "CSI-0001", figure = "reopen_rate", week = "2026-W40" }]',
        "plans": '[{ reason = "office opens", factor = 1.1, first_week = "2027-W02", '
        'last_week = "2027-W05" }]',
        "promises": '[{ priority = "P2", within_h = 8, share = 0.95 }]',
        "decisions": '[{ figure = "backlog", week = "2026-W46", what = "second shift" }]',
        "tags": '{ security = { fields = { category = ["Security"] }, words = ["phishing"] } }',
        "services": '{ "Mail" = { owner = "mail manager", criticality = 1, users = 900 } }',
        "ends_after_days": "90",
        "file": '"logins/servicenow.json"',
        "secrets_end": "{ servicenow = 2027-01-31, mail = 2027-03-01 }",
        "people": '{ anna = { roles = ["manager", "approver"], full_name = "Anna Berg" } }',
        "weights": '{ version = "2026-1", impact = 2, urgency = 1, risk = 1, effort = 1 }',
        "cost": '{ version = "2026-1", rate_per_day = 520, horizon_months = 12 }',
        "four_eyes_exceptions": '[{ person = "anna", rule = "approve_own", reason = "the only '
        'approver until spring", until = 2027-03-31 }]',
        "patience": "{ new = 28, on_hold = 90 }",
        "feeds": "{ problem_age_days = 90, handoff_wait_h = 40 }",
        "mirrors": '["servicenow"]',
        "owners": '{ title = "ours", coordinator = "theirs" }',
        "notes": '["rt"]',
        "pilots": '[{ name = "Password robot", kind = "automation", started_on = 2026-10-01 }]',
        "keeper_file": '"/mnt/audit/csi-heads.txt"',
        "keeper_command": '["logger", "-t", "csi-journal"]',
        "certificate": '"csi.example.com.pem"',
        "key": '"csi.example.com.key"',
        "oidc": '{ issuer = "https://login.example.com", client_id = "csi" }',
        "prefect": '"http://127.0.0.1:4200"',
        "mail": '{ host = "mail.example.com", sender = "csi@example.com" }',
        "links": '{ desk = "https://desk.example.com/incidents/{number}" }',
        "homes": '{ "E-mail" = "servicenow" }',
        "instance": '"acmeprod"',
        "owns": '{ problem = ["title", "description"] }',
        "columns": '{ problem = { root_cause = "u_root_cause" } }',
        "states": '{ register_entry = { review = "7" } }',
        "issue_types": '{ problem = "Problem" }',
        "register_queue": '"Improvements"',
        "organization": '"Demo"',
        "team": '"Problem management"',
        "agent": '"Ann Ortiz"',
        "day_first": "true",
        "delimiter": '";"',
        "encoding": '"cp1252"',
        "sheet": '"Sheet1"',
    }
)
"""Values of keys that have no default."""

_INCIDENT_PAGES: Mapping[str, str] = MappingProxyType(
    {
        "servicenow": "/incident.do?sysparm_query=number={number}",
        "jira": "/browse/{number}",
        "rt": "/Ticket/Display.html?id={number}",
        "glpi": "/front/ticket.form.php?id={number}",
    }
)
"""Where a system shows an incident by its number."""

_KEPT = frozenset(RetentionSettings.model_fields)
"""What may be kept for so many days only, and is kept for good where nobody says."""
_EXAMPLE_DAYS = 1095
_HEAD = """\
# The configuration of CSI pipeline. A key behind a # shows the value it has when it is left out, or
# an example where there is none. To see whether all of it works: csi doctor
"""


def config_text(
    kind: str, name: str, given: Mapping[str, object], source: Mapping[str, object]
) -> str:
    """The text of a configuration with one source.

    Args:
        kind: how the source is read.
        name: the source's name.
        given: values of keys at the top.
        source: values of keys of the source; never a secret.
    """
    parts = [_HEAD, *_keys(Settings, given), *_section(f"sources.{name}", SOURCES[kind], source)]
    if "http" in SOURCES[kind].model_fields:
        parts += _section(f"sources.{name}.http", HttpSettings)
    if "login" in SOURCES[kind].model_fields:
        parts += _section(f"sources.{name}.login", LoginSettings)
    if "push" in SOURCES[kind].model_fields:
        push = SOURCES[kind].model_fields["push"].get_default(call_default_factory=True)
        parts += _section(f"sources.{name}.push", type(push))
    page = _INCIDENT_PAGES.get(kind)
    links = {"links": {name: f"{source['url']}{page}"}} if "url" in source and page else {}
    for key, info in Settings.model_fields.items():
        if isinstance(info.default, BaseModel):
            parts += _section(key, type(info.default), links if key == "review" else {})
    return "\n".join(parts)


def example_of(key: str) -> str:
    """A value that a key without a default could have, as TOML."""
    return _EXAMPLES[key]


def environment_name(name: str, key: str) -> str:
    """The environment variable that gives a key of a source."""
    return f"CSI_SOURCES__{name}__{key}".upper()


def _section(
    name: str, model: type[BaseModel], given: Mapping[str, object] = MappingProxyType({})
) -> list[str]:
    return [f"[{name}]", *_keys(model, given, name)]


def _keys(model: type[BaseModel], given: Mapping[str, object], section: str = "") -> Iterator[str]:
    """Each key with what it means and its value, `kind` first; sections are left out."""
    for key in sorted(model.model_fields, key=lambda key: key != "kind"):
        info = model.model_fields[key]
        default = info.get_default(call_default_factory=True)
        if isinstance(default, BaseModel) or key == "sources":
            continue
        if _is_secret(key, info):
            variable = environment_name(section.removeprefix("sources."), key)
            yield f"# {key} is not written here; give it as {variable} in the environment.\n"
            continue
        yield from textwrap.wrap(
            info.description or "", WIDTH, initial_indent="# ", subsequent_indent="# "
        )
        yield _line(key, default, given) + "\n"


def _is_secret(key: str, info: FieldInfo) -> bool:
    holds_secrets = info.annotation is not None and SecretStr in get_args(info.annotation)
    return holds_secrets and key not in _EXAMPLES


def _line(key: str, default: object, given: Mapping[str, object]) -> str:
    if key in given:
        return f"{key} = {_toml(given[key])}"
    if key in _EXAMPLES:
        return f"# {key} = {_EXAMPLES[key]}"
    if default is None and key in _KEPT:
        return f"# {key} = {_EXAMPLE_DAYS}"
    shown = default.get_secret_value() if isinstance(default, SecretStr) else default
    return f"# {key} = {_toml(shown)}"


def _toml(value: object) -> str:
    """A value as TOML writes it, in one line."""
    if isinstance(value, str | PurePath):
        return toml_text(str(value))
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, Mapping):
        pairs = ", ".join(f"{key} = {_toml(one)}" for key, one in value.items())
        return f"{{ {pairs} }}" if pairs else "{}"
    if isinstance(value, list | tuple):
        return "[" + ", ".join(map(_toml, value)) + "]"
    return str(value)
