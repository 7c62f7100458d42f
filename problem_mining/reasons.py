"""Why a candidate holds together, and what speaks against it, in words."""

import math
from collections import Counter
from collections.abc import Mapping, Sequence

from itsm.candidates import Evidence, Purity
from problem_mining.explain import MemberFacts
from problem_mining.measured import FEATURES, INDEX
from problem_mining.scoring import GroupTerms
from problem_mining.tokens import is_identifier

ALIKE_SHARE = 0.4
MAX_EVIDENCE = 6
MIN_WEIGHT = 0.05
ONE_EVENT_HOURS = 48.0
_WORDS = {
    "service": "service",
    "ci": "configuration item",
    "category": "category",
    "symptom": "symptom",
    "location": "location",
    "team": "team",
}


def evidence_of(
    members: Sequence[MemberFacts],
    purity: Sequence[Purity],
    terms_of: GroupTerms,
    shared: Sequence[str],
) -> tuple[Evidence, ...]:
    """The strongest reasons for the group, and what speaks against it; `shared` are its terms."""
    if terms_of.contributions is None or terms_of.features is None:
        found = [_code_evidence(members, purity, terms_of)]
    else:
        found = _weighed(purity, terms_of, shared)
    if event := _one_event(members):
        found.append(event)
    return tuple(found)


def _weighed(
    purity: Sequence[Purity], terms_of: GroupTerms, shared: Sequence[str]
) -> list[Evidence]:
    assert terms_of.contributions is not None
    assert terms_of.features is not None
    weights: Counter[str] = Counter({"company": terms_of.support})
    for feature, value in zip(FEATURES, terms_of.contributions.tolist(), strict=True):
        weights[feature.topic] += value
    values = terms_of.features.tolist()
    value = {name: values[column] for name, column in INDEX.items()}
    found = []
    for topic, weight in weights.items():
        if abs(weight) < MIN_WEIGHT:
            continue
        speaks_for = weight > 0
        if text := _in_words(topic, speaks_for, shared, purity, value):
            rounded = round(weight, 3)
            found.append(Evidence(kind=topic, text=text, weight=rounded, contributes=speaks_for))
    return sorted(found, key=lambda e: (-abs(e.weight), e.kind))[:MAX_EVIDENCE]


def _in_words(
    topic: str,
    speaks_for: bool,
    shared: Sequence[str],
    purity: Sequence[Purity],
    value: Mapping[str, float],
) -> str:
    """A reason in words, "" where there is nothing to say; `shared` are the terms of most."""
    if topic in _WORDS:
        return _on_field(topic, speaks_for, purity, value)
    overlap = f"{value['term_overlap']:.0%} of the weighed terms agree"
    meaning = f"{value['meaning_overlap']:.0%} of the known terms agree or stand for each other"
    gap = _typical_gap(value["days_apart"])
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


def _typical_gap(days_apart: float) -> str:
    days = math.expm1(5 * days_apart)
    return f"{days * 24:.0f} hours" if days < 2 else f"{days:.0f} days"


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
