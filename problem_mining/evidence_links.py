"""What else is known that bears on a candidate: problems, changes, errors, fixes, articles."""

import math
from bisect import bisect_left, bisect_right
from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta

import numpy as np

from itsm.candidates import Decision, EvidenceLink, Life, ProblemCandidate, Standing
from itsm.decisions import Action, ReviewDecision
from problem_mining.likeness import Patterns, clear_fields, contradicts
from problem_mining.lineage import MemberKey
from problem_mining.phrases import repeated_phrase
from problem_mining.strands import active
from problem_mining.tokens import terms

EXPLAINS_AT = 0.5
"""A problem explains a candidate if at least this share of its members is linked to it."""
BEFORE_ONSET = timedelta(days=7)
MAX_CHANGES = 2
ALIKE_AT = 0.5
REJECTED_LIKE_AT = 0.35
GAP_SHARE = 0.6


@dataclass(frozen=True, slots=True)
class KnownRecord:
    """A record that may bear on candidates: a problem, known error, article, change.

    `at` is when a change was implemented; `closed_at` when a problem was resolved or closed.
    """

    number: str
    title: str
    service: str = ""
    ci: str = ""
    state: str = ""
    at: datetime | None = None
    closed_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What is known beside incidents; mappings are by (source, number) of the incident.

    `notes` are fix notes with personal data taken out.
    """

    problem_of: Mapping[MemberKey, str]
    problems: Mapping[str, KnownRecord]
    changes: Sequence[KnownRecord] = ()
    known_errors: Sequence[KnownRecord] = ()
    articles: Sequence[KnownRecord] = ()
    vendor_cases: Mapping[MemberKey, str] | None = None
    notes: Mapping[MemberKey, str] | None = None
    decisions: Sequence[ReviewDecision] = ()
    days: float = 182.0


def linked(
    candidates: Sequence[ProblemCandidate],
    around: Surroundings,
    opened_at: Mapping[MemberKey, datetime | None],
) -> tuple[ProblemCandidate, ...]:
    """Candidates with what else is known; those an open problem explains leave the queue.

    A person's decision stands above a problem's link. What a closed problem explains and has come
    again since is told as recurred.

    Args:
        candidates: under their decisions, from `verdicts.rule`.
        around: what is known beside incidents.
        opened_at: the opening of the incidents that were mined.
    """
    rejected = [
        d for d in active(around.decisions) if d.action is Action.REJECT and d.about is not None
    ]
    index, rejections = _Index(around), _Rejections(rejected)
    return tuple(_linked(c, around, index, opened_at, rejections) for c in candidates)


def _moment(change: KnownRecord) -> datetime:
    return change.at or datetime.max.replace(tzinfo=UTC)


class _Index:
    """Changes by place, and records by the terms of their titles."""

    def __init__(self, around: Surroundings) -> None:
        self._changes: dict[tuple[str, str], list[KnownRecord]] = defaultdict(list)
        for change in sorted(around.changes, key=lambda c: (_moment(c), c.number)):
            for field, place in (("ci", change.ci), ("service", change.service)):
                if place and change.at is not None:
                    self._changes[field, place].append(change)
        self._moments = {at: [_moment(c) for c in here] for at, here in self._changes.items()}
        self._numbers = {at: {c.number for c in here} for at, here in self._changes.items()}
        kinds = {"known_error": around.known_errors, "knowledge": around.articles}
        self._records = [
            (kind, record, frozenset(t for t in terms(record.title.casefold()) if len(t) > 2))
            for kind, records in kinds.items()
            for record in records
        ]
        of_term: dict[str, list[int]] = defaultdict(list)
        for place_of, (_, _, words) in enumerate(self._records):
            for word in words:
                of_term[word].append(place_of)
        self._of_term = {word: np.array(places) for word, places in of_term.items()}
        self._n_words = np.array([len(words) for _, _, words in self._records], dtype=np.int64)

    def changes(
        self, place: Mapping[str, str], since: datetime, until: datetime
    ) -> tuple[int, list[KnownRecord]]:
        """How many changes were on the CI or the service of a candidate, and the last of some days.

        Of these the last MAX_CHANGES of either, and whatever was at the same moment.
        """
        numbers, found = [], dict[str, KnownRecord]()
        for field in ("ci", "service"):
            at = field, place.get(field, "")
            numbers.append(self._numbers.get(at, set()))
            moments = self._moments.get(at, [])
            first, end = bisect_left(moments, since), bisect_right(moments, until)
            if end - first > MAX_CHANGES:
                first = bisect_left(moments, moments[end - MAX_CHANGES], first)
            found |= {change.number: change for change in self._changes.get(at, [])[first:end]}
        one, other = numbers
        return len(one) + len(other) - len(one & other), list(found.values())

    def alike(self, candidate: ProblemCandidate) -> list[EvidenceLink]:
        """Records half of whose terms, two at least, most members share; no place differs."""
        shared = [self._of_term[term] for term in set(candidate.terms) if term in self._of_term]
        if not shared:
            return []
        records, n = np.unique(np.concatenate(shared), return_counts=True)
        place, found = clear_fields(candidate), []
        for k in records[(n >= 2) & (n >= ALIKE_AT * self._n_words[records])].tolist():
            kind, one, _ = self._records[k]
            theirs = {f: v for f, v in (("service", one.service), ("ci", one.ci)) if v}
            if not contradicts(place, theirs):
                text = f"worded alike: {one.title}"
                found.append(EvidenceLink(kind=kind, record=one.number, text=text))
        return found


def _linked(
    candidate: ProblemCandidate,
    around: Surroundings,
    index: _Index,
    opened_at: Mapping[MemberKey, datetime | None],
    rejections: "_Rejections",
) -> ProblemCandidate:
    keys = [(m.source, m.number) for m in candidate.members]
    candidate, found = _explained(candidate, keys, around, opened_at)
    found += _changes(candidate, index, around.days)
    alike = index.alike(candidate)
    found += alike + _vendor_cases(keys, around) + rejections.alike(candidate)
    found += _fix(keys, around, has_article=any(one.kind == "knowledge" for one in alike))
    return replace(candidate, links=tuple(found))


def _explained(
    candidate: ProblemCandidate,
    keys: Sequence[MemberKey],
    around: Surroundings,
    opened_at: Mapping[MemberKey, datetime | None],
) -> tuple[ProblemCandidate, list[EvidenceLink]]:
    """The problem most members are linked to, and what it means for the candidate."""
    votes = Counter(around.problem_of[key] for key in keys if key in around.problem_of)
    if not votes:
        return candidate, []
    number, n = min(votes.items(), key=lambda item: (-item[1], item[0]))
    problem = around.problems.get(number, KnownRecord(number, ""))
    missing = tuple(f"{s}/{k}" for s, k in keys if around.problem_of.get((s, k)) != number)
    text = f"{number} ({problem.state or 'state not known'}) has {n} of {len(keys)} members"
    if missing:
        text += f"; {len(missing)} can be linked to it"
    found = [EvidenceLink(kind="problem", record=number, text=text, members=missing)]
    is_open_question = candidate.decision is Decision.UNDECIDED and candidate.standing is None
    is_known = number in around.problems
    if n < EXPLAINS_AT * len(keys) or not is_open_question or not is_known:
        return candidate, found
    closed = problem.closed_at
    if closed is None:
        standing = Standing(decision_id="", text=f"explained by {text}")
        return replace(candidate, decision=Decision.LINKED, standing=standing), found
    since = sum(1 for key in keys if (at := opened_at.get(key)) is not None and at > closed)
    if not since:
        standing = Standing(decision_id="", text=f"resolved by {number} on {closed:%Y-%m-%d}")
        resolved = replace(candidate, decision=Decision.LINKED, standing=standing)
        return replace(resolved, life=Life.RESOLVED), found
    told = f"back: {since} new incidents since {number} was closed on {closed:%Y-%m-%d}"
    standing = Standing(decision_id="", text=told, is_back=True)
    return replace(candidate, life=Life.RECURRED, standing=standing), found


def _changes(candidate: ProblemCandidate, index: _Index, days: float) -> list[EvidenceLink]:
    """Changes at the same place shortly before the first member, with how usual that is."""
    onset = candidate.first_seen_at
    n_here, before = index.changes(clear_fields(candidate), onset - BEFORE_ONSET, onset)
    rate = n_here / max(days, 1.0)
    usual = 1 - math.exp(-rate * BEFORE_ONSET.days)
    nearest = sorted(before, key=lambda c: (onset - (c.at or onset), c.number))[:MAX_CHANGES]
    return [
        EvidenceLink(
            kind="change",
            record=change.number,
            text=f"{_hours(onset, change.at)} before the first incident, on "
            f"{change.ci or change.service}: {change.title}; at {usual:.0%} of all moments some "
            "change there lies so close",
        )
        for change in nearest
    ]


def _hours(onset: datetime, at: datetime | None) -> str:
    hours = (onset - (at or onset)).total_seconds() / 3600
    return f"{hours:.0f} hours" if hours < 48 else f"{hours / 24:.0f} days"


def _vendor_cases(keys: Sequence[MemberKey], around: Surroundings) -> list[EvidenceLink]:
    cases = Counter(
        case for key in keys if (case := (around.vendor_cases or {}).get(key)) is not None
    )
    return [
        EvidenceLink(kind="vendor_case", record=case, text=f"raised for {n} of {len(keys)} members")
        for case, n in sorted(cases.items(), key=lambda item: (-item[1], item[0]))[:3]
    ]


class _Rejections:
    """Rejected patterns, by their terms."""

    def __init__(self, rejected: Sequence[ReviewDecision]) -> None:
        self._rejected = rejected
        self._patterns = Patterns([d.about for d in rejected if d.about is not None])

    def alike(self, candidate: ProblemCandidate) -> list[EvidenceLink]:
        """The one that resembles a candidate most, and is not this candidate."""
        found = [
            (value, self._rejected[place])
            for place, value in self._patterns.alike(candidate)
            if self._rejected[place].candidate_id != candidate.candidate_id
        ]
        best = max(found, key=lambda item: item[0], default=None)
        if best is None or best[0] < REJECTED_LIKE_AT:
            return []
        value, decision = best
        assert decision.about is not None
        text = f"resembles {decision.about.statement!r} ({value:.0%} of the terms), rejected by "
        text += f"{decision.actor} on {decision.at:%Y-%m-%d}: {decision.reason}"
        return [EvidenceLink(kind="rejected", record=decision.candidate_id, text=text)]


def _fix(
    keys: Sequence[MemberKey], around: Surroundings, *, has_article: bool
) -> list[EvidenceLink]:
    """The phrase most fix notes repeat; a gap where many do and no article tells it."""
    notes = [note for key in keys if (note := (around.notes or {}).get(key, ""))]
    phrase, n = repeated_phrase(notes)
    if not phrase:
        return []
    told = f"{n} of {len(notes)} fix notes say: {phrase}"
    found = [EvidenceLink(kind="fix", record="", text=told)]
    if n >= GAP_SHARE * len(notes) and not has_article:
        gap = f"the same fix in {n} of {len(notes)} cases, and no article is worded like it"
        found.append(EvidenceLink(kind="knowledge_gap", record="", text=gap))
    return found
