"""Deciding: a wish becomes a decision, what it causes goes into the outbox, all in one go."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace

from itsm.candidates import ProblemCandidate
from itsm.deciding import (
    Reviewer,
    bare,
    merge,
    pin,
    refs_of,
    remove,
    rename,
    split,
    verdict,
    withdraw,
)
from itsm.decisions import VERDICTS, Action, IncidentRef, ReviewDecision, identified
from itsm.errors import NotThereError, StaleDecisionError, TransitionError
from itsm.push_planning import Draft, Linkable, home_of, intents_of
from itsm.pushing import Intent
from review_app.desk import Desk
from review_app.identity.actors import Actor
from review_app.parting import parts_of
from review_app.wishes import Wish
from store.queueing import draft_of, links_of, queue
from store.reviewed import MemberFact
from store.runs import MiningRun
from store.unit_of_work import UnitOfWork

Facts = Callable[[str, str], tuple[MemberFact, ...]]
"""The members of a candidate with what they may be told apart by, by run and candidate."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Looked:
    """What somebody had before the eyes: the run, and the newest decision."""

    run_id: str
    seen: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Done:
    """What was done: the decisions, what they will write, and a register entry."""

    decisions: tuple[ReviewDecision, ...]
    intents: tuple[Intent, ...] = ()
    entry: str = ""
    is_entry_new: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Drafted:
    """The problem record that an acceptance writes.

    Attributes:
        draft: the record, with the incidents that are linked to it.
        home: the source it is kept in, "" where none may be written to.
        linkable: all incidents that could be linked.
        intents: what would be written.
    """

    draft: Draft
    home: str
    linkable: tuple[Linkable, ...]
    intents: tuple[Intent, ...]


class Acting:
    """Carries out what reviewers ask for.

    Args:
        desk: what decisions are written with.
        facts: reads what a candidate's members may be told apart by.
    """

    def __init__(self, desk: Desk, facts: Facts) -> None:
        self._desk, self._facts = desk, facts

    def decide(self, actor: Actor, candidate_id: str, wish: Wish, looked: Looked) -> Done:
        """Decide on a candidate: the decision and all that it causes, or nothing.

        Raises:
            StaleDecisionError: the week was mined again, or somebody has decided meanwhile.
            TransitionError: the action needs more than was given; says what.
        """
        with self._desk.store.begin() as uow:
            done = self._decided(uow, actor, candidate_id, wish, looked)
            uow.commit()
        return done

    def decide_all(
        self, actor: Actor, candidate_ids: Sequence[str], wish: Wish, looked: Looked
    ) -> tuple[Done, Mapping[str, str]]:
        """Do the same to several candidates; one that cannot be is left out, with the reason."""
        done: list[Done] = []
        left_out: dict[str, str] = {}
        with self._desk.store.begin() as uow:
            for name in candidate_ids:
                try:
                    done.append(self._decided(uow, actor, name, wish, looked))
                except (StaleDecisionError, TransitionError, NotThereError) as error:
                    left_out[name] = str(error)
            uow.commit()
        return _together(done), left_out

    def undo(self, actor: Actor, decision_ids: Sequence[str], reason: str) -> Done:
        """Take decisions back, the last first, with what they caused; all of them or none.

        Raises:
            StoreError: there is no such decision.
            TransitionError: one of them was taken back already.
        """
        done: list[Done] = []
        with self._desk.store.begin() as uow:
            run = uow.mining.latest()
            for name in reversed(decision_ids):
                by = Reviewer(
                    actor=actor.name,
                    at=self._desk.now(),
                    run_id=run.run_id if run else "",
                    reason=reason,
                )
                made = withdraw(uow.decisions.get(name), by)
                uow.decisions.append(made)
                done.append(Done(decisions=(made,), intents=queue(uow, self._desk.homes, made)))
            uow.commit()
        return _together(done)

    def drafted(self, candidate_id: str, wish: Wish | None = None) -> Drafted:
        """The record that accepting would write, and all that would be written; nothing is.

        Raises:
            NotThereError: the newest week has no such candidate.
        """
        desk = self._desk
        with desk.store.begin() as uow:
            run = uow.mining.latest()
            candidate = _candidate(uow, run, candidate_id)
            draft = _drafted(uow, candidate, wish, desk)
            linkable = uow.outbox.linkable(refs_of(candidate))
        by = Reviewer(actor="somebody", at=desk.now(), run_id=run.run_id if run else "")
        accepted = verdict(Action.ACCEPT, candidate, by)
        intents = intents_of(accepted, draft, desk.homes) if desk.homes.able else ()
        home = home_of(draft, desk.homes) if desk.homes.able else ""
        return Drafted(draft=draft, home=home, linkable=linkable, intents=intents)

    def _decided(
        self, uow: UnitOfWork, actor: Actor, candidate_id: str, wish: Wish, looked: Looked
    ) -> Done:
        desk, run = self._desk, uow.mining.latest()
        if run is None or run.run_id != looked.run_id:
            raise StaleDecisionError(
                f"the week was mined again since {candidate_id} was opened; look at it again"
            )
        candidate = _candidate(uow, run, candidate_id)
        by = Reviewer(
            actor=actor.name,
            at=desk.now(),
            run_id=run.run_id,
            reason=wish.reason,
            mining_version=run.mining_version,
        )
        made = self._made(uow, run, candidate, wish, by)
        intents: list[Intent] = []
        seen = looked.seen
        for one in made:
            seen = max(seen, uow.decisions.append(one, seen=seen))
            draft = _drafted(uow, candidate, wish, desk) if wish.fields is not None else None
            intents += queue(uow, desk.homes, one, draft)
        entry, is_new = "", False
        if wish.action is Action.OPEN_ENTRY or wish.with_entry:
            entry, is_new = desk.open_entry(uow, candidate, run, actor.person, by.at)
        return Done(decisions=tuple(made), intents=tuple(intents), entry=entry, is_entry_new=is_new)

    def _made(
        self,
        uow: UnitOfWork,
        run: MiningRun,
        candidate: ProblemCandidate,
        wish: Wish,
        by: Reviewer,
    ) -> list[ReviewDecision]:
        """The decisions a wish stands for: one, but for a merge of several."""
        action = wish.action
        if action in {Action.MERGE, Action.DUPLICATE}:
            others = [_candidate(uow, run, name) for name in wish.others]
            if candidate.candidate_id in wish.others:
                raise TransitionError(f"{candidate.candidate_id} cannot be merged with itself")
            if action is Action.DUPLICATE:
                return [merge(others[0], candidate, by, action=action)]
            return [merge(candidate, one, by) for one in others]
        if action is Action.SPLIT:
            facts = self._facts(run.run_id, candidate.candidate_id)
            return [split(candidate, parts_of(facts, wish.by, wish.apart, wish.refs), by)]
        if action in VERDICTS:
            given = _given(action, candidate, by, wish)
            return [verdict(action, candidate, by, rejected_as=wish.rejected_as, given=given)]
        makers: Mapping[Action, Callable[[], ReviewDecision]] = {
            Action.REMOVE: lambda: remove(candidate, wish.refs, by),
            Action.PIN: lambda: pin(candidate, wish.refs, by),
            Action.RENAME: lambda: rename(candidate, wish.statement, by),
        }
        plain = makers.get(action, lambda: identified(_given(action, candidate, by, wish)))
        return [plain()]


def _candidate(uow: UnitOfWork, run: MiningRun | None, name: str) -> ProblemCandidate:
    found = uow.mining.candidate(run.run_id, name) if run is not None else None
    if found is None:
        raise NotThereError(f"the newest week has no candidate {name!r}; go back to the queue")
    return found


def _given(action: Action, candidate: ProblemCandidate, by: Reviewer, wish: Wish) -> ReviewDecision:
    return replace(
        bare(action, candidate, by),
        other=wish.other or None,
        until=wish.until,
        until_new=wish.until_new,
        is_grouping_right=wish.is_grouping_right,
    )


def _drafted(uow: UnitOfWork, candidate: ProblemCandidate, wish: Wish | None, desk: Desk) -> Draft:
    """The record that is written: as proposed, but for what the reviewer changed."""
    draft = draft_of(uow, candidate, desk.now())
    if wish is None or wish.fields is None:
        return draft
    draft = replace(draft, fields={k: v for k, v in wish.fields.items() if v}, home=wish.home)
    if wish.links is None:
        return draft
    return links_of(uow, draft, linked_refs(draft, wish.links, wish.shown))


def linked_refs(
    draft: Draft, links: Sequence[IncidentRef], shown: Sequence[IncidentRef]
) -> tuple[IncidentRef, ...]:
    """The incidents that are linked: as proposed, but for those that were shown and changed.

    What a reviewer is not shown stays as it is proposed; where nothing is said of what was shown,
    the links are what was asked for and no more.
    """
    proposed = {IncidentRef(source=one.source, number=one.number) for one in draft.links}
    if not shown:
        return tuple(sorted(set(links)))
    return tuple(sorted((proposed - set(shown)) | set(links)))


def _together(done: Sequence[Done]) -> Done:
    return Done(
        decisions=tuple(d for one in done for d in one.decisions),
        intents=tuple(i for one in done for i in one.intents),
        entry=next((one.entry for one in done if one.entry), ""),
    )
