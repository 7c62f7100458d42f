"""What can be known of writing without writing: instance, key, permissions, what is demanded.

A system adds what only it can tell; where nothing can be known, that is said.
"""

from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass

from connectors.core.access import AccessSheet, AccessVerb
from connectors.core.examining import failure, ok, warning
from connectors.core.source import Finding
from connectors.core.writing import Writer
from itsm.errors import SourceError
from itsm.pushing import PushKind

CHECK = "write"
_NO_SUCH_KEY = "csi-doctor/no-such-key"
UNKNOWN = "whether it may be written cannot be known without writing"
TRY = "csi push --dry-run, then one write with push.cap = 1; the access request names the right"


@dataclass(frozen=True, slots=True)
class Written:
    """What a push would write of one kind.

    Attributes:
        kind: what.
        place: into which table, form or project.
        fields: the system's fields that a creation fills.
        codes: the values that choice fields would be given, by field.
    """

    kind: PushKind
    place: str
    fields: frozenset[str]
    codes: Mapping[str, frozenset[str]]


def plain_checks(writer: Writer, kinds: Collection[PushKind], instance: str) -> Iterator[Finding]:
    """What every writer can be asked: which instance it is, and whether our key is searched for.

    Args:
        writer: as the push would use it; it is only asked.
        kinds: what is created and changed.
        instance: that may be written to, as the settings name it.
    """
    try:
        found = writer.identity()
    except SourceError as error:
        yield failure(CHECK, "instance", error.message, "see the access request")
        return
    if found.copy_of:
        yield failure(CHECK, "instance", found.copy_of, "nothing is written to a copy: look at url")
    elif found.name != instance:
        told = f"it calls itself {found.name!r}; push.instance says {instance!r}"
        yield failure(
            CHECK, "instance", told, f'set push.instance = "{found.name}", if it is meant'
        )
    else:
        yield ok(CHECK, "instance", f"{found.name}, which may be written to")
    for kind in sorted(writer.abilities.fields):
        if kind in kinds:
            yield _key(writer, kind)


def _key(writer: Writer, kind: PushKind) -> Finding:
    try:
        there = writer.find(kind, _NO_SUCH_KEY)
    except SourceError as error:
        remedy = (
            "make the field for our key, or let the user read it; without it nothing is created"
        )
        return failure(CHECK, kind, f"our key cannot be searched for: {error.message}", remedy)
    if there:
        said = f"a key that no record carries finds {len(there)}: the filter is passed over"
        return failure(CHECK, kind, said, "see that the field for our key is there and searchable")
    return ok(CHECK, kind, "our key can be searched for, so that no record is made twice")


def unknown(sheet: AccessSheet, known: Iterable[str] = ()) -> Iterator[Finding]:
    """The permissions to write that cannot be known, in one finding.

    Args:
        sheet: what has to be allowed.
        known: the places that were told already.
    """
    writes = [one for one in sheet.needs if one.verb is not AccessVerb.READ]
    left = dict.fromkeys(one.place for one in writes if one.place not in set(known))
    if left:
        yield warning(CHECK, "permission", f"{UNKNOWN}: {', '.join(left)}", TRY)


def demanded(
    source: str, what: Written, mandatory: Iterable[str], read_only: Iterable[str] = ()
) -> Iterator[Finding]:
    """Mandatory fields that a push leaves empty, and fields of ours that would not be taken."""
    missing = sorted(set(mandatory) - what.fields)
    if missing:
        yield warning(
            CHECK,
            what.kind,
            f"{what.place} demands {', '.join(missing)}, which a push leaves empty: each creation "
            "would be refused, and told as refused",
            "give it a default there, or exempt this user; a field of ours: "
            f"[sources.{source}.push.columns.{what.kind}]",
        )
    refused = sorted(set(read_only) & what.fields)
    if refused:
        said = f"{what.place} takes no value for {', '.join(refused)}: what is written is not kept"
        yield warning(CHECK, what.kind, said, "let the user write it, or leave it to people (owns)")
    if not missing and not refused:
        yield ok(CHECK, what.kind, f"{what.place} demands nothing that a push leaves empty")


def untold(what: str, system: str, instead: str) -> Finding:
    """That a system does not tell what its records demand.

    Args:
        what: the kind that is written.
        system: what does not tell it.
        instead: where a person can look.
    """
    said = f"what a new record has to hold cannot be known: {system}"
    return warning(CHECK, what, said, f"{instead}; then {TRY}")


def not_offered(
    source: str, what: Written, offered: Mapping[str, frozenset[str]]
) -> Iterator[Finding]:
    """Values that a push would write, and that a choice field does not offer."""
    for name, codes in sorted(what.codes.items()):
        lacking = sorted(codes - offered.get(name, codes))
        if lacking:
            yield Finding(
                check=CHECK,
                level=warning(CHECK, "", "").level,
                subject=what.kind,
                said=f"{what.place}.{name} does not offer {', '.join(lacking)}",
                remedy="say which code stands for the state",
                line=f'[sources.{source}.push.states]\n{what.kind} = {{ new = "..." }}',
            )
