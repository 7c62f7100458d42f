"""The form that does something to several entries: to which, and to which not and why."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from starlette.datastructures import QueryParams

from itsm.register import RegisterEntry
from reports.lookup import words
from reports.text import clean
from reports.words import plural
from review_app.identity.actors import Actor
from review_app.parts import ReviewParts
from review_app.register.desk import RegisterDesk
from review_app.register.many import MANY, MAX_ENTRIES, SEEN, chosen_entries, many_deed, refusal
from review_app.register.reading import withheld
from review_app.views.register import entry_address
from review_app.wording import WITHHELD

LABELS: Mapping[str, tuple[str, str]] = {
    "coordinator": ("Owner (coordinator), of those that have none", "text"),
    "next_review_on": ("Next review, of those that have none", "date"),
    "review_on": ("Look at them again on", "date"),
}
FOR_ALL: Mapping[str, tuple[str, str]] = {
    "coordinator": ("Owner (coordinator); empty leaves it", "text"),
    "next_review_on": ("Next review; empty leaves it", "date"),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class ChosenLine:
    """An entry that was chosen; `refused` says why nothing will be done to it."""

    number: str
    field: str
    address: str
    title: str
    state: str
    version: str
    refused: str


@dataclass(frozen=True, slots=True, kw_only=True)
class FieldLine:
    """A field of the form."""

    name: str
    label: str
    kind: str
    value: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ManyView:
    """The form: what is done, to which entries, and what is asked for."""

    deed: str
    title: str
    lines: tuple[ChosenLine, ...]
    left_out: tuple[ChosenLine, ...]
    fields: tuple[FieldLine, ...]
    is_reasoned: bool
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class DoneView:
    """What was just done to several entries, and what takes it back."""

    text: str
    versions: tuple[tuple[str, str], ...]
    can_undo: bool


def done_view(asked: QueryParams) -> DoneView | None:
    """What the address says was just done; None where it says nothing of the kind."""
    deed = MANY.get(asked.get("done", ""))
    told = [text.rpartition(" ") for text in asked.getlist("undo")[:MAX_ENTRIES]]
    versions = tuple((SEEN + clean(name, 40), version) for name, _, version in told if name)
    if deed is None or not versions or not all(version.isdecimal() for _, version in versions):
        return None
    n = plural(len(versions), "improvement")
    return DoneView(
        text=f"{deed.title}: done to {n}.", versions=versions, can_undo=deed.deed != "undo"
    )


def many_view(
    parts: ReviewParts,
    desk: RegisterDesk,
    sent: Mapping[str, str],
    numbers: Sequence[str],
    who: Actor,
) -> ManyView:
    """What the form shows.

    Raises:
        MappingError: there is no such deed.
        NotThereError: an entry is not there for this reader.
    """
    deed = many_deed(sent.get("deed", ""))
    entries = chosen_entries(desk, numbers[:MAX_ENTRIES], who)
    hidden = withheld(parts, entries, who.sight)
    act = desk.act(who, {})
    lines = [
        _line(one, refusal(deed, one, act), sent, is_hidden=one.number in hidden) for one in entries
    ]
    labels = LABELS if deed.deed != "edit" else FOR_ALL
    lacking = {name for name in deed.fields for one in entries if not getattr(one, name, None)}
    asked = deed.fields if deed.deed != "move" else [n for n in deed.fields if n in lacking]
    return ManyView(
        deed=sent["deed"],
        title=deed.title,
        lines=tuple(line for line in lines if not line.refused),
        left_out=tuple(line for line in lines if line.refused),
        fields=tuple(
            FieldLine(name=name, label=label, kind=kind, value=clean(sent.get(name, ""), 200))
            for name in asked
            for label, kind in [labels[name]]
        ),
        is_reasoned=deed.is_reasoned,
        reason=clean(sent.get("reason", ""), 4_000),
    )


def _line(
    entry: RegisterEntry, refused: str, sent: Mapping[str, str], *, is_hidden: bool
) -> ChosenLine:
    return ChosenLine(
        number=clean(entry.number, 40),
        field=SEEN + entry.number,
        address=entry_address(entry.number),
        title=WITHHELD if is_hidden else clean(entry.title, 200),
        state=words(entry.state),
        version=sent.get(SEEN + entry.number) or str(entry.version),
        refused=clean(refused, 300),
    )
