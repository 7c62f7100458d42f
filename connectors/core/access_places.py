"""Where a system keeps what is read and written, as the settings of one source say."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from connectors.core.named_kinds import NamedKinds
from itsm.states import RecordKind


@dataclass(frozen=True, slots=True, kw_only=True)
class Places:
    """What the settings of one source say of its places.

    Attributes:
        holders: the tables, classes or queues of each kind that is read.
        columns: what is asked of them.
        own: what is asked of a single holder, where those of a kind differ.
        words: what the words of the file mean here.
        conditions: what holds here of what `when` names.
    """

    holders: Mapping[RecordKind, tuple[str, ...]]
    columns: Mapping[RecordKind, tuple[str, ...]] = field(default_factory=dict)
    own: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    words: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    conditions: frozenset[str] = frozenset()


def places_of(
    tables: NamedKinds,
    words: Mapping[str, Iterable[str | None]] | None = None,
    conditions: Iterable[str] = (),
    *,
    grants_columns: bool = True,
) -> Places:
    """The places of a system whose kinds are named.

    Args:
        tables: what is read.
        words: what the words of the file mean; None and "" are left out.
        conditions: what holds.
        grants_columns: whether the system lets an administrator allow single columns.
    """
    mappings = tables.mappings("")
    columns = {kind: tuple(one.columns) for kind, one in mappings.items()}
    return Places(
        holders={kind: tuple(one.names) for kind, one in tables.kinds.items()},
        columns=columns if grants_columns else {},
        words=meanings(words or {}),
        conditions=frozenset(conditions),
    )


def meanings(words: Mapping[str, Iterable[str | None]]) -> Mapping[str, tuple[str, ...]]:
    """Words that mean something, without what is not set."""
    told = {name: tuple(filter(None, given)) for name, given in words.items()}
    return {name: given for name, given in told.items() if given}
