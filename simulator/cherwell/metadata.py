"""What the system says of its objects: summaries, schemas, templates."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from urllib.parse import unquote

from simulator.cherwell.answers import FINE, failed, field_of
from simulator.cherwell.objects import ALL, RELATIONSHIPS, TABLES, BusinessObject, object_of
from simulator.cherwell.searching import folded
from simulator.cherwell.system import System
from simulator.cherwell.words import STATES
from simulator.desk.tables import Type
from simulator.web import Answer, Request, json_answer
from simulator.write_mishaps import Refusals

_TYPES = {
    Type.TEXT: "Text",
    Type.TIME: "DateTime",
    Type.NUMBER: "Number",
    Type.FLAG: "Logical",
}

_OF_SUMMARY = ("firstRecIdField", "recIdFields", "stateFieldId", "states")
"""What a schema repeats of the summary."""


@dataclass(slots=True)
class Metadata:
    """Answers requests for metadata."""

    system: System

    def by_name(self, _request: Request, places: Mapping[str, str]) -> Answer:
        """A summary by name, or an empty list."""
        name = unquote(places["name"]).lower()
        found = [one for one in ALL.values() if one.name.lower() == name]
        return json_answer([_summary(one) for one in found])

    def by_id(self, _request: Request, places: Mapping[str, str]) -> Answer:
        """A summary by id, or an empty list."""
        found = [one for one in ALL.values() if one.id == places["id"].lower()]
        return json_answer([_summary(one) for one in found])

    def by_type(self, _request: Request, places: Mapping[str, str]) -> Answer:
        """All summaries of a type."""
        type_ = places["type"].lower()
        found = [
            one
            for one in ALL.values()
            if type_ in {"all", "major" if one.is_major else "supporting"}
        ]
        return json_answer([_summary(one) for one in found])

    def schema(self, request: Request, places: Mapping[str, str]) -> Answer:
        """The fields of an object, and its relationships."""
        of = object_of(places["id"])
        if of is None:
            return failed(404, "BUSOBNOTFOUND", "Business object not found", "NotFound")
        wanted = request.parameters.get("includerelationships", "").lower() == "true"
        relations = [
            {
                "relationshipId": number,
                "displayName": label,
                "description": label,
                "target": ALL[child].id,
                "cardinality": "OneToMany",
                "fieldDefinitions": self._definitions(ALL[child]),
            }
            for number, (parent, child, label) in RELATIONSHIPS.items()
            if parent == of.name and wanted
        ]
        told: dict[str, object] = {
            "busObId": of.id,
            "name": of.name,
            "fieldDefinitions": self._definitions(of),
        }
        told |= {name: _summary(of)[name] for name in _OF_SUMMARY}
        told |= {"relationships": relations, "gridDefinitions": [], **FINE}
        return json_answer(told)

    def _definitions(self, of: BusinessObject) -> list[dict[str, object]]:
        """The fields of an object."""
        table, refusals = TABLES[of.name][0], Refusals(self.system.chances)
        return [
            {
                "fieldId": f"BO:{of.id},FI:{of.field_id(name)}",
                "name": name,
                "displayName": name,
                "type": _TYPES[column.form.type],
                "category": "",
                "required": refusals.missing(table.kind, {name: ""}, is_new=False) == name,
                "readOnly": column.field.startswith("@"),
                "calculated": False,
                "validated": False,
                "maximumSize": "2147483647",
                "isFullTextSearchable": False,
            }
            for name, column in table.columns.items()
        ]

    def template(self, request: Request, _places: Mapping[str, str]) -> Answer:
        """The fields that a new record can be given."""
        asked = folded(request.body)
        of = object_of(str(asked.get("busobid", "")))
        if of is None:
            return failed(404, "BUSOBNOTFOUND", "Business object not found", "NotFound")
        columns = TABLES[of.name][0].columns
        wanted: Sequence[str] = list(columns)
        if not asked.get("includeall"):
            names = asked.get("fieldnames") or ()
            wanted = [name for name in columns if name in names]
        return json_answer({"fields": [field_of(of, name, "") for name in wanted], **FINE})

    def service(self, _request: Request, _places: Mapping[str, str]) -> Answer:
        """Version, culture, zone."""
        offset = self.system.now().astimezone(self.system.zone).utcoffset()
        minutes = int(offset.total_seconds()) // 60 if offset is not None else 0
        sign = "-" if minutes < 0 else ""
        return json_answer(
            {
                "apiVersion": "1.0.0.0",
                "csmCulture": "en-US",
                "csmVersion": "10.5.0",
                "systemDateTime": self.system.now().strftime("%Y-%m-%dT%H:%M:%SZ"),
                "systemUtcOffset": f"{sign}{abs(minutes) // 60:02d}:{abs(minutes) % 60:02d}:00",
            }
        )


def _summary(of: BusinessObject) -> dict[str, object]:
    states = STATES.get(TABLES[of.name][0].kind, {})
    return {
        "busObId": of.id,
        "name": of.name,
        "displayName": of.name,
        "firstRecIdField": of.field_id("RecID"),
        "recIdFields": of.field_id("RecID"),
        "stateFieldId": of.field_id("Status"),
        "states": ",".join(dict.fromkeys(states.values())) if of.is_major else "",
        "major": of.is_major,
        "group": False,
        "supporting": not of.is_major,
        "lookup": False,
        "groupSummaries": [],
    }
