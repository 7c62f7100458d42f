"""What a reviewer asks for, from a form or from JSON, before anything is looked up; pure."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date

from itsm.decisions import Action, IncidentRef, RejectedAs

MAX_REASON = 2_000
MAX_FIELD = 8_000
MAX_REFS = 5_000
DRAFT_FIELDS = (
    "title",
    "description",
    "service",
    "ci",
    "team",
    "impact",
    "urgency",
    "workaround",
)
"""The fields of the problem record that a reviewer may change before it is written."""
REJECTED_WORDS: Mapping[RejectedAs, str] = {
    RejectedAs.NOT_A_PROBLEM: "Not a problem",
    RejectedAs.EXPECTED_DEMAND: "Expected demand",
    RejectedAs.TRAINING: "A matter of training",
    RejectedAs.NOISE: "Noise",
    RejectedAs.WRONG_GROUP: "Wrongly grouped",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Wish:
    """An action with all that was said beside it.

    Attributes:
        action: what is to be done.
        reason: why, in the person's words.
        rejected_as: why it is rejected, in one word.
        others: the other candidates of a merge, or the problem, person or vendor.
        until: the day of a snooze, a review, a task.
        until_new: a snooze ends when so many new incidents have come.
        statement: what a rename calls it.
        refs: the incidents of a pin or removal, or those that are split off one by one.
        by: the field by which a candidate is split.
        apart: the values of that field that become candidates of their own.
        is_grouping_right: whether the incidents belong together, where the person said so.
        fields: the problem record, as the reviewer changed it; None: as it is proposed.
        links: the incidents that are linked to it; None: as it is proposed.
        shown: the incidents that could be chosen; the others stay as they are proposed.
        home: the source that the problem is kept in, "" for the usual one.
        with_entry: an entry of the register is opened, too.
    """

    action: Action
    reason: str = ""
    rejected_as: RejectedAs | None = None
    others: tuple[str, ...] = ()
    until: date | None = None
    until_new: int | None = None
    statement: str = ""
    refs: tuple[IncidentRef, ...] = ()
    by: str = ""
    apart: tuple[str, ...] = ()
    is_grouping_right: bool | None = None
    fields: Mapping[str, str] | None = None
    links: tuple[IncidentRef, ...] | None = None
    shown: tuple[IncidentRef, ...] = ()
    home: str = ""
    with_entry: bool = False

    @property
    def other(self) -> str:
        """The one other candidate, problem, person or vendor."""
        return next(iter(self.others), "")


@dataclass(frozen=True, slots=True)
class Filled:
    """A form that was read: what it asks for, and what is wrong with it, by field."""

    wish: Wish
    wrong: Mapping[str, str] = field(default_factory=dict)


class Form:
    """The fields of a form, each of which may come several times."""

    def __init__(self, pairs: Sequence[tuple[str, str]]) -> None:
        self._values: dict[str, list[str]] = {}
        for name, value in pairs:
            self._values.setdefault(name, []).append(value)

    def one(self, name: str, limit: int = MAX_REASON) -> str:
        """The last value of a field as one line of text, "" where there is none."""
        return " ".join(self.text(name, limit).split())

    def text(self, name: str, limit: int = MAX_REASON) -> str:
        """The last value of a field as it was typed."""
        return (self._values.get(name) or [""])[-1].strip()[:limit]

    def all(self, name: str) -> tuple[str, ...]:
        """All values of a field, each once."""
        return tuple(dict.fromkeys(v.strip() for v in self._values.get(name, ()) if v.strip()))

    def choosing(self, *, is_merge: bool) -> "Form":
        """The same, with the other candidate as it was chosen or typed; of a merge among all."""
        others = self.all("typed") or self.all("other")
        made = Form([])
        made._values = {**self._values, "other": list(others)}
        if is_merge:
            made._values |= {"on": list(dict.fromkeys((*self.all("on"), *others))), "other": []}
        return made

    def merging(self) -> "Form":
        """The same, with the candidate that stays as the only one and the rest as the others."""
        every = tuple(dict.fromkeys((*self.all("on"), *self.all("other"))))
        stays = self.one("stays") if self.one("stays") in every else next(iter(every), "")
        made = Form([])
        made._values = {
            **self._values,
            "on": [stays],
            "other": [name for name in every if name != stays],
        }
        return made

    def has(self, name: str) -> bool:
        """Whether a field came at all."""
        return name in self._values


def read_wish(action: Action, form: Form, today: date) -> Filled:
    """What a form asks for, with everything that is wrong with it.

    Args:
        action: what its address says is to be done.
        form: its fields.
        today: the day on which it is sent.
    """
    wrong: dict[str, str] = {}
    kind = _kind(form.one("kind"), wrong) if action is Action.REJECT else None
    wish = Wish(
        action=action,
        reason=reason_of(form.one("reason"), kind),
        rejected_as=kind,
        others=form.all("other"),
        until=_day(form.one("until"), today, wrong),
        until_new=_count(form.one("until_new"), wrong),
        statement=form.one("statement", 300),
        refs=_refs(form.all("ref"), "ref", wrong),
        by=form.one("by"),
        apart=form.all("apart"),
        is_grouping_right={"yes": True, "no": False}.get(form.one("grouping")),
        fields=_fields(form),
        links=_refs(form.all("link"), "link", wrong) if form.has("link") else None,
        shown=_refs(form.all("shown"), "link", wrong),
        home=form.one("home"),
        with_entry=form.has("with_entry"),
    )
    return Filled(wish, {**lacks_of(wish), **wrong})


def reason_of(text: str, kind: RejectedAs | None) -> str:
    """Why, in the person's words; where a rejection has none, its kind in ours."""
    return text or (REJECTED_WORDS[kind] if kind is not None else "")


def ref_text(ref: IncidentRef) -> str:
    """An incident as forms name it."""
    return f"{ref.source}/{ref.number}"


def _kind(text: str, wrong: dict[str, str]) -> RejectedAs | None:
    try:
        return RejectedAs(text)
    except ValueError:
        wrong["kind"] = "Say why it is rejected."
        return None


def _day(text: str, today: date, wrong: dict[str, str]) -> date | None:
    if not text:
        return None
    try:
        day = date.fromisoformat(text)
    except ValueError:
        wrong["until"] = "Write the day as 2026-12-31."
        return None
    if day <= today:
        wrong["until"] = "Choose a day after today."
    return day


def _count(text: str, wrong: dict[str, str]) -> int | None:
    if not text:
        return None
    if not (text.isascii() and text.isdigit() and 0 < int(text[:9]) < 1_000_000):
        wrong["until_new"] = "Write a number of incidents, 1 or more."
        return None
    return int(text)


def _refs(texts: Sequence[str], name: str, wrong: dict[str, str]) -> tuple[IncidentRef, ...]:
    found = []
    for text in texts[:MAX_REFS]:
        source, slash, number = text.partition("/")
        if not (source and slash and number):
            wrong[name] = f"{text[:80]!r} is no incident; write SOURCE/NUMBER."
            continue
        found.append(IncidentRef(source=source, number=number))
    return tuple(found)


def _fields(form: Form) -> Mapping[str, str] | None:
    """The problem record of the accept form; None where the form has none."""
    if not form.has("field_title"):
        return None
    return {name: form.text(f"field_{name}", MAX_FIELD) for name in DRAFT_FIELDS}


def lacks_of(wish: Wish) -> dict[str, str]:
    """What an action needs and was not given, by field."""
    action, lacks = wish.action, {}
    needs_other = {
        Action.LINK: "Name the problem record.",
        Action.MERGE: "Choose the other candidate.",
        Action.DUPLICATE: "Choose the candidate that it repeats.",
        Action.ASSIGN: "Say whom it is assigned to.",
        Action.ASK_VENDOR: "Name the vendor.",
    }
    if action in needs_other and not wish.other:
        lacks["other"] = needs_other[action]
    if action is Action.SNOOZE and wish.until is None and wish.until_new is None:
        lacks["until"] = "Say until which day, or until how many new incidents."
    if action is Action.ACCEPT_RISK and wish.until is None:
        lacks["until"] = "Give the day on which the risk is looked at again."
    said = {
        Action.ACCEPT_RISK: "Say why the risk is accepted.",
        Action.COMMENT: "Write the comment.",
        Action.ASK_VENDOR: "Write the question.",
        Action.OPEN_KNOWLEDGE_TASK: "Say what is to be written down.",
    }
    if action in said and not wish.reason:
        lacks["reason"] = said[action]
    if action is Action.RENAME and not wish.statement:
        lacks["statement"] = "Say what it is called."
    if action in {Action.PIN, Action.REMOVE} and not wish.refs:
        lacks["ref"] = "Choose the incidents."
    if action is Action.SPLIT and not wish.refs and not wish.apart:
        lacks["apart"] = "Choose what goes apart."
    if wish.fields is not None and not wish.fields["title"].strip():
        lacks["field_title"] = "A problem record needs a title."
    return lacks
