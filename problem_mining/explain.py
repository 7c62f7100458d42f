"""A candidate in words: a statement a person understands, how pure it is, what most share."""

from collections import Counter
from collections.abc import Callable, Mapping, Sequence, Set
from dataclasses import dataclass
from datetime import datetime

from itsm.candidates import Purity
from problem_mining.plain_titles import Written, plain_titles
from problem_mining.scoring import GroupTerms
from problem_mining.text import headline
from problem_mining.tokens import is_identifier, terms

MAX_TITLE = 90
CLEAR_SHARE = 0.6
"""A field stands for a candidate when at least this share of those that have one agree."""
SHARED_SHARE = 0.5
COMMON_SHARE = 1 / 3
"""What so many titles of a group say belongs into its statement."""
PURITY_FIELDS = ("service", "ci", "category", "subcategory", "symptom", "location", "team")


@dataclass(frozen=True, slots=True)
class MemberFacts:
    """What is told of one member; texts are redacted.

    `cleaned` is its cleaned text, or what gives it, and `words` the terms of that where they have
    been read already.
    """

    title: str
    cleaned: str | Callable[[], str]
    fields: Mapping[str, str]
    opened_at: datetime | None
    score: float
    words: Set[str] | None = None

    @property
    def text(self) -> str:
        """The cleaned text."""
        return self.cleaned if isinstance(self.cleaned, str) else self.cleaned()

    @property
    def terms(self) -> Set[str]:
        """The terms of the cleaned text."""
        return set(terms(self.text)) if self.words is None else self.words


def purity_of(members: Sequence[MemberFacts]) -> tuple[Purity, ...]:
    """The commonest value of each field among the members that have one."""
    found = []
    for field in PURITY_FIELDS:
        values = Counter(m.fields[field] for m in members if m.fields.get(field))
        if values:
            value, n = min(values.items(), key=lambda item: (-item[1], item[0]))
            total = sum(values.values())
            found.append(Purity(field=field, value=value, share=n / total, n=total))
    return tuple(found)


@dataclass(frozen=True, slots=True)
class Gist:
    """What the statement of a group is made from.

    Attributes:
        title: of a central member.
        clear: the value of each field that most agree on.
        since: the day of the first member, "" where none is known.
        by_codes: the whole statement, of a group that codes hold together.
    """

    title: str
    clear: Mapping[str, str]
    since: str
    by_codes: str = ""


def gist_of(members: Sequence[MemberFacts], purity: Sequence[Purity], terms_of: GroupTerms) -> Gist:
    """What the statement of a group is made from."""
    clear = {p.field: p.value for p in purity if p.share >= CLEAR_SHARE}
    first_seen = min((m.opened_at for m in members if m.opened_at), default=None)
    return Gist(
        title=central_title(members),
        clear=clear,
        since=f"{first_seen:%Y-%m-%d}" if first_seen else "",
        by_codes=_code_statement(members, clear, terms_of) if terms_of.code_fields else "",
    )


def statements_of(gists: Sequence[Gist], written: Written = ({}, {})) -> tuple[str, ...]:
    """One statement per group: symptom, object, what differs; spelt as most titles are written."""
    titles = plain_titles([gist.title for gist in gists], written)
    options = [_options(*each) for each in zip(titles, gists, strict=True)]
    chosen = [each[0] for each in options]
    for level in range(1, max((len(each) for each in options), default=0)):
        counts = Counter(text.casefold() for text in chosen)
        chosen = [
            each[min(level, len(each) - 1)] if counts[text.casefold()] > 1 else text
            for text, each in zip(chosen, options, strict=True)
        ]
    return _numbered(chosen)


def _numbered(texts: Sequence[str]) -> tuple[str, ...]:
    """What still reads alike gets a number."""
    seen: Counter[str] = Counter()
    taken = {text.casefold() for text in texts}
    result = []
    for text in texts:
        seen[text.casefold()] += 1
        name, number = text, seen[text.casefold()]
        while number > 1 and name.casefold() in taken:
            name, number = f"{text} ({number})", number + 1
        taken.add(name.casefold())
        result.append(name)
    return tuple(result)


def _options(title: str, gist: Gist) -> list[str]:
    """Statements from short to long, each telling more of what sets the group apart."""
    if gist.by_codes:
        return [gist.by_codes]
    first, *rest = [title, *_objects(title, gist.clear)]
    head = f"{first} — {rest[0]}" if rest else first
    options = [head]
    for value in rest[1:]:
        options.append(f"{options[-1]}, {value}")
    if gist.since:
        options.append(f"{options[-1]}, since {gist.since}")
    return options


def _objects(title: str, clear: Mapping[str, str]) -> list[str]:
    """The names that say where: service, CI, category, location, team; not what the title says."""
    found: list[str] = []
    for field in ("service", "ci", "category", "location", "team"):
        value = clear.get(field, "")
        if value and value.casefold() not in title.casefold() and value not in found:
            found.append(value)
    return found


def _code_statement(
    members: Sequence[MemberFacts], clear: Mapping[str, str], terms_of: GroupTerms
) -> str:
    subject = [clear[f] for f in ("category", "subcategory", "symptom") if f in clear]
    place = [clear[f] for f in ("service", "ci", "location") if f in clear]
    text = " / ".join(subject) or "Mixed categories"
    if place:
        text += f" at {', '.join(place)}"
    if "team" in clear:
        text += f" in {clear['team']}"
    times = sorted(m.opened_at for m in members if m.opened_at)
    if not times:
        return text
    if not terms_of.is_burst:
        return f"{text}: keeps coming back"
    start, end = f"{times[0]:%Y-%m-%d}", f"{times[-1]:%Y-%m-%d}"
    return f"{text}: burst on {start}" if start == end else f"{text}: burst {start} to {end}"


def central_title(members: Sequence[MemberFacts]) -> str:
    """The title of a central member, tidied.

    Of the best fitting third the one that says most of what a third of them say, and least of what
    only few do: a condition that many name is told, one that is its own is not.
    """
    ranked = sorted(members, key=lambda m: -m.score)[: max(8, len(members) // 3)]
    titles = _titles(ranked) or _titles(members) or ["Incidents alike"]
    counts = Counter(title.casefold() for title in titles)
    shared = Counter(term for title in titles for term in set(terms(title.casefold())))

    usual = max(COMMON_SHARE, 1 / len(titles))

    def fitness(title: str) -> tuple[float, int, int, str]:
        words = set(terms(title.casefold()))
        typical = sum(shared[word] / len(titles) - usual for word in words)
        return (-round(typical, 6), -counts[title.casefold()], abs(len(title) - 45), title)

    return min(titles, key=fitness)


def _titles(members: Sequence[MemberFacts]) -> list[str]:
    """Their titles, tidied; many have the same."""
    heads = {title: headline(title) for title in {m.title for m in members} if title}
    return [title for m in members if (title := _title(heads.get(m.title, ""), m))]


def _title(head: str, member: MemberFacts) -> str:
    text = head or member.text.split("\n")[0]
    if len(text) > MAX_TITLE:
        text = text[:MAX_TITLE].rsplit(" ", 1)[0].rstrip(" ,;:-") + " …"
    return text if is_identifier(text.split(" ")[0]) else text[:1].upper() + text[1:]


def shared_terms(members: Sequence[MemberFacts], *, names_only: bool = False) -> list[str]:
    """The terms that at least half of the members have, the commonest and longest first."""
    counts = Counter(term for m in members for term in m.terms)
    found = [
        t for t, n in counts.items() if n >= max(2, SHARED_SHARE * len(members)) and len(t) > 1
    ]
    wanted = [term for term in found if is_identifier(term) or not names_only]
    return sorted(wanted, key=lambda term: (-counts[term], -len(term), term))
