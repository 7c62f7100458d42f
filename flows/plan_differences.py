"""What two outlooks on a week tell otherwise, part by part: pure."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace

MAX_NAMED = 10
"""Differences of a part that are named; the others are counted."""

PARTS = ("records", "figures", "candidates", "proposals", "pushes", "mails")
"""What an outlook is made of, in the order of the work."""


@dataclass(frozen=True, slots=True)
class Seen:
    """One thing of an outlook.

    Attributes:
        text: how it is told.
        mark: differs where more differs than is told.
        fields: what it holds, by name, where only what differs is to be told.
    """

    text: str
    mark: str = ""
    fields: Mapping[str, str] = field(default_factory=dict)

    def beside(self, other: "Seen | None") -> str:
        """How it is told beside another one: the fields that differ, else its text."""
        if other is None or not self.fields:
            return self.text
        told = [
            f"{name} {value or 'blank'}"
            for name, value in self.fields.items()
            if other.fields.get(name) != value
        ]
        return ", ".join(told) or self.text


Outlook = Mapping[str, Mapping[str, Seen]]
"""By part, what there is, by its name."""


@dataclass(frozen=True, slots=True)
class Difference:
    """What would be told otherwise; None where it is not there."""

    name: str
    before: str | None
    after: str | None

    def __str__(self) -> str:
        if self.before is None:
            return f"+ {self.name}: {self.after}"
        if self.after is None:
            return f"- {self.name}: {self.before}"
        if self.before == self.after:
            return f"~ {self.name}: {self.after}, and differs within"
        return f"~ {self.name}: {self.before} -> {self.after}"


@dataclass(frozen=True, slots=True, kw_only=True)
class PartOfPlan:
    """How a part would differ.

    Attributes:
        name: such as figures.
        n_before: how many there are.
        n_after: how many there would be.
        n_new: that are not there before.
        n_gone: that would not be there.
        n_changed: that would be told otherwise.
        named: the first differences.
    """

    name: str
    n_before: int
    n_after: int
    n_new: int
    n_gone: int
    n_changed: int
    named: tuple[Difference, ...]

    @property
    def n_different(self) -> int:
        """All that differ."""
        return self.n_new + self.n_gone + self.n_changed

    def __str__(self) -> str:
        if not self.n_different:
            return f"{self.name:<11}{self.n_after:>9,}, none differs"
        told = {"new": self.n_new, "gone": self.n_gone, "changed": self.n_changed}
        counts = ", ".join(f"{n:,} {what}" for what, n in told.items() if n)
        return f"{self.name:<11}{self.n_before:>9,} -> {self.n_after:,}: {counts}"


def compared(
    before: Outlook, after: Outlook, n_alike: Mapping[str, int] | None = None
) -> tuple[PartOfPlan, ...]:
    """How the parts differ that both outlooks have.

    Args:
        before: what is told now.
        after: what would be told.
        n_alike: by part, how many more there are that were not looked at, as they cannot differ.
    """
    more = n_alike or {}
    parts = [
        _part(name, before[name], after[name]) for name in PARTS if name in before and name in after
    ]
    return tuple(
        replace(
            one,
            n_before=one.n_before + more.get(one.name, 0),
            n_after=one.n_after + more.get(one.name, 0),
        )
        for one in parts
    )


def _part(name: str, before: Mapping[str, Seen], after: Mapping[str, Seen]) -> PartOfPlan:
    new, gone = after.keys() - before.keys(), before.keys() - after.keys()
    changed = {key for key in after.keys() & before.keys() if after[key] != before[key]}
    named = list(_named(sorted(changed), before, after))
    named += _named(sorted(new), before, after)
    named += _named(sorted(gone), before, after)
    return PartOfPlan(
        name=name,
        n_before=len(before),
        n_after=len(after),
        n_new=len(new),
        n_gone=len(gone),
        n_changed=len(changed),
        named=tuple(named[:MAX_NAMED]),
    )


def _named(
    keys: list[str], before: Mapping[str, Seen], after: Mapping[str, Seen]
) -> Iterator[Difference]:
    for key in keys[:MAX_NAMED]:
        was, now = before.get(key), after.get(key)
        yield Difference(key, was.beside(now) if was else None, now.beside(was) if now else None)
