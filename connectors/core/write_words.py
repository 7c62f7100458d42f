"""Our words for what is written, and a system's: fields, and states by their labels; pure.

For systems that keep plain texts, and that have labels rather than codes.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field

from connectors.core.mapping.html_writing import kept_line, kept_text
from itsm.errors import MappingError
from itsm.pushed import Remote
from itsm.pushing import STATE, PushKind

_LONGEST_TEXT = 30_000
ENDED = frozenset({"closed", "canceled"})
"""States that are the end of a record."""


@dataclass(frozen=True, slots=True)
class WriteWords:
    """The words of one kind.

    Attributes:
        kind: what is written.
        holder: the form or object that holds it.
        number: the field with the number people know.
        status: the field with the state.
        fields: the system's fields by ours.
        states: the system's labels by our states.
        labels: by field of ours, the system's labels by our codes.
        longest: characters that fields of ours hold, where these are few.
        logged: further names that history has for fields of ours.
    """

    kind: PushKind
    holder: str
    number: str
    status: str
    fields: Mapping[str, str]
    states: Mapping[str, str] = field(default_factory=dict)
    labels: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    longest: Mapping[str, int] = field(default_factory=dict)
    logged: Mapping[str, str] = field(default_factory=dict)

    def held(self, values: Mapping[str, str]) -> dict[str, str]:
        """Short texts in one line, others with plain line ends, all cut."""
        return {
            name: kept_line(text, self.longest[name])
            if name in self.longest
            else kept_text(text, _LONGEST_TEXT)
            for name, text in values.items()
        }

    def cell(self, source: str, name: str, text: str) -> str:
        """A value of a field of ours as the system has it.

        Raises:
            MappingError: it has no word for it.
        """
        labels = self.labels.get(name)
        if not labels or not text:
            return text
        if text not in labels:
            known = ", ".join(labels)
            raise MappingError(source, name, f"there is no {name} {text!r}", f"there are {known}")
        return labels[text]

    def shown(self, name: str, value: str) -> str:
        """A value of the system as we have it, cut and plain as what we write."""
        if name == STATE:
            return next((own for own, label in self.states.items() if label == value), value)
        labels = self.labels.get(name)
        if labels:
            return next((own for own, label in labels.items() if label == value), value)
        return self.held({name: value})[name]

    def field_logged(self, name: str) -> str:
        """Our name of a field that history tells a change of."""
        if name == self.status or name in self.logged:
            return self.logged.get(name, STATE)
        return next((own for own, theirs in self.fields.items() if theirs == name), name)

    def remote(
        self, key: str, values: Mapping[str, str], *, version: str, problems: tuple[str, ...] = ()
    ) -> Remote:
        """A record in our words."""
        state = self.shown(STATE, values.get(self.status, ""))
        return Remote(
            kind=self.kind,
            key=key,
            number=values.get(self.number, ""),
            version=version,
            fields={
                own: self.shown(own, values.get(theirs, "")) for own, theirs in self.fields.items()
            },
            state=state,
            is_closed=state in ENDED,
            problems=problems,
        )
