"""Ids of records: 32 hexadecimal digits that follow from the estate's seed and the number."""

import hashlib

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
        if not number:
            return ""
        base = "cmdb_ci" if descends_from(table, "cmdb_ci") else table
        kept = self.seen.get(base)
        if kept is None:
            return self._made(base, number)
        found = kept.get(number)
        if found is None:
            found = kept[number] = self._made(base, number)
        return found

    def many(self, table: str, numbers: list[str]) -> list[str]:
        """The ids of records, in order."""
        of = self.of
        return [of(table, number) if number else "" for number in numbers]

    def _made(self, base: str, number: str) -> str:
        text = f"{self._seed}/{base}/{number}"
        return hashlib.blake2b(text.encode(), digest_size=16).hexdigest()
