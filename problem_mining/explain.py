"""A candidate in words: a statement a person understands, why it holds together, how pure it is."""

import math
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from itsm.candidates import Evidence, Purity
from problem_mining.plain_titles import plain_titles
from problem_mining.scoring import GroupTerms
from problem_mining.similarity import FEATURES, INDEX
from problem_mining.text import headline
from problem_mining.tokens import is_identifier, terms

MAX_TITLE = 90
CLEAR_SHARE = 0.6
"""A field stands for a candidate when at least this share of those that have one agree."""
SHARED_SHARE = 0.5
ALIKE_SHARE = 0.4
MAX_EVIDENCE = 6
MIN_WEIGHT = 0.05
ONE_EVENT_HOURS = 48.0
PURITY_FIELDS = ("service", "ci", "category", "subcategory", "symptom", "location", "team")
_WORDS = {
    "service": "service",
    "ci": "configuration item",
    "category": "category",
    "symptom": "symptom",
    "location": "location",
    "team": "team",
}


@dataclass(frozen=True, slots=True)
class MemberFacts:
    """What is told of one member; texts are redacted, `cleaned` is its cleaned text."""

    title: str
    cleaned: str
    fields: Mapping[str, str]
    opened_at: datetime | None
    score: float


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


_Group = tuple[Sequence[MemberFacts], Sequence[Purity], GroupTerms]


def statements(
    groups: Sequence[_Group],
    all_titles: Sequence[str] = (),
) -> tuple[str, ...]:
    """One statement per group: symptom, object, what differs; spelt as in most of `all_titles`."""
    titles = plain_titles([central_title(each) for each, _, _ in groups], all_titles)
    options = [_options(*each) for each in zip(titles, groups, strict=True)]
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


def _options(title: str, group: _Group) -> list[str]:
    """Statements from short to long, each telling more of what sets the group apart."""
    members, purity, terms_of = group
    clear = {p.field: p.value for p in purity if p.share >= CLEAR_SHARE}
    if terms_of.code_fields:
        return [_code_statement(members, clear, terms_of)]
    first, *rest = [title, *_objects(title, clear)]
    head = f"{first} — {rest[0]}" if rest else first
    options = [head]
    for value in rest[1:]:
        options.append(f"{options[-1]}, {value}")
    if first_seen := min((m.opened_at for m in members if m.opened_at), default=None):
        options.append(f"{options[-1]}, since {first_seen:%Y-%m-%d}")
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
    """The title of a central member, tidied: of the best fitting third the commonest wording."""
    ranked = sorted(members, key=lambda m: -m.score)[: max(8, len(members) // 3)]
    titles = [title for title in (_title(m) for m in ranked) if title]
    if not titles:
        titles = [title for title in (_title(m) for m in members) if title] or ["Incidents alike"]
    counts = Counter(title.casefold() for title in titles)
    shared = Counter(term for title in titles for term in set(terms(title.casefold())))

    def fitness(title: str) -> tuple[float, float, int, str]:
        words = set(terms(title.casefold()))
        typical = sum(shared[word] for word in words) / (len(words) or 1)
        return (-counts[title.casefold()], -typical, abs(len(title) - 45), title)

    return min(titles, key=fitness)


def _title(member: MemberFacts) -> str:
    text = headline(member.title) if member.title else ""
    text = text or member.cleaned.split("\n")[0]
    if len(text) > MAX_TITLE:
        text = text[:MAX_TITLE].rsplit(" ", 1)[0].rstrip(" ,;:-") + " …"
    return text if is_identifier(text.split(" ")[0]) else text[:1].upper() + text[1:]


def evidence_of(
    members: Sequence[MemberFacts], purity: Sequence[Purity], terms_of: GroupTerms
) -> tuple[Evidence, ...]:
    """The strongest reasons for the group, and what speaks against it."""
    if terms_of.contributions is None or terms_of.features is None:
        found = [_code_evidence(members, purity, terms_of)]
    else:
        found = _weighed(members, purity, terms_of)
    if event := _one_event(members):
        found.append(event)
    return tuple(found)


def _weighed(
    members: Sequence[MemberFacts], purity: Sequence[Purity], terms_of: GroupTerms
) -> list[Evidence]:
    assert terms_of.contributions is not None
    weights: Counter[str] = Counter({"company": terms_of.support})
    for feature, value in zip(FEATURES, terms_of.contributions.tolist(), strict=True):
        weights[feature.topic] += value
    found, shared = [], shared_terms(members)
    for topic, weight in weights.items():
        speaks_for = weight > 0
        text = _in_words(topic, speaks_for, shared, purity, terms_of)
        if abs(weight) >= MIN_WEIGHT and text:
            rounded = round(weight, 3)
            found.append(Evidence(kind=topic, text=text, weight=rounded, contributes=speaks_for))
    return sorted(found, key=lambda e: (-abs(e.weight), e.kind))[:MAX_EVIDENCE]


def _in_words(
    topic: str,
    speaks_for: bool,
    shared: Sequence[str],
    purity: Sequence[Purity],
    terms_of: GroupTerms,
) -> str:
    """A reason in words, "" where there is nothing to say; `shared` are the terms of most."""
    assert terms_of.features is not None
    value = {name: float(terms_of.features[column]) for name, column in INDEX.items()}
    if topic in _WORDS:
        return _on_field(topic, speaks_for, purity, value)
    overlap = f"{value['term_overlap']:.0%} of the weighed terms agree"
    meaning = f"{value['meaning_overlap']:.0%} of the known terms agree or stand for each other"
    gap = _typical_gap(terms_of)
    alike = ("" if value["term_overlap"] >= ALIKE_SHARE else "partly ") + "alike"
    meant = ("" if value["meaning_overlap"] >= ALIKE_SHARE else "partly ") + "alike"
    pro, contra = {
        "wording": (f"worded {alike}: {overlap}", f"worded differently: {overlap}"),
        "shared_terms": (
            _named("shared terms", shared),
            "" if shared else "no term is shared by half of them",
        ),
        "names": (
            _named("same host, job or code", list(filter(is_identifier, shared))),
            "different hosts, jobs or codes are named"
            if value["code_differs"] + value["name_differs"] > 0
            else "",
        ),
        "unshared_terms": ("few terms of their own", "each also has terms of its own"),
        "meaning": (f"{meant} in meaning: {meaning}", f"differ in meaning: {meaning}"),
        "alerts": _on_alerts(value),
        "language": ("", "in several languages" if value["language_differs"] > 0 else ""),
        "time": (f"opened about {gap} apart", f"opened about {gap} apart"),
        "company": ("resemble the same other incidents", "resemble few of the same others"),
    }[topic]
    return pro if speaks_for else contra


def _on_field(
    topic: str, speaks_for: bool, purity: Sequence[Purity], value: Mapping[str, float]
) -> str:
    """What may be said of a field: what most share, or how many pairs differ."""
    pure = next((p for p in purity if p.field == topic), None)
    if speaks_for and pure:
        return f"same {_WORDS[topic]}: {pure.value} ({pure.share:.0%} of {pure.n})"
    differs = value[f"{topic}_differs"]
    told = f"different {_WORDS[topic]} in {differs:.0%} of the pairs"
    return told if differs > 0 and not speaks_for else ""


def _on_alerts(value: Mapping[str, float]) -> tuple[str, str]:
    """What may be said of alerts, for and against: what holds for every pair, or its share."""
    if value["alert_and_person"] > 0:
        share = f"{value['alert_and_person']:.0%} of the pairs"
        return "", f"a machine alert and a person's words in {share}"
    kind = "machine alerts" if value["both_alerts"] > 0 else "people's words"
    return f"all read like {kind}", ""


def _named(label: str, found: Sequence[str]) -> str:
    return f"{label}: {', '.join(found[:5])}" if found else ""


def _typical_gap(terms_of: GroupTerms) -> str:
    assert terms_of.features is not None
    days = math.expm1(5 * float(terms_of.features[INDEX["days_apart"]]))
    return f"{days * 24:.0f} hours" if days < 2 else f"{days:.0f} days"


def shared_terms(members: Sequence[MemberFacts], *, names_only: bool = False) -> list[str]:
    """The terms that at least half of the members have, the commonest and longest first."""
    counts = Counter(term for m in members for term in set(terms(m.cleaned)))
    found = [
        t for t, n in counts.items() if n >= max(2, SHARED_SHARE * len(members)) and len(t) > 1
    ]
    wanted = [term for term in found if is_identifier(term) or not names_only]
    return sorted(wanted, key=lambda term: (-counts[term], -len(term), term))


def _code_evidence(
    members: Sequence[MemberFacts], purity: Sequence[Purity], terms_of: GroupTerms
) -> Evidence:
    values = [p for p in purity if p.field in terms_of.code_fields]
    shared = ", ".join(f"{p.value} ({p.share:.0%})" for p in values)
    score = min(sum(m.score for m in members) / len(members), 1 - 2**-20)
    why = (
        "come back faster than their own rate explains"
        if terms_of.is_burst
        else "come together far more often than subject and place alone explain"
    )
    weight = round(math.log(score / (1 - score)), 3) if score > 0 else 0.0
    return Evidence(kind="shared_codes", text=f"{shared} {why}", weight=weight)


def _one_event(members: Sequence[MemberFacts]) -> Evidence | None:
    """Says so when all members fall within two days: perhaps one outage, not yet a repeat."""
    times = sorted(m.opened_at for m in members if m.opened_at)
    if len(times) < 3 or len(times) < len(members):
        return None
    hours = (times[-1] - times[0]).total_seconds() / 3600
    if hours > ONE_EVENT_HOURS:
        return None
    span = "an hour" if hours <= 1 else f"{math.ceil(hours)} hours"
    text = f"all {len(times)} within {span}: one event so far, it has not come back"
    return Evidence(kind="time_pattern", text=text, weight=0.0, contributes=False)
