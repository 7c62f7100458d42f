"""What an AR server tells of new entries before they are written: nothing that can be relied on.

The vendor documents that OPTIONS on a form answers with its schema, and not what that answer looks
like; and what an entry has to hold is demanded by filters, which no interface tells.

Source:
    BMC, "/entry/{formName}", OPTIONS: https://docs.bmc.com/docs/ars91/en/entry-formname-609071438.html
"""

from collections.abc import Collection, Iterator

from connectors.bmc_helix.config import BmcHelixConfig
from connectors.bmc_helix.write_words import CREATES
from connectors.core.access_check import untold
from connectors.core.source import Finding
from connectors.core.surroundings import Surroundings
from itsm.pushing import PushKind


def write_checks(
    name: str, config: BmcHelixConfig, around: Surroundings, kinds: Collection[PushKind]
) -> Iterator[Finding]:
    """That required fields and filters are not told; nothing is asked."""
    del name, around
    forms = {PushKind.PROBLEM: CREATES, PushKind.REGISTER_ENTRY: config.push.register_form}
    for kind, form in forms.items():
        if kind in kinds and form is not None:
            told = f"no interface tells the required fields, menus and filters of {form}"
            yield untold(kind, told, f"look at {form} in Developer Studio")
