"""What the user of a Jira Service Management site has to be allowed."""

from collections.abc import Iterable

from connectors.core.access_places import Places, meanings
from connectors.jira.config import JiraConfig
from connectors.jira.tables import HANGING, OBJECTS, tables_of
from itsm.pushing import PushKind
from itsm.states import RecordKind


def places(config: JiraConfig) -> Places:
    """The projects and issue types that are read and written, as the settings say.

    Raises:
        ConfigError: a kind has no issue type or object type, or a code table or meaning does not
            exist.
    """
    tables = tables_of(config)
    words: dict[str, Iterable[str | None]] = {
        "project": config.projects,
        "problem_project": (config.push.projects.get(PushKind.PROBLEM),),
        "register_project": (config.push.projects.get(PushKind.REGISTER_ENTRY),),
    }
    words["search"] = ("search/jql",) if config.is_cloud else ("search",)
    words["objects"] = ("assets/object/aql",) if config.is_cloud else ("assets/aql/objects",)
    words["type"] = [
        name
        for kind, table in tables.kinds.items()
        if kind not in HANGING | OBJECTS and kind is not RecordKind.CI_RELATION
        for name in table.types
    ]
    on = {"cloud" if config.is_cloud else "data_center"}
    return Places(
        holders={
            kind: () if kind in HANGING else table.types for kind, table in tables.kinds.items()
        },
        words=meanings(words),
        conditions=frozenset(on),
    )
