"""What iTop tells of new records before they are written: nothing of what they have to hold.

Its REST has get, create, update, delete, apply_stimulus, get_related and check_credentials; none
of them tells a data model, and only deletes can be tried out (`simulate`). Which attributes a class
has is told in the refusal of a question that names another.

Source:
    Combodo, "REST/JSON services": the operations of version 1.3.
"""

from collections.abc import Collection, Iterator

from connectors.core.access_check import untold
from connectors.core.source import Finding
from connectors.core.surroundings import Surroundings
from connectors.itop.config import ItopConfig
from itsm.pushing import PushKind


def write_checks(
    name: str, config: ItopConfig, around: Surroundings, kinds: Collection[PushKind]
) -> Iterator[Finding]:
    """That mandatory attributes and values are not told; nothing is asked."""
    del name, config, around
    if PushKind.PROBLEM in kinds:
        told = "iTop's REST tells neither which attributes are mandatory nor which values they take"
        yield untold(PushKind.PROBLEM, told, "look at the class Problem in Admin tools, Data model")
