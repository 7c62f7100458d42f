"""What a user of ours has to be allowed in a system, and no more: a sheet for its administrator.

What a system needs for certain is data, in its `access.toml`; which tables, queues and columns that
means here follows from the settings. `tests/conformance/test_every_access_sheet.py` holds each
sheet against the requests that a pull, a push and an examination really make.

The file: `place` is the system's word for where records are, `about` what to tell first. Under
`[kinds.KIND]` stands what the holders of a kind need (`grant`, more `fields`, another `place`);
`[usual]` holds for what none gives. Each `[[more]]` names `place`, `verb`, `uses`, `fields`,
`grant`, `why`; it is left out where none of its `kinds` is read, where `when` does not hold, and
where a `{word}` has no meaning here. `{incident}` is what holds incidents; `{id}` stays as it is.
"""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from connectors.core.access_places import Places
from connectors.core.mapping.loading import toml_of
from itsm.states import RecordKind

_WORD = re.compile(r"\{(?!id\})(\w+)\}")


class Use(StrEnum):
    """What a permission is for."""

    PULL = "pull"
    DOCTOR = "doctor"
    LOOK = "look"
    """What a push reads, to search, to compare and to read back; `--dry-run` does that, too."""

    PROBLEMS = "problems"
    LINKS = "links"
    NOTES = "notes"
    REGISTER = "register"


class AccessVerb(StrEnum):
    """What is done."""

    READ = "read"
    CREATE = "create"
    CHANGE = "change"
    DELETE = "delete"


@dataclass(frozen=True, slots=True, kw_only=True)
class Need:
    """One permission.

    Attributes:
        place: the table, form, class or address.
        verb: what is done there.
        of: which queues, catalogs or types of it; () for all.
        fields: the columns; () where the system grants no single ones.
        grant: what gives it, in the system's words.
        why: what it is for.
        kinds: the record kinds that would be missing without it.
        uses: what it is for, by name.
    """

    place: str
    verb: AccessVerb
    of: tuple[str, ...] = ()
    fields: tuple[str, ...] = ()
    grant: str
    why: str
    kinds: tuple[RecordKind, ...] = ()
    uses: tuple[Use, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class AccessSheet:
    """All that a user has to be allowed.

    Attributes:
        place: the system's word for where records are.
        about: what to tell the administrator first.
        needs: every permission once.
    """

    place: str
    about: tuple[str, ...]
    needs: tuple[Need, ...]


def sheet_of(package: str, places: Places, uses: Iterable[Use]) -> AccessSheet:
    """The sheet of one source.

    Args:
        package: of the connector, with its `access.toml`.
        places: what its settings say.
        uses: what is to be done with it.
    """
    given, wanted = toml_of(package, "access.toml"), frozenset(uses)
    found = [*_of_kinds(given, places, wanted), *_more(given, places, wanted)]
    return AccessSheet(
        place=str(given["place"]),
        about=tuple(given["about"]),
        needs=tuple(_merged(found, str(given["usual"]["grant"]))),
    )


def _of_kinds(given: Mapping[str, Any], places: Places, wanted: frozenset[Use]) -> Iterator[Need]:
    if not wanted & {Use.PULL, Use.DOCTOR}:
        return
    for kind, holders in places.holders.items():
        told = {**given["usual"], **given.get("kinds", {}).get(kind.value, {})}
        own = _expanded(_listed(told["place"]), places) if "place" in told else holders
        more = _expanded(told.get("fields", ()), places)
        of = (holders or tuple(_expanded(told.get("of", ()), places))) if "place" in told else ()
        for place in own:
            fields = (*places.own.get(place, places.columns.get(kind, ())), *more)
            yield Need(
                place=place,
                verb=AccessVerb.READ,
                of=of,
                fields=_named(fields),
                grant=str(told["grant"]).replace("{place}", place),
                why=WHY[kind],
                kinds=(kind,),
                uses=(Use.PULL, Use.DOCTOR),
            )


def _more(given: Mapping[str, Any], places: Places, wanted: frozenset[Use]) -> Iterator[Need]:
    for one in given.get("more", ()):
        kinds = tuple(RecordKind(kind) for kind in one.get("kinds", ()))
        read = tuple(kind for kind in kinds if kind in places.holders)
        uses = tuple(use for use in map(Use, one["uses"]) if use in wanted)
        holds = one.get("when", "") in {"", *places.conditions}
        if not uses or not holds or (kinds and not read):
            continue
        of = tuple(_expanded(one.get("of", ()), places))
        for place in _expanded(_listed(one["place"]), places) if of or "of" not in one else ():
            yield Need(
                place=place,
                verb=AccessVerb(one.get("verb", "read")),
                of=of,
                fields=_named(_expanded(one.get("fields", ()), places)),
                grant=one.get("grant", given["usual"]["grant"]).replace("{place}", place),
                why=str(one["why"]),
                kinds=read,
                uses=uses,
            )


def _listed(given: str | Sequence[str]) -> Sequence[str]:
    return [given] if isinstance(given, str) else given


def _expanded(texts: Sequence[str], places: Places) -> list[str]:
    """Texts with the meanings of their words; a text whose word has none is left out."""
    found: list[str] = []
    for text in texts:
        word = _WORD.search(text)
        if word is None:
            found.append(text)
            continue
        name = word[1]
        kinds = {kind.value: held for kind, held in places.holders.items()}
        for value in places.words.get(name, kinds.get(name, ())):
            found += _expanded([text.replace(word[0], value)], places)
    return list(dict.fromkeys(found))


def _named(fields: Iterable[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(fields))


def _merged(needs: Iterable[Need], usual: str) -> Iterator[Need]:
    """Each place and verb once, with all that is done there; a grant by name beats the usual."""
    by: dict[tuple[str, AccessVerb], list[Need]] = {}
    for one in needs:
        by.setdefault((one.place, one.verb), []).append(one)
    for (place, _), same in by.items():
        grants = dict.fromkeys(one.grant for one in same)
        named = [one for one in grants if one != usual.replace("{place}", place)]
        yield Need(
            place=same[0].place,
            verb=same[0].verb,
            of=_named(name for one in same for name in one.of) if all(o.of for o in same) else (),
            fields=tuple(sorted({name for one in same for name in one.fields})),
            grant="; ".join(named or grants),
            why="; ".join(dict.fromkeys(one.why for one in same)),
            kinds=tuple(dict.fromkeys(kind for one in same for kind in one.kinds)),
            uses=tuple(use for use in Use if any(use in one.uses for one in same)),
        )


K = RecordKind
WHY: Mapping[RecordKind, str] = {
    K.INCIDENT: "what broke, how long it took, what comes back",
    K.SERVICE_REQUEST: "demand, and how long requests take",
    K.CHANGE: "which changes failed or caused incidents",
    K.APPROVAL: "how long changes wait for approval",
    K.PROBLEM: "which repeats are known, and how old they are",
    K.PROBLEM_TASK: "what problem work waits for",
    K.KNOWN_ERROR: "workarounds that are known already",
    K.VENDOR: "names of vendors, their owners",
    K.VENDOR_CASE: "time that vendors take, and misses",
    K.CONTRACT: "what was agreed with vendors",
    K.CONTRACT_CLAUSE: "due times and credits of contracts",
    K.SERVICE: "names, owners and criticality of services",
    K.TEAM: "names, lines and sizes of teams",
    K.CONFIGURATION_ITEM: "which item broke, whose it is",
    K.CI_RELATION: "what depends on what",
    K.SLA_CLOCK: "whether targets were met, and the pauses",
    K.HISTORY: "states and teams over time: reopens, hops, waits",
    K.COMMENT: "what was tried; texts are mined without personal data",
    K.SURVEY_RESPONSE: "how satisfied users are",
    K.KNOWLEDGE_ARTICLE: "use of articles, and where one is missing",
    K.OUTAGE: "availability of services",
    K.POST_INCIDENT_REVIEW: "whether major incidents are reviewed",
    K.REVIEW_ACTION: "whether what reviews asked for is done",
}
"""What each kind is read for, in the words of an administrator's form."""
