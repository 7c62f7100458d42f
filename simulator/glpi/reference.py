"""What a practice GLPI knows beside its work: groups, suppliers, items, articles."""

from dataclasses import dataclass
from typing import Any

from simulator.glpi.database import Database, Row
from simulator.glpi.numbers import index_of
from simulator.glpi.people import Names
from simulator.glpi.schema import SERVICES
from simulator.glpi.words import CLASSES

Cells = dict[str, Any]
_HOUR_S = 3600


@dataclass(slots=True)
class Reference:
    """Enters them into a database."""

    database: Database
    names: Names

    def teams(self, rows: list[Cells]) -> None:
        """Groups that work can be assigned to."""
        for one in rows:
            self.names.group(one["name"])

    def vendors(self, rows: list[Cells]) -> None:
        """Suppliers."""
        for one in rows:
            self.names.of("Supplier", one["name"])

    def contracts(self, rows: list[Cells]) -> None:
        """Contracts, each with its supplier."""
        for one in rows:
            begin, end = one["starts_at"], one.get("ends_at")
            months = round((end - begin) / (30.44 * 24 * _HOUR_S)) if begin and end else 0
            made = self._dated({"name": one["title"], "num": one["number"], "begin_date": begin,
                                "duration": months, "is_deleted": 0, "entities_id": 0})  # fmt: skip
            key = self.database.put("Contract", made)["id"]
            supplier = self.names.of("Supplier", one["vendor"])
            self.database.put("Contract_Supplier", {"contracts_id": key, "suppliers_id": supplier})

    def services(self, rows: list[Cells]) -> None:
        """Appliances."""
        for one in rows:
            self.names.of(SERVICES, one["name"])

    def items(self, rows: list[Cells]) -> None:
        """Items by their itemtypes, and the services that need them."""
        for one in rows:
            itemtype = CLASSES.get(str(one["ci_class"]), "Software")
            team = self.names.group(one["team"]) if one["team"] else 0
            state = self.names.of("State", "Retired" if one["is_retired"] else "In use")
            made = self._dated({"name": one["name"], "groups_id_tech": team, "entities_id": 0,
                                "is_deleted": 0, "states_id": state})  # fmt: skip
            self.names.known_items[one["name"]] = (
                itemtype,
                self.database.put(itemtype, made)["id"],
            )
            if one["service"]:
                self._impact((SERVICES, self.names.of(SERVICES, one["service"])), one["name"])

    def _impact(self, above: tuple[str, int], below: str) -> None:
        """An item that others need: if it breaks, those above are hit."""
        itemtype, key = self.names.known_items[below]
        self.database.put(
            "ImpactRelation",
            {"itemtype_source": itemtype, "items_id_source": key,
             "itemtype_impacted": above[0], "items_id_impacted": above[1]},
        )  # fmt: skip

    def relations(self, rows: list[Cells]) -> None:
        """Items that need each other."""
        for one in rows:
            self._impact(self.names.known_items[one["parent"]], one["child"])

    def articles(self, rows: list[Cells]) -> None:
        """Articles of the knowledge base."""
        for one in rows:
            category = self.names.of("KnowbaseItemCategory", one["category"] or "")
            self.database.put(
                "KnowbaseItem",
                {"id": index_of(one["number"]), "name": one["title"], "answer": "",
                 "users_id": self.names.user(one["owner"]), "view": one["uses"] or 0,
                 "knowbaseitemcategories_id": category, "date_creation": one["opened_at"],
                 "date_mod": one.get("updated_at") or one["opened_at"]},
            )  # fmt: skip

    def _dated(self, row: Row) -> Row:
        start = self.database.desk.settings.start_s
        return {**row, "date_mod": start, "date_creation": start}
