"""The presets there are: TOML files beside this module, and the plain one."""

from collections.abc import Mapping
from types import MappingProxyType

from connectors.core.mapping.loading import load_preset
from connectors.core.mapping.preset import KindPreset, Preset, default_rule, table_of
from itsm.fields import fields_of
from itsm.states import RecordKind


def plain_preset() -> Preset:
    """Columns named after the fields, codes after their meanings."""
    codes: dict[str, dict[str, str]] = {}
    kinds = {}
    for kind in RecordKind:
        rules = []
        for spec in fields_of(kind):
            if spec.name in ("source", "number"):
                continue
            rules.append(default_rule(spec))
            if spec.enum is not None:
                codes[str(table_of(spec))] = {str(meaning): str(meaning) for meaning in spec.enum}
        kinds[kind] = KindPreset(kind, ("number",), tuple(rules))
    return Preset("plain", "Columns named after the records' fields", kinds, codes)


def _preset(name: str) -> Preset:
    return load_preset(name, "connectors.files", f"preset_{name}.toml")


PRESETS: Mapping[str, Preset] = MappingProxyType(
    {
        "servicenow": _preset("servicenow"),
        "jira": _preset("jira"),
        "uci": _preset("uci"),
        "plain": plain_preset(),
    }
)
"""The presets by name."""
