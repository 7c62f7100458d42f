"""What is done to several entries at once: all of them in one transaction, or none."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

from itsm.errors import MappingError
from itsm.register import RegisterEntry, RegisterState
from itsm.register_rules import Act
from review_app.identity.actors import Actor
from review_app.register.desk import DEEDS, Form, RegisterDesk, seen_entry
from review_app.register.moves import OWNING, Possible, possible

MAX_ENTRIES = 100
SEEN = "seen:"
"""A form says with this and its number which version of an entry was looked at."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ManyDeed:
    """Something that can be done to several entries.

    Attributes:
        title: what the button says.
        deed: one of `DEEDS`.
        fields: what the form asks for beside the reason.
        fixed: what the deed needs, the same for all.
        refused: why the rules refuse it for an entry, "" where they do not.
        is_reasoned: whether it takes a reason.
    """

    title: str
    deed: str
    refused: Callable[[Possible], str]
    fields: tuple[str, ...] = ()
    fixed: Mapping[str, str] = field(default_factory=dict)
    is_reasoned: bool = True


def _to(state: RegisterState) -> Callable[[Possible], str]:
    def refused(can: Possible) -> str:
        found = next((move for move in can.moves if move.to is state), None)
        return "it cannot go there from its state" if found is None else found.refused

    return refused


MANY: Mapping[str, ManyDeed] = {
    "accept": ManyDeed(
        title="Accept",
        deed="move",
        refused=_to(RegisterState.ACCEPTED),
        fields=OWNING,
        fixed={"to": RegisterState.ACCEPTED.value},
    ),
    "not-yet": ManyDeed(
        title="Not yet",
        deed="not-yet",
        refused=lambda can: can.not_yet,
        fields=("review_on",),
    ),
    "own": ManyDeed(
        title="Set owner or review",
        deed="edit",
        refused=lambda can: can.edit,
        fields=OWNING,
        is_reasoned=False,
    ),
    "cancel": ManyDeed(
        title="Cancel",
        deed="move",
        refused=_to(RegisterState.CANCELED),
        fixed={"to": RegisterState.CANCELED.value},
    ),
    "undo": ManyDeed(title="Take back", deed="undo", refused=lambda _: "", is_reasoned=False),
}
"""What can be done to several entries, by the name a form has for it."""


def many_deed(name: str) -> ManyDeed:
    """A deed by its name.

    Raises:
        MappingError: there is none of that name.
    """
    found = MANY.get(name)
    if found is None:
        known = ", ".join(MANY)
        raise MappingError("entries", "deed", f"{name[:40]!r}", f"choose from {known}")
    return found


def refusal(deed: ManyDeed, entry: RegisterEntry, act: Act) -> str:
    """Why the rules refuse a deed for an entry, "" where they do not."""
    return deed.refused(possible(entry, act))


def do_many(desk: RegisterDesk, form: Form, who: Actor) -> tuple[RegisterEntry, ...]:
    """Do something to every entry that a form names, or to none of them.

    Args:
        desk: acts.
        form: `deed`, one of `MANY`; `seen:NUMBER` for each entry; and the fields of the deed.
        who: acts.

    Raises:
        MappingError: the form names nothing, or a field cannot be used.
        TransitionError, RoleError, StaleDecisionError: one of the entries refuses; names it.
    """
    deed = many_deed(form.get("deed", ""))
    seen = {name.removeprefix(SEEN): text for name, text in form.items() if name.startswith(SEEN)}
    if not 0 < len(seen) <= MAX_ENTRIES:
        said = f"{len(seen)} are chosen"
        raise MappingError("entries", "seen", said, f"choose 1 to {MAX_ENTRIES} of them")
    with desk.store.begin() as uow:
        desk.works.before(uow)
        kept = []
        for number, version in seen.items():
            entry = seen_entry(uow, number, who.sight)
            sent = _sent(deed, entry, form) | {"seen": version}
            act = desk.act(who, form)
            kept.append(DEEDS[deed.deed](uow, number, sent, act, desk.works))
        desk.works.after(uow)
        uow.commit()
    return tuple(kept)


def _sent(deed: ManyDeed, entry: RegisterEntry, form: Form) -> dict[str, str]:
    """The form of one entry; who has an owner and a review date keeps them when it is moved."""
    given = {name: form[name].strip() for name in deed.fields if form.get(name, "").strip()}
    if deed.deed == "move":
        given = {name: text for name, text in given.items() if not getattr(entry, name)}
    return {**given, **deed.fixed, "reason": form.get("reason", "")}


def chosen_entries(
    desk: RegisterDesk, numbers: Sequence[str], who: Actor
) -> tuple[RegisterEntry, ...]:
    """The entries that were chosen, each once, as they are now.

    Raises:
        NotThereError: one is not there for this reader.
    """
    with desk.store.look() as uow:
        wanted = dict.fromkeys(numbers[:MAX_ENTRIES])
        return tuple(seen_entry(uow, number, who.sight) for number in wanted)
