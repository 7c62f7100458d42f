"""The fields of an entry by group: how each is called, what it takes, and how it is shown."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from zoneinfo import ZoneInfo

from itsm.register import DEMAND_VALUES, RegisterEntry
from itsm.register_forms import FIELDS, MAX_TEXT, as_text
from itsm.register_parts import Dimension, Size
from reports.lookup import words
from reports.numbers import day, local_day, number
from reports.text import clean

GROUPS: Mapping[str, tuple[str, ...]] = {
    "What it is": (
        "title", "description", "service", "process", "dimension", "origin", "origin_record",
        "raised_by", "raised_at", "evidence",
    ),
    "Why": (
        "justification", "expected_benefit", "cost_of_inaction", "is_regulatory",
        "blocks_critical",
    ),
    "Demand": (*DEMAND_VALUES, "score"),
    "Size and money": ("size", "cost", "effort_days", "timescale", "value_per_year"),
    "How it is measured": (
        "measure_id", "measure_version", "base_value", "target", "promised",
        "measure_review_on", "guards",
    ),
    "Who": ("coordinator", "manager", "approvers", "stakeholders"),
    "When": (
        "required_by", "planned_start_on", "planned_end_on", "actual_start_on", "actual_end_on",
        "next_review_on", "percent_given",
    ),
    "How it stands": (
        "on_hold_reason", "not_yet_reason", "closure_code", "outcome", "closed_on", "notes",
    ),
}  # fmt: skip
LABELS: Mapping[str, str] = {
    "origin": "comes from", "origin_record": "source record", "is_regulatory": "regulatory",
    "blocks_critical": "blocks a critical process", "effort_days": "effort in days",
    "value_per_year": "value per year", "measure_id": "measure", "measure_version": "formula",
    "base_value": "base value", "promised": "promised: share that is left",
    "measure_review_on": "measure is reviewed on", "guards": "guard measures",
    "coordinator": "owner (coordinator)", "next_review_on": "next review",
    "percent_given": "percent done, where there are no tasks", "on_hold_reason": "on hold because",
    "not_yet_reason": "not yet because", "cost_of_inaction": "cost of doing nothing",
    "required_by": "required by", "closed_on": "closed on", "raised_by": "raised by",
    "raised_at": "raised on",
}  # fmt: skip
LONG = frozenset(
    {"description", "justification", "expected_benefit", "cost_of_inaction", "notes", "evidence"}
)
FLAGS = ("is_regulatory", "blocks_critical")
_GRADES = ("1", "2", "3", "4", "5")
_CHOICES: Mapping[str, tuple[str, ...]] = {
    **dict.fromkeys(DEMAND_VALUES, _GRADES),
    "dimension": tuple(Dimension),
    "size": tuple(Size),
    **dict.fromkeys(FLAGS, ("yes", "no")),
}
_NUMBERS = frozenset(
    {"cost", "effort_days", "value_per_year", "base_value", "target", "promised"}
    | {"measure_version", "percent_given"}
)
HINTS: Mapping[str, str] = {
    "impact": "1 low to 5 high",
    "urgency": "1 low to 5 high",
    "risk": "of doing nothing, 1 low to 5 high",
    "effort": "1 small to 5 large",
    "promised": "0.6 means 40 % fewer",
    "approvers": "names, separated by commas",
    "stakeholders": "names, separated by commas",
    "guards": "figures, separated by commas",
    "evidence": "references, separated by commas",
    "measure_id": "a figure of the catalogue, or member_rate for the incidents of the pattern",
}

MANY = 12
"""A longer list is opened by whoever wants to see it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Shown:
    """A field with its value, as a page shows it; `many` heads a value that is opened first."""

    name: str
    label: str
    text: str
    many: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Input:
    """A field with its value, as a form takes it; `kind` is text, area, number, day or choice."""

    name: str
    label: str
    kind: str
    value: str
    choices: tuple[str, ...]
    hint: str
    max_length: int
    is_required: bool
    wrong: str = ""


def shown_groups(
    entry: RegisterEntry, zone: ZoneInfo, people: Mapping[str, str]
) -> tuple[tuple[str, tuple[Shown, ...]], ...]:
    """Every field that holds something, by group; a group without any is left out."""
    groups = (
        (title, tuple(_shown(entry, name, zone, people) for name in names if _holds(entry, name)))
        for title, names in GROUPS.items()
    )
    return tuple((title, fields) for title, fields in groups if fields)


def input_groups(
    values: Mapping[str, str], wrong: Mapping[str, str], only: frozenset[str] | None = None
) -> tuple[tuple[str, tuple[Input, ...]], ...]:
    """Every field that people fill in, by group, with what is in it and what is wrong with it."""
    groups = (
        (
            title,
            tuple(
                _input(name, values.get(name, ""), wrong.get(name, ""))
                for name in names
                if name in FIELDS and (only is None or name in only)
            ),
        )
        for title, names in GROUPS.items()
    )
    return tuple((title, fields) for title, fields in groups if fields)


def filled_in(entry: RegisterEntry) -> dict[str, str]:
    """An entry as the text its form is filled with."""
    return {name: as_text(getattr(entry, name)) for name in FIELDS}


def label_of(name: str) -> str:
    """How a field is called."""
    return LABELS.get(name) or words(name)


def _holds(entry: RegisterEntry, name: str) -> bool:
    value = getattr(entry, name)
    return value not in (None, "", (), False)


def _shown(entry: RegisterEntry, name: str, zone: ZoneInfo, people: Mapping[str, str]) -> Shown:
    value = getattr(entry, name)
    is_long = isinstance(value, tuple) and len(value) > MANY
    return Shown(
        name=name,
        label=label_of(name),
        text=_text(value, name, zone, people),
        many=f"{number(len(value))} of them" if is_long else "",
    )


_PEOPLE = frozenset({"raised_by", "coordinator", "manager", "approvers", "stakeholders"})


def _text(value: object, name: str, zone: ZoneInfo, people: Mapping[str, str]) -> str:
    if isinstance(value, date):
        return local_day(value, zone) if isinstance(value, datetime) else day(value)
    if isinstance(value, float):
        return number(value, 0 if value.is_integer() else 2)
    if name in _PEOPLE:
        names = value if isinstance(value, tuple) else (str(value),)
        return clean(", ".join(people.get(one) or one for one in names), 400)
    if isinstance(value, StrEnum) and name != "size":
        return words(value)
    return clean(as_text(value), MAX_TEXT)


def _input(name: str, value: str, wrong: str) -> Input:
    kind = "line" if name == "title" else "text"
    if name in LONG:
        kind = "area"
    elif name in _CHOICES:
        kind = "choice"
    elif name in _NUMBERS:
        kind = "number"
    elif name.endswith("_on") or name == "required_by":
        kind = "day"
    return Input(
        name=name,
        label=label_of(name),
        kind=kind,
        value=value or ("no" if name in FLAGS else ""),
        choices=_CHOICES.get(name, ()),
        hint=HINTS.get(name, ""),
        max_length=MAX_TEXT,
        is_required=name == "title",
        wrong=wrong,
    )
