"""In which words a tracker is written to: statuses and custom fields, a company's own over ours."""

from collections.abc import Mapping
from dataclasses import dataclass

from connectors.rt.push_settings import RtPush
from itsm.pushing import PushKind

K = PushKind
TITLE = "title"
SUBJECT = 200
"""Characters of a subject at most."""
LONGEST = 60_000
"""Characters of any other field at most."""
CLOSED = frozenset({"closed", "rejected", "deleted", "canceled"})
"""Statuses that are the end of a ticket; a resolved one may be opened again."""
_STATUSES: Mapping[PushKind, Mapping[str, str]] = {
    K.PROBLEM: {
        "new": "new",
        "root_cause_analysis": "open",
        "resolved": "resolved",
        "canceled": "rejected",
    },
    K.REGISTER_ENTRY: {
        "new": "new",
        "in_progress": "open",
        "on_hold": "stalled",
        "closed": "resolved",
        "canceled": "rejected",
    },
}
_CUSTOM: Mapping[PushKind, tuple[str, ...]] = {
    K.PROBLEM: ("description", "root_cause", "workaround", "service", "ci", "category", "team"),
    K.REGISTER_ENTRY: ("description", "service", "team"),
}


@dataclass(frozen=True, slots=True)
class WriteWords:
    """What the settings say of words."""

    push: RtPush

    def custom(self, kind: PushKind) -> dict[str, str]:
        """The custom fields that may be written, by our field."""
        own = self.push.custom_fields
        return {name: own[name] for name in _CUSTOM.get(kind, ()) if name in own}

    def values(self, kind: PushKind, given: Mapping[str, str]) -> dict[str, str | None]:
        """Values by custom field; an empty one takes what was there away."""
        known = self.custom(kind)
        return {known[name]: text or None for name, text in given.items() if name in known}

    def statuses(self, kind: PushKind) -> Mapping[str, str]:
        """Statuses by our state."""
        return {**_STATUSES.get(kind, {}), **self.push.statuses}

    def state(self, kind: PushKind, status: str) -> str:
        """Our state of a status; the status itself where it is none of ours."""
        by_status = {word.casefold(): state for state, word in self.statuses(kind).items()}
        return by_status.get(status.casefold(), status)
