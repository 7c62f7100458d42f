"""Register entries from plain text: a form, a row of a list, a command line; and back.

The same reader serves all of them, so that a request means the same wherever it comes in. All that
is wrong is told at once, field by field, with what would be right.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime
from enum import StrEnum
from types import MappingProxyType

from itsm.errors import MappingError
from itsm.register import Origin, RegisterEntry
from itsm.register_parts import Dimension, Size

Value = None | str | int | float | bool | date | StrEnum | tuple[str, ...]
"""What a field that people fill in may hold."""

MAX_TEXT = 4000
"""Characters of one field; more belongs into a document that is linked."""


def readable(text: str) -> str:
    """A text without what no database and no list can hold: NUL, and bytes that were no text."""
    return text.replace("\0", "").encode("utf-8", "replace").decode()


def _text(text: str) -> str:
    if len(text) > MAX_TEXT:
        raise ValueError(f"{len(text)} characters are too many; at most {MAX_TEXT}")
    return readable(text)


def _grade(text: str) -> int:
    if text not in {"1", "2", "3", "4", "5"}:
        raise ValueError("write a whole number from 1 (low) to 5 (high)")
    return int(text)


def _whole(text: str) -> int:
    try:
        return int(text)
    except ValueError:
        raise ValueError("write a whole number") from None


def _percent(text: str) -> int:
    number = _whole(text.removesuffix("%").strip())
    if not 0 <= number <= 100:
        raise ValueError("write a whole number from 0 to 100")
    return number


def _number(text: str) -> float:
    try:
        number = float(text)
    except ValueError:
        raise ValueError("write a number with a point, as 1250.5") from None
    if not abs(number) < 1e15:
        raise ValueError("write a number below 1e15")
    return number


def _amount(text: str) -> float:
    if (number := _number(text)) < 0:
        raise ValueError("write a number that is not negative")
    return number


def _ratio(text: str) -> float:
    if not 0 <= (number := _number(text)) < 1:
        raise ValueError("write what is left of the rate, between 0 and 1: 0.6 is 40 % fewer")
    return number


def _day(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise ValueError("write a day as 2026-11-23") from None


_FLAGS = {"yes": True, "true": True, "1": True, "no": False, "false": False, "0": False}


def _flag(text: str) -> bool:
    if text.lower() not in _FLAGS:
        raise ValueError("write yes or no")
    return _FLAGS[text.lower()]


def _names(text: str) -> tuple[str, ...]:
    return tuple(name for part in _text(text).split(",") if (name := part.strip()))


def _one_of(kind: type[StrEnum]) -> Callable[[str], StrEnum]:
    def read(text: str) -> StrEnum:
        found = {one.value.lower(): one for one in kind}.get(text.lower())
        if found is None:
            raise ValueError(f"choose from {', '.join(kind)}")
        return found

    return read


FIELDS: Mapping[str, Callable[[str], Value]] = MappingProxyType(
    {
        "title": _text,
        "description": _text,
        "service": _text,
        "process": _text,
        "dimension": _one_of(Dimension),
        "justification": _text,
        "expected_benefit": _text,
        "cost_of_inaction": _text,
        "is_regulatory": _flag,
        "blocks_critical": _flag,
        "size": _one_of(Size),
        "cost": _amount,
        "effort_days": _amount,
        "timescale": _text,
        "value_per_year": _amount,
        "impact": _grade,
        "urgency": _grade,
        "risk": _grade,
        "effort": _grade,
        "measure_id": _text,
        "measure_version": _whole,
        "base_value": _number,
        "target": _number,
        "promised": _ratio,
        "measure_review_on": _day,
        "guards": _names,
        "coordinator": _text,
        "manager": _text,
        "approvers": _names,
        "stakeholders": _names,
        "required_by": _day,
        "planned_start_on": _day,
        "planned_end_on": _day,
        "next_review_on": _day,
        "percent_given": _percent,
        "notes": _text,
        "evidence": _names,
    }
)
"""The fields that people fill in, and how each is read."""

_NEVER_NONE: Mapping[str, Value] = {
    "title": "",
    "description": "",
    "is_regulatory": False,
    "blocks_critical": False,
    "guards": (),
    "approvers": (),
    "stakeholders": (),
    "evidence": (),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Filled:
    """What was read from text: values by field, and what is wrong with the rest."""

    values: Mapping[str, Value]
    wrong: tuple[MappingError, ...]


def read_fields(texts: Mapping[str, str], record: str) -> Filled:
    """The values of fields that were filled in; "" empties a field.

    Args:
        texts: by field; names as in `FIELDS`.
        record: how the record is called where something is wrong.
    """
    values: dict[str, Value] = {}
    wrong = []
    for name, given in texts.items():
        text = given.strip()
        try:
            values[name] = _read(name, text)
        except ValueError as error:
            problem = f"{text[:40]!r} cannot be used"
            wrong.append(MappingError(record, name, problem, str(error)))
    return Filled(values=values, wrong=tuple(wrong))


def _read(name: str, text: str) -> Value:
    if name not in FIELDS:
        raise ValueError(f"there is no such field to fill in; there are {', '.join(FIELDS)}")
    if not text:
        return _NEVER_NONE.get(name)
    return FIELDS[name](text)


@dataclass(frozen=True, slots=True, kw_only=True)
class Intake:
    """A request that came in: the entry, or what is wrong with it, and the gaps it names."""

    entry: RegisterEntry | None
    wrong: tuple[MappingError, ...]
    gaps: tuple[str, ...]

    @property
    def told(self) -> str:
        """The gaps in a sentence."""
        if not self.gaps:
            return "impact, urgency, risk and effort are given"
        return f"not known yet: {', '.join(self.gaps)}; it has no score until they are"


def intake(
    form: Mapping[str, str],
    *,
    number: str,
    raised_by: str,
    raised_at: datetime,
    origin: Origin = Origin.DEMAND,
    origin_record: str | None = None,
) -> Intake:
    """A request from a form, the same from a web page, a list or a call.

    Impact, urgency, risk and effort that are left out or empty are gaps, and named as such.

    Args:
        form: text by field, as a form gives it.
        number: what the entry is to be called.
        raised_by: who asks.
        raised_at: when.
        origin: where it comes from.
        origin_record: the record there.
    """
    record = form.get("title", "").strip()[:60] or number
    filled = read_fields(form, record)
    wrong = list(filled.wrong)
    if not form.get("title", "").strip():
        wrong.append(MappingError(record, "title", "it is empty", "say what is to be improved"))
    if wrong:
        return Intake(entry=None, wrong=tuple(wrong), gaps=())
    bare = RegisterEntry(
        number=number,
        title="",
        description="",
        origin=origin,
        origin_record=origin_record,
        evidence_hash=None,
        raised_at=raised_at,
        raised_by=raised_by,
        state_since_at=raised_at,
    )
    entry = with_values(bare, filled.values)
    return Intake(entry=entry, wrong=(), gaps=entry.gaps)


def with_values(entry: RegisterEntry, values: Mapping[str, Value]) -> RegisterEntry:
    """An entry with other values in the fields that people fill in."""
    unknown = values.keys() - FIELDS.keys()
    assert not unknown, f"{unknown} are no fields to fill in"
    changes: dict[str, object] = dict(values)
    return replace(entry, **changes)  # type: ignore[arg-type]  # read by the field's own reader


def as_text(value: object) -> str:
    """A value as the text it is read from."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, tuple):
        return ", ".join(map(str, value))
    return value.isoformat() if isinstance(value, date) else str(value)
