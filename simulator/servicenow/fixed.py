"""Tables about tables and people: choices, dictionary, classes, properties, users, metrics."""

from collections.abc import Iterator

from simulator.people import address
from simulator.servicenow.choices import CHOICES
from simulator.servicenow.classes import CLASSES, label_of
from simulator.servicenow.fields import FieldType
from simulator.servicenow.ids import user_name
from simulator.servicenow.logs import METRICS, QUESTIONS, SURVEY, entered
from simulator.servicenow.rows import Filler, Row
from simulator.servicenow.tables import TABLES

Tables = Iterator[tuple[str, list[Row]]]
PROPERTIES = {
    "glide.sys.default.tz": "GMT",
    "glide.invalid_query.returns_no_rows": "false",
    "glide.oauth.allow.parameters.in.post.body.only": "true",
    "glide.oauth.inbound.client.credential.grant_type.enabled": "true",
    "glide.buildname": "Practice",
    "instance_name": "practice",
}
"""System properties of an instance without faults."""


def fixed_tables(filler: Filler) -> Tables:
    """What does not depend on the estate's records."""
    yield "sys_choice", _choices(filler)
    yield "sys_db_object", _classes(filler)
    yield "sys_dictionary", _dictionary(filler)
    yield (
        "sys_properties",
        [
            entered(filler, "sys_properties", name, {"name": name, "value": value})
            for name, value in PROPERTIES.items()
        ],
    )
    yield (
        "metric_definition",
        [
            entered(
                filler,
                "metric_definition",
                name,
                {"name": name, "table": "incident", "field": field, "type": "field_value_duration"},
            )
            for field, name in METRICS.values()
        ],
    )
    survey = {"name": SURVEY}
    yield "asmt_metric_type", [entered(filler, "asmt_metric_type", SURVEY, survey)]
    yield "asmt_metric", [_question(filler, place) for place in range(len(QUESTIONS))]


def named_tables(filler: Filler) -> Tables:
    """The people and places the records named; to be asked for after the last record."""
    seen = filler.ids.seen
    yield "sys_user", [_user(filler, name) for name in seen["sys_user"]]
    for table in ("cmn_location", "sc_cat_item"):
        yield table, [entered(filler, table, name, {"name": name}) for name in seen[table]]
    relation = "Depends on::Used by"
    above, below = relation.split("::")
    ends = {"name": relation, "parent_descriptor": above, "child_descriptor": below}
    yield "cmdb_rel_type", [entered(filler, "cmdb_rel_type", relation, ends)]


def _user(filler: Filler, name: str) -> Row:
    cells = {"name": name, "user_name": user_name(name), "email": address(name)}
    return entered(filler, "sys_user", name, cells)


def _question(filler: Filler, place: int) -> Row:
    name, question, _ = QUESTIONS[place]
    survey = filler.ids.of("asmt_metric_type", SURVEY)
    cells = {
        "name": name,
        "question": question,
        "metric_type": survey,
        "order": str(100 * (place + 1)),
        "datatype": "string" if name == "Remarks" else "scale",
    }
    return entered(filler, "asmt_metric", name, cells)


def _choices(filler: Filler) -> list[Row]:
    rows = []
    for (table, field), labels in CHOICES.items():
        for place, (code, label) in enumerate(labels.items()):
            cells = {
                "name": table,
                "element": field,
                "value": code,
                "label": label,
                "sequence": str(place),
            }
            rows.append(entered(filler, "sys_choice", f"{table}/{field}/{code}", cells))
    return rows


def _classes(filler: Filler) -> list[Row]:
    rows = []
    for table in sorted(TABLES):
        above = CLASSES.get(table, "")
        cells = {
            "name": table,
            "label": label_of(table),
            "super_class": filler.ids.of("sys_db_object", above),
            "is_extendable": "true" if table in CLASSES else "false",
        }
        rows.append(entered(filler, "sys_db_object", table, cells))
    return rows


def _dictionary(filler: Filler) -> list[Row]:
    rows = []
    for table in sorted(TABLES):
        for field in TABLES[table].fields:
            kind = field.type
            cells = {
                "name": table,
                "element": field.name,
                "internal_type": kind.value,
                "reference": field.target,
                "column_label": field.name.removeprefix("u_").replace("_", " ").capitalize(),
                "max_length": "32" if kind in (FieldType.GUID, FieldType.REFERENCE) else "255",
                "read_only": "true" if field.name.startswith("sys_") else "false",
            }
            rows.append(entered(filler, "sys_dictionary", f"{table}/{field.name}", cells))
    return rows
