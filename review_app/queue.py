"""The candidates of a run as a queue: ranked, filtered, sorted, page by page."""

from collections import Counter, OrderedDict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from threading import Lock
from types import MappingProxyType

from itsm.candidates import ProblemCandidate
from reports.lookup import natural_key
from reports.sections.candidates import dearness
from review_app.asked import Asked
from store.reviewed import Listed
from store.reviewing import Reviewing
from store.runs import MiningRun

PER_PAGE = 25
MAX_KEPT = 4
"""So many weeks are kept in memory, the last used ones."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """A candidate in the queue; `words` is what a text is looked for in."""

    rank: int
    candidate: ProblemCandidate
    n_members: int
    service: str
    team: str
    words: str
    sources: tuple[str, ...] = ()
    terms: frozenset[str] = frozenset()


class Queues:
    """The queues of the weeks, read once each: a finished run does not change."""

    def __init__(self, reviewing: Reviewing) -> None:
        self._reviewing = reviewing
        self._kept: OrderedDict[tuple[str, datetime], tuple[Entry, ...]] = OrderedDict()
        self._lock = Lock()

    def of(self, run: MiningRun) -> tuple[Entry, ...]:
        """All candidates of a run, dearest first."""
        key = (run.run_id, run.finished_at)
        with self._lock:
            if key not in self._kept:
                listed = self._reviewing.queue(run.run_id)
                self._kept[key] = entries(listed, self._reviewing.sources(run.run_id))
            self._kept.move_to_end(key)
            while len(self._kept) > MAX_KEPT:
                self._kept.popitem(last=False)
            return self._kept[key]


def entries(
    listed: Sequence[Listed], sources: Mapping[str, tuple[str, ...]] = MappingProxyType({})
) -> tuple[Entry, ...]:
    """Candidates with their rank, dearest first: the order of the weekly pack."""
    ordered = sorted(listed, key=lambda item: dearness(item.candidate, item.n_members))
    return tuple(
        _entry(rank, item, sources.get(item.candidate.candidate_id, ()))
        for rank, item in enumerate(ordered, 1)
    )


def ordered(queue: Sequence[Entry], sort: str, order: str) -> list[Entry]:
    """A queue in the order asked for."""
    return sorted(queue, key=_KEYS[sort], reverse=order == "desc")


def chosen(queue: Sequence[Entry], asked: Asked) -> list[Entry]:
    """The entries of a queue that were asked for, in the order of the queue."""
    if not asked.is_filtered:
        return list(queue)
    wanted = asked.q.casefold().split()
    return [
        entry
        for entry in queue
        if (not asked.life or entry.candidate.life == asked.life)
        and (not asked.movement or entry.candidate.movement == asked.movement)
        and (not asked.service or entry.service == asked.service)
        and (not asked.team or entry.team == asked.team)
        and (not asked.source or asked.source in entry.sources)
        and all(word in entry.words for word in wanted)
    ]


def counts(queue: Sequence[Entry], name: str) -> tuple[tuple[str, int], ...]:
    """The values a queue can be filtered by, with their counts, by name.

    Args:
        queue: the candidates.
        name: life, movement, service, team or source.
    """
    found = Counter(value for entry in queue for value in _VALUES[name](entry) if value)
    return tuple(sorted(found.items(), key=lambda item: natural_key(item[0])))


def _entry(rank: int, item: Listed, sources: tuple[str, ...]) -> Entry:
    candidate = item.candidate
    alike = {part.field: part.value for part in candidate.purity}
    words = (candidate.statement, candidate.candidate_id, *candidate.known_problems)
    return Entry(
        rank=rank,
        candidate=candidate,
        n_members=item.n_members,
        service=alike.get("service", ""),
        team=alike.get("team", ""),
        words=" ".join([*words, *alike.values()]).casefold(),
        sources=sources,
        terms=frozenset(candidate.terms),
    )


_VALUES: Mapping[str, Callable[[Entry], tuple[str, ...]]] = {
    "life": lambda e: (e.candidate.life.value,),
    "movement": lambda e: (e.candidate.movement.value,),
    "service": lambda e: (e.service,),
    "team": lambda e: (e.team,),
    "source": lambda e: e.sources,
}


_KEYS: Mapping[str, Callable[[Entry], tuple[object, ...]]] = {
    "rank": lambda e: (e.rank,),
    "statement": lambda e: (natural_key(e.candidate.statement), e.rank),
    "life": lambda e: (e.candidate.life.value, e.rank),
    "movement": lambda e: (e.candidate.movement.value, e.rank),
    "members": lambda e: (e.n_members, -e.rank),
    "hours": lambda e: (e.candidate.avoidable_hours.value, -e.rank),
    "confidence": lambda e: (e.candidate.score, -e.rank),
    "service": lambda e: (not e.service, natural_key(e.service), e.rank),
    "seen": lambda e: (e.candidate.last_seen_at, -e.rank),
    "decision": lambda e: (e.candidate.decision.value, e.rank),
}
