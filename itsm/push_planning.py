"""From a decision to intents: what is created where, what is linked, what is noted; pure."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from itsm.candidate_words import in_common
from itsm.candidates import ProblemCandidate
from itsm.deciding import CLEAR_SHARE
from itsm.decisions import Action, ReviewDecision
from itsm.pushing import (
    PROBLEM,
    STATE,
    FieldWrite,
    Intent,
    PushAction,
    PushKind,
    identified,
    key_of,
)
from itsm.states import ProblemState

LINK_DAYS = 90
"""Incidents are linked that are open, or were opened in so many days."""
_NOTE = "The CSI pipeline found this to be a repeat of one cause: problem {problem}. {link}"
_FIELDS = ("service", "ci", "team")


@dataclass(frozen=True, slots=True, kw_only=True, order=True)
class Linkable:
    """An incident that may be linked to a problem.

    Attributes:
        key: the system's own id, "" where it is not known.
    """

    source: str
    number: str
    key: str = ""
    is_open: bool = False
    opened_at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Homes:
    """Where problems are kept.

    Attributes:
        able: the sources that can be written to.
        by_service: the source that a service's problems are kept in, by the service's name.
        max_links: incidents that are linked or noted at most.
    """

    able: tuple[str, ...]
    by_service: Mapping[str, str] = field(default_factory=dict)
    max_links: int = 500


@dataclass(frozen=True, slots=True, kw_only=True)
class Draft:
    """The problem record that an acceptance writes; a reviewer may change all of it.

    Attributes:
        fields: title, description, service, ci, team, impact, urgency, root_cause, workaround.
        home: the source it is kept in; "" for that of its service, else of most incidents.
        links: the incidents that are linked to it, or noted where they are in another source.
        attempt: 2 and more after the record of an earlier acceptance was taken back.
    """

    fields: Mapping[str, str]
    home: str = ""
    links: tuple[Linkable, ...] = ()
    attempt: int = 1


def problem_key(subject: str, attempt: int = 1) -> str:
    """The idempotency key of the problem of a candidate; a canceled one is not written to again."""
    return key_of(PushKind.PROBLEM, subject if attempt == 1 else f"{subject}:{attempt}")


def drafted(candidate: ProblemCandidate, links: Sequence[Linkable], at: datetime) -> Draft:
    """The record that accepting a candidate would write.

    Args:
        candidate: as it is seen.
        links: its incidents.
        at: when it is accepted; the last 90 days are counted from here.
    """
    clear = {one.field: one.value for one in candidate.purity if one.share >= CLEAR_SHARE}
    fields = {"title": candidate.statement, "description": _description(candidate)}
    fields |= {name: clear[name] for name in _FIELDS if name in clear}
    since = at - timedelta(days=LINK_DAYS)
    kept = tuple(
        one
        for one in sorted(links, key=lambda one: (one.source, one.number))
        if one.is_open or (one.opened_at is not None and one.opened_at >= since)
    )
    return Draft(fields=fields, links=kept)


def home_of(draft: Draft, homes: Homes) -> str:
    """The source a draft is written to: as it says, its service's, or that of most incidents."""
    named = draft.home or homes.by_service.get(draft.fields.get("service", ""), "")
    if named in homes.able:
        return named
    counts = Counter(one.source for one in draft.links if one.source in homes.able)
    ranked = sorted(counts, key=lambda source: (-counts[source], source))
    return next(iter(ranked), homes.able[0] if len(homes.able) == 1 else "")


def intents_of(decision: ReviewDecision, draft: Draft, homes: Homes) -> tuple[Intent, ...]:
    """The intents a decision causes, in the order they are delivered; none for most actions.

    Accept: a problem in the home, a link for each incident there, a note on each elsewhere. Link:
    links to the problem that `decision.other` names, as NUMBER or SOURCE/NUMBER. Resolve: the
    problem of the candidate is moved to resolved.
    """
    home = home_of(draft, homes)
    if decision.action is Action.ACCEPT and home:
        created = _intent(
            decision,
            home,
            PushAction.CREATE,
            fields=tuple(FieldWrite(field=f, value=v) for f, v in draft.fields.items() if v),
        )
        problem = _attempted(created, draft.attempt)
        return (problem, *_joined(decision, draft, homes, home, needs=problem.intent_id))
    if decision.action is Action.LINK and decision.other:
        source, slash, number = decision.other.partition("/")
        home = source if slash and source in homes.able else home
        number = number if slash else decision.other
        return _joined(decision, draft, homes, home, number=number) if home else ()
    if decision.action is Action.RESOLVE and home:
        state = FieldWrite(field=STATE, value=ProblemState.RESOLVED.value)
        moved = _intent(decision, home, PushAction.MOVE, (state,))
        return (_attempted(moved, draft.attempt),)
    return ()


def _joined(
    decision: ReviewDecision,
    draft: Draft,
    homes: Homes,
    home: str,
    *,
    needs: str = "",
    number: str = "",
) -> tuple[Intent, ...]:
    """A link for each incident of the home, a note on each of the other sources."""
    found = []
    to = (FieldWrite(field=PROBLEM, value=number, seen=""),) if number else ()
    for one in draft.links[: homes.max_links]:
        if one.source not in homes.able:
            continue
        is_home = one.source == home
        text = _NOTE.replace("{problem}", number).replace(" {link}", "") if number else _NOTE
        found.append(
            _intent(
                decision,
                one.source,
                PushAction.LINK if is_home else PushAction.NOTE,
                to if is_home else (),
                about=one,
                text="" if is_home else text,
                needs=needs,
            )
        )
    return tuple(found)


def _intent(
    decision: ReviewDecision,
    source: str,
    action: PushAction,
    fields: tuple[FieldWrite, ...] = (),
    *,
    about: Linkable | None = None,
    text: str = "",
    needs: str = "",
) -> Intent:
    """An intent on an incident, or on the problem of the candidate."""
    subject, kind = decision.candidate_id, PushKind.PROBLEM if about is None else PushKind.INCIDENT
    is_move = action is PushAction.MOVE
    return identified(
        Intent(
            source=source,
            action=action,
            kind=kind,
            subject=subject,
            key=key_of(kind, subject if about is None else f"{subject}/{about.number}"),
            record=about.key if about is not None else "",
            number=about.number if about is not None and not about.key else "",
            fields=fields,
            text=decision.reason if is_move else text,
            needs=needs,
            reason=decision.reason,
            actor=decision.actor,
            at=decision.at,
            decision_id=decision.decision_id,
        )
    )


def _attempted(intent: Intent, attempt: int) -> Intent:
    """The intent on the problem of an attempt."""
    return identified(replace(intent, key=problem_key(intent.subject, attempt)))


def _description(candidate: ProblemCandidate) -> str:
    """What was seen, with its evidence; without personal data, as mining saw none."""
    hours = candidate.avoidable_hours
    lines = [
        f"{candidate.n_members} incidents look like repeats of one cause "
        f"(first {candidate.first_seen_at:%Y-%m-%d}, last {candidate.last_seen_at:%Y-%m-%d}).",
        f"About {hours.value:.0f} hours in 90 days could be avoided "
        f"({hours.low:.0f} to {hours.high:.0f}).",
        *([f"In common: {shared}."] if (shared := in_common(candidate)) else []),
        *(f"- {one.text}" for one in candidate.evidence[:5]),
        f"Candidate {candidate.candidate_id} of the CSI pipeline.",
    ]
    return "\n".join(lines)
