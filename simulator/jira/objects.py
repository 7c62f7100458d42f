"""What Assets knows: services, items and what they need, teams, vendors, contracts."""

from collections.abc import Mapping
from types import MappingProxyType

from itsm.states import RecordKind
from simulator.columns import ColumnBlock
from simulator.jira.site import AssetObject, Site

K = RecordKind
TYPES: Mapping[RecordKind, tuple[str, Mapping[str, str]]] = MappingProxyType(
    {
        K.TEAM: ("Team", {"Line": "line", "Size": "size", "Vendor": "vendor"}),
        K.SERVICE: (
            "Service",
            {
                "Owner": "owner",
                "Criticality": "criticality",
                "Users": "users",
                "Service hours": "service_hours",
            },
        ),
        K.CONFIGURATION_ITEM: (
            "Configuration item",
            {"Class": "ci_class", "Service": "service", "Team": "team", "Retired": "is_retired"},
        ),
        K.VENDOR: ("Vendor", {"Owner": "owner", "Contingency": "contingency"}),
        K.CONTRACT: (
            "Contract",
            {
                "Title": "title",
                "Vendor": "vendor",
                "Service": "service",
                "Starts": "starts_at",
                "Ends": "ends_at",
                "Cost per year": "cost_per_year",
            },
        ),
        K.CONTRACT_CLAUSE: (
            "Contract clause",
            {
                "Contract": "contract",
                "Target": "target",
                "Within": "within_h",
                "Severity": "severity",
                "Text": "text",
                "Credit share": "credit_share",
            },
        ),
    }
)
"""Object types by kind: their name, and their attributes with the estate's fields."""
DEPENDS_ON = "Depends on"
_REFERENCES = {"Vendor": "Vendor", "Service": "Service", "Team": "Team", "Contract": "Contract"}
"""Attributes that lead to another object: its type."""


def enter_objects(site: Site, block: ColumnBlock) -> None:
    """The records of a block as objects; relations become an attribute of the upper one."""
    if block.kind is K.CI_RELATION:
        _relate(site, block)
    if block.kind not in TYPES:
        return
    name, attributes = TYPES[block.kind]
    when = site.settings.start_s * 1000 - 86_400_000
    for row, label in enumerate(map(str, block.columns["number"])):
        key = site.serial("object")
        site.object_ids[name, label] = key
        held: dict[str, str | tuple[int, ...]] = {"Name": label}
        for attribute, estate in attributes.items():
            value = block.columns[estate][row] if estate in block.columns else None
            if value is not None:
                held[attribute] = _value(site, attribute, value)
        site.objects[key] = AssetObject(key, name, label, when, held)


def _value(site: Site, attribute: str, value: object) -> str | tuple[int, ...]:
    target = _REFERENCES.get(attribute)
    other = site.object_ids.get((target, str(value))) if target else None
    if other is not None:
        return (other,)
    if hasattr(value, "astype"):
        return f"{value}Z"
    return str(value).lower() if isinstance(value, bool) else str(value)


def _relate(site: Site, block: ColumnBlock) -> None:
    for parent, child in zip(block.columns["parent"], block.columns["child"], strict=True):
        above = site.objects[site.object_ids["Configuration item", str(parent)]]
        below = site.object_ids["Configuration item", str(child)]
        known = above.attributes.get(DEPENDS_ON, ())
        assert isinstance(known, tuple)
        above.attributes[DEPENDS_ON] = (*known, below)
