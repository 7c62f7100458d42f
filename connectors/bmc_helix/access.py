"""The forms and fields that the user of a BMC Helix ITSM has to be allowed."""

from connectors.bmc_helix.config import BmcHelixConfig
from connectors.bmc_helix.links import LINKED
from connectors.bmc_helix.tables import form_fields, owner_field, owner_of, tables_of
from connectors.bmc_helix.write_words import write_words
from connectors.core.access_places import Places, meanings
from connectors.core.field_form import KIND, FieldForm
from itsm.pushing import PushKind
from itsm.states import RecordKind


def places(config: BmcHelixConfig) -> Places:
    """The forms that are read and written, as the settings say.

    Raises:
        ConfigError: a kind has no form, or a code table or meaning does not exist.
    """
    tables, words = tables_of(config), write_words(config)
    mappings = tables.mappings("")
    own: dict[str, tuple[str, ...]] = {}
    holders: dict[RecordKind, tuple[str, ...]] = {}
    for kind, table in tables.kinds.items():
        holders[kind] = tuple(
            form for form in table.names if owner_of(form) in {"", *map(str, tables.kinds)}
        )
        for form in holders[kind]:
            field = owner_field(form)
            made = {**table.given.get("made", {}), **({"record": {"of": field}} if field else {})}
            fixed = {KIND: owner_of(form)} if owner_of(form) else {}
            asked = FieldForm(mappings[kind].columns, made, fixed, LINKED).asked
            stamps = form_fields(config, form)
            own[form] = tuple(
                dict.fromkeys((*own.get(form, ()), stamps.key, stamps.updated, *asked))
            )
    register = words.get(PushKind.REGISTER_ENTRY)
    problem = words[PushKind.PROBLEM]
    told = {
        "key_field": (config.push.key_field,),
        "problem_field": (problem.status, *problem.fields.values()),
        "register_form": (config.push.register_form,),
        "register_audit": (config.push.register_audit,),
        "register_field": (register.status, *register.fields.values()) if register else (),
    }
    on = {"audit"} if config.history != "differences" else set[str]()
    return Places(holders=holders, own=own, words=meanings(told), conditions=frozenset(on))
