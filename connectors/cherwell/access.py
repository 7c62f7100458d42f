"""The business objects and fields that the user of a Cherwell CSM has to be allowed."""

from connectors.cherwell.config import CherwellConfig
from connectors.cherwell.tables import filter_of, tables_of
from connectors.cherwell.write_words import write_words
from connectors.core.access_places import Places, meanings
from connectors.core.field_form import FieldForm
from itsm.pushing import PushKind


def places(config: CherwellConfig) -> Places:
    """The objects that are read and written, as the settings say.

    Raises:
        ConfigError: a kind has no object, or a code table or meaning does not exist.
    """
    tables, words = tables_of(config), write_words(config)
    mappings, columns = tables.mappings(""), {}
    for kind, table in tables.kinds.items():
        form = FieldForm(mappings[kind].columns, table.given.get("made", {}), {})
        columns[kind] = tuple(dict.fromkeys((*form.asked, *filter_of(config, table))))
    register = words.get(PushKind.REGISTER_ENTRY)
    problem = words[PushKind.PROBLEM]
    told = {
        "key_field": (config.push.key_field,),
        "problem_field": (problem.status, *problem.fields.values()),
        "register_object": (config.push.register_object,),
        "register_field": (register.status, *register.fields.values()) if register else (),
    }
    on = {"journal"} if config.history != "differences" else set[str]()
    return Places(
        holders={kind: tuple(table.names) for kind, table in tables.kinds.items()},
        columns=columns,
        words=meanings(told),
        conditions=frozenset(on),
    )
