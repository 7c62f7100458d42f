"""Who and what a practice GLPI knows by name: made when first named."""

from dataclasses import dataclass, field

from simulator.glpi.database import Database


@dataclass(slots=True)
class Names:
    """The ids of users, groups and other things by their names; 0 stands for none."""

    database: Database
    known_items: dict[str, tuple[str, int]] = field(default_factory=dict)
    _known: dict[tuple[str, str], int] = field(default_factory=dict)

    def of(self, itemtype: str, name: str) -> int:
        """Something with a name."""
        return self._made(itemtype, name, {"name": name, "completename": name})

    def group(self, name: str) -> int:
        """A group that work can be assigned to."""
        return self._made("Group", name, {"name": name, "completename": name, "is_assign": 1})

    def user(self, name: str) -> int:
        """A person: the first word is the first name, all others the surname."""
        first, _, last = name.partition(" ")
        login = name.lower().replace(" ", ".")
        return self._made("User", name, {"name": login, "firstname": first if last else "",
                                         "realname": last or first, "is_active": 1})  # fmt: skip

    def category(self, name: str | None, below: str | None) -> int:
        """A category, or one below another."""
        above = self.of("ITILCategory", name or "")
        if not above or not below:
            return above
        whole = f"{name} > {below}"
        more = {"name": below, "completename": whole, "itilcategories_id": above}
        return self._made("ITILCategory", whole, more)

    def level(self, itemtype: str, name: str, kind: int) -> int:
        """An SLA or OLA."""
        return self._made(itemtype, name, {"name": name, "type": kind, "number_time": 0})

    def label(self, itemtype: str, key: int) -> str:
        """How history writes somebody or something: `Ada Abel (12)`."""
        row = self.database.table(itemtype).rows[key]
        if itemtype == "User":
            name = f"{row['realname']} {row['firstname']}".strip()
        else:
            name = row.get("completename") or row["name"]
        return f"{name} ({key})"

    def _made(self, itemtype: str, name: str, row: dict[str, object]) -> int:
        if not name:
            return 0
        if (itemtype, name) not in self._known:
            start = self.database.desk.settings.start_s
            dated = {"date_mod": start, "date_creation": start, "entities_id": 0, "is_deleted": 0}
            made = self.database.put(itemtype, {**dated, **row})
            self._known[itemtype, name] = int(made["id"])
        return self._known[itemtype, name]
