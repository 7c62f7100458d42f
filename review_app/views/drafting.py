"""The problem record that an acceptance writes, as a form to change it before it is written."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from itsm.decisions import IncidentRef
from itsm.push_planning import LINK_DAYS, Linkable
from itsm.pushing import Intent, PushAction, PushMode
from reports.lookup import words
from reports.numbers import local_day, number
from reports.text import clean
from reports.words import listed, plural
from review_app.acting import Drafted
from review_app.desk import Desk
from review_app.parts import ReviewParts
from review_app.wishes import DRAFT_FIELDS, MAX_FIELD, ref_text

LONG = frozenset({"description", "workaround"})
MAX_SHOWN = 300
"""So many incidents are listed to choose from, the newest."""
LABELS = {"ci": "Configuration item"}
MODE_WORDS: Mapping[PushMode, str] = {
    PushMode.DRY_RUN: "is in dry run: what is queued is shown by csi push and not written",
    PushMode.PROBLEMS_ONLY: "takes problem records and nothing on incidents",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class DraftField:
    """A field of the record."""

    name: str
    label: str
    value: str
    is_long: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class LinkLine:
    """An incident that may be linked to the record."""

    ref: str
    number: str
    note: str
    is_chosen: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class DraftView:
    """The record, its home, the incidents, and what it would set off.

    `n_hidden` incidents are linked, too, that the reader is not shown; `has_entry` says that the
    register has an entry of the candidate already.
    """

    fields: tuple[DraftField, ...]
    homes: tuple[tuple[str, bool], ...]
    links: tuple[LinkLine, ...]
    n_chosen: int
    n_hidden: int
    left_out: str
    writes: str
    warnings: tuple[str, ...]
    has_entry: bool


def draft_view(
    parts: ReviewParts,
    desk: Desk,
    drafted: Drafted,
    hidden: Sequence[IncidentRef],
    typed: Mapping[str, str] | None = None,
    *,
    has_entry: bool = False,
) -> DraftView:
    """What the accept form shows.

    Args:
        parts: how days are written.
        desk: where problems are kept, and how far each source is written to.
        drafted: the record as it would be written.
        hidden: the incidents they are not shown.
        typed: the fields as they were typed, where a form comes back.
        has_entry: whether the register has an entry of the candidate already.
    """
    said = typed if typed is not None else drafted.draft.fields
    chosen = {(one.source, one.number) for one in drafted.draft.links}
    kept_from = set(hidden)
    shown = [
        one
        for one in drafted.linkable
        if IncidentRef(source=one.source, number=one.number) not in kept_from
    ]
    shown.sort(key=_age, reverse=True)
    hidden_chosen = sum(
        IncidentRef(source=source, number=name) in kept_from for source, name in chosen
    )
    lines = tuple(_link(one, parts, is_chosen=(one.source, one.number) in chosen) for one in shown)
    return DraftView(
        fields=tuple(_field(name, said.get(name, "")) for name in DRAFT_FIELDS),
        homes=tuple((name, name == drafted.home) for name in desk.homes.able),
        links=lines[:MAX_SHOWN],
        n_chosen=sum(line.is_chosen for line in lines[:MAX_SHOWN]),
        n_hidden=hidden_chosen,
        left_out=_left_out(len(lines)),
        writes=writes_words(drafted.intents, desk),
        warnings=_warnings(desk, drafted),
        has_entry=has_entry,
    )


def writes_words(intents: Sequence[Intent], desk: Desk) -> str:
    """How many writes there would be, and what they may set off."""
    if not desk.homes.able:
        return "Nothing is written to any tool: no source may be written to (push.mode is off)."
    if not intents:
        return "Nothing is written: no source that may be written to holds these incidents."
    counts = Counter(intent.action for intent in intents)
    named = {
        PushAction.CREATE: "problem record",
        PushAction.LINK: "link",
        PushAction.NOTE: "internal note",
        PushAction.MOVE: "change of state",
    }
    said = [plural(n, named.get(action, words(action))) for action, n in counts.items()]
    return (
        f"{plural(len(intents), 'write')}: {listed(said)}. Each may make the tool send a mail to "
        f"those who watch the record: {number(len(intents))} at most per watcher."
    )


def _warnings(desk: Desk, drafted: Drafted) -> tuple[str, ...]:
    sources = sorted({intent.source for intent in drafted.intents})
    return tuple(
        f"{clean(name, 60)} {MODE_WORDS[mode]}."
        for name in sources
        if (mode := desk.modes.get(name, PushMode.FULL)) in MODE_WORDS
    )


def _field(name: str, value: str) -> DraftField:
    label = LABELS.get(name, words(name).capitalize())
    return DraftField(name=name, label=label, value=value[:MAX_FIELD], is_long=name in LONG)


def _age(one: Linkable) -> tuple[float, str]:
    return (one.opened_at.timestamp() if one.opened_at else 0.0, one.number)


def _link(one: Linkable, parts: ReviewParts, *, is_chosen: bool) -> LinkLine:
    opened = f"opened {local_day(one.opened_at, parts.zone)}" if one.opened_at else "no date"
    state = "open" if one.is_open else "ended"
    return LinkLine(
        ref=ref_text(IncidentRef(source=one.source, number=one.number)),
        number=clean(one.number, 80),
        note=f"{state}, {opened}, {clean(one.source, 60)}",
        is_chosen=is_chosen,
    )


def _left_out(n: int) -> str:
    usual = f"Chosen are those that are open or were opened in the last {LINK_DAYS} days."
    if n > MAX_SHOWN:
        return f"{usual} The newest {number(MAX_SHOWN)} of {number(n)} are listed."
    return usual
