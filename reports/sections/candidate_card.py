"""One problem candidate as a card, with its evidence."""

import re
from collections.abc import Mapping, Sequence
from zoneinfo import ZoneInfo

from itsm.candidates import Estimate, Evidence, Member, ProblemCandidate, Purity
from reports.language import _, known, mark, n_
from reports.language import told as said
from reports.lookup import words
from reports.model import CandidateCard, MemberLine, Reason
from reports.numbers import local_day, number, percent
from reports.text import clean
from reports.words import upper_first

Titles = Mapping[tuple[str, str], str]
"""Redacted titles by source and number; a restricted record has none."""

N_LISTED = 3
"""Closest and edge members shown on a card."""
_OF_RECORDS = frozenset({"shared_terms", "terms"})
_SHARE = re.compile(r"(\d[\d.,]*)%")
"""A share as other rooms write it, to be set as the language spoken sets it."""
HORIZON = mark("90 days")
_KINDS = {
    "shared_terms": mark("Shared words"),
    "terms": mark("Shared words"),
    "ci": mark("Configuration item"),
    "service": mark("Service"),
    "category": mark("Category"),
    "subcategory": mark("Subcategory"),
    "symptom": mark("Symptom"),
    "error_code": mark("Error code"),
    "location": mark("Location"),
    "team": mark("Team"),
    "time": mark("Time pattern"),
}


def anchor_of(candidate: ProblemCandidate) -> str:
    """Where a candidate's card stands."""
    kept = "".join(c if c.isascii() and c.isalnum() else "-" for c in candidate.candidate_id)
    return f"candidate-{kept.lower()}"


def candidate_card(
    item: ProblemCandidate, rank: int, titles: Titles, zone: ZoneInfo
) -> CandidateCard:
    """One candidate with its evidence."""
    closest, edge = _members(item, titles)
    return CandidateCard(
        candidate_id=item.candidate_id,
        anchor=anchor_of(item),
        rank=rank,
        statement=clean(item.statement, 220),
        life=words(item.life),
        movement=words(item.movement),
        decision=words(item.decision),
        facts=_facts(item, zone),
        weekly_counts=item.weekly_counts,
        spark_title=spark_title(item.weekly_counts),
        reasons=_reasons(item.evidence),
        purity=tuple(
            _(
                "{what}: {share} of {n}",
                what=_alike(part),
                share=percent(number(part.share * 100)),
                n=number(part.n),
            )
            for part in item.purity
        ),
        closest=closest,
        edge=edge,
        text_note=_text_note([*closest, *edge]),
        known_problems=tuple(clean(problem, 60) for problem in item.known_problems),
    )


def estimate_words(estimate: Estimate) -> str:
    """An estimate in words: value, range, and that inputs are assumed."""
    decimals = 1 if estimate.value < 10 else 0
    value, low, high = (
        number(part, decimals) for part in (estimate.value, estimate.low, estimate.high)
    )
    unit = words(estimate.unit)
    if estimate.assumed:
        return _(
            "{value} {unit} ({low} to {high}, from assumed costs)",
            value=value,
            unit=unit,
            low=low,
            high=high,
        )
    return _("{value} {unit} ({low} to {high})", value=value, unit=unit, low=low, high=high)


def _facts(item: ProblemCandidate, zone: ZoneInfo) -> tuple[tuple[str, str], ...]:
    weeks = len(item.weekly_counts)
    facts = [(_("Incidents"), number(item.n_members))]
    if weeks:
        rate = number(sum(item.weekly_counts) / weeks, 1)
        told = n_("{rate} a week over {n} week", "{rate} a week over {n} weeks", weeks, rate=rate)
        facts = [
            (_("Incidents"), f"{number(item.n_members)}, {this_week(item)}"),
            (_("Rate"), told),
        ]
    first, last = (local_day(at, zone) for at in (item.first_seen_at, item.last_seen_at))
    cost = estimate_words(item.avoidable_hours)
    return (
        *facts,
        (_("Seen"), _("{first} to {last}", first=first, last=last)),
        (_("Avoidable"), _("{cost} in the next {horizon}", cost=cost, horizon=_(HORIZON))),
    )


def this_week(item: ProblemCandidate) -> str:
    """How many members fall into the week, in words."""
    count = item.weekly_counts[-1] if item.weekly_counts else 0
    return _("{n} in this week", n=number(count)) if count else _("none in this week")


def spark_title(counts: Sequence[int]) -> str:
    """What the small columns of weekly counts show, in words."""
    if not counts:
        return _("No weekly counts")
    return n_(
        "Incidents per week over {n} week: highest {high}, newest {last}",
        "Incidents per week over {n} weeks: highest {high}, newest {last}",
        len(counts),
        high=number(max(counts)),
        last=number(counts[-1]),
    )


def _reasons(evidence: Sequence[Evidence]) -> tuple[Reason, ...]:
    kept = sorted(evidence, key=lambda part: (not part.contributes, -abs(part.weight), part.kind))
    largest = max((abs(part.weight) for part in kept), default=0.0) or 1.0
    return tuple(
        Reason(
            kind=_kind_name(part.kind),
            text=_evidence_text(part),
            weight=number(part.weight, 2),
            share=min(abs(part.weight) / largest, 1.0),
            contributes=part.contributes,
        )
        for part in kept[:6]
    )


def _evidence_text(part: Evidence) -> str:
    """What speaks for or against; shared words are those of the records and stay as they are."""
    text = clean(part.text, 160)
    if part.kind in _OF_RECORDS:
        return text
    return _SHARE.sub(lambda found: percent(found[1]), said(text))


def _kind_name(kind: str) -> str:
    return _(_KINDS[kind]) if kind in _KINDS else upper_first(words(clean(kind, 40)))


def _alike(part: Purity) -> str:
    """The commonest value with its field, unless the value names the field itself."""
    name, value = _kind_name(part.field), known(clean(part.value, 60))
    return value if value.casefold().startswith(name.casefold()) else f"{name} {value}"


def _text_note(lines: Sequence[MemberLine]) -> str | None:
    hidden = sum(not line.title for line in lines)
    if not hidden:
        return None
    if hidden == len(lines):
        return _("No text is shown: restricted, or not given by the source.")
    return _("{n} shown without text: restricted, or not given by the source.", n=number(hidden))


def _members(
    item: ProblemCandidate, titles: Titles
) -> tuple[tuple[MemberLine, ...], tuple[MemberLine, ...]]:
    members = sorted(item.members, key=lambda m: (-m.score, m.source, m.number))
    closest = members[:N_LISTED]
    edge = members[N_LISTED:][-N_LISTED:]
    return tuple(_line(m, titles) for m in closest), tuple(_line(m, titles) for m in edge)


def _line(member: Member, titles: Titles) -> MemberLine:
    title = clean(titles.get((member.source, member.number)), 140)
    return MemberLine(
        number=clean(member.number, 80),
        source=clean(member.source, 60),
        score=number(member.score, 2),
        title=title,
    )
