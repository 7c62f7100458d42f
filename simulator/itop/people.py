"""The people of the practice iTop: who reports or works on something, each in one place."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from simulator.desk.records import Held, Value

FIELDS = ("friendlyname", "first_name", "name", "location_id", "location_name")
"""What may be asked of a person beside the id."""


@dataclass(slots=True)
class People:
    """Persons by name and place, and the places; entered as they are met."""

    ids: dict[tuple[str, str], int] = field(default_factory=dict)
    places: dict[str, int] = field(default_factory=dict)

    def id_of(self, name: str, place: str = "") -> int:
        """The id of a person who sits somewhere."""
        if place:
            self.places.setdefault(place, 1 + len(self.places))
        return self.ids.setdefault((name, place), 100_000 + len(self.ids))

    def caller(self, record: Held) -> int:
        """The id of who reported: one person a place, as a person of iTop has one place only."""
        name = record.text("caller")
        return self.id_of(name, record.text("location")) if name else 0

    def enter(self, *of_kinds: Mapping[int, Held]) -> None:
        """Enter the callers of records, in the order of their ids."""
        for records in of_kinds:
            for key in sorted(records):
                self.caller(records[key])

    def told(self) -> Iterator[dict[str, Value]]:
        """What is said of each of them."""
        for (name, place), key in list(self.ids.items()):
            first, _, last = name.partition(" ")
            yield {
                "id": key,
                "friendlyname": name,
                "first_name": first,
                "name": last or first,
                "location_id": str(self.places.get(place, 0)),
                "location_name": place,
            }
