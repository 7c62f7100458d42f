"""Records of an estate beside those that were read of a practice system, field by field."""

from collections.abc import Callable, Collection, Iterable
from dataclasses import fields

from itsm.records import Record
from itsm.states import RecordKind
from tests.connectors.held import Api, Held

Told = Callable[[str, object], object]
"""What is left of a field's value once it was kept in the system."""


def read_of(source: Api, kind: RecordKind) -> list[Record]:
    """All records of a kind; none is set aside, and every code has a meaning."""
    held = Held()
    held.pull(source, kind)
    mapped = source.map(kind, list(held.raw.values()))
    assert mapped.quarantined == ()
    assert mapped.unmapped_codes == {}
    return [record for item in mapped.mapped for record in item.records]


def differing(
    written: Iterable[tuple[Record, Record]], lacking: Collection[str], told: Told
) -> dict[tuple[str, str], tuple[object, object]]:
    """The fields in which records differ from those of the estate: wanted, and read.

    Args:
        written: records of the estate, each with the one that was read.
        lacking: fields the system does not have.
        told: what is left of a value.
    """
    found = {}
    for wanted, got in written:
        for name in (field.name for field in fields(wanted)):
            if name in lacking or name.endswith("_code") or name == "source":
                continue
            want, have = told(name, getattr(wanted, name)), getattr(got, name)
            if not _same(want, have):
                found[wanted.number, name] = (want, have)
    return found


def _same(want: object, have: object) -> bool:
    if isinstance(want, float) and isinstance(have, float | int):
        return abs(want - have) < 1 / 3600
    return want == have
