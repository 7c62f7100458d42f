"""Which custom fields the queues of a push demand, and which take values of a list only.

RT marks a custom field as mandatory by its validation, the pattern `(?#Mandatory).`. The web forms
insist on it; REST 2 of RT 5.0.3 takes a ticket without, and a scrip or a newer version may not.

Source:
    Best Practical, "RT::REST2": GET queue/{id} with TicketCustomFields, GET customfield/{id}.
"""

from collections.abc import Collection, Iterator
from urllib.parse import quote

from connectors.core.access_check import CHECK, Written, demanded
from connectors.core.examining import warning
from connectors.core.source import Finding
from connectors.core.surroundings import Surroundings
from connectors.rt.api import Item, RtApi
from connectors.rt.config import RtConfig
from connectors.rt.tables import tables_of
from connectors.rt.write_words import WriteWords
from itsm.pushing import PushKind
from itsm.states import RecordKind

MANDATORY = "(?#Mandatory)"


def write_checks(
    name: str, config: RtConfig, around: Surroundings, kinds: Collection[PushKind]
) -> Iterator[Finding]:
    """What would be missed by a new ticket; asks only."""
    api, words = RtApi(name, config, around), WriteWords(config.push)
    problems = tables_of(config).kinds.get(RecordKind.PROBLEM)
    register = config.push.register_queue
    queues = {
        PushKind.PROBLEM: problems.names[0] if problems and problems.names else "",
        PushKind.REGISTER_ENTRY: register or "",
    }
    for kind, queue in queues.items():
        if kind not in kinds or not queue:
            continue
        ours = frozenset({*words.custom(kind).values(), config.push.key_field})
        yield from _queue(api, name, Written(kind, f"queue {queue}", ours, {}), queue)


def _queue(api: RtApi, name: str, what: Written, queue: str) -> Iterator[Finding]:
    told = api.one(f"queue/{quote(queue, safe='')}") or {}
    listed = [one for one in told.get("TicketCustomFields") or () if isinstance(one, dict)]
    fields = [one for item in listed if (one := _field(api, item))]
    if len(fields) < len(listed):
        said = f"{what.place}: {len(listed) - len(fields)} custom fields may not be read"
        yield warning(CHECK, what.kind, said, "give the user SeeCustomField")
    mandatory = [
        str(one["Name"]) for one in fields if str(one.get("Pattern") or "").startswith(MANDATORY)
    ]
    yield from demanded(name, what, mandatory)
    picked = sorted(
        str(one["Name"])
        for one in fields
        if one.get("Type") == "Select" and one["Name"] in what.fields
    )
    if picked:
        said = f"{what.place}: {', '.join(picked)} take values of a list only, and nothing else"
        yield warning(CHECK, what.kind, said, "make them fields for text, or leave them out")


def _field(api: RtApi, item: Item) -> Item | None:
    """A custom field as a whole; None where it is hidden."""
    found = api.one(f"customfield/{item.get('id', '')}") if item.get("id") else None
    return found if found and found.get("Name") else None
