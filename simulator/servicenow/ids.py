"""Ids of records: 32 hexadecimal digits that follow from the estate's seed and the number."""

import hashlib
from collections.abc import Sequence

from simulator.servicenow.classes import descends_from

_KEPT = frozenset(
    "sys_user sys_user_group cmdb_ci core_company cmn_location contract_sla sc_cat_item".split()
)
"""Tables small enough to remember the ids of."""


def user_name(person: str) -> str:
    """The login of a person."""
    return person.lower().replace(" ", ".")


class Ids:
    """Ids by table and number (or name); remembers whom and what it was asked for."""

    def __init__(self, seed: int) -> None:
        self._seed = seed
        self.seen: dict[str, dict[str, str]] = {table: {} for table in _KEPT}

    def of(self, table: str, number: str) -> str:
        """The id of a record; "" for no number."""
        return self.many(table, [number])[0]

    def many(self, table: str, numbers: Sequence[str]) -> list[str]:
        """The ids of records, in order."""
        base = "cmdb_ci" if descends_from(table, "cmdb_ci") else table
        known = self.seen.get(base, {})
        start = f"{self._seed}/{base}/"
        made = []
        for number in numbers:
            key = known.get(number)
            if key is None:
                text = (start + number).encode()
                key = hashlib.blake2b(text, digest_size=16).hexdigest() if number else ""
                if number:
                    known[number] = key
            made.append(key)
        return made
