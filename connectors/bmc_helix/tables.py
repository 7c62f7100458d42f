"""Which forms hold which records, with a company's own over the usual ones."""

from collections.abc import Mapping
from functools import cache
from typing import Any

from connectors.bmc_helix.config import BmcHelixConfig, FormFields
from connectors.core.mapping.loading import toml_of
from connectors.core.named_kinds import NamedKind, NamedKinds, Where, named_kinds
from itsm.errors import ConfigError
from itsm.states import RecordKind

_FILE = ("connectors.bmc_helix", "fields.toml")
LACKS: Mapping[RecordKind, str] = {}
"""Kinds that nothing could be read of: none, as any form can be named."""
_WHERE = Where(
    name="bmc_helix",
    file=_FILE,
    lacks=LACKS,
    hanging=frozenset(),
    setting="forms",
    tracked=(),
)
SEVERAL = frozenset({RecordKind.HISTORY, RecordKind.COMMENT})
"""Kinds that are read out of several forms, each with ids of its own."""


def tables_of(config: BmcHelixConfig) -> NamedKinds:
    """What is read, as the settings say.

    Raises:
        ConfigError: a kind has no form, or a code table or meaning does not exist.
    """
    own = {
        kind: (given,) if isinstance(given, str) else given for kind, given in config.forms.items()
    }
    found = named_kinds(_WHERE, config, own)
    for kind in config.filters:
        if kind not in found.kinds:
            raise ConfigError(f"filters.{kind}: no such records are read")
    return found


def form_fields(config: BmcHelixConfig, form: str) -> FormFields:
    """What a form calls the fields that every form has."""
    if form in config.form_fields:
        return config.form_fields[form]
    given = _forms().get(form, {})
    return FormFields(**{name: given[name] for name in ("key", "updated") if name in given})


def owner_of(form: str) -> str:
    """The kind that the entries of a form hang on; "" if they do not."""
    return str(_forms().get(form, {}).get("of", ""))


def owner_field(form: str) -> str:
    """The field that names the record that an entry hangs on; "" if it is not `record`."""
    return str(_forms().get(form, {}).get("record", ""))


def filter_of(config: BmcHelixConfig, table: NamedKind) -> tuple[str, str]:
    """The qualifications that a kind's entries meet: the usual one, and one's own."""
    is_own = table.kind in config.forms
    usual = "" if is_own else str(table.given.get("filter", "")).strip()
    return usual, config.filters.get(table.kind, "")


@cache
def _forms() -> Mapping[str, Mapping[str, Any]]:
    found: Mapping[str, Mapping[str, Any]] = toml_of(*_FILE)["forms"]
    return found
