"""What the conditions of JQL mean: which issues meet them."""

import re
from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from simulator.jira.fields import FIELDS, Field, Shape
from simulator.jira.site import Issue, Site
from simulator.jira.words import PROJECTS, STATUSES, TYPES, UNKNOWN_STATUS

_RELATIVE = re.compile(r"([+-]?)(\d+)([mhdw])")
_UNITS = {"m": "minutes", "h": "hours", "d": "days", "w": "weeks"}
_FORMS = ("%Y-%m-%d %H:%M", "%Y/%m/%d %H:%M", "%Y-%m-%d", "%Y/%m/%d")
MINUTE = 60_000
COMPARED: dict[str, Callable[[int, int], bool]] = {
    ">=": lambda one, other: one >= other,
    ">": lambda one, other: one > other,
    "<=": lambda one, other: one <= other,
    "<": lambda one, other: one < other,
    "=": lambda one, other: one == other,
    "!=": lambda one, other: one != other,
}

Row = tuple[int, Issue]
"""An issue, and its update as the index knows it."""
Test = Callable[[Row], bool]


def field_named(name: str) -> Field:
    """A field by name, id or number.

    Raises:
        ValueError: there is none.
    """
    bare = name.strip("\"'")
    for one in FIELDS:
        number = one.id.removeprefix("customfield_")
        names = {one.name.lower(), one.id.lower(), f"cf[{number}]"}
        if bare.lower() in names | _ALIASES.get(one.id, frozenset()):
            return one
    raise ValueError(f"Field '{bare}' does not exist or you do not have permission to view it.")


_ALIASES = {
    "issuetype": frozenset({"type"}),
    "resolutiondate": frozenset({"resolved"}),
    "created": frozenset({"createddate"}),
}


def moment_of(site: Site, text: str) -> int:
    """A time in milliseconds: a number is just that, a date is in the zone of the user."""
    if text.startswith("#"):
        return int(text[1:])
    if text == "now()":
        return site.now_ms()
    relative = _RELATIVE.fullmatch(text)
    if relative is not None:
        sign, number, unit = relative.groups()
        away = timedelta(**{_UNITS[unit]: int(number)})
        at = site.now() - away if sign == "-" else site.now() + away
        return int(at.timestamp() * 1000)
    for form in _FORMS:
        try:
            local = datetime.strptime(text, form).replace(tzinfo=ZoneInfo(site.zone))
        except ValueError:
            continue
        return int(local.astimezone(UTC).timestamp() * 1000)
    raise ValueError(
        f"Date value '{text}' for field 'updated' is invalid. Valid formats include: "
        "'yyyy/MM/dd HH:mm', 'yyyy-MM-dd HH:mm', 'yyyy/MM/dd', 'yyyy-MM-dd', or a period format "
        "e.g. '-5d', '4w 2d'."
    )


def time_test(site: Site, known: Field, mark: str, value: str) -> Test:
    """Whether a time of an issue meets a condition, by the minute."""
    moment, compare = moment_of(site, value) // MINUTE, COMPARED[mark]

    def test(row: Row) -> bool:
        at = time_of(row[1], known)
        return at is not None and compare(at // MINUTE, moment)

    return test


def time_of(issue: Issue, known: Field) -> int | None:
    """A time of an issue; None where it has none."""
    if known.id == "created":
        return issue.created
    if known.shape is Shape.FEEDBACK_AT:
        return issue.rating.at if issue.rating is not None else None
    return issue.times.get(known.name)


def keys_test(site: Site, mark: str, values: Sequence[str]) -> Test:
    """Whether an issue is one of some, or behind or before one."""
    words = [value.removeprefix("#") for value in values]
    found = [site.resolved(word) for word in words]
    there = [issue for issue in found if issue is not None]
    if len(there) < len(found) and not (site.is_cloud and mark not in {"=", "in", "not in"}):
        missing = words[found.index(None)]
        raise ValueError(f"An issue with key '{missing}' does not exist for field 'key'.")
    ids = {issue.id for issue in there}
    if mark in {"=", "in"}:
        return lambda row: row[1].id in ids
    if mark in {"!=", "not in"}:
        return lambda row: row[1].id not in ids
    if not there:
        return lambda _row: False
    first, compare = there[0], COMPARED[mark]
    return lambda row: row[1].project == first.project and compare(row[1].n, first.n)


def word_test(known: Field, mark: str, values: Sequence[str]) -> Test:
    """Whether an issue has one of some values in a field, or a word in a text."""
    words = {value.removeprefix("#").lower() for value in values}
    _check_values(known, words)
    if mark in {"~", "!~"}:
        word = next(iter(words))
        is_in = mark == "~"
        return lambda row: (word in " ".join(_words_of(row[1], known))) == is_in
    is_meant = mark in {"=", "in"}
    return lambda row: bool(words & _words_of(row[1], known)) == is_meant


def category_test(mark: str, values: Sequence[str]) -> Test:
    """Whether an issue's status is of one of some categories."""
    words, is_meant = {value.removeprefix("#").lower() for value in values}, mark in {"=", "in"}

    def test(row: Row) -> bool:
        word = row[1].words.get("Status", "")
        category = STATUSES.get(word, STATUSES[UNKNOWN_STATUS])[1]
        return bool(words & {category, *_CATEGORY_WORDS[category]}) == is_meant

    return test


def _check_values(known: Field, words: set[str]) -> None:
    """Projects and issue types have to be there."""
    offered = {"project": _PROJECT_WORDS, "issuetype": _TYPE_WORDS}.get(known.id)
    unknown = sorted(words - offered) if offered is not None else []
    if unknown:
        raise ValueError(f"The value '{unknown[0]}' does not exist for the field '{known.id}'.")


def _words_of(issue: Issue, known: Field) -> set[str]:
    """What an issue is known by in a field, in small letters."""
    if known.id == "project":
        return {issue.project.lower(), PROJECTS[issue.project].lower()}
    if known.id == "issuetype":
        return {issue.type.lower(), TYPES[issue.type]}
    if known.id == "labels":
        return {label.lower() for label in issue.labels}
    word = issue.words.get(known.name, "")
    if known.id == "status":
        return {word.lower(), STATUSES.get(word, STATUSES[UNKNOWN_STATUS])[0]}
    return {word.lower()} - {""}


_CATEGORY_WORDS = {
    "new": {"to do", "2"},
    "indeterminate": {"in progress", "4"},
    "done": {"done", "3"},
}
_PROJECT_WORDS = {
    *(key.lower() for key in PROJECTS),
    *(name.lower() for name in PROJECTS.values()),
    *(str(10_000 + place) for place in range(len(PROJECTS))),
}
_TYPE_WORDS = {*(name.lower() for name in TYPES), *TYPES.values()}


def emptiness_test(known: Field, *, is_empty: bool) -> Test:
    """Whether an issue has nothing in a field, or anything."""

    def test(row: Row) -> bool:
        issue = row[1]
        if known.shape in {Shape.TIME, Shape.FEEDBACK_AT}:
            return (time_of(issue, known) is None) == is_empty
        return (known.name not in issue.words) == is_empty

    return test
